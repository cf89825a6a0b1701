import Scenarios
import Simulation
import Testing
import Workload

@testable import Reporting

@Suite struct ExplanationTests {
    private func scenario(_ changes: [String] = []) throws -> Scenario {
        try ScenarioFile.load(
            text: """
                name: explained
                seed: 3
                duration: 20m
                warmup: 4m
                drain: 10m
                questions_csv: false
                pipeline:
                  cache: {policy: lru, capacity: 300, coalesce: false}
                  score: {metric: tfidf-cosine, threshold: 0.20, max_regenerations: 2, evaluate: sampled}
                  workers: {llm: 4, concurrency: 16}
                traffic:
                  arrivals: {process: poisson, rate: 20/s}
                  popularity: {distribution: zipf, exponent: 0.9}
                  corpus: {synthetic: 3000}
                provider:
                  latency: {distribution: exponential, mean: 200ms}
                  error_probability: 0.05
                  price: {prompt: 1, completion: 2}
                """, overrides: changes
        ).scenario
    }

    /// A cache that holds everything leaves no calls, not a few less than none; calls may take no time.
    @Test(arguments: 1...60) func nothingIsLeftToCallFor(items: Int) throws {
        for policy in ["lru", "fifo", "lfu"] {
            let scenario = try scenario([
                "pipeline.cache.policy=\(policy)", "traffic.corpus.synthetic=\(items)", "provider.latency={distribution: constant, value: 0s}",
                "provider.error_probability=0",
            ])
            let explanation = Explanation(scenario, corpus: try Corpus.load(scenario.traffic.corpus))
            #expect(explanation.bestHitRatio <= 1 && explanation.callsPerQuestion >= 0 && explanation.meanWaitMilliseconds == 0)
        }
    }

