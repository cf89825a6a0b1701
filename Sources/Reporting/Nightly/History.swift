import Foundation
import Measurement
import Scenarios
import Workload

/// What was measured night after night: a long CSV, one row for each night, scenario, mode, point and metric.
package struct History: Sendable {
    package struct Row: Sendable, Equatable {
        /// When the night began, in nanoseconds since 1970.
        package var time: Int64
        package var commit = ""
        package var scenario: String
        /// `sim` or `live`.
        package var mode: String
        /// Swept keys with their values; empty without a sweep.
        package var point = ""
        /// A column of summary.csv.
        package var metric: String
        /// The mean over the repeats; `.nan` where there is none.
        package var value: Double
        /// Half the width of the mean's 95 % interval; `.nan` where there is none.
        package var halfWidth = Double.nan
        package var repeats = 0
        /// Of the run at this point. What is invalid or violated stays in the file and out of the statistics.
        package var verdict = Verdict.passed
        /// What the comparison with the baseline said; empty where there was none.
        package var compared = ""
        package var seed = ""
        /// The machine, in words.
        package var host = ""
        /// On the first night of a change: `worse`, `better` or `different`.
        package var change = ""
        /// When that change was found.
        package var found = ""

        package init(time: Int64, scenario: String, mode: String, metric: String, value: Double) {
            (self.time, self.scenario, self.mode, self.metric, self.value) = (time, scenario, mode, metric, value)
        }

        package var isUsed: Bool { verdict < .invalid && value.isFinite }
    }

    /// Why a file cannot be used.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
        package let isMissing: Bool
    }

    package var rows: [Row]

    package init(_ rows: [Row] = []) { self.rows = rows }

    package static let header = [
        "time", "commit", "scenario", "mode", "point", "metric", "value", "half_width", "repeats", "verdict", "compared", "seed",
        "host", "change", "found",
    ]
    private static let needed = ["time", "scenario", "mode", "metric", "value"]

    /// When the last night began.
    package var lastNight: Int64? { rows.map(\.time).max() }

    /// Leaves out all but the latest nights.
    package mutating func keep(nights count: Int) {
        guard let first = Set(rows.map(\.time)).sorted().suffix(count).first else { return }
        rows.removeAll { $0.time < first }
    }

    // MARK: The file

    /// Reads a history. Columns may stand in any order, and all but time, scenario, mode, metric and value be missing.
    package init(path: String) throws(Problem) {
        let table: CSVTable
        do throws(CSVTable.Problem) {
            table = try CSVTable(path: path)
        } catch {
            throw Problem(description: error.description, isMissing: error.isMissing)
        }
        let places = Dictionary(uniqueKeysWithValues: table.header.enumerated().map { ($1, $0) })
        if let missing = Self.needed.first(where: { places[$0] == nil }) {
            throw Problem(description: "\(path):1: there is no column \(missing) (needed: \(Self.needed.joined(separator: ", ")))", isMissing: false)
        }
        var seen: [[String]: Int] = [:]
        rows = []
        for line in table.rows {
            func cell(_ name: String) -> String { places[name].map { line.cells[$0] } ?? "" }
            func problem(_ column: String, _ allowed: String) -> Problem {
                Problem(description: "\(path):\(line.line): \(column) must be \(allowed) (seen: \(Markup.plain(cell(column))))", isMissing: false)
            }
            func number(_ column: String) throws(Problem) -> Double {
                let text = cell(column)
                if text.isEmpty { return .nan }
                guard let value = Double(text), !value.isInfinite else { throw problem(column, "a number or empty") }
                return value
            }
            guard let time = UTC.unixNanoseconds(of: Array(cell("time").utf8)[...]) else { throw problem("time", "a moment such as 2026-01-31T03:00:00Z") }
            guard RunIdentity.Mode(rawValue: cell("mode")) != nil else { throw problem("mode", "sim or live") }
            let metric = cell("metric")
            guard MetricNames.figures.contains(metric) else {
                let near = MetricNames.nearest(to: metric).map { "; did you mean \($0)?" } ?? ""
                throw problem("metric", "a figure of summary.csv, such as latency_p95_ms\(near)")
            }
            var row = Row(time: time, scenario: cell("scenario"), mode: cell("mode"), metric: metric, value: try number("value"))
            row.halfWidth = try number("half_width")
            if !cell("repeats").isEmpty {
                guard let repeats = Int(cell("repeats")), repeats >= 0 else { throw problem("repeats", "a whole number from 0") }
                row.repeats = repeats
            }
            if !cell("verdict").isEmpty {
                guard let verdict = Verdict(rawValue: cell("verdict")) else { throw problem("verdict", Verdict.allCases.map(\.rawValue).joined(separator: ", ")) }
                row.verdict = verdict
            }
            (row.commit, row.point, row.compared, row.seed, row.host) = (cell("commit"), cell("point"), cell("compared"), cell("seed"), cell("host"))
            (row.change, row.found) = (cell("change"), cell("found"))
            let key = [String(time)] + row.series.key + [row.metric]
            if let first = seen[key] {
                throw Problem(description: "\(path):\(line.line): this night's \(metric) is there already, in line \(first)", isMissing: false)
            }
            seen[key] = line.line
            rows.append(row)
        }
    }

    /// Writes the whole file; a reader sees the old one or the new one, never a part.
    package func write(to path: String) throws(OutputError) {
        let folder = (path as NSString).deletingLastPathComponent
        // Where this fails, so does the next line, and says why.
        if !folder.isEmpty { try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        try OutputFile.write(csv, to: "\(path).new")
        guard rename("\(path).new", path) == 0 else { throw OutputError(path: path, what: "cannot be replaced", errno: errno) }
    }

    package var csv: String {
        var text = Array(ResultFiles.header(Self.header).utf8)
        for row in rows {
            text.cell(UTC.text(unixNanoseconds: row.time))
            for cell in [row.commit, row.scenario, row.mode, row.point, row.metric] {
                text.comma()
                text.cell(cell)
            }
            for number in [row.value, row.halfWidth] {
                text.comma()
                text.cell(number)
            }
            text.comma()
            if row.repeats > 0 { text.cell(row.repeats) }
            for cell in [row.verdict.rawValue, row.compared, row.seed, row.host, row.change, row.found] {
                text.comma()
                text.cell(cell)
            }
            text.endRow()
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension History.Row {
    /// What the row is a part of, whatever the metric.
    struct Series: Hashable {
        let scenario: String
        let mode: String
        let point: String
        /// Empty where the machine does not matter: a simulation's figures are the same everywhere.
        let host: String

        var key: [String] { [scenario, mode, point, host] }
        /// `quickstart/sim`, `cold-cache/sim/pipeline.cache.policy=lru`.
        var name: String { [scenario, mode, point].filter { !$0.isEmpty }.joined(separator: "/") }
    }

    var series: Series { Series(scenario: scenario, mode: mode, point: point, host: mode == RunIdentity.Mode.live.rawValue ? host : "") }
}
