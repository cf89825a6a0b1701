import Measurement

/// A sweep's figures as tables that do not grow with every key: for HTML and Markdown.
enum SweepTables {
    /// Rows of one table; beyond them a sentence says where the rest is.
    static let mostRows = 60
    /// Figures that get a table.
    static let mostFigures = 6

    /// Figures that the points differ in; where there is none, those that there are.
    private static func shown(_ sweep: SweepAnalysis) -> [Comparison.Entry] { sweep.telling.isEmpty ? sweep.comparison.informative : sweep.telling }

    // MARK: HTML

    static func html(_ report: Report, _ sweep: SweepAnalysis) -> String {
        guard sweep.axes.axes.count > 1 else { return list(report, sweep) }
        let entries = Array(shown(sweep).prefix(mostFigures))
        var text = ""
        for (number, entry) in entries.enumerated() {
            var part = pivot(report, PivotTable(report, sweep, entry, atMost: mostRows))
            if let table = DifferenceTable(report, sweep, entry, atMost: mostRows) { part += differences(report, table) }
            text += number == 0
                ? "<section><h2>\(e(Findings.capitalised(entry.title)))</h2>\n\(part)</section>\n"
                : "<section><details><summary>\(e(Findings.capitalised(entry.title)))</summary>\n\(part)</details></section>\n"
        }
        return text
    }

    private static func pivot(_ report: Report, _ table: PivotTable) -> String {
        let head = table.heads.map { "<th>\(e($0))</th>" }.joined() + table.columns.map { "<th class=\"n\">\(e($0))</th>" }.joined()
        let rows = table.rows.map { row in
            row.labels.map { "<th>\(e($0))</th>" }.joined()
                + row.cells.map { cell in
                    guard let cell else { return "<td class=\"n\">–</td>" }
                    return "<td class=\"n\(cell.isBest ? " best" : "")\">\(figure(cell.estimate, table.entry.column))</td>"
                }.joined()
        }
        let marked = table.rows.contains { row in row.cells.contains { $0?.isBest ?? false } }
        var note = report.hasRepeats ? "Mean ± half of its 95 % Student-t interval over \(report.repeatsText)." : "One run a point: there are no intervals."
        if marked { note += " Marked: the best of a row\(report.hasRepeats ? ", and what is not shown to differ from it" : "")." }
        return wide(head, rows) + "<p><small>\(e(note + rest(table.rows.count, table.rowCount)))</small></p>\n"
    }

