import Measurement

/// Which way a figure gets better: what tells a regression from an improvement.
package enum MetricDirection: String, Sendable, CaseIterable {
    case lowerIsBetter = "lower"
    case higherIsBetter = "higher"
    /// Neither: more of it may be good or bad.
    case none

    /// Those that are compared unless others are asked for: few, because each one more makes every other harder to show.
    package static let compared = [
        "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "answered_ratio", "dead_letter_ratio", "hit_ratio",
        "calls_per_question", "cost", "mean_final_score", "throughput_per_s", "goodput_per_s", "utilisation",
    ]

    /// Of a column of summary.csv.
    package init(of column: String) {
        if Self.higher.contains(column) {
            self = .higherIsBetter
        } else if Self.lower.contains(column) || Self.lowerPrefixes.contains(where: column.hasPrefix) {
            self = .lowerIsBetter
        } else {
            self = .none
        }
    }

    private static let higher: Set<String> = [
        "hit_ratio", "answered_without_call_ratio", "answered_ratio", "mean_first_score", "mean_final_score", "score_gain",
        "score_gain_regenerated", "first_pass_ratio", "final_pass_ratio", "throughput_per_s", "goodput_per_s", "accepted", "cache_hit",
    ]

    /// Times, calls and what they cost, and all that goes wrong.
    private static let lower: Set<String> = [
        "calls", "generations", "extra_generations", "regeneration_rate", "overload_errors", "quota_errors", "other_errors", "retries",
        "prompt_tokens", "completion_tokens", "cost", "schedule_delay_p99_ms", "dead_letter_ratio", "regenerated",
        "extra_generations_per_question", "calls_per_question", "cost_per_1000_questions", "rejected", "in_flight", "lost", "duplicates", "http_errors",
        "retry_after_cut_short", "accepted_best_effort",
    ]
    private static let lowerPrefixes = ["latency_", "generated_latency_", "perceived_latency_", "failed_latency_", "dead_letter_",
        "generated_queue_", "generated_provider_", "generated_backoff_", "generated_scoring_", "generated_storage_",
        "llm_queue_", "llm_wait_", "judge_queue_", "judge_wait_", "lag_"]
}
