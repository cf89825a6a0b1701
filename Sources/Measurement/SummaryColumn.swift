import Pipeline

/// One column of summary.csv: its name, what it means, and how it is read from a result.
///
/// This table is the definition of every figure that Crisol reports. "Measured" questions are those that
/// arrived at or after the end of the warm-up; without a warm-up they are all.
package struct SummaryColumn: Sendable {
    package let name: String
    /// One sentence for people who recompute it.
    package let meaning: String
    package let unit: Unit
    package let read: @Sendable (RunResult) -> MetricValue

    package enum Unit: String, Sendable {
        case count
        case ratio
        case score
        case milliseconds = "ms"
        case perSecond = "1/s"
        case perQuestion = "1/question"
        case currency
        /// Without one.
        case number = ""
    }

    package static let all: [SummaryColumn] = ledger + ratiosAndCalls + scores + latencies + rates + extensions
    private static let positions = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })

    package static func named(_ name: String) -> SummaryColumn? { positions[name].map { all[$0] } }
    package static func position(of name: String) -> Int? { positions[name] }

    // MARK: The columns, in the file's order

    private static let ledger: [SummaryColumn] =
        [.count("asked", "Questions asked, those of the warm-up included.") { $0.asked }]
        + Outcome.allCases.filter { $0 != .pending }.map { outcome in
            .count(outcome.rawValue, "Questions asked, warm-up included, that ended as \(outcome.rawValue).") { $0.count(outcome) }
        }
        + [
            .count("in_flight", "Questions still under way when the drain was over, warm-up included.") { $0.inFlight },
            .count("lost", "asked less all outcomes less in_flight; anything but 0 is a violation.") { $0.lost },
        ]

    private static let ratiosAndCalls: [SummaryColumn] = [
        .ratio("hit_ratio", "Measured questions that ended as cache_hit / measured.") {
            Double($0.measuredCount(.cacheHit)) / Double($0.measured)
        },
        .ratio("answered_without_call_ratio", "Measured cache_hit, store_hit and coalesced / measured.") {
            Double($0.measuredCount(.cacheHit) + $0.measuredCount(.storeHit) + $0.measuredCount(.coalesced)) / Double($0.measured)
        },
        .count("calls", "LLM calls begun for measured questions, retries and regenerations included.") { $0.calls },
        .count("generations", "Calls for measured questions that returned an answer.") { $0.generations },
        .count("extra_generations", "generations less scored.") { $0.generations - $0.scored },
        .ratio("regeneration_rate", "regenerated / scored.") { Double($0.regenerated) / Double($0.scored) },
        .count("overload_errors", "Calls for measured questions that met an overload.") { $0.overloadErrors },
        .count("quota_errors", "Calls for measured questions that met an exhausted quota.") { $0.quotaErrors },
        .count("other_errors", "Calls for measured questions that failed otherwise.") { $0.otherErrors },
        .count("retries", "Calls for measured questions that repeated a failed or a refused one.") { $0.retries },
        .count("retries_needed_then_successful", "Measured questions that met at least one retry and were answered in the end.") { $0.retriedThenAnswered },
    ]

    private static let scores: [SummaryColumn] = [
        .score("mean_first_score", "Mean score of the first answer over scored questions.") { $0.firstScores.mean },
        .score("mean_final_score", "Mean score of the last or the kept answer over scored questions.") { $0.finalScores.mean },
        .score("score_gain", "mean_final_score less mean_first_score.") { $0.finalScores.mean - $0.firstScores.mean },
        .score("score_gain_regenerated", "Mean of final less first score over regenerated questions.") { $0.regeneratedGains.mean },
        .count("prompt_tokens", "Prompt tokens of the calls for measured questions.") { $0.promptTokens },
        .count("completion_tokens", "Completion tokens of the calls for measured questions.") { $0.completionTokens },
        .init("cost", "Tokens times provider.price; empty without a price.", .currency) { .number($0.totals.cost) },
    ]

    /// The figures of each latency: suffix of the name, and percentile where it is one.
    package static let latencyFigures: [(name: String, percentile: Double?)] = [
        ("mean", nil), ("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p999", 99.9), ("max", 100),
    ]

    private static let latencies: [SummaryColumn] = [
        ("latency", Population.latency, "measured questions that were answered"),
        ("generated_latency", .generated, "measured questions that were answered by a generation of their own"),
        ("failed_latency", .failed, "measured questions that were given up or rejected"),
    ].flatMap(latencyColumns)

    private static func latencyColumns(_ prefix: String, _ population: Population, _ whom: String) -> [SummaryColumn] {
        latencyFigures.map { figure, percentile in
            let what = percentile.map { $0 == 100 ? "Longest time" : "\($0)th percentile of the time" } ?? "Mean time"
            return SummaryColumn(
                "\(prefix)_\(figure)_ms", "\(what) from the intended arrival to the end, over \(whom).", .milliseconds
            ) { result in
                let histogram = result.histogram(population)
                guard let percentile else { return .number(histogram.mean / 1e6) }
                return .number(histogram.value(atPercentile: percentile).map { Double($0) / 1e6 } ?? .nan)
            }
        }
    }

    private static let rates: [SummaryColumn] = [
        .rate("throughput_per_s", "Answers within the measured window (end of warm-up to the last intended arrival) / its length.") {
            Double($0.windowAnswers.all) / (Double($0.window) / 1e9)
        },
        .rate("goodput_per_s", "As throughput_per_s, of answers whose final score reaches the threshold (a hit without a known score counts).") {
            Double($0.windowAnswers.good) / (Double($0.window) / 1e9)
        },
        .ratio("utilisation", "Mean number of calls under way in the measured window / (LLM workers · concurrency).") {
            Double($0.windowBusy) / (Double($0.window) * Double($0.callCapacity))
        },
        .init("schedule_delay_p99_ms", "99th percentile of how late questions were sent; 0 in simulation.", .milliseconds) {
            .number($0.scheduleDelay.value(atPercentile: 99).map { Double($0) / 1e6 } ?? 0)
        },
    ]

    /// Beyond the contract's columns: what is needed to recompute them, and what the report speaks of.
    private static let extensions: [SummaryColumn] = [
        .count("duplicates", "Questions settled more than once; anything but 0 is a violation.") { $0.duplicates },
        .count("measured", "Questions that arrived at or after the end of the warm-up.") { $0.measured },
        .ratio("answered_ratio", "Measured questions that were answered / measured.") { Double($0.measuredAnswered) / Double($0.measured) },
        .ratio("dead_letter_ratio", "Measured questions that were given up / measured.") { totals in
            Double(Outcome.allCases.reduce(0) { $0 + ($1.isDeadLetter ? totals.measuredCount($1) : 0) }) / Double(totals.measured)
        },
        .count("scored", "Measured questions of which an answer of their own was scored.") { $0.scored },
        .count("regenerated", "Scored questions with more than one generation.") { $0.regenerated },
        .ratio("first_pass_ratio", "Scored questions whose first answer reaches the threshold / scored.") {
            Double($0.firstPasses) / Double($0.scored)
        },
        .ratio("final_pass_ratio", "Scored questions whose final answer reaches the threshold / scored.") {
            Double($0.finalPasses) / Double($0.scored)
        },
        .rate("extra_generations_per_question", "extra_generations / scored.") {
            Double($0.generations - $0.scored) / Double($0.scored)
        }.as(.perQuestion),
        .rate("calls_per_question", "calls / measured.") { Double($0.calls) / Double($0.measured) }.as(.perQuestion),
        .init("cost_per_1000_questions", "1000 × cost / measured; empty without a price.", .currency) {
            .number(1000 * $0.totals.cost / Double($0.totals.measured))
        },
        .part("queue", "queues and topics") { $0.queue },
        .part("provider", "the provider's calls") { $0.provider },
        .part("backoff", "backoffs and Retry-After") { $0.backoff },
        .part("scoring", "scoring") { $0.scoring },
        .part("storage", "the store") { $0.storage },
        .rate("arrival_rate_per_s", "Gaps between the arrivals of measured questions / the time from the first to the last.") { $0.traffic.ratePerSecond },
        .rate("arrival_cv", "Coefficient of variation of those gaps: standard deviation / mean.") { $0.traffic.variation }.as(.number),
        .rate("arrival_dispersion", "Variance / mean of the number of arrivals in each whole second of the measured window: 1 for Poisson.") { $0.traffic.dispersion }.as(.number),
        .rate("popularity_exponent", "Zipf exponent of greatest likelihood for the ranks drawn (0: evenly asked); empty for sequential and trace.") { $0.traffic.exponent }.as(.number),
        .count("breaker_refusals", "Requests for measured questions that an open circuit breaker refused: no call was made.") { $0.breakerRefusals },
        .count("budget_refusals", "Failed calls for measured questions that were not repeated because the retry budget was used up.") { $0.budgetRefusals },
        .count("retry_after_waits", "Waits of measured questions for which the provider had given a Retry-After, and that are over.") { $0.askedWaits.count },
        .count("retry_after_cut_short", "Those of retry_after_waits that were shorter than asked.") { $0.askedWaits.cutShort },
        .init("retry_after_asked_mean_ms", "Mean time asked for over retry_after_waits.", .milliseconds) { .number($0.totals.askedWaits.meanAsked / 1e6) },
        .init("retry_after_slept_mean_ms", "Mean time waited over retry_after_waits.", .milliseconds) { .number($0.totals.askedWaits.meanSlept / 1e6) },
        .rate("retry_after_obedience", "Time waited / time asked for over retry_after_waits: below 1 the provider is not obeyed.") { $0.askedWaits.obedience }.as(.number),
        .count("http_found", "Measured questions whose POST was answered with the answer (via: http).") { $0.askedOverHTTP.found },
        .count("http_pending", "Measured questions whose POST was taken, for the answer to be fetched (via: http).") { $0.askedOverHTTP.pending },
        .count("http_errors", "Requests for measured questions that met an error status, a broken connection or a time-out, each counted (via: http).") { $0.askedOverHTTP.errors },
    ] + latencyColumns("perceived_latency", .perceived, "measured questions whose asker got an answer over HTTP") + stages + flink

    /// The pipeline's stages, over the measured window whichever questions it is that pass. Waiting is by messages: one
    /// that no worker has taken from its topic yet.
    private static let stages: [SummaryColumn] =
        stage("llm", "requests", "an LLM worker") { $0.llmQueue } + stage("judge", "answers", "a judge") { $0.judgeQueue } + [judgeUtilisation] + lags

    private static let judgeUtilisation = SummaryColumn.ratio(
        "judge_utilisation", "Mean number of answers being scored in the measured window / judges."
    ) { $0.judging.mean(over: $0.window) / Double($0.judges) }

    private static let lags: [SummaryColumn] = TopicSeries.lagging.flatMap { role -> [SummaryColumn] in
        let name = "lag_\(TopicSeries.column(role))"
        let whose = "messages of the topic of \(role.rawValue) that the group furthest behind has not committed, over the whole seconds of the measured window (live)"
        @Sendable func lag(_ totals: RunTotals) -> TopicLag? { totals.lags.first { $0.role == role } }
        let mean = SummaryColumn.rate("\(name)_mean", "Mean number of \(whose).") { lag($0)?.mean ?? .nan }
        let most = SummaryColumn.rate("\(name)_max", "Largest number of \(whose).") { lag($0).map { Double($0.most) } ?? .nan }
        return [mean.as(.number), most.as(.number)]
    }

    /// Empty with the native judge, and in simulation.
    private static let flink: [SummaryColumn] = [
        .rate("responses_accepted", "Answers that the Flink job's counter of this name says were taken (engine: flink, live).") { number($0.flink?.accepted) }.as(.number),
        .rate("responses_regenerated", "Answers that the Flink job's counter of this name says were sent back for another generation.") { number($0.flink?.regenerated) }.as(.number),
        .rate("flink_restarts", "How often the Flink job was started again from its latest checkpoint, for whatever reason.") { number($0.flink?.restarts) }.as(.number),
        .init("watermark_lag_mean_ms", "Mean of how far the Flink job's watermark was behind the clock, looked at once a second of the measured window.", .milliseconds) {
            .number(($0.totals.flink?.watermarkLag?.mean ?? .nan) / 1e6)
        },
        .init("watermark_lag_max_ms", "Most that the watermark was behind at those looks.", .milliseconds) {
            .number($0.totals.flink?.watermarkLag.map { Double($0.most) / 1e6 } ?? .nan)
        },
    ]

    private static func number(_ count: Int?) -> Double { count.map(Double.init) ?? .nan }

    private static func stage(_ name: String, _ messages: String, _ worker: String, _ read: @escaping @Sendable (RunTotals) -> StageLoad.Counted) -> [SummaryColumn] {
        [
            .rate("\(name)_queue_mean", "Mean number of \(messages) that wait for \(worker) in the measured window.") { read($0).mean(over: $0.window) }.as(.number),
            .count("\(name)_queue_max", "Most \(messages) that waited together for \(worker) in the measured window.") { read($0).most },
            .init("\(name)_wait_mean_ms", "Mean time that \(messages) wait for \(worker): the time all of them waited in the measured window / those taken in it (Little's law).", .milliseconds) {
                .number(read($0.totals).meanTime / 1e6)
            },
            .rate("\(name)_throughput_per_s", "\(messages.prefix(1).uppercased() + messages.dropFirst()) that \(worker) took in the measured window / its length.") {
                Double(read($0).taken) / (Double($0.window) / 1e9)
            },
        ]
    }

    // MARK: Helpers

    private init(_ name: String, _ meaning: String, _ unit: Unit, read: @escaping @Sendable (RunResult) -> MetricValue) {
        self.name = name
        self.meaning = meaning
        self.unit = unit
        self.read = read
    }

    private static func count(_ name: String, _ meaning: String, _ read: @escaping @Sendable (RunTotals) -> Int) -> Self {
        .init(name, meaning, .count) { .count(read($0.totals)) }
    }
    private static func ratio(_ name: String, _ meaning: String, _ read: @escaping @Sendable (RunTotals) -> Double) -> Self {
        .init(name, meaning, .ratio) { .number(finite(read($0.totals))) }
    }
    private static func score(_ name: String, _ meaning: String, _ read: @escaping @Sendable (RunTotals) -> Double) -> Self {
        .init(name, meaning, .score) { .number(read($0.totals)) }
    }
    private static func rate(_ name: String, _ meaning: String, _ read: @escaping @Sendable (RunTotals) -> Double) -> Self {
        .init(name, meaning, .perSecond) { .number(finite(read($0.totals))) }
    }
    private static func part(_ name: String, _ place: String, _ read: @escaping @Sendable (RunTotals.Parts) -> Double) -> Self {
        .init("generated_\(name)_mean_ms", "Mean part of generated_latency spent in \(place).", .milliseconds) {
            .number(read($0.totals.parts) / 1e6)
        }
    }
    private func `as`(_ unit: Unit) -> Self { .init(name, meaning, unit, read: read) }

    /// Dividing by nothing gives no figure rather than an infinite one.
    private static func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }
}
