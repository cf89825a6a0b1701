import Measurement
import Workload

/// A history's change points for people and for machines.
extension History {
    /// A line for each change point, the latest first, and what was looked at.
    package func text(_ changes: [Change]) -> String {
        let nights = Set(rows.map(\.time)).count
        let left = rows.count { !$0.isUsed }
        var lines = [
            "\(Figure.plural(Double(nights), "night", "nights")), \(Figure.plural(Double(courses.count), "series", "series"))"
                + (left > 0 ? "; \(Figure.plural(Double(left), "figure", "figures")) left out, for the run was invalid or had none" : ""),
        ]
        if changes.isEmpty { return lines[0] + "\nNo change point.\n" }
        lines.append("\(Figure.plural(Double(changes.count), "change point", "change points")):")
        var place = ""
        for change in changes.reversed() {
            let here = [change.scenario, change.mode, change.point].filter { !$0.isEmpty }.joined(separator: "/")
            if here != place { lines.append("  \(here)") }
            place = here
            lines.append("    \(change.sentence)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// changes.csv: a row for each change point.
    static func csv(_ changes: [Change]) -> String {
        var text = Array(ResultFiles.header([
            "scenario", "mode", "point", "metric", "direction", "first_changed", "commit", "last_before", "commit_before", "found", "nights_to_find",
            "before", "after", "difference", "low", "high",
        ]).utf8)
        for change in changes {
            text.cell(change.scenario)
            let moments = [UTC.text(unixNanoseconds: change.first), change.commit, UTC.text(unixNanoseconds: change.last), change.lastCommit, UTC.text(unixNanoseconds: change.found)]
            for cell in [change.mode, change.point, change.metric, change.direction.rawValue] + moments {
                text.comma()
                text.cell(cell)
            }
            text.comma()
            text.cell(change.foundPosition - change.position + 1)
            let difference = change.after.mean - change.before.mean
            let half = change.difference.map { $0.halfWidth(level: 0.05) } ?? .nan
            for number in [change.before.mean, change.after.mean, difference, difference - half, difference + half] {
                text.comma()
                text.cell(number)
            }
            text.endRow()
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The history as Apache Otava (formerly Hunter) reads it: otava.csv and the configuration otava.yaml beside it.
///
/// Otava wants a row for each run with its metrics as columns, and tells the runs of one file apart by a column `branch`:
/// here scenario, mode and point. Every branch has a test of its own, which names the metrics that it has on all nights,
/// for Otava reads no gaps.
extension History {
    func otava() -> (csv: String, yaml: String) {
        var metrics: [String] = [], branches: [Row.Series] = []
        var nights: [Int64: [Row.Series: [String: Row]]] = [:]
        for row in rows where row.isUsed {
            if !metrics.contains(row.metric) { metrics.append(row.metric) }
            let series = row.series
            if !branches.contains(series) { branches.append(series) }
            nights[row.time, default: [:]][series, default: [:]][row.metric] = row
        }
        var names: [String] = []
        for branch in branches {
            let again = names.count { $0 == branch.name || $0.hasPrefix("\(branch.name)#") }
            names.append(again == 0 ? branch.name : "\(branch.name)#\(again + 1)")
        }
        var text = Array(ResultFiles.header(["time", "branch", "commit"] + metrics).utf8)
        for (time, night) in nights.sorted(by: { $0.key < $1.key }) {
            for (branch, name) in zip(branches, names) {
                guard let row = night[branch] else { continue }
                text.cell(UTC.text(unixNanoseconds: time))
                for cell in [name, row.values.lazy.map(\.commit).first { !$0.isEmpty } ?? ""] {
                    text.comma()
                    text.cell(cell)
                }
                for metric in metrics {
                    text.comma()
                    text.cell(row[metric]?.value ?? .nan)
                }
                text.endRow()
            }
        }
        var yaml = "# For Apache Otava, in this folder: otava analyze --config-file otava.yaml --branch TEST TEST\ntests:\n"
        for (branch, name) in zip(branches, names) {
            let own = nights.values.compactMap { $0[branch] }
            yaml += "  \(JSONText.quoted(name)):\n    type: csv\n    file: otava.csv\n    time_column: time\n    attributes: [commit]\n    metrics:\n"
            for metric in metrics where own.allSatisfy({ $0[metric] != nil }) {
                let direction =
                    switch MetricDirection(of: metric) {
                    case .lowerIsBetter: -1
                    case .higherIsBetter: 1
                    case .none: 0
                    }
                yaml += "      \(metric): {direction: \(direction), scale: 1, column: \(metric)}\n"
            }
        }
        return (String(decoding: text, as: UTF8.self), yaml)
    }
}

extension History {
    /// Writes changes.csv, otava.csv, otava.yaml and the pictures into a folder; gives the pictures, and what there is to
    /// say of them.
    func writeTables(_ changes: [Change], to directory: RunDirectory) throws(OutputError) {
        try OutputFile.write(Self.csv(changes), to: directory.file("changes.csv"))
        let otava = otava()
        try OutputFile.write(otava.csv, to: directory.file("otava.csv"))
        try OutputFile.write(otava.yaml, to: directory.file("otava.yaml"))
    }
}
