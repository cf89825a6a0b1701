import Foundation
import Measurement
import Workload

/// The finished repeats of a run, in order, with all that its report is made of beside the CSVs.
///
/// They stand in repeats.jsonl, a line each, so that `crisol report` can make the report again.
package struct KeptRepeats {
    static let file = "repeats.jsonl"

    package private(set) var results: [RunResult] = []
    /// By point.
    var theory: [Int: [TheoryFigure]] = [:]
    var traffic: [Int: [AskedFigure]] = [:]
    var notes: [String] = []
    /// Rows of timeseries.csv: all, and those of each point's first repeat.
    private var allSeconds = 0
    private var secondsRows: [Int: Range<Int>] = [:]

    init() {}

    /// Those of a run's folder.
    package init(of directory: RunDirectory) throws(OutputError) {
        let path = directory.file(Self.file)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OutputError(path: directory.path, unusable: "holds no \(Self.file): it is no run's folder, or an older version's")
        }
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let part = try? RunPart(line: line) else {
                throw OutputError(path: path, unusable: "line \(number + 1) is no repeat of this version's")
            }
            add(part)
        }
        guard !results.isEmpty else { throw OutputError(path: path, unusable: "holds no finished repeat") }
    }

    mutating func add(_ part: RunPart) {
        let point = part.result.identity.point
        if secondsRows[point] == nil {
            secondsRows[point] = allSeconds..<allSeconds + part.seconds
            theory[point] = part.theory
            traffic[point] = part.traffic
        }
        allSeconds += part.seconds
        notes += part.notes
        results.append(part.result)
    }

    /// Writes the pictures and the reports.
    /// - Parameters:
    ///   - record: of the run that the repeats are of.
    ///   - invalid: why the run as a whole is not to be used.
    ///   - drawing: false: the pictures' scripts alone.
    package func writeReport(
        _ plan: RunPlan, _ record: RunRecord, in directory: RunDirectory, invalid: [String], drawing: Bool = true
    ) throws(OutputError) -> Report {
        var report = Report(plan: plan, results: results, invalid: invalid)
        report.theory = theory
        report.traffic = traffic
        report.secondsRows = secondsRows
        report.notes += notes.prefix(10)
        let pictures = try Pictures.draw(report, in: directory, drawing: drawing)
        report.notes += pictures.notes
        try OutputFile.write(JUnitReport.text(report), to: directory.file("junit.xml"))
        try OutputFile.write(MarkdownReport.text(report), to: directory.file("report.md"))
        try OutputFile.write(HTMLReport.text(report, pictures: pictures.drawn, record: record), to: directory.file("report.html"))
        return report
    }
}