    /// What is expected comes about, where nothing waits and nothing breaks, and where calls are so short that a miss
    /// is filled before its text is asked for again, as Che's approximation takes it. The hit ratio's standard
    /// deviation is 0.0025 over this time.
    @Test(arguments: ["lru", "fifo"]) func theSimulationDoesWhatWasExpected(policy: String) throws {
        let scenario = try scenario([
            "pipeline.cache.policy=\(policy)", "duration=40m", "provider.latency={distribution: exponential, mean: 20ms}",
        ])
        let corpus = try Corpus.load(scenario.traffic.corpus)
        let expected = Explanation(scenario, corpus: corpus)
        let seen = try SimulatedRun(scenario, corpus: corpus).run(repeat: 0)
        func figure(_ name: String) throws -> Double { try #require(seen.value(name)).double }
        let hitRatio = try #require(expected.hitRatio)
        #expect(abs(hitRatio - (try figure("hit_ratio"))) < 0.01)
        #expect(abs(expected.callsPerQuestion / (try figure("calls_per_question")) - 1) < 0.03)
        #expect(abs(expected.firstPassRatio - (try figure("first_pass_ratio"))) < 0.015)
        #expect(abs(expected.finalPassRatio - (try figure("final_pass_ratio"))) < 0.015)
        let cost = try figure("cost") / (try figure("measured")) * 1000
        #expect(abs(try #require(expected.costPerThousand) / cost - 1) < 0.04)
        let busy = try #require(expected.resources.first).utilisation
        #expect(abs(busy / (try figure("utilisation")) - 1) < 0.05)
    }

    /// Theory is offered only where it applies: with a queue of its own shape, and nothing else in the way.
    @Test func theoryIsOfferedWhereItApplies() throws {
        let corpus = try Corpus.load(.synthetic(3000))
        func columns(_ changes: [String]) throws -> [String] { Explanation(try scenario(changes), corpus: corpus).theory.map(\.column) }
        let queue = ["pipeline.cache.policy=none", "pipeline.score.threshold=0", "provider.error_probability=0", "pipeline.workers.llm=1"]
        #expect(try columns([]) == ["hit_ratio", "first_pass_ratio", "final_pass_ratio", "calls_per_question", "utilisation"])
        #expect(try columns(queue) == ["first_pass_ratio", "final_pass_ratio", "calls_per_question", "utilisation", "generated_queue_mean_ms"])
        #expect(try columns(queue + ["pipeline.cache.coalesce=true"]) == ["answered_without_call_ratio", "first_pass_ratio", "final_pass_ratio", "calls_per_question", "utilisation"])
        #expect(try columns(["pipeline.cache.policy=lfu"]) == ["first_pass_ratio", "final_pass_ratio"])
        #expect(try columns(["faults=[{inject: error, at: 1m, for: 1m}]"]) == ["first_pass_ratio"])
        #expect(try columns(["provider.requests_per_minute=100"]) == ["first_pass_ratio"])
        // Che's approximation is about a ranking at rest.
        #expect(try columns(["traffic.popularity.drift={every: 10s, by: 0.1}"]) == ["first_pass_ratio", "final_pass_ratio"])
    }

    @Test func whatSaturatesFirstIsNamed() throws {
        let corpus = try Corpus.load(.synthetic(3000))
        let workers = Explanation(try scenario(["pipeline.workers.llm=1", "pipeline.workers.concurrency=1"]), corpus: corpus)
        #expect(workers.bottleneck?.name == "LLM workers")
        #expect(workers.meanWaitMilliseconds == .infinity)
        #expect(workers.remarks.contains { $0.contains("LLM workers is overloaded") })
        let rate = Explanation(try scenario(["provider.requests_per_minute=100"]), corpus: corpus)
        #expect(rate.bottleneck?.name == "provider.requests_per_minute")
    }

    @Test func whatCannotBiteIsSaid() throws {
        let corpus = try Corpus.load(.synthetic(3000))
        let large = Explanation(try scenario(["pipeline.cache.capacity=5000"]), corpus: corpus)
        #expect(large.remarks.contains { $0.contains("the cache never has to evict") })
        let fault = Explanation(try scenario(["faults=[{inject: overload, at: 1m, for: 1ms}]"]), corpus: corpus)
        #expect(fault.remarks.contains { $0.contains("faults[0] (overload) can hardly bite") })
        let idle = Explanation(try scenario(["pipeline.workers.llm=64"]), corpus: corpus)
        #expect(idle.remarks.contains { $0.contains("58 of 64 LLM workers stay idle") })
        #expect(Explanation(try scenario(["pipeline.workers.judge=8"]), corpus: corpus).remarks.contains { $0.contains("2 of 8 judges stay idle: there are 6 partitions") })
        #expect(Explanation(try scenario(["pipeline.workers.judge=8", "pipeline.judge.engine=flink"]), corpus: corpus).remarks.contains { $0.contains("2 of 8 subtasks of Flink's job stay idle") })
        #expect(Explanation(try scenario(["pipeline.workers.judge=4"]), corpus: corpus).remarks.contains { $0.contains("6 partitions do not divide evenly among 4 judges") })
        // A judge's time is the longer of both keys.
        let slow = Explanation(try scenario(["pipeline.judge.scoring_time=300ms", "simulation.scoring_time=1ms"]), corpus: corpus)
        #expect(slow.bottleneck?.name == "judge")
        let batch = Explanation(try scenario(["pipeline.judge.batch.size=8", "pipeline.judge.checkpoint_interval=2s"]), corpus: corpus)
        #expect(batch.remarks.contains("pipeline.judge.batch.size, pipeline.judge.checkpoint_interval do nothing: only engine: flink has batches and checkpoints"))
        let strict = Explanation(try scenario(["pipeline.score.threshold=0.65"]), corpus: corpus)
        #expect(strict.remarks.contains { $0.contains("rejects nearly every answer") })
        // 5 % of the calls fail anyway.
        func breaker(_ changes: String...) throws -> [String] {
            Explanation(try scenario(["pipeline.retry.breaker={failure_ratio: 0.5, min_calls: 10}"] + changes), corpus: corpus).remarks.filter { $0.contains("circuit breaker") }
        }
        let hardly = "the circuit breaker can hardly open: nothing here fails 50.0 % of 10 calls or more"
        #expect(try breaker() == [hardly])
        #expect(try breaker("faults=[{inject: overload, at: 5m, for: 1m, probability: 0.4}]") == [hardly])
        #expect(try breaker("faults=[{inject: overload, at: 5m, for: 1m, count: 9}]") == [hardly])
        #expect(try breaker("faults=[{inject: quota, at: 5m, for: 1m}]") == [hardly])
        #expect(
            try breaker("faults=[{inject: outage, at: 5m, for: 1m}]") == [
                "the circuit breaker can open, at 50.0 % failed: faults[0] (outage) fails 100 % of the calls"
            ])
        #expect(try breaker("provider.error_probability=0.6") == ["the circuit breaker can open, at 50.0 % failed: error_probability fails 60.0 %"])
    }

