import Pipeline
import Provider
import Scenarios
import Workload

/// A line of what was run: those of the profiles' table, in its order.
package struct PipelineLine: Equatable, Sendable {
    package let name: String
    package let text: String

    /// Of all points of a sweep; where they differ, what each of them says.
    package static func all(of points: [Scenario]) -> [PipelineLine] {
        guard !points.isEmpty else { return [] }
        let each = points.map { lines(of: $0) }
        return each[0].indices.map { index in
            var texts: [String] = []
            for point in each where !texts.contains(point[index].text) { texts.append(point[index].text) }
            let more = texts.count > 6 ? " | and \(texts.count - 6) more" : ""
            return PipelineLine(name: each[0][index].name, text: texts.prefix(6).joined(separator: " | ") + more)
        }
    }

    private static func lines(of scenario: Scenario) -> [PipelineLine] {
        let pipeline = scenario.pipeline
        let cache = pipeline.intake.cache
        let classes = pipeline.classify.classes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.rawValue)" }.joined(separator: ", ")
        let kept = "\(cache.policy.rawValue) \(cache.capacity)" + (cache.ttl.map { ", TTL \(span($0))" } ?? "")
        let lookups = [cache.policy == .none ? nil : kept, pipeline.intake.storeLookup ? "store" : nil].compactMap { $0 }
        let total = pipeline.retry.maxTotalRetries.map { "; \($0) regenerations and retries in all" } ?? ""
        let standIns = scenario.profile.flatMap { ProfileStandIns(ofProfile: $0) }
        var lines = [
            PipelineLine(name: "profile", text: scenario.profile ?? "none"),
            PipelineLine(name: "metric, against", text: "\(metric(of: scenario.scoring)), \(scenario.scoring.against.rawValue); \(evaluation(of: scenario.scoring))"),
            PipelineLine(name: "accept when score ≥", text: pipeline.acceptance.threshold.description),
            PipelineLine(name: "generations at most", text: "\(pipeline.acceptance.maxRegenerations + 1)"),
            PipelineLine(name: "then", text: pipeline.acceptance.onExhausted.rawValue),
            PipelineLine(name: "overload", text: text(pipeline.retry.overload) + total),
            PipelineLine(name: "quota", text: text(pipeline.retry.quota) + total),
            PipelineLine(name: "provider status → class", text: classes),
            PipelineLine(name: "lookup", text: (lookups.isEmpty ? "none" : lookups.joined(separator: "; then ")) + (cache.coalesce ? "; coalescing" : "")),
            PipelineLine(name: "store", text: scenario.storeEngine.rawValue + (standIns?.store.map { " for \($0)" } ?? "")),
            PipelineLine(name: "LLM workers, judge", text: "\(pipeline.llmWorkers) × \(pipeline.concurrency) calls, \(judge(of: scenario))"),
        ]
        for role in Role.allCases {
            lines.append(PipelineLine(name: "topic: \(role.rawValue)", text: (pipeline.topics[role] ?? nil) ?? "–"))
        }
        return lines
    }

    private static func metric(of scoring: Scenario.Scoring) -> String {
        let settings = scoring.bertScore
        let words = (settings.figure == .f1 ? [] : [settings.figure.rawValue]) + (settings.idf ? ["idf"] : []) + (settings.rescale ? ["rescaled"] : [])
        return ([scoring.metric.rawValue] + words).joined(separator: " ")
    }

    private static func evaluation(of scoring: Scenario.Scoring) -> String {
        switch scoring.evaluate {
        case .computed, .sampled: scoring.evaluate.rawValue
        case .computedLive: "computed live, sampled in simulations"
        }
    }

    private static func judge(of scenario: Scenario) -> String {
        switch scenario.judge.engine {
        case .native: "native"
        case .flink: "flink over HTTP"
        }
    }

    private static func text(_ policy: RetryPolicy) -> String {
        var text: String
        switch policy.backoff {
        case .exponential(let base, let factor, let cap): text = "exponential, \(span(base)) · \(factor == factor.rounded() ? "\(Int(factor))" : factor.description)ⁿ, cap \(span(cap))"
        case .fixed(let delay): text = "fixed \(span(delay))"
        case .steps(let delays): text = delays.map(span).joined(separator: ", ")
        }
        switch policy.honorRetryAfter {
        case .ignored: break
        case .atLeast: text += ", Retry-After where longer"
        case .instead: text = "Retry-After, else \(text)"
        }
        return text + (policy.jitter == .none ? "" : ", jitter \(policy.jitter.rawValue)") + "; \(policy.maxRetries) retries"
    }

    /// In the largest unit of which it is a whole number.
    private static func span(_ nanoseconds: Nanoseconds) -> String { Scenario.text(of: nanoseconds) }
}
