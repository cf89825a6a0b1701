import Measurement

/// Writes a run's folder while the run goes on.
///
/// Question rows stream as questions settle; a finished repeat adds its latencies and its seconds, a
/// finished point its summary rows; the report closes the run. Whatever moment it is killed at, the rows
/// that are there are whole.
package final class RunOutput {
    package let directory: RunDirectory
    private let plan: RunPlan
    private let summary: OutputFile
    private let points: OutputFile
    private let latency: OutputFile
    private let timeseries: OutputFile
    private let questions: RowFile?
    /// What a report can be made of again.
    private let repeats: OutputFile
    private var kept = KeptRepeats()
    /// Whether a repeat was finished.
    package var hasResults: Bool { !kept.results.isEmpty }
    /// Results whose point may still get repeats.
    private var openFrom = 0

    package init(_ directory: RunDirectory, plan: RunPlan) throws(OutputError) {
        self.directory = directory
        self.plan = plan
        summary = try OutputFile(path: directory.file("summary.csv"))
        points = try OutputFile(path: directory.file("points.csv"))
        latency = try OutputFile(path: directory.file("latency.csv"))
        timeseries = try OutputFile(path: directory.file("timeseries.csv"))
        questions = plan.keepsQuestions ? try RowFile(path: directory.file("questions.csv"), header: ResultFiles.questionsHeader) : nil
        repeats = try OutputFile(path: directory.file(KeptRepeats.file))
        try summary.write(ResultFiles.header(ResultFiles.summaryHeader(sweptKeys: plan.sweptKeys)))
        try points.write(ResultFiles.header(ResultFiles.pointsHeader(sweptKeys: plan.sweptKeys)))
        try latency.write(ResultFiles.header(ResultFiles.latencyHeader))
        try timeseries.write(ResultFiles.header(ResultFiles.timeseriesHeader(plan.mode)))
        for file in [summary, points, latency, timeseries] { try file.flush() }
    }

    /// Where a repeat's recorder sends its questions; nil where the scenario keeps none.
    package func questionSink(point: Int, replication: Int) -> QuestionSink? {
        guard let questions else { return nil }
        let place = Self.place(point, replication)
        return { rows in questions.write(rows, place: place) }
    }

    /// How a repeat's rows begin.
    package static func place(_ point: Int, _ replication: Int) -> [UInt8] {
        var place: [UInt8] = []
        place.cell(point)
        place.comma()
        place.cell(replication)
        return place
    }

    /// Takes the result of a finished repeat, whose questions came by `questionSink`; those of one point must come one
    /// after another.
    package func add(_ result: RunResult) throws(OutputError) {
        if let error = questions?.error { throw error }
        for (number, second) in result.seconds.enumerated() {
            try timeseries.write { ResultFiles.timeseriesRow(second, number: number, of: result, into: &$0) }
        }
        try keep(RunPart(result), line: nil)
    }

    /// Takes a finished repeat, whose rows stand among the parts; in the order of points and repeats.
    package func add(_ part: RunPart, rowsFrom parts: RunParts) throws(OutputError) {
        let identity = part.result.identity
        try questions?.append(contentsOf: parts.questionsFile(point: identity.point, replication: identity.replication))
        try timeseries.append(contentsOf: parts.timeseriesFile(point: identity.point, replication: identity.replication))
        // One that was cut short is not among the parts.
        let isWhole = parts.has(point: identity.point, replication: identity.replication)
        try keep(part, line: isWhole ? parts.file(point: identity.point, replication: identity.replication) : nil)
    }

    /// Seconds are drawn of a point's first repeat only; many long runs would fill the memory.
    static func trimmed(_ result: RunResult) -> RunResult {
        var kept = result
        if result.identity.replication > 0 || result.identity.point >= Pictures.timelinesAtMost { (kept.seconds, kept.topics) = ([], []) }
        return kept
    }

    /// - Parameter line: a file that holds the part's line.
    private func keep(_ part: RunPart, line: String?) throws(OutputError) {
        if let open = kept.results.last, open.identity.point != part.result.identity.point { try closePoint() }
        kept.add(part)
        if let line { try repeats.append(contentsOf: line) } else { try repeats.write { $0.append(contentsOf: part.line) } }
        try latency.write { ResultFiles.latencyRows(part.result, into: &$0) }
        try questions?.flush()
        for file in [latency, timeseries, repeats] { try file.flush() }
    }

    /// Ends the run: the last rows, then the pictures, the reports and run.json. `invalid` says why the
    /// run as a whole is not to be used, if so.
    package func finish(
        _ record: RunRecord, invalid: [String] = [], theory: [Int: [TheoryFigure]]? = nil, traffic: [Int: [AskedFigure]]? = nil, notes: [String] = [], drawing: Bool = true
    ) throws(OutputError) -> Report {
        try closePoint()
        for file in [summary, points, latency, timeseries, repeats] { try file.close() }
        try questions?.close()
        var kept = kept
        if let theory { kept.theory = theory }
        if let traffic { kept.traffic = traffic }
        kept.notes += notes
        let report = try kept.writeReport(plan, record, in: directory, invalid: invalid, drawing: drawing)
        // Last: a folder that has it is a whole run's.
        try OutputFile.write(record.text(report, host: .current()), to: directory.file("run.json"))
        return report
    }

    private func closePoint() throws(OutputError) {
        guard openFrom < kept.results.count else { return }
        let report = Report(plan: plan, results: Array(kept.results[openFrom...]))
        openFrom = kept.results.count
        for point in report.points {
            for result in point.repeats {
                try summary.write { ResultFiles.summaryRow(result, verdict: point.verdict(of: result), into: &$0) }
            }
            try points.write { ResultFiles.pointsRow(point, into: &$0) }
        }
        try summary.flush()
        try points.flush()
    }
}
