import Foundation
import KafkaClient
import Measurement
import Pipeline
import Synchronization
import Testing
import Workload

@testable import Live

/// Runs share two processors: one after the other.
@Suite(.serialized) struct LiveRunTests {
    /// The faults strike a number of calls and no window of time, so that on a busy machine, too, each service gets its
    /// work: 25 calls meet a used-up quota, the 50 after them an overload.
    static let traffic = """
        name: live
        seed: 7
        questions: 300
        drain: 600s
        time_scale: 20
        pipeline:
          partitions: 4
          cache: {policy: lru, capacity: 64, coalesce: true}
          score: {metric: jaccard, against: reference, threshold: 0.4, max_regenerations: 2, on_exhausted: dead_letter}
          retry:
            overload: {backoff: exponential, base: 500ms, factor: 2, cap: 4s, max_retries: 4}
            quota: {backoff: fixed, delay: 2s, max_retries: 5}
          workers: {llm: 2, concurrency: 8}
        traffic:
          arrivals: {process: poisson, rate: 20/s}
          popularity: {distribution: zipf, exponent: 0.8}
          corpus: {synthetic: 500}
        provider:
          model: mock
          latency: {distribution: lognormal, median: 300ms, p99: 1s}
          quality: {mean: 0.45, spread: 0.2, retry_correlation: 0.3}
        faults:
          - {inject: quota, at: 3s, count: 25, retry_after: 2s}
          - {inject: overload, at: 3s, count: 75}
        """