    /// What a live run does by real work is told beside the figure that stands for it.
    @Test func whatStandsForFlinkAndBERTScoreIsSaid() throws {
        let corpus = try Corpus.load(.synthetic(3000))
        let changes = ["pipeline.judge.engine=flink", "pipeline.judge.batch.delay=1s", "pipeline.score.metric=bertscore-minilm-l6", "pipeline.score.evaluate=computed-live"]
        let explanation = Explanation(try scenario(changes), corpus: corpus)
        let judge = try #require(explanation.resources.first { $0.name == "judge" })
        #expect(abs(judge.demand - explanation.callRate * 0.95 * 0.02) < 0.02 * judge.demand)
        #expect(explanation.remarks.filter { $0.contains("live run") } == [
            "a live run starts Flink, whose job asks the judge over HTTP, up to 16 answers at once; in a simulation that takes 1020ms an answer (simulation.batch_delay)",
            "a live run scores texts by bertscore-minilm-l6; a simulation draws the scores from provider.quality",
        ])
        // A miss takes longer to be filled, and more of the same questions miss meanwhile.
        #expect(explanation.callsPerQuestion > Explanation(try scenario(changes + ["simulation.batch_delay=0s"]), corpus: corpus).callsPerQuestion)
    }

    /// Each limit is the first to give way where it is the narrowest.
    @Test(arguments: [
        ("provider.tokens_per_minute=5000", "provider.tokens_per_minute"), ("provider.requests_per_minute=100", "provider.requests_per_minute"),
        ("provider.concurrency_limit=2", "provider.concurrency_limit"), ("provider.quota={calls: 5, per: 10s}", "provider.quota"),
        ("pipeline.workers.concurrency=1", "LLM workers"), ("simulation.scoring_time=300ms", "judge"), ("pipeline.intake.max_in_flight=1", "intake.max_in_flight"),
        ("pipeline.intake.max_in_flight_bytes=300B", "intake.max_in_flight_bytes"),
    ]) func everyLimitMaySaturateFirst(change: String, name: String) throws {
        let explanation = Explanation(try scenario([change]), corpus: try Corpus.load(.synthetic(3000)))
        #expect(explanation.bottleneck?.name == name && explanation.remarks.contains { $0.hasPrefix("\(name) is overloaded") }, "\(explanation.text)")
    }

    @Test(arguments: [
        ("faults=[{inject: overload, at: 25m, for: 1m}]", "begins after the last question"),
        ("faults=[{inject: error, at: 0s, for: 10s, count: 5000}]", "is to strike among 5,000 calls, and about"),
        ("faults=[{inject: slow, at: 0s, for: 10s, factor: 1}]", "changes nothing: its factor is 1"),
        ("pipeline.cache.capacity=3000", "holds the whole corpus of 3,000: the policy cannot matter, the cache never has to evict"),
        ("pipeline.cache.ttl=30m", "cache.ttl cannot bite: nothing becomes 30.0 min old in 20.0 min of traffic"),
        ("pipeline.cache.ttl=10ms", "cache.ttl of 10.0 ms is over before the next question comes"),
        ("pipeline.score.threshold=1", "is reached by no answer in 20,000 questions: each costs 3 generations and none passes"),
        ("pipeline.score.threshold=0", "is reached by every answer"),
        ("warmup=0s", "there is no warm-up: the statistics see it fill"),
        ("traffic.popularity.drift={every: 1m, by: 0.1}", "Che's approximation does not apply"),
        ("traffic.arrivals={process: burst, rate_on: 800/s, on: 1s, off: 39s}", "LLM workers is overloaded while the rate is at its highest"),
        ("traffic.via=http", "traffic.via: http is for live runs"),
        ("live={replicas: {cache: 2}}", "live.replicas.cache does nothing: live.processes is false"),
        ("live={processes: true}", "a live run starts 6 processes, and one of mock-llm"),
        ("live={processes: true, replicas: {cache: 8}}", "2 of 8 processes of cache stay idle in a live run: there are 6 partitions"),
        ("live={processes: true, replicas: {cache: 2}}", "the cache's capacity is the total over its 2 processes: each keeps "),
    ]) func whatCannotBiteOrBitesHarderIsSaid(change: String, words: String) throws {
        let remarks = Explanation(try scenario([change]), corpus: try Corpus.load(.synthetic(3000))).remarks
        #expect(remarks.contains { $0.contains(words) }, "\(remarks)")
    }

    /// 100 ms to the first token and 10 ms for each: alone, and with as many others as there are on average.
    @Test func latencyByLoadHasItsMean() throws {
        let load = "provider.latency={distribution: load, time_to_first_token: 100ms, time_per_token: 10ms, slope: 0.02}"
        let scenario = try scenario([load, "provider.error_probability=0"])
        let corpus = try Corpus.load(scenario.traffic.corpus)
        let expected = Explanation(scenario, corpus: corpus)
        let seen = try SimulatedRun(scenario, corpus: corpus).run(repeat: 0)
        let utilisation = try #require(seen.value("utilisation")).double, calls = try #require(seen.value("calls_per_question")).double
        let mean = utilisation * 64 / (calls * 20) * 1000
        #expect(abs(expected.meanCallMilliseconds / mean - 1) < 0.03, "\(expected.meanCallMilliseconds) ms, seen \(mean) ms")
    }

    @Test func textFitsATerminal() throws {
        let text = Explanation(try scenario(), corpus: try Corpus.load(.synthetic(3000))).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    }
}
