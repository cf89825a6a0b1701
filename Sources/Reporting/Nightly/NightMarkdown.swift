import Measurement
import Workload

/// A night as Markdown: report.md, and a CI's job summary.
extension Night {
    package var markdown: String {
        let sign = exitCode == 0 ? (invalid.isEmpty && withoutBaseline.isEmpty ? "✅" : "⚠️") : "❌"
        var lines = ["# \(sign) Nightly: \(verdict)", ""]
        lines += sentences.prefix(30).map { "- \(Markup.markdown($0))" }
        if sentences.count > 30 { lines.append("- and \(sentences.count - 30) more") }
        lines += ["", "| run | verdict | against the baseline | changes found tonight |", "|---|---|---|---|"]
        for run in runs {
            let found = changesFoundTonight.filter { $0.scenario == run.scenario && $0.mode == run.mode }
            let words = found.isEmpty ? "" : found.prefix(3).map { "\($0.metric) \($0.direction.rawValue)" }.joined(separator: ", ") + (found.count > 3 ? ", …" : "")
            lines.append("| \(Markup.markdown(run.name)) | \(run.ending == .passed ? run.verdict : "**\(run.verdict)**") | \(Markup.markdown(run.compared)) | \(Markup.markdown(words)) |")
        }
        let worse = runs.flatMap { run in (run.comparison?.rows ?? []).filter { [.worse, .different, .better].contains($0.verdict) }.map { (run, $0) } }
        if !worse.isEmpty {
            lines += ["", "| metric | of | baseline | tonight | difference | |", "|---|---|---:|---:|---:|---|"]
            for (run, row) in worse.prefix(40) {
                let figures = [row.difference?.baseMean, row.difference?.newMean].map { Figure.text($0 ?? .nan, of: row.metric) }
                lines.append("| \(Markup.markdown(row.metric)) | \(Markup.markdown(Self.place(run.name, row.point))) | \(figures[0]) | \(figures[1]) | \(row.change) | \(row.isRegression ? "**regression**" : row.verdict.rawValue) |")
            }
            if worse.count > 40 { lines.append("\nand \(worse.count - 40) more in comparisons.csv") }
        }
        let notes = runs.flatMap { run in run.notes.map { "\(run.name): \($0)" } }
        if !notes.isEmpty { lines += [""] + notes.map { "- \(Markup.markdown($0))" } }
        lines += ["", Markup.markdown(method)]
        return lines.joined(separator: "\n") + "\n"
    }

    /// How it was judged.
    var method: String {
        let nights = Set(history.rows.map(\.time)).count
        return "\(Figure.plural(Double(comparisons), "comparison shares", "comparisons share")) a family-wise error rate of \(Figure.percent(RunComparison.errorRate)) (Holm); "
            + "change points in \(Figure.plural(Double(nights), "night", "nights")) by the unknown-parameters change-point model, at most \(Figure.percent(ChangePoints.errorRate)) false alarms in \(ChangePoints.period) nights over all series."
            + (commit.isEmpty ? "" : " Commit \(commit.prefix(12)).")
    }

    /// comparisons.csv: the rows of all comparisons.
    package var comparisonsCSV: String {
        var text = Array(ResultFiles.header(["scenario", "mode"] + RunComparison.csvHeader).utf8)
        for run in runs {
            guard let comparison = run.comparison else { continue }
            for row in comparison.rows {
                text.cell(run.scenario)
                text.comma()
                text.cell(run.mode)
                text.comma()
                row.append(to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
