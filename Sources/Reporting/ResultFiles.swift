import Measurement
import Pipeline
import Workload

/// The rows of the CSV files, as the contract names their columns.
enum ResultFiles {
    // MARK: summary.csv

    /// Columns that come before the figures, then every figure, then the verdict.
    static func summaryHeader(sweptKeys: [String]) -> [String] {
        ["point", "repeat", "scenario", "seed", "mode"] + sweptKeys + SummaryColumn.all.map(\.name) + ["verdict"]
    }

    static func summaryRow(_ result: RunResult, verdict: Verdict, into row: inout [UInt8]) {
        place(result.identity, into: &row)
        row.comma()
        row.cell(result.identity.scenario)
        row.comma()
        row.digits(result.identity.seed, atLeast: 1)
        row.comma()
        row.cell(result.identity.mode.rawValue)
        for swept in result.identity.swept {
            row.comma()
            row.cell(swept.value)
        }
        for column in SummaryColumn.all {
            row.comma()
            row.cell(column.read(result))
        }
        row.comma()
        row.cell(verdict.rawValue)
        row.endRow()
    }

    // MARK: points.csv

    /// One row a point: for every figure its mean over the repeats and half the width of its 95 %
    /// Student-t interval; for latencies also the figure of the merged histograms.
    static func pointsHeader(sweptKeys: [String]) -> [String] {
        ["point", "label"] + sweptKeys + ["repeats"]
            + SummaryColumn.all.flatMap { [$0.name, "\($0.name)_ci95"] }
            + PointResult.pooledFigures.map(\.name) + ["verdict"]
    }

    static func pointsRow(_ point: PointResult, into row: inout [UInt8]) {
        row.cell(point.index)
        row.comma()
        row.cell(point.label)
        for swept in point.swept {
            row.comma()
            row.cell(swept.value)
        }
        row.comma()
        row.cell(point.repeats.count)
        for column in SummaryColumn.all {
            let estimate = point.estimate(column.name)
            row.comma()
            row.cell(estimate.mean)
            row.comma()
            row.cell(estimate.halfWidth)
        }
        for figure in PointResult.pooledFigures {
            row.comma()
            row.cell(figure.read(point))
        }
        row.comma()
        row.cell(point.verdict.rawValue)
        row.endRow()
    }

    // MARK: latency.csv

    static let latencyHeader = ["point", "repeat", "population", "percentile", "latency_ms"]

    /// Dense where the curve is read: whole percents, then ever closer to 100.
    static let percentiles: [Double] =
        (0...99).map(Double.init) + [99.2, 99.4, 99.5, 99.6, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995, 99.998, 99.999, 100]

    /// How many rows `latencyRows` writes.
    static func latencyRowCount(_ result: RunResult) -> Int {
        Population.allCases.count { !result.histogram($0).isEmpty } * percentiles.count
    }

    static func latencyRows(_ result: RunResult, into rows: inout [UInt8]) {
        for population in Population.allCases {
            let histogram = result.histogram(population)
            for (percentile, latency) in zip(percentiles, histogram.values(atPercentiles: percentiles)) {
                place(result.identity, into: &rows)
                rows.comma()
                rows.cell(population.rawValue)
                rows.comma()
                rows.cell(percentile)
                rows.comma()
                rows.milliseconds(latency)
                rows.endRow()
            }
        }
    }

    // MARK: timeseries.csv

    static let timeseriesHeader = [
        "point", "repeat", "second", "asked", "answered", "failed", "cache_hits", "generations", "regenerations",
        "overload_errors", "quota_errors", "retries", "in_flight", "llm_queue", "waiting_retries", "mean_score",
        "latency_p50_ms", "latency_p99_ms",
    ]

    /// What live runs have besides: how far each topic's readers are behind, and what went through.
    static let topicsHeader = Role.allCases.flatMap { role in
        ["lag", "produced", "consumed"].map { "\($0)_\(TopicSeries.column(role))" }
    } + ["watermark_lag_ms"]

