import Foundation
import Measurement
import Scenarios
import Testing
import Workload

@testable import Live

@Suite struct FaultScheduleTests {
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func faultsBeginAndEndInOrder() {
        let down = LiveFault(.brokerDown, from: at(5), until: at(8))
        let again = LiveFault(.brokerDown, from: at(8), until: at(9))
        let kill = LiveFault(.kill(.judge, replica: 1), from: at(1), until: at(6))
        var schedule = FaultSchedule([down, again, kill])
        #expect(schedule.lastEnd == at(9))
        #expect(schedule.due(at: at(0)) == [])
        #expect(schedule.due(at: at(5)) == [.begin(kill), .begin(down)])
        #expect(schedule.due(at: at(5)) == [])
        #expect(schedule.due(at: at(8)) == [.end(kill), .end(down), .begin(again)])
        #expect(schedule.cancel() == [.end(again)])
        #expect(schedule.due(at: at(100)) == [])
    }

    @Test func whatHasNotBegunIsNotEnded() {
        var schedule = FaultSchedule([LiveFault(.storeDown, from: at(5), until: at(8))])
        #expect(schedule.cancel() == [])
        #expect(FaultSchedule([]).lastEnd == nil)
    }
}

extension LiveRunTests {
    /// The traffic of all live tests without the provider's faults, with others.
    private static func traffic(_ faults: String..., questions: Int = 300) -> String {
        let head = Self.traffic.components(separatedBy: "faults:\n")[0].replacingOccurrences(of: "questions: 300", with: "questions: \(questions)")
        return head + "live: {recover_within: 500s}\nfaults:\n" + faults.map { "  - {\($0)}\n" }.joined()
    }

    /// Every question has ended, once, and the store says the same.
    private func expectAllEnded(_ result: RunResult, _ bench: LiveBench, asked: Int = 300) throws {
        result.expectAllEnded(asked: asked)
        let recovery = try #require(result.recovery)
        #expect(recovery.isOver && recovery.took >= 0)
        let metrics = try bench.metrics()
        let told = result.count("accepted") + result.count("accepted_best_effort")
        #expect(metrics.accepted >= told)
        #expect(metrics.accepted + metrics.rejected <= asked)
    }

    @Test func aBrokerThatIsDownAndSlowForAWhileLosesNoQuestion() throws {
        let bench = try LiveBench(Self.traffic(
            "inject: broker_down, at: 3s, for: 10s", "inject: broker_slow, at: 14s, for: 20s, round_trip: 400ms"))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        try expectAllEnded(result, bench)
        // While the broker was down nobody could be answered: the questions of that time took until its end at least.
        #expect(result.latency.value(atPercentile: 100)! > 1_000_000_000)
    }

    @Test func aStoreThatIsDownForAWhileLosesNoQuestion() throws {
        let bench = try LiveBench(
            Self.traffic("inject: store_down, at: 2s, for: 12s", "inject: overload, at: 1s, count: 60")
                .replacingOccurrences(of: "  workers:", with: "  store: {lookup: true}\n  workers:"))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        try expectAllEnded(result, bench)
        #expect(result.count("overload_errors") == 60)
    }

    @Test func eachServiceIsKilledOnScheduleAndComesBack() throws {
        let services = ["cache", "llm-worker", "retry-overload", "retry-quota", "judge", "recorder"]
        let kills = services.enumerated().map { "  - {inject: kill, at: \(2 + $0.offset)s, service: \($0.element), restart_after: 4s}\n" }
        let bench = try LiveBench(
            Self.traffic("inject: quota, at: 1s, count: 20, retry_after: 2s", "inject: overload, at: 1s, count: 60") + kills.joined())
        defer { bench.remove() }
        let result = try bench.prepare().run()
        try expectAllEnded(result, bench)
    }

    /// One of two LLM workers in a group dies for good; when its session has run out, the other has its partitions.
    @Test func aWorkerTakesOverFromOneThatDied() throws {
        let bench = try LiveBench(Self.traffic.replacingOccurrences(of: "drain: 600s", with: "drain: 1800s") + "\nlive: {sharing: group}\n")
        defer { bench.remove() }
        var isPlanned = false
        var died = false
        let result = try bench.prepare().run(watch: { progress in
            if !isPlanned {
                // So many steps it takes only if it has partitions of its own.
                progress.supervisor.crash("llm-worker.1", afterSteps: 30)
                isPlanned = true
            }
            died = died || progress.supervisor.hasCrashed("llm-worker.1")
        })
        #expect(died)
        result.expectAllEnded()
        let metrics = try bench.metrics()
        #expect(metrics.accepted == result.count("accepted") + result.count("accepted_best_effort"))
    }

    @Test func lagAndThroughputOfTopicsAddUp() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        let result = try bench.prepare().run()
        #expect(result.reasons == [])
        let questions = try #require(result.topics.first { $0.role == .questions })
        #expect(questions.seconds.count == result.seconds.count)
        #expect(questions.seconds.reduce(0) { $0 + $1.produced } == 300)
        #expect(questions.seconds.reduce(0) { $0 + $1.consumed } == 300)
        #expect(questions.seconds.allSatisfy { $0.lag >= 0 && $0.lag <= 300 && $0.produced >= 0 && $0.consumed >= 0 })
        #expect(questions.seconds.last?.lag == 0)
        let responses = try #require(result.topics.first { $0.role == .llmResponses })
        #expect(responses.seconds.reduce(0) { $0 + $1.produced } == result.count("generations"))
        let unread = try #require(result.topics.first { $0.role == .lowQualityResponses })
        #expect(!unread.isRead)
    }
}