    @Test func everyQuestionEndsAndTheStoreAgreesWithTheLedger() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        let result = try bench.prepare().run()
        result.expectAllEnded()
        #expect(result.count("accepted") > 0)
        // On a busy machine an equal question may come before the answer to the first: it joins it.
        #expect(result.count("cache_hit") + result.count("coalesced") > 0)
        #expect(result.count("overload_errors") > 0)
        let metrics = try bench.metrics()
        #expect(metrics.accepted == result.count("accepted") + result.count("accepted_best_effort"))
    }

    /// A judge that takes its time gives one score after another, and what comes meanwhile waits in the topic.
    @Test func judgesTakeTheirTime() throws {
        let yaml = Self.traffic.replacing("  workers: {llm: 2", with: "  judge: {scoring_time: 100ms}\n  workers: {judge: 2, llm: 2").replacing("cache: {policy: lru, capacity: 64, coalesce: true}", with: "cache: {policy: none, coalesce: false}")
        let bench = try LiveBench(yaml)
        defer { bench.remove() }
        let rows = Mutex<[QuestionRow]>([])
        let result = try bench.prepare(sink: { more in rows.withLock { $0 += more }; return true }).run()
        result.expectAllEnded()
        let scorings = rows.withLock { $0.filter(\.isScored).map { Double($0.scoringTime) / Double($0.generations) } }
        #expect(scorings.count > 200)
        // Never shorter, each generation by itself.
        #expect(scorings.allSatisfy { $0 >= 100_000_000 })
        // 300 questions and what is generated again, 100 ms each, in 15 s: two judges have more than enough to do.
        #expect((result.value("judge_utilisation")?.double ?? 0) > 0.5)
        #expect((result.value("judge_queue_mean")?.double ?? 0) > 1 && (result.value("judge_wait_mean_ms")?.double ?? 0) > 50)
        #expect((result.value("lag_llm_responses_max")?.double ?? 0) > 1)
    }

    @Test func aBreakerRefusesCallsWhileThereIsNoProviderAndRetryAfterIsObeyed() throws {
        let yaml = Self.traffic.replacingOccurrences(
            of: "  - {inject: overload, at: 3s, count: 75}", with: "  - {inject: outage, at: 3s, count: 55}"
        ).replacingOccurrences(
            of: "    quota: {", with: """
                    error: {backoff: fixed, delay: 1s, max_retries: 30}
                    breaker: {failure_ratio: 0.5, window: 8, min_calls: 4, open_for: 1s, half_open_calls: 2}
                    budget: {ratio: 10, burst: 1000}
                    quota: {
                """)
        let bench = try LiveBench(yaml.replacingOccurrences(of: "max_retries: 4}", with: "max_retries: 30}"))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        result.expectAllEnded()
        #expect(result.count("breaker_refusals") > 0)
        #expect(result.count("calls") == result.count("generations") + result.count("other_errors") + result.count("quota_errors"))
        #expect(result.count("retry_after_waits") > 0)
        #expect(result.count("retry_after_cut_short") == 0)
    }

    @Test func whatTheDrainLeavesBehindIsInFlightAndNotLost() throws {
        let bench = try LiveBench(
            Self.traffic.replacingOccurrences(of: "drain: 600s", with: "drain: 1s").replacingOccurrences(of: "questions: 300", with: "questions: 100")
                .replacingOccurrences(of: "base: 500ms, factor: 2, cap: 4s", with: "base: 50s, factor: 2, cap: 100s"))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        #expect(result.reasons == [])
        #expect(result.violations == [])
        #expect(result.imbalance == 0)
        #expect(result.count("in_flight") > 0)
    }

    @Test func anInterruptedRunIsInvalidAndStillAccountsForEveryQuestion() throws {
        let bench = try LiveBench(Self.traffic.replacingOccurrences(of: "questions: 300", with: "questions: 3000"))
        defer { bench.remove() }
        var settled = 0
        let result = try bench.prepare().run(isInterrupted: { settled > 50 }, watch: { settled = $0.settled })
        #expect(result.reasons == ["the run was interrupted"])
        #expect(result.violations == [])
        #expect(result.imbalance == 0)
        #expect(result.count("asked") < 3000)
    }

    @Test func aStoreOfAnotherRunIsRefused() throws {
        let bench = try LiveBench(Self.traffic.replacingOccurrences(of: "questions: 300", with: "questions: 3"))
        defer { bench.remove() }
        _ = try bench.prepare().run()
        #expect(throws: (any Error).self) { try bench.prepare() }
    }

    @Test func severalRolesMayShareOneTopic() throws {
        let bench = try LiveBench(
            Self.traffic.replacingOccurrences(of: "questions: 300", with: "questions: 100").replacingOccurrences(of: 
                "  workers:", with: """
                  topics:
                    questions: everything
                    llm-requests: everything
                    regeneration-requests: everything
                    llm-responses: everything
                    errors-overload: errors
                    errors-quota: errors
                    validated-responses: ends
                    dead-letters: ends
                    low-quality-responses: ends
                  workers:
                """))
        defer { bench.remove() }
        let result = try bench.prepare().run()
        result.expectAllEnded(asked: 100)
    }

    /// Each service dies once in the middle of the run, at a step of its own work, and comes back with
    /// nothing but what broker and store hold.
    @Test(arguments: ["intake", "llm-worker.1", "judge.0", "retry-overload", "retry-quota", "recorder"])
    func aServiceThatCrashesLosesNoQuestionAndRecordsNoneTwice(service: String) throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        var phase = 0
        let result = try bench.prepare().run(watch: { progress in
            switch phase {
            // At the first look, when the traffic has hardly begun: each service still has so many steps to take.
            case 0:
                progress.supervisor.crash(service, afterSteps: 25)
                phase = 1
            case 1 where progress.supervisor.hasCrashed(service):
                progress.supervisor.restart(service)
                phase = 2
            default: break
            }
        })
        #expect(phase == 2, "the crash did not happen")
        result.expectAllEnded(deaths: true)
        // A question has one row in one table: its name is the key. An intake that lost its cache may have had a
        // question generated whose hit was delivered just before the crash; then the store has it as well.
        let metrics = try bench.metrics()
        let told = result.count("accepted") + result.count("accepted_best_effort")
        #expect(metrics.accepted >= told)
        if service != "intake" { #expect(metrics.accepted == told) }
        #expect(metrics.accepted + metrics.rejected <= 300)
    }

    /// Deaths at whatever step, up to three services at a time, some of them several times.
    @Test(arguments: Array(1...6))
    func servicesThatDieAgainAndAgainLoseNoQuestion(seed: UInt64) throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        var random = Draws(seed: seed, repeat: 0).stream(.jitter, question: 0)
        var doomed: Set<String>?
        var deaths: [String] = []
        let result = try bench.prepare().run(watch: { progress in
            let names = progress.supervisor.names
            if doomed == nil {
                // Each service has so many steps to take; three of them die for certain.
                doomed = Set(names.shuffled(using: &random).prefix(3))
                for name in names where doomed!.contains(name) {
                    progress.supervisor.crash(name, afterSteps: Int.random(in: 0..<30, using: &random))
                }
            }
            for name in names where doomed!.contains(name) && progress.supervisor.hasCrashed(name) {
                progress.supervisor.restart(name)
                deaths.append(name)
                doomed!.remove(name)
                guard deaths.count + doomed!.count < 10 else { continue }
                let next = names.randomElement(using: &random)!
                guard doomed!.insert(next).inserted else { continue }
                progress.supervisor.crash(next, afterSteps: Int.random(in: 0..<100, using: &random))
            }
        })
        #expect(deaths.count >= 3, "only \(deaths) died")
        #expect(result.reasons == [], "after the deaths of \(deaths)")
        #expect(result.imbalance == 0, "after the deaths of \(deaths)")
        #expect(result.count("in_flight") == 0, "after the deaths of \(deaths)")
        let metrics = try bench.metrics()
        #expect(metrics.accepted + metrics.rejected <= 300)
    }

    /// The embedded broker forgets what is unread beyond its retention. Here it has to: intake is dead, and
    /// somebody who knows nothing of the guard fills the questions topic.
    @Test func retentionThatBitesMakesTheRunInvalid() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        let run = try bench.prepare()
        var (isPlanned, flooded) = (false, false)
        let result = run.run(watch: { progress in
            if !isPlanned {
                progress.supervisor.crash("intake", afterSteps: 20)
                isPlanned = true
            }
            guard !flooded, progress.supervisor.hasCrashed("intake") else { return }
            flooded = true
            do { try Self.flood(run.bootstrapServers, topic: "questions", partitions: 4) } catch { Issue.record(error) }
        })
        #expect(flooded)
        #expect(result.verdict >= .invalid)
        let reason = result.reasons.first { $0.contains("dropped messages of topic questions partition") }
        #expect(reason?.contains("low watermark") == true, "\(result.reasons)")
        #expect(
            reason?.hasSuffix("use fewer bytes in flight, more partitions, or --bootstrap-servers with a real Kafka") == true,
            "\(result.reasons)")
    }

    /// 8 MB for each partition, past every guard.
    private static func flood(_ servers: String, topic name: String, partitions: Int) throws {
        let producer = try Producer(bootstrapServers: servers, profile: .embedded)
        let topic = producer.topic(name, partitions: partitions)
        let value = [UInt8](repeating: 0x20, count: 10_000)
        for number in 0..<(800 * partitions) {
            while QuestionKey.withDigits(of: UInt64(number), { key in
                value.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: 1) }
            }) == .full { producer.poll(timeoutMilliseconds: 10) { _ in } }
        }
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
    }

    /// A Kafka that is not the run's own: its topics are there, and hold messages of another run.
    @Test func aRunOnAnotherBrokerBeginsWhereItsTopicsEnd() throws {
        let bench = try LiveBench(
            Self.traffic.replacingOccurrences(of: "questions: 300", with: "questions: 20")
                .replacingOccurrences(of: "time_scale: 20", with: "time_scale: 1")
                .replacingOccurrences(of: "threshold: 0.4", with: "threshold: 0.1"))
        defer { bench.remove() }
        let broker = try EmbeddedBroker()
        for role in Role.allCases { try broker.createTopic(role.rawValue, partitions: 4) }
        let producer = try Producer(bootstrapServers: broker.bootstrapServers, profile: .embedded)
        let topic = producer.topic("questions", partitions: 4)
        for number in 0..<40 {
            let key = Array("key \(number)".utf8)
            let value = Array(#"{"question_id": "q-old-\#(number)", "question_text": "Asked before?"}"#.utf8)
            let sent = key.withUnsafeBytes { key in
                value.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: 0) }
            }
            #expect(sent == .queued)
        }
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        let result = try bench.prepare(bootstrapServers: broker.bootstrapServers).run()
        result.expectAllEnded(asked: 20)
    }

    @Test func aServerThatIsNotThereIsToldBeforeTheRun() throws {
        let bench = try LiveBench(Self.traffic)
        defer { bench.remove() }
        #expect { _ = try bench.prepare(bootstrapServers: "127.0.0.1:1") } throws: {
            ($0 as? KafkaProblem)?.reason == .serverMissing
        }
    }
}
