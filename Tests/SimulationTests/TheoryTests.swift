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

@Suite struct TheoryTests {
    /// Erlang's C formula: the probability that an arrival finds all `servers` busy.
    private func erlangC(servers: Int, offered: Double) -> Double {
        var blocking = 1.0  // Erlang B by its recursion
        for n in 1...servers { blocking = offered * blocking / (Double(n) + offered * blocking) }
        let utilisation = offered / Double(servers)
        return blocking / (1 - utilisation * (1 - blocking))
    }

    /// A pipeline that is nothing but M/M/c: no cache, one call a question, every answer accepted.
    private func queue(servers: Int, rate: Double, latency: String, questions: Int = 20_000) -> String {
        """
        name: queue
        questions: \(questions)
        warmup: 60s
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
        let wait = erlangC(servers: servers, offered: offered) * service / (Double(servers) - offered)
        // 6 repeats with fixed seeds: three standard errors, so that chance alone stays silent.
        #expect(abs(estimate.mean - (service + wait)) < 3 * estimate.standardError, "\(estimate.mean) ± \(estimate.standardError), theory \(service + wait)")
    }

    @Test(arguments: [("{distribution: constant, value: 100ms}", 0.0), ("{distribution: gamma, mean: 100ms, shape: 2}", 0.5)])
    func oneServerMeetsPollaczekKhinchine(latency: String, squaredVariation: Double) throws {
        let (service, utilisation) = (100.0, 0.7)
        let estimate = try means(queue(servers: 1, rate: utilisation / service * 1000, latency: latency), repeats: 6)
        let wait = utilisation * service * (1 + squaredVariation) / (2 * (1 - utilisation))
        #expect(abs(estimate.mean - (service + wait)) < 3 * estimate.standardError, "\(estimate.mean) ± \(estimate.standardError), theory \(service + wait)")
    }

    /// Che's approximation (H. Che, Y. Tung, Z. Wang, 2002) for LRU under independent references: the
    /// characteristic time T solves Σ(1 − exp(−pᵢT)) = capacity.
    @Test func leastRecentlyUsedMeetsChe() throws {
        let (items, capacity, exponent) = (2000, 200, 0.9)
        let weights = (1...items).map { ExactMath.pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        func filled(_ time: Double) -> Double { weights.reduce(0) { $0 + 1 - ExactMath.exp(-$1 / total * time) } }
        var (low, high) = (0.0, 1e9)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if filled(middle) < Double(capacity) { low = middle } else { high = middle }
        }
        let expected = weights.reduce(0) { $0 + $1 / total * (1 - ExactMath.exp(-$1 / total * low)) }
        // Instant answers, so that every miss fills the cache before the next question, as Che assumes.
        let result = try simulate(
            """
            name: che
            questions: 100000
            warmup: 20s
            questions_csv: false
            pipeline:
              cache: {policy: lru, capacity: \(capacity), coalesce: false}
              score: {threshold: 0, evaluate: sampled}
            traffic:
              arrivals: {process: constant, rate: 1000/s}
              popularity: {distribution: zipf, exponent: \(exponent)}
              corpus: {synthetic: \(items)}
            provider:
              latency: {distribution: constant, value: 0s}
            """)
        let measured = try #require(result.value("hit_ratio")).double
        #expect(abs(measured - expected) < 0.005, "measured \(measured), Che \(expected)")
    }
}
