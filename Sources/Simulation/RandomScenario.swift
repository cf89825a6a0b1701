// Random scenarios: small, odd and full of faults, so that rare meetings of retries, coalescing,
// credits and limits happen thousands of times before a user meets them once.

import Scenarios
import Synchronization
import Workload

/// A scenario as YAML text made from a number alone; the same number always gives the same text.
package struct RandomScenario {
    package let number: UInt64
    private var chance: DrawStream

    package init(number: UInt64) {
        self.number = number
        chance = Draws(seed: number, repeat: 0).stream(.randomScenario, question: 0)
    }

    // MARK: - Chance

    private mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(chance.uniform() * Double(range.count))
    }
    private mutating func happens(_ probability: Double) -> Bool { chance.uniform() < probability }
    private mutating func one<T>(of choices: [T]) -> T { choices[whole(0...choices.count - 1)] }
    private mutating func hundredths(_ range: ClosedRange<Int>) -> String {
        let value = whole(range)
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }

    // MARK: - The scenario

    /// Guards of the calls, from chance of their own: scenarios that have none stay what they were.
    private func guardLines() -> [String] {
        var other = RandomScenario(number: number)
        other.chance = Draws(seed: number, repeat: 0).stream(.randomScenario, question: 1)
        var lines: [String] = []
        if other.happens(0.25) {
            let least = other.whole(1...6)
            lines.append(
                "    breaker: {failure_ratio: \(other.hundredths(5...100)), min_calls: \(least), window: \(least + other.whole(0...20)), "
                    + "open_for: \(other.whole(1...8000))ms, half_open_calls: \(other.whole(1...4))}")
        }
        if other.happens(0.25) {
            lines.append("    budget: {ratio: \(other.hundredths(0...120)), min_rate: \(other.one(of: ["0/s", "1/s", "30/min", "10/s"])), burst: \(other.whole(1...12))}")
        }
        return lines
    }

    package mutating func yaml() -> String {
        let questions = whole(1...300)
        let rate = one(of: [2, 10, 20, 100, 5000])
        // Long enough for about as many questions at that rate.
        let milliseconds = happens(0.2) ? max(1, questions * 1000 / rate) : nil
        var lines = ["name: random-\(number)", "seed: \(whole(0...1_000_000))", milliseconds.map { "duration: \($0)ms" } ?? "questions: \(questions)"]
        // Mostly longer than every wait that the retries below can add up to, so that what is left then is lost.
        lines += ["drain: \(happens(0.1) ? "\(whole(0...9000))ms" : "2000h")", "questions_csv: false"]
        let latest = milliseconds.map { $0 - 1 } ?? .max
        if happens(0.3) { lines.append("warmup: \(whole(0...min(900, latest)))ms") }
        lines += pipelineLines() + trafficLines(rate) + providerLines()
        lines += faultLines(questions, latest: min(3000, latest)) + simulationLines()
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func pipelineLines() -> [String] {
        if happens(0.05) { return profileLines() }
        let policy = one(of: ["none", "lru", "lfu", "fifo", "sieve", "s3fifo", "wtinylfu"])
        let ttl = happens(0.4) ? ", ttl: \(whole(1...5000))ms" : ""
        let bytes = happens(0.2) ? ", max_in_flight_bytes: \(whole(1...20000))B" : ""
        var lines = [
            "pipeline:",
            "  partitions: \(whole(1...8))",
            "  intake: {max_in_flight: \(one(of: [1, 2, 5, 20, 100, 1000]))\(bytes)}",
            "  cache: {policy: \(policy), capacity: \(whole(1...60)), coalesce: \(happens(0.6))\(ttl)}",
            "  store: {lookup: \(happens(0.3))}",
            "  score: {metric: \(one(of: ["jaccard", "tfidf-cosine"])), against: \(one(of: ["reference", "reference", "question"])), "
                + "threshold: \(hundredths(0...60)), max_regenerations: \(whole(0...4)), "
                + "on_exhausted: \(one(of: ["dead_letter", "accept_last", "accept_best"])), "
                + "evaluate: \(happens(0.05) ? "computed" : "sampled")}",
            "  retry:",
            "    overload: {\(retryFields())}",
            "    quota: {\(retryFields())}",
            "    error: {\(retryFields())}",
        ]
        if happens(0.3) { lines.append("    max_total_retries: \(whole(0...6))") }
        lines += guardLines()
        lines.append("  workers: {llm: \(whole(1...4)), concurrency: \(one(of: [1, 2, 5, 32])), judge: \(whole(1...3))}")
        if happens(0.1) { lines.append("  topics: {low-quality-responses: none}") }
        return lines
    }

    /// A known system's settings, but for scores that take long to compute and a cache that never fills.
    private mutating func profileLines() -> [String] {
        [
            "pipeline:",
            "  profile: \(one(of: ["jaccard-dlq", "tfidf-accept", "bertscore-best", "bertscore-flink", "cosine-feedback"]))",
            "  cache: {capacity: \(whole(1...60))}",
            "  score: {evaluate: sampled}",
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

    private mutating func trafficLines(_ rate: Int) -> [String] {
        let gap = 1000 / rate
        let arrivals: String
        switch whole(0...9) {
        case 0, 1: arrivals = "{process: constant, rate: \(rate)/s}"
        case 2, 3: arrivals = "{process: poisson, rate: \(60 * rate)/min}"
        case 4: arrivals = "{process: uniform, low: \(whole(0...gap))ms, high: \(gap + whole(1...gap + 1))ms}"
        case 5: arrivals = "{process: gamma, rate: \(rate)/s, cv: \(one(of: ["0.1", "1", "3", "8"]))}"
        case 6, 7:
            arrivals =
                "{process: burst, rate_on: \(2 * rate)/s, rate_off: \(happens(0.5) ? 0 : rate)/s, on: \(whole(50...3000))ms, "
                + "off: \(whole(50...3000))ms, spans: \(one(of: ["constant", "exponential"]))}"
        case 8:
            // The last rate may be 0: then nobody asks any more, however many questions were to come.
            let span = whole(100...3000)
            arrivals =
                "{process: stages, stages: [{rate: \(rate)/s, for: \(span)ms, ramp: \(whole(0...span))ms}, {rate: 0/s, for: \(whole(1...900))ms}, "
                + "{rate: \(one(of: [0, rate, 3 * rate]))/s, for: 1s}]}"
        default:
            arrivals =
                "{process: diurnal, rate: \(rate)/s, amplitude: \(hundredths(0...100)), period: \(whole(500...20000))ms, phase: \(whole(0...5000))ms}"
        }
        let drift = happens(0.2) ? ", drift: {every: \(whole(1...5))s, by: \(hundredths(1...100))}" : ""
        let popularity = one(of: [
            "{distribution: zipf, exponent: \(hundredths(0...180))\(drift)}", "{distribution: uniform}", "{distribution: sequential}",
        ])
        return [
            "traffic:", "  arrivals: \(arrivals)", "  popularity: \(popularity)",
            "  corpus: {\(one(of: ["synthetic: 1", "synthetic: 3", "synthetic: 50", "synthetic: 400", "builtin: true"]))}",
        ]
    }

    private mutating func providerLines() -> [String] {
        var lines = ["provider:", "  latency: \(latency(load: true))"]
        if happens(0.2) { lines.append("  error_latency: \(latency(load: false))") }
        if happens(0.4) { lines.append("  concurrency_limit: \(whole(1...20))") }
        if happens(0.3) { lines.append("  requests_per_minute: \(whole(10...3000))") }
        if happens(0.2) { lines.append("  tokens_per_minute: \(whole(100...100_000))") }
        if happens(0.3) { lines.append("  retry_after: \(one(of: ["http_date", "absent", "growing"]))") }
        if happens(0.2) { lines.append("  quota: {calls: \(whole(1...200)), per: \(whole(1...90))s}") }
        if happens(0.3) { lines.append("  error_probability: \(hundredths(0...50))") }
        if happens(0.1) {
            lines.append("  classify: \(one(of: ["{503: overload, 429: quota, 402: quota}", "{503: overload, 402: quota, 500: overload}", "{503: overload, 402: quota, 429: final, 500: final}"]))")
        }
        if happens(0.1) { lines.append("  price: {prompt: 0.15, completion: 0.60}") }
        if happens(0.2) { lines.append("  tokens: {median: \(whole(1...60)), p99: \(whole(60...500))}") }
        // Few means and spreads: the model's table takes longer to make than the scenario to run.
        lines.append(
            "  quality: {mean: \(one(of: ["0.17", "0.35", "0.60"])), spread: \(one(of: ["0", "0.05", "0.12", "0.25"])), "
                + "retry_correlation: \(hundredths(0...90))}")
        return lines
    }

    private mutating func latency(load: Bool) -> String {
        switch whole(0...(load ? 6 : 5)) {
        case 0: "{distribution: constant, value: \(whole(0...2000))ms}"
        case 1: "{distribution: constant, value: 0ms}"
        case 2: "{distribution: exponential, mean: \(whole(1...2000))ms}"
        case 3: "{distribution: lognormal, median: \(whole(10...900))ms, p99: \(whole(1000...9000))ms}"
        case 4: "{distribution: gamma, mean: \(whole(1...2000))ms, shape: \(hundredths(10...1000))}"
        // A heavier tail would outlast any drain now and then.
        case 5: "{distribution: pareto, minimum: \(whole(1...200))ms, shape: \(hundredths(200...500))}"
        default: "{distribution: load, time_to_first_token: \(whole(0...500))ms, time_per_token: \(whole(0...20))ms, slope: \(hundredths(0...50))}"
        }
    }

    private mutating func faultLines(_ questions: Int, latest: Int) -> [String] {
        let count = whole(0...3)
        guard count > 0 else { return [] }
        // From chance of its own, as the guards.
        var broken = RandomScenario(number: number)
        broken.chance = Draws(seed: number, repeat: 0).stream(.randomScenario, question: 2)
        return ["faults:"]
            + (0..<count).map { _ in
                var kind = one(of: ["overload", "overload", "quota", "quota", "slow", "error", "outage"])
                if kind == "outage" { kind = broken.one(of: ["outage", "malformed", "truncated", "reset"]) }
                var fields = ["inject: \(kind)"]
                if fields[0].hasSuffix("slow") { fields.append("factor: \(one(of: ["0.1", "7.5"]))") }
                if fields[0].hasSuffix("overload") || fields[0].hasSuffix("quota"), happens(0.4) { fields.append("retry_after: \(whole(0...9000))ms") }
                fields.append("at: \(whole(0...latest))ms")
                let bounds = whole(0...5)
                if bounds != 1, bounds != 2 { fields.append("for: \(whole(1...20000))ms") }
                if bounds == 1 || bounds == 3 { fields.append("count: \(whole(1...100))") }
                if bounds == 2 || bounds == 4 { fields.append("question: [0, \(whole(0...questions - 1))]") }
                fields.append("probability: \(hundredths(5...100))")
                return "  - {\(fields.joined(separator: ", "))}"
            }
    }

    private mutating func simulationLines() -> [String] {
        // From chance of its own, as the guards.
        var batched = RandomScenario(number: number)
        batched.chance = Draws(seed: number, repeat: 0).stream(.randomScenario, question: 3)
        let batch = batched.happens(0.3) ? "batch_delay: \(batched.one(of: [1, 5, 25, 400]))ms" : nil
        guard happens(0.5) else { return batch.map { ["simulation: {\($0)}"] } ?? [] }
        return [
            "simulation: {topic_delay: \(one(of: [0, 1, 7]))ms, scoring_time: \(one(of: [0, 1, 40]))ms, "
                + "store_time: \(one(of: [0, 2, 30]))ms\(batch.map { ", \($0)" } ?? "")}"
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
        let corpus = try Self.corpus(of: file.scenario.traffic.corpus)
        let result = try SimulatedRun(file.scenario, corpus: corpus).run(repeat: 0, checked: true, isInterrupted: isInterrupted)
        return result.violations
    }

    /// The few corpora that the scenarios know: each takes as long to load as a scenario to run.
    private static let corpora = Mutex<[(source: CorpusSource, corpus: Corpus)]>([])

    private static func corpus(of source: CorpusSource) throws(CorpusError) -> Corpus {
        if let known = corpora.withLock({ $0.first { $0.source == source } }) { return known.corpus }
        let corpus = try Corpus.load(source)
        corpora.withLock { $0.append((source, corpus)) }
        return corpus
    }
}
