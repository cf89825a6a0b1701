// Random scenarios: small, odd and full of faults, so that rare meetings of retries, coalescing,
// credits and limits happen thousands of times before a user meets them once.

import Scenarios
import Workload

/// A scenario as YAML text made from a number alone; the same number always gives the same text.
package struct RandomScenario {
    package let number: UInt64
    private var chance: DrawStream

    package init(number: UInt64) {
        self.number = number
        chance = Draws(seed: number, repeat: 0).stream(.randomScenario, question: 0)
    }

    private mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(chance.uniform() * Double(range.count))
    }
    private mutating func happens(_ probability: Double) -> Bool { chance.uniform() < probability }
    private mutating func one<T>(of choices: [T]) -> T { choices[whole(0...choices.count - 1)] }
    private mutating func hundredths(_ range: ClosedRange<Int>) -> String {
        let value = whole(range)
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }

    package mutating func yaml() -> String {
        let seed = whole(0...1_000_000)
        let questions = whole(1...300)
        var lines = ["name: random-\(number)", "seed: \(seed)", "questions: \(questions)"]
        // Longer than every wait that the retries below can add up to: what is left then is lost.
        lines += ["drain: 2000h", "questions_csv: false"]
        if happens(0.3) { lines.append("warmup: \(whole(0...900))ms") }
        lines += pipelineLines() + trafficLines() + providerLines() + faultLines(questions) + simulationLines()
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func pipelineLines() -> [String] {
        let policy = one(of: ["none", "lru", "lfu", "fifo", "sieve", "s3fifo", "wtinylfu"])
        let ttl = happens(0.4) ? ", ttl: \(whole(1...5000))ms" : ""
        let total = happens(0.3) ? ["    max_total_retries: \(whole(0...6))"] : []
        return [
            "pipeline:",
            "  partitions: \(whole(1...8))",
            "  intake: {max_in_flight: \(one(of: [1, 2, 5, 20, 100, 1000]))}",
            "  cache: {policy: \(policy), capacity: \(whole(1...60)), coalesce: \(happens(0.6))\(ttl)}",
            "  store: {lookup: \(happens(0.3))}",
            "  score: {metric: \(one(of: ["jaccard", "tfidf-cosine"])), against: reference, threshold: \(hundredths(0...60)), "
                + "max_regenerations: \(whole(0...4)), on_exhausted: \(one(of: ["dead_letter", "accept_last", "accept_best"])), "
                + "evaluate: \(happens(0.1) ? "computed" : "sampled")}",
            "  retry:",
            "    overload: {\(retryFields())}",
            "    quota: {\(retryFields())}",
            "    error: {\(retryFields())}",
        ] + total + [
            "  workers: {llm: \(whole(1...4)), concurrency: \(one(of: [1, 2, 5, 32])), judge: \(whole(1...3))}",
        ]
    }

    private mutating func retryFields() -> String {
        var jitters = ["none", "full", "equal"]
        let backoff: String
        switch whole(0...9) {
        case 0, 1: backoff = "backoff: steps, delays: [\(whole(1...900))ms, \(whole(1...9))s]"
        case 2, 3: backoff = "backoff: fixed, delay: \(whole(1...3000))ms"
        default:
            backoff =
                "backoff: exponential, base: \(whole(1...2000))ms, factor: \(one(of: ["1", "1.5", "2", "3"])), cap: \(whole(2...20))s"
            jitters.append("decorrelated")
        }
        return "\(backoff), jitter: \(one(of: jitters)), max_retries: \(whole(0...4)), honor_retry_after: \(one(of: ["true", "true", "instead", "false"]))"
    }

    private mutating func trafficLines() -> [String] {
        let rate = one(of: ["2/s", "20/s", "100/s", "600/min", "5000/s"])
        let arrivals = one(of: [
            "{process: constant, rate: \(rate)}", "{process: poisson, rate: \(rate)}",
            "{process: uniform, low: \(whole(0...10))ms, high: \(whole(10...300))ms}",
        ])
        let popularity = one(of: [
            "{distribution: zipf, exponent: \(hundredths(0...180))}", "{distribution: uniform}", "{distribution: sequential}",
        ])
        return [
            "traffic:", "  arrivals: \(arrivals)", "  popularity: \(popularity)",
            "  corpus: {synthetic: \(one(of: [1, 3, 50, 400]))}",
        ]
    }

    private mutating func providerLines() -> [String] {
        let latency = one(of: [
            "{distribution: constant, value: \(whole(0...2000))ms}", "{distribution: exponential, mean: \(whole(1...2000))ms}",
            "{distribution: lognormal, median: \(whole(10...900))ms, p99: \(whole(1000...9000))ms}",
            "{distribution: load, time_to_first_token: \(whole(0...500))ms, time_per_token: \(whole(0...20))ms, slope: \(hundredths(0...50))}",
        ])
        var lines = ["provider:", "  latency: \(latency)"]
        if happens(0.4) { lines.append("  concurrency_limit: \(whole(1...20))") }
        if happens(0.3) { lines.append("  requests_per_minute: \(whole(10...3000))") }
        if happens(0.2) { lines.append("  tokens_per_minute: \(whole(100...100_000))") }
        if happens(0.3) { lines.append("  retry_after: \(one(of: ["http_date", "absent", "growing"]))") }
        if happens(0.2) { lines.append("  quota: {calls: \(whole(1...200)), per: \(whole(1...90))s}") }
        if happens(0.3) { lines.append("  error_probability: \(hundredths(0...50))") }
        lines.append("  quality: {mean: \(hundredths(10...60)), spread: \(hundredths(5...20)), retry_correlation: \(hundredths(0...90))}")
        return lines
    }

    private mutating func faultLines(_ questions: Int) -> [String] {
        let count = whole(0...3)
        guard count > 0 else { return [] }
        return ["faults:"]
            + (0..<count).map { _ in
                var fields = ["inject: \(one(of: ["overload", "overload", "quota", "quota", "slow, factor: 7.5", "error", "outage"]))"]
                fields.append("at: \(whole(0...3000))ms")
                let bounds = whole(0...5)
                if bounds != 1, bounds != 2 { fields.append("for: \(whole(1...20000))ms") }
                if bounds == 1 || bounds == 3 { fields.append("count: \(whole(1...100))") }
                if bounds == 2 || bounds == 4 { fields.append("question: [0, \(whole(0...questions - 1))]") }
                fields.append("probability: \(hundredths(5...100))")
                return "  - {\(fields.joined(separator: ", "))}"
            }
    }

    private mutating func simulationLines() -> [String] {
        guard happens(0.5) else { return [] }
        return [
            "simulation: {topic_delay: \(one(of: [0, 1, 7]))ms, scoring_time: \(one(of: [0, 1, 40]))ms, "
                + "store_time: \(one(of: [0, 2, 30]))ms}"
        ]
    }
}

extension RandomScenario {
    /// Simulates the scenario under every invariant and says what broke: nothing, unless Crisol has a bug.
    /// Throws where the scenario itself cannot be read, which is a bug too.
    /// Ends early where `isInterrupted` says yes: without it a bug that stops time would never end.
    package func verify(isInterrupted: () -> Bool = { false }) throws -> [String] {
        var generator = self
        let file = try ScenarioFile.load(text: generator.yaml(), path: "random-\(number).yaml")
        let result = try SimulatedRun(file.scenario).run(repeat: 0, checked: true, isInterrupted: isInterrupted)
        return result.violations
    }
}
