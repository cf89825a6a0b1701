import Measurement
import Pipeline
import Scenarios
import Synchronization
import Testing
import Workload

@testable import Simulation

/// What intake refuses and what it finds in the store, as a live run would.
@Suite struct IntakeTwinTests {
    private func scenario(_ intake: String, cache: String, score: String, storeLookup: Bool) -> String {
        """
        name: intake
        questions: 400
        pipeline:
          intake: {\(intake)}
          cache: {\(cache)}
          store: {lookup: \(storeLookup)}
          score: {\(score), evaluate: sampled}
        traffic:
          arrivals: {process: constant, rate: 100/s}
          popularity: {distribution: sequential}
          corpus: {synthetic: 50}
        provider:
          latency: {distribution: constant, value: 10s}
        """
    }

    /// Every answer is below the threshold, so no answer is a good one, wherever it was found.
    @Test func storedAnswersKeepTheirScores() throws {
        let rows = Mutex<[QuestionRow]>([])
        let file = try ScenarioFile.load(
            text: scenario(
                "max_in_flight: 1000", cache: "policy: lru, capacity: 3, coalesce: false", score: "threshold: 1", storeLookup: true)
                .replacing("value: 10s", with: "value: 100ms"))
        let result = try SimulatedRun(file.scenario).run(
            repeat: 0,
            sink: { new in
                rows.withLock { $0 += new }
                return true
            })
        #expect(try #require(result.value("store_hit")).double > 300)
        #expect(try #require(result.value("throughput_per_s")).double > 50)
        #expect(try #require(result.value("goodput_per_s")).double == 0)
        var newest: [UInt64: Double] = [:]
        for row in rows.withLock({ $0 }) {
            if row.outcome == .acceptedBestEffort {
                newest[row.key] = row.finalScore
            } else {
                #expect(row.finalScore == newest[row.key], "question \(row.question), \(row.outcome)")
            }
        }
    }

    @Test func bytesInFlightAreBounded() throws {
        let corpus = try Corpus.load(.synthetic(50))
        let limit = 20_000
        let yaml = scenario(
            "max_in_flight: 1000, max_in_flight_bytes: \(limit)B", cache: "policy: none, coalesce: false",
            score: "threshold: 0", storeLookup: false)
        let result = try simulate(yaml)
        // All 400 arrive before the first is answered: whoever fits into what is left is let in.
        var (used, refused) = (0, 0)
        for question in 0..<400 {
            let bytes = corpus.question(question % 50).utf8.count + corpus.reference(question % 50).utf8.count + 2 * "q-000000000".utf8.count
            if used + bytes <= limit { used += bytes } else { refused += 1 }
        }
        #expect(refused > 100)
        #expect(try #require(result.value("rejected")).double == Double(refused))
    }
}
