import Measurement

/// Which figures tell the points of a sweep apart, and by which.
struct Comparison: Sendable {
    /// A figure that is compared: a summary column under a name for people.
    struct Entry: Equatable, Sendable {
        let column: String
        let title: String
        /// For the head of a narrow column.
        let short: String
        /// Nil: neither more nor less is better by itself.
        let moreIsBetter: Bool?
    }

    /// The figures that can be told of, by column.
    static let entries: [Entry] = [
        Entry(column: "answered_ratio", title: "answered", short: "answered", moreIsBetter: true),
        Entry(column: "hit_ratio", title: "cache hits", short: "hits", moreIsBetter: true),
        Entry(column: "answered_without_call_ratio", title: "answered without an LLM call", short: "no call", moreIsBetter: true),
        Entry(column: "calls_per_question", title: "LLM calls per question", short: "calls/q", moreIsBetter: false),
        Entry(column: "first_pass_ratio", title: "first answers that pass", short: "1st pass", moreIsBetter: nil),
        Entry(column: "final_pass_ratio", title: "final answers that pass", short: "passes", moreIsBetter: nil),
        Entry(column: "regeneration_rate", title: "questions regenerated", short: "regener.", moreIsBetter: false),
        Entry(column: "extra_generations_per_question", title: "extra generations per scored question", short: "extra/q", moreIsBetter: false),
        Entry(column: "mean_final_score", title: "mean final score", short: "score", moreIsBetter: true),
        Entry(column: "score_gain", title: "score gained by regenerating", short: "gain", moreIsBetter: true),
        Entry(column: "latency_p50_ms", title: "median latency", short: "p50", moreIsBetter: false),
        Entry(column: "latency_p95_ms", title: "95th percentile of the latency", short: "p95", moreIsBetter: false),
        Entry(column: "latency_p99_ms", title: "99th percentile of the latency", short: "p99", moreIsBetter: false),
        Entry(column: "dead_letter_ratio", title: "dead letters", short: "dead", moreIsBetter: false),
        Entry(column: "overload_errors", title: "calls refused for overload", short: "overload", moreIsBetter: false),
        Entry(column: "quota_errors", title: "calls refused for quota", short: "quota", moreIsBetter: false),
        Entry(column: "retries", title: "retries", short: "retries", moreIsBetter: false),
        Entry(column: "breaker_refusals", title: "calls refused by the circuit breaker", short: "breaker", moreIsBetter: nil),
        Entry(column: "budget_refusals", title: "retries denied by the budget", short: "budget", moreIsBetter: nil),
        Entry(column: "retry_after_obedience", title: "time waited / time asked by Retry-After", short: "obeyed", moreIsBetter: nil),
        Entry(column: "cost_per_1000_questions", title: "cost per 1,000 questions", short: "cost/k", moreIsBetter: false),
        Entry(column: "goodput_per_s", title: "goodput", short: "goodput", moreIsBetter: true),
        Entry(column: "utilisation", title: "utilisation of the LLM workers", short: "utilis.", moreIsBetter: nil),
    ]

    /// What a sweep is about decides which figures come first.
    enum Topic: Equatable, Sendable {
        case cache, score, general

        var first: [String] {
            switch self {
            case .cache:
                [
                    "hit_ratio", "answered_without_call_ratio", "calls_per_question", "latency_p50_ms", "latency_p95_ms", "cost_per_1000_questions",
                    "latency_p99_ms",
                ]
            case .score:
                [
                    "first_pass_ratio", "final_pass_ratio", "extra_generations_per_question", "mean_final_score", "dead_letter_ratio",
                    "latency_p95_ms", "calls_per_question", "cost_per_1000_questions",
                ]
            case .general:
                [
                    "answered_ratio", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "dead_letter_ratio", "calls_per_question",
                    "retries", "hit_ratio", "final_pass_ratio", "utilisation", "cost_per_1000_questions",
                ]
            }
        }
    }

    let points: [PointResult]
    let topic: Topic
    /// Figures with data that are not 0 everywhere, the topic's first.
    let informative: [Entry]

    init(_ report: Report) { self = report.sweep?.comparison ?? Comparison(report.points, keys: report.plan.sweptKeys) }

    init(_ points: [PointResult], keys: [String]) {
        self.points = points
        if keys.contains(where: { $0.contains("score") }) {
            topic = .score
        } else if keys.contains(where: { $0.contains("cache") || $0.contains("popularity") }) {
            topic = .cache
        } else {
            topic = .general
        }
        var first = topic.first
        // A score sweep over caches too must show what the caches do.
        if topic == .score, keys.contains(where: { $0.contains("cache") }) { first.insert("hit_ratio", at: 2) }
        let ordered = first.compactMap { name in Self.entries.first { $0.column == name } }
        let all = ordered + Self.entries.filter { !ordered.contains($0) }
        informative = all.filter { entry in
            let means = points.map { $0.mean(entry.column) }
            return means.contains { !$0.isNaN } && (means.contains { $0 != 0 && !$0.isNaN } || entry.column == "dead_letter_ratio")
        }
    }

    /// Whether the points differ in a figure by more than a share of its largest value: half a percent, unless another is named.
    func tellsApart(_ entry: Entry, by share: Double = 0.005) -> Bool {
        let means = points.map { $0.mean(entry.column) }.filter { !$0.isNaN }
        guard let low = means.min(), let high = means.max() else { return false }
        return high - low > share * max(high.magnitude, low.magnitude)
    }

    /// The number that a value begins with.
    static func number(_ text: String) -> Double? {
        Double(text.prefix { $0.isNumber || ".-+".contains($0) || $0 == "_" }.filter { $0 != "_" })
    }

    /// What follows the number; nil where there is no number in front.
    static func unit(of text: String) -> String? {
        guard number(text) != nil else { return nil }
        return String(text.drop { $0.isNumber || ".-+".contains($0) || $0 == "_" })
    }
}

/// The last part of a key path: `pipeline.cache.policy` is a `policy` to people.
func shortKey(_ path: String) -> String { String(path.split(separator: ".").last ?? Substring(path)) }