    private static func differences(_ report: Report, _ table: DifferenceTable) -> String {
        let head = table.heads.map { "<th>\(e($0))</th>" }.joined() + table.columns.map { "<th class=\"n\">\(e($0)) less \(e(table.reference))</th>" }.joined()
        let rows = table.rows.map { row in
            row.labels.map { "<th>\(e($0))</th>" }.joined()
                + row.cells.map { cell in
                    guard let cell else { return "<td class=\"n\">–</td>" }
                    let text = e(DifferenceText.signed(cell.difference, in: table.scale))
                    return "<td class=\"n\">\(cell.difference.isTold ? text : "<span class=\"soft\">\(text)</span>")</td>"
                }.joined()
        }
        var note = "Difference to \(table.reference)\(table.scale.unit.isEmpty ? "" : ", in\(table.scale.unit.hasPrefix("/") ? " 1" : "")\(table.scale.unit)"), all else being equal, paired by repeat."
        if report.hasRepeats { note += " ±: half of the 95 % interval of each difference by itself; grey where it holds 0." }
        return wide(head, rows) + "<p><small>\(e(note + rest(table.rows.count, table.rowCount)))</small></p>\n"
    }

    /// One key: a row for each of its values, a column for each figure.
    private static func list(_ report: Report, _ sweep: SweepAnalysis) -> String {
        let entries = Array(sweep.comparison.informative.prefix(9))
        var best: [String: Double] = [:]
        for entry in entries where sweep.comparison.tellsApart(entry) {
            let means = report.points.map { $0.mean(entry.column) }.filter { !$0.isNaN }
            if let more = entry.moreIsBetter { best[entry.column] = more ? means.max() : means.min() }
        }
        let head = report.plan.sweptKeys.map { "<th>\(e(shortKey($0)))</th>" }.joined() + entries.map { "<th class=\"n\">\(e($0.title))</th>" }.joined() + "<th>verdict</th>"
        let rows = report.points.prefix(mostRows).map { point in
            point.names.map { "<th>\(e($0))</th>" }.joined()
                + entries.map { entry in
                    let estimate = point.estimate(entry.column)
                    return "<td class=\"n\(best[entry.column].map { $0 == estimate.mean } ?? false ? " best" : "")\">\(figure(estimate, entry.column))</td>"
                }.joined() + "<td><span class=\"badge small \(point.verdict.rawValue)\">\(point.verdict.rawValue)</span></td>"
        }
        let note = rest(rows.count, report.points.count)
        return "<section><h2>Figures</h2>\n\(wide(head, rows))\(note.isEmpty ? "" : "<p><small>\(e(note))</small></p>")</section>\n"
    }

    private static func figure(_ estimate: Estimate, _ column: String) -> String {
        let interval = estimate.hasInterval && estimate.halfWidth > 0 ? "<small>± \(e(Figure.halfWidth(estimate, of: column)))</small>" : ""
        return e(Figure.text(estimate.mean, of: column)) + interval
    }

    private static func wide(_ head: String, _ rows: [String]) -> String {
        "<div class=\"wide\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(rows.map { "<tr>\($0)</tr>" }.joined(separator: "\n"))\n</tbody></table></div>\n"
    }

    private static func rest(_ shown: Int, _ all: Int) -> String {
        shown < all ? " These are the first \(shown) of \(Figure.count(Double(all))) rows; points.csv has all points." : ""
    }

    private static func e(_ text: String) -> String { Markup.escaped(text) }

    // MARK: Markdown

    static func markdown(_ report: Report, _ sweep: SweepAnalysis) -> [String] {
        guard sweep.axes.axes.count > 1 else { return markdownList(report, sweep) }
        var lines: [String] = []
        for (number, entry) in shown(sweep).prefix(mostFigures).enumerated() {
            let table = PivotTable(report, sweep, entry, atMost: mostRows)
            if number > 0 { lines += ["<details><summary>\(Markup.escaped(Findings.capitalised(entry.title)))</summary>", ""] } else { lines += ["**\(Markup.markdown(Findings.capitalised(entry.title)))**", ""] }
            lines += rows(table.heads, table.columns, table.rows.map { row in
                (row.labels, row.cells.map { cell in
                    cell.map { let text = Figure.text($0.estimate, of: entry.column); return $0.isBest ? "**\(text)**" : text } ?? "–"
                })
            })
            if !rest(table.rows.count, table.rowCount).isEmpty { lines += [rest(table.rows.count, table.rowCount).trimmed, ""] }
            if number == 0, let table = DifferenceTable(report, sweep, entry, atMost: mostRows) {
                lines += ["Difference to \(Markup.markdown(table.reference))\(table.scale.unit.isEmpty ? "" : ", in\(table.scale.unit)"):", ""]
                lines += rows(table.heads, table.columns, table.rows.map { row in
                    (row.labels, row.cells.map { cell in cell.map { DifferenceText.signed($0.difference, in: table.scale) } ?? "–" })
                })
            }
            if number > 0 { lines += ["</details>", ""] }
        }
        return lines
    }

    private static func rows(_ heads: [String], _ columns: [String], _ rows: [(labels: [String], cells: [String])]) -> [String] {
        ["| \((heads + columns).map(Markup.markdown).joined(separator: " | ")) |", "|" + heads.map { _ in "---|" }.joined() + columns.map { _ in "---:|" }.joined()]
            + rows.map { "| \(($0.labels.map(Markup.markdown) + $0.cells).joined(separator: " | ")) |" } + [""]
    }

    private static func markdownList(_ report: Report, _ sweep: SweepAnalysis) -> [String] {
        let entries = Array(sweep.comparison.informative.prefix(10))
        var lines = ["| \(Markup.markdown(report.plan.sweptKeys.map(shortKey).joined(separator: ", "))) | \(entries.map(\.title).joined(separator: " | ")) | verdict |"]
        lines.append("|---|" + entries.map { _ in "---:|" }.joined() + "---|")
        for point in report.points.prefix(mostRows) {
            let cells = entries.map { Figure.text(point.estimate($0.column), of: $0.column) }
            lines.append("| \(Markup.markdown(point.title)) | \(cells.joined(separator: " | ")) | \(point.verdict.rawValue) |")
        }
        let note = rest(min(mostRows, report.points.count), report.points.count)
        return lines + [""] + (note.isEmpty ? [] : [note.trimmed, ""])
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