    static func timeseriesHeader(_ mode: RunIdentity.Mode) -> [String] {
        timeseriesHeader + (mode == .live ? topicsHeader : [])
    }

    /// A row for a second of a run; in a live run a role that has no topic has empty cells, and so has what nobody reads.
    static func timeseriesRow(_ second: SecondRow, number: Int, of result: RunResult, into row: inout [UInt8]) {
        let identity = result.identity
        place(identity, into: &row)
        for count in [
            number, second.asked, second.answered, second.failed, second.cacheHits, second.generations, second.regenerations,
            second.overloadErrors, second.quotaErrors, second.retries, second.inFlight, second.llmQueue, second.waitingRetries,
        ] {
            row.comma()
            row.cell(count)
        }
        row.comma()
        row.cell(second.scores.mean)
        row.comma()
        row.milliseconds(second.latencyP50)
        row.comma()
        row.milliseconds(second.latencyP99)
        if identity.mode == .live {
            topicCells(result.topics, number, into: &row)
            row.comma()
            if result.watermarkLags.indices.contains(number), let lag = result.watermarkLags[number] { row.milliseconds(lag) }
        }
        row.endRow()
    }

    private static func topicCells(_ topics: [TopicSeries], _ second: Int, into row: inout [UInt8]) {
        for role in Role.allCases {
            let series = topics.first { $0.role == role }
            let cells = series.flatMap { $0.seconds.indices.contains(second) ? $0.seconds[second] : nil }
            for (value, isRead) in [(cells?.lag, true), (cells?.produced, false), (cells?.consumed, true)] {
                row.comma()
                if let value, !isRead || series!.isRead { row.cell(value) }
            }
        }
    }

    // MARK: questions.csv

    static let questionsHeader = [
        "point", "repeat", "question_id", "question_key", "intended_ms", "outcome", "generations", "overload_retries",
        "quota_retries", "first_score", "final_score", "latency_ms", "queue_ms", "provider_ms", "backoff_ms", "scoring_ms",
        "storage_ms", "error_retries",
    ]

    static func questionRow(_ question: QuestionRow, place: [UInt8], into row: inout [UInt8]) {
        row.append(contentsOf: place)
        row.append(contentsOf: [0x2C, 0x71, 0x2D])  // ,q-
        row.digits(question.question, atLeast: 9)
        row.comma()
        row.hexadecimal(question.key)
        row.comma()
        row.milliseconds(question.intendedAt.nanoseconds)
        row.comma()
        row.append(contentsOf: (question.outcome == .pending ? "in_flight" : question.outcome.rawValue).utf8)
        row.comma()
        row.cell(Int(question.generations))
        row.comma()
        row.cell(Int(question.overloadRetries))
        row.comma()
        row.cell(Int(question.quotaRetries))
        row.comma()
        row.cell(question.firstScore)
        row.comma()
        row.cell(question.finalScore)
        row.comma()
        row.milliseconds(question.latency)
        row.comma()
        row.milliseconds(question.queueTime)
        row.comma()
        row.milliseconds(question.providerTime)
        row.comma()
        row.milliseconds(question.backoffTime)
        row.comma()
        row.milliseconds(question.scoringTime)
        row.comma()
        row.milliseconds(question.storageTime)
        row.comma()
        row.cell(Int(question.errorRetries))
        row.endRow()
    }

    // MARK: Common to all

    static func header(_ names: [String]) -> String {
        var row: [UInt8] = []
        for (index, name) in names.enumerated() {
            if index > 0 { row.comma() }
            row.cell(name)
        }
        row.endRow()
        return String(decoding: row, as: UTF8.self)
    }

    /// `point,repeat` of a run.
    static func place(_ identity: RunIdentity, into row: inout [UInt8]) {
        row.cell(identity.point)
        row.comma()
        row.cell(identity.replication)
    }
}
