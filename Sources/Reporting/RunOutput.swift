import Measurement
import Synchronization
import Workload

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
    private let questions: QuestionsFile?
    private var results: [RunResult] = []
    /// Whether a repeat was finished.
    package var hasResults: Bool { !results.isEmpty }
    /// Results whose point may still get repeats.
    private var openFrom = 0

    package init(_ directory: RunDirectory, plan: RunPlan) throws(OutputError) {
        self.directory = directory
        self.plan = plan
        summary = try OutputFile(path: directory.file("summary.csv"))
        points = try OutputFile(path: directory.file("points.csv"))
        latency = try OutputFile(path: directory.file("latency.csv"))
        timeseries = try OutputFile(path: directory.file("timeseries.csv"))
        questions = plan.keepsQuestions ? try QuestionsFile(path: directory.file("questions.csv")) : nil
        try summary.write(ResultFiles.header(ResultFiles.summaryHeader(sweptKeys: plan.sweptKeys)))
        try points.write(ResultFiles.header(ResultFiles.pointsHeader(sweptKeys: plan.sweptKeys)))
        try latency.write(ResultFiles.header(ResultFiles.latencyHeader))
        try timeseries.write(ResultFiles.header(ResultFiles.timeseriesHeader(plan.mode)))
        for file in [summary, points, latency, timeseries] { try file.flush() }
    }

    /// Where a repeat's recorder sends its questions; nil where the scenario keeps none.
    package func questionSink(point: Int, replication: Int) -> QuestionSink? {
        guard let questions else { return nil }
        var place: [UInt8] = []
        place.cell(point)
        place.comma()
        place.cell(replication)
        let prefix = place
        return { rows in questions.write(rows, place: prefix) }
    }

    /// Takes the result of a finished repeat; those of one point must come one after another.
    package func add(_ result: RunResult) throws(OutputError) {
        if let error = questions?.error { throw error }
        if let open = results.last, open.identity.point != result.identity.point { try closePoint() }
        var kept = result
        // Seconds are drawn of a point's first repeat only; many long runs would fill the memory.
        if result.identity.replication > 0 || result.identity.point >= Pictures.timelinesAtMost { (kept.seconds, kept.topics) = ([], []) }
        results.append(kept)
        try latency.write { ResultFiles.latencyRows(result, into: &$0) }
        for (number, second) in result.seconds.enumerated() {
            try timeseries.write { ResultFiles.timeseriesRow(second, number: number, of: result.identity, topics: result.topics, into: &$0) }
        }
        try questions?.flush()
        for file in [latency, timeseries] { try file.flush() }
    }

    /// Ends the run: the last rows, then run.json, the pictures and the reports. `invalid` says why the
    /// run as a whole is not to be used, if so.
    package func finish(
        _ record: RunRecord, invalid: [String] = [], theory: [Int: [TheoryFigure]] = [:], traffic: [Int: [AskedFigure]] = [:], notes: [String] = [], drawing: Bool = true
    ) throws(OutputError) -> Report {
        try closePoint()
        for file in [summary, points, latency, timeseries] { try file.close() }
        try questions?.close()
        var report = Report(plan: plan, results: results, invalid: invalid)
        report.theory = theory
        report.traffic = traffic
        report.notes += notes.prefix(10)
        let pictures = try Pictures.draw(report, in: directory, drawing: drawing)
        report.notes += pictures.notes
        try OutputFile.write(record.text(report, host: .current()), to: directory.file("run.json"))
        try OutputFile.write(JUnitReport.text(report), to: directory.file("junit.xml"))
        try OutputFile.write(MarkdownReport.text(report), to: directory.file("report.md"))
        try OutputFile.write(HTMLReport.text(report, pictures: pictures.drawn, record: record), to: directory.file("report.html"))
        return report
    }

    private func closePoint() throws(OutputError) {
        guard openFrom < results.count else { return }
        let report = Report(plan: plan, results: Array(results[openFrom...]))
        openFrom = results.count
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

/// questions.csv, fed by whichever thread the recorder runs on.
private final class QuestionsFile: Sendable {
    private let state: Mutex<State>

    private struct State {
        var file: OutputFile
        var error: OutputError?
    }

    init(path: String) throws(OutputError) {
        let file = try OutputFile(path: path)
        try file.write(ResultFiles.header(ResultFiles.questionsHeader))
        try file.flush()
        state = Mutex(State(file: file))
    }

    var error: OutputError? { state.withLock { $0.error } }

    func write(_ rows: [QuestionRow], place: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.error == nil else { return false }
            do throws(OutputError) {
                for row in rows { try state.file.write { ResultFiles.questionRow(row, place: place, into: &$0) } }
                return true
            } catch {
                state.error = error
                return false
            }
        }
    }

    func flush() throws(OutputError) {
        try state.withLock { (state) throws(OutputError) in
            if let error = state.error { throw error }
            try state.file.flush()
        }
    }

    func close() throws(OutputError) {
        try state.withLock { (state) throws(OutputError) in
            if let error = state.error { throw error }
            try state.file.close()
        }
    }
}
