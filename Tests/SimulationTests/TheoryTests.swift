import Measurement
import Scenarios
import Testing
import Workload

@testable import Simulation

/// Runs one repeat of a scenario given as text.
func simulate(_ yaml: String, repeat: Int = 0, checked: Bool = false) throws -> RunResult {
    let file = try ScenarioFile.load(text: yaml)
    return try SimulatedRun(file.points[0].scenario).run(repeat: `repeat`, checked: checked)
}

/// A pipeline that is nothing but a queue: no cache, one call a question, every answer accepted.
func queue(servers: Int, rate: Double, latency: String, questions: Int = 20_000, warmup: Int = 60, seed: Int = 1) -> String {
    """
    name: queue
    seed: \(seed)
    questions: \(questions)
    warmup: \(warmup)s
    drain: 1h
    questions_csv: false
    pipeline:
      partitions: 1
      intake: {max_in_flight: 1000000}
      cache: {policy: none, capacity: 1, coalesce: false}
      score: {threshold: 0, max_regenerations: 0, evaluate: sampled}
      workers: {llm: 1, concurrency: \(servers)}
    traffic:
      arrivals: {process: poisson, rate: \(rate)/s}
      popularity: {distribution: uniform}
      corpus: {synthetic: 1000}
    provider:
      latency: \(latency)
    """
}

@Suite struct TheoryTests {
    private func means(_ yaml: String, repeats: Int) throws -> Estimate {
        Estimate(
            of: try (0..<repeats).map { number in
                try #require(try simulate(yaml, repeat: number).value("latency_mean_ms")).double
            })
    }

    @Test(arguments: [(1, 0.5), (1, 0.8), (4, 0.7), (16, 0.9)])
    func manyServersMeetErlangC(servers: Int, utilisation: Double) throws {
        let service = 100.0  // ms
        let offered = utilisation * Double(servers)
        let estimate = try means(
            queue(servers: servers, rate: offered / service * 1000, latency: "{distribution: exponential, mean: 100ms}"),
            repeats: 6)
        let wait = QueueingTheory.meanWait(servers: servers, offered: offered, meanService: service)
        // 6 repeats with fixed seeds: three standard errors, so that chance alone stays silent.
        #expect(abs(estimate.mean - (service + wait)) < 3 * estimate.standardError, "\(estimate.mean) ± \(estimate.standardError), theory \(service + wait)")
    }

    @Test(arguments: [("{distribution: constant, value: 100ms}", 0.0), ("{distribution: gamma, mean: 100ms, shape: 2}", 0.5)])
    func oneServerMeetsPollaczekKhinchine(latency: String, squaredVariation: Double) throws {
        let (service, utilisation) = (100.0, 0.7)
        let estimate = try means(queue(servers: 1, rate: utilisation / service * 1000, latency: latency), repeats: 6)
        let wait = QueueingTheory.meanWait(
            utilisation: utilisation, meanService: service, serviceVariance: squaredVariation * service * service)
        #expect(abs(estimate.mean - (service + wait)) < 3 * estimate.standardError, "\(estimate.mean) ± \(estimate.standardError), theory \(service + wait)")
    }

