import Pipeline

/// The columns of summary.csv by name, in the file's order: what checks may speak of.
package enum MetricNames {
    /// Columns before the figures; the swept keys' columns follow them.
    package static let leading = ["point", "repeat", "scenario", "seed", "mode"]

    /// Every figure: a number each.
    package static let figures: [String] =
        ["asked"] + outcomes + ["lost"]
        + [
            "hit_ratio", "answered_without_call_ratio", "calls", "generations", "extra_generations", "regeneration_rate",
            "overload_errors", "quota_errors", "other_errors", "retries", "retries_needed_then_successful",
            "mean_first_score", "mean_final_score", "score_gain", "score_gain_regenerated",
            "prompt_tokens", "completion_tokens", "cost",
        ]
        + populations.dropLast().flatMap { population in functions.map { "\(population)_\($0)_ms" } }
        + ["throughput_per_s", "goodput_per_s", "utilisation", "schedule_delay_p99_ms"]
        + [
            "duplicates", "measured", "answered_ratio", "dead_letter_ratio", "scored", "regenerated",
            "first_pass_ratio", "final_pass_ratio", "extra_generations_per_question", "calls_per_question", "cost_per_1000_questions",
        ]
        + ["queue", "provider", "backoff", "scoring", "storage"].map { "generated_\($0)_mean_ms" }
        + ["arrival_rate_per_s", "arrival_cv", "arrival_dispersion", "popularity_exponent"]
        + [
            "breaker_refusals", "budget_refusals", "retry_after_waits", "retry_after_cut_short", "retry_after_asked_mean_ms",
            "retry_after_slept_mean_ms", "retry_after_obedience",
        ]
        + ["http_found", "http_pending", "http_errors"]
        + functions.map { "perceived_latency_\($0)_ms" }
        + ["llm", "judge"].flatMap { ["\($0)_queue_mean", "\($0)_queue_max", "\($0)_wait_mean_ms", "\($0)_throughput_per_s"] }
        + ["judge_utilisation"]
        + ["questions", "llm_requests", "regeneration_requests", "llm_responses", "validated_responses"].flatMap { ["lag_\($0)_mean", "lag_\($0)_max"] }
        + ["responses_accepted", "responses_regenerated", "flink_restarts", "watermark_lag_mean_ms", "watermark_lag_max_ms"]

    /// Columns after the figures.
    package static let trailing = ["verdict"]

    /// How a question can have ended, as columns.
    package static let outcomes = Outcome.allCases.filter { $0 != .pending }.map(\.rawValue) + ["in_flight"]
    /// Latencies, to which the functions apply: `p95(latency)` is the column `latency_p95_ms`.
    package static let populations = ["latency", "generated_latency", "failed_latency", "perceived_latency"]
    package static let functions = ["mean", "p50", "p90", "p95", "p99", "p999", "max"]

    /// The figure that a misspelt name was probably meant to be.
    package static func nearest(to name: String) -> String? { Hint.nearest(to: name, in: figures) }

    /// Whether the figure is a share, for which a check may be written in percent.
    static func isRatio(_ name: String) -> Bool { name.hasSuffix("_ratio") || name.hasSuffix("_rate") || name.hasSuffix("utilisation") }
    /// Whether the figure is a time in milliseconds, for which a check may be written with a unit.
    static func isTime(_ name: String) -> Bool { name.hasSuffix("_ms") }
}
