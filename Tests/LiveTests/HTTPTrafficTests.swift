import Foundation
import Measurement
import Testing

@testable import Live

@Suite(.serialized) struct HTTPTrafficTests {
    static let traffic = LiveRunTests.traffic.replacingOccurrences(of: "corpus: {synthetic: 500}", with: "corpus: {synthetic: 500}\n  via: http")

    @Test func thoseWhoAskOverHTTPGetWhatTheLedgerSays() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        let result = try bench.prepare().run()
        result.expectAllEnded()
        #expect(result.count("accepted") > 0)
        #expect(result.count("cache_hit") > 0)
        // Every POST was answered once, one way or the other, and every answer was fetched.
        #expect(result.count("http_found") + result.count("http_pending") == 300)
        #expect(result.count("http_found") > 0)
        let answered = result.count("cache_hit") + result.count("store_hit") + result.count("coalesced") + result.count("accepted") + result.count("accepted_best_effort")
        #expect(result.perceivedLatency.count == answered)
        #expect(result.latency.count == answered)
        // An asker learns of an answer after the pipeline has it.
        #expect(result.perceivedLatency.value(atPercentile: 50)! >= result.latency.value(atPercentile: 50)!)
    }

    @Test func anInterruptedRunStillAccountsForEveryQuestion() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        var asked = 0
        let result = try bench.prepare().run(isInterrupted: { asked >= 60 }, watch: { asked = $0.asked })
        #expect(result.reasons.contains { $0.contains("interrupted") })
        #expect(result.violations == [])
        #expect(result.imbalance == 0)
    }

    @Test func repeatedPollsOutlastALongWait() throws {
        let bench = try LiveBench(
            Self.traffic.replacingOccurrences(of: "questions: 300", with: "questions: 5").replacingOccurrences(of: "median: 300ms, p99: 1s", with: "median: 110s, p99: 120s")
                .replacingOccurrences(of: "threshold: 0.4", with: "threshold: 0"))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        #expect(result.violations == [])
        #expect(result.count("in_flight") == 0)
        #expect(result.perceivedLatency.count == result.latency.count)
    }
}