    /// What stands in the columns of the stages, beside theory and beside what the questions themselves measured.
    @Test(arguments: [(1, 0.5), (4, 0.75), (16, 0.8)])
    func queuesOfTheLLMWorkersMeetErlangC(servers: Int, utilisation: Double) throws {
        let offered = utilisation * Double(servers), rate = offered * 10
        let yaml = queue(servers: servers, rate: rate, latency: "{distribution: exponential, mean: 100ms}")
        let results = try (0..<6).map { try simulate(yaml, repeat: $0) }
        func values(_ column: String) throws -> [Double] { try results.map { try #require($0.value(column)).double } }
        let wait = QueueingTheory.meanWait(servers: servers, offered: offered, meanService: 100)
        for (column, expected) in [("llm_wait_mean_ms", wait), ("llm_queue_mean", wait / 1000 * rate), ("llm_throughput_per_s", rate)] {
            let estimate = Estimate(of: try values(column))
            #expect(abs(estimate.mean - expected) < 3 * estimate.standardError, "\(column): \(estimate.mean) ± \(estimate.standardError), theory \(expected)")
            #expect(estimate.standardError < 0.2 * expected)
        }
        // Little's law over a window, and each question's own time in the queue: but for those at the window's edges the same.
        for (byLaw, byQuestion) in zip(try values("llm_wait_mean_ms"), try values("generated_queue_mean_ms")) {
            #expect(abs(byLaw - byQuestion) < 0.01 * byQuestion, "\(byLaw) \(byQuestion)")
        }
    }

    /// What leaves M/M/c is Poisson again (P. J. Burke, 1956), so the judge behind it is M/D/1.
    @Test func queuesOfTheJudgeMeetPollaczekKhinchine() throws {
        let yaml = queue(servers: 100, rate: 28, latency: "{distribution: exponential, mean: 100ms}")
            .replacing("drain: 1h\n", with: "drain: 1h\nsimulation: {scoring_time: 25ms}\n")
        let results = try (0..<6).map { try simulate(yaml, repeat: $0) }
        let wait = QueueingTheory.meanWait(utilisation: 0.7, meanService: 25, serviceVariance: 0)
        for (column, expected) in [("judge_wait_mean_ms", wait), ("judge_queue_mean", wait / 1000 * 28), ("judge_utilisation", 0.7), ("judge_throughput_per_s", 28)] {
            let estimate = Estimate(of: try results.map { try #require($0.value(column)).double })
            #expect(abs(estimate.mean - expected) < 3 * estimate.standardError, "\(column): \(estimate.mean) ± \(estimate.standardError), theory \(expected)")
            #expect(estimate.standardError < 0.05 * expected)
        }
        #expect(results.allSatisfy { $0.value("llm_queue_max") == .count(0) && $0.value("llm_wait_mean_ms") == .number(0) })
        #expect(results.allSatisfy { ($0.value("judge_queue_max")?.double ?? 0) >= 5 })
        // The longer of both keys counts, and two judges share the work.
        let two = try simulate(yaml.replacing("  workers: {llm: 1", with: "  judge: {scoring_time: 50ms}\n  workers: {judge: 2, llm: 1").replacing("partitions: 1", with: "partitions: 2"))
        #expect(abs(try #require(two.value("judge_utilisation")).double - 0.7) < 0.03)
    }

    /// What Flink's batches cost: every generation is as much later, and that is waiting, not scoring. Whoever waits
    /// together arrives together, so that the judge's own queue stays M/D/1.
    @Test func batchesDelayEachAnswerByAsMuch() throws {
        let plain = queue(servers: 100, rate: 28, latency: "{distribution: constant, value: 100ms}").replacing("threshold: 0, max_regenerations: 0", with: "threshold: 1, max_regenerations: 2")
        let batched = plain.replacing("drain: 1h\n", with: "drain: 1h\nsimulation: {batch_delay: 40ms}\n")
        let (without, with) = (try simulate(plain), try simulate(batched))
        func figure(_ result: RunResult, _ column: String) throws -> Double { try #require(result.value(column)).double }
        for column in ["generated_latency_mean_ms", "generated_queue_mean_ms"] {
            #expect(abs(try figure(with, column) - figure(without, column) - 120) < 1e-6, "\(column)")
        }
        #expect(try figure(with, "generated_scoring_mean_ms") == 0)
        #expect(abs(try figure(with, "judge_wait_mean_ms") - 40) < 0.2)
        #expect(abs(try figure(with, "judge_queue_mean") - 28 * 3 * 0.04) < 0.2)
        let busy = batched.replacing("batch_delay: 40ms", with: "batch_delay: 40ms, scoring_time: 8ms").replacing("max_regenerations: 2", with: "max_regenerations: 0")
        let wait = QueueingTheory.meanWait(utilisation: 28 * 0.008, meanService: 8, serviceVariance: 0)
        #expect(abs(try figure(simulate(busy), "judge_wait_mean_ms") - 40 - wait) < 0.25)
    }

    /// Instant answers, so that every miss fills the cache before the next question, as Che assumes.
    private func cached(_ policy: String, capacity: Int, exponent: Double, items: Int = 2000, rate: Int = 1000, drift: String = "") -> String {
        """
        name: che
        questions: 90000
        warmup: 20s
        questions_csv: false
        pipeline:
          cache: {policy: \(policy), capacity: \(capacity), coalesce: false}
          score: {threshold: 0, evaluate: sampled}
        traffic:
          arrivals: {process: constant, rate: \(rate)/s}
          popularity: {distribution: zipf, exponent: \(exponent)\(drift)}
          corpus: {synthetic: \(items)}
        provider:
          latency: {distribution: constant, value: 0s}
        """
    }

    private func che(_ policy: String, capacity: Int, exponent: Double, items: Int = 2000) -> Double {
        CheApproximation.hitRatio(
            of: policy == "lru" ? .lru : .fifo, capacity: capacity,
            probabilities: PopularityModel.zipf(exponent: exponent).probabilities(count: items))
    }

    /// Six settings, through the whole pipeline.
    @Test(arguments: ["lru", "fifo"], [(0.6, 100), (0.6, 800), (0.9, 20), (0.9, 200), (1.2, 20), (1.2, 200)])
    func cachesMeetChe(policy: String, setting: (exponent: Double, capacity: Int)) throws {
        let expected = che(policy, capacity: setting.capacity, exponent: setting.exponent)
        let result = try simulate(cached(policy, capacity: setting.capacity, exponent: setting.exponent))
        let measured = try #require(result.value("hit_ratio")).double
        // The standard error of so many questions is 0.0019 at most.
        #expect(abs(measured - expected) < 0.005, "measured \(measured), Che \(expected)")
    }

    /// Where the ranking changes, what was kept is asked for no more: a formula that knows a ranking at rest is
    /// far off, and the comparison above sees it.
    @Test(arguments: ["lru", "fifo"]) func driftLeavesChe(policy: String) throws {
        let drift = ", drift: {every: 1s, by: 0.5}"
        let measured = try #require(try simulate(cached(policy, capacity: 200, exponent: 0.9, rate: 100, drift: drift)).value("hit_ratio")).double
        #expect(che(policy, capacity: 200, exponent: 0.9) - measured > 0.05)
    }
}
