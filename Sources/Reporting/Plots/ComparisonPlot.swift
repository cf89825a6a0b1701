import Measurement

/// The picture that answers a sweep's question: small panels, one for each figure that matters, as lines
/// along the numeric key or as bars by point.
enum ComparisonPlot {
    private struct Panel {
        var title: String
        /// Columns with their names in the key; several only where there is a single line for each.
        var curves: [(column: String, title: String)]
    }

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        guard report.isSweep else { return nil }
        let comparison = Comparison(report)
        if let series = comparison.series, let key = comparison.axisKey { return lines(report, comparison, series, key: key) }
        return bars(report, comparison)
    }

    // MARK: Lines

    private static func lines(_ report: Report, _ comparison: Comparison, _ series: [Comparison.Series], key: String) -> (PlotScript, height: Int)? {
        let panels = series.count == 1 ? pairedPanels(comparison) : singlePanels(comparison)
        guard !panels.isEmpty else { return nil }
        var values: [String] = []
        for point in report.points where !values.contains(point.swept[comparison.axis!].value) { values.append(point.swept[comparison.axis!].value) }
        let numbers = values.compactMap(Comparison.number).sorted()
        let rows = (panels.count + 1) / 2
        var body = """
            set multiplot layout \(rows),2 margins char 7, char 3, char 4, char \(series.count == 1 ? 2.5 : 4) spacing char 8, char 4.5
            \(series.count == 1 ? Plot.keyAbove : "set key at screen 0.98, screen 0.99 right top horizontal Right noreverse samplen 2")
            set offsets graph 0.03, graph 0.03, 0, 0
            set xrange [*:*]

            """
        if comparison.axisIsLogarithmic, let least = numbers.first, let most = numbers.last {
            body += "set logscale x\nset xrange [\(Plot.number(least / 1.5)):\(Plot.number(most * 1.5))]\n"
        }
        if numbers.count <= 8 {
            let tics = values.sorted { Comparison.number($0)! < Comparison.number($1)! }
            body += "set xtics (\(tics.map { "\(Markup.gnuplotTic($0)) \(Plot.number(Comparison.number($0)!))" }.joined(separator: ", ")))\n"
        }
        for (position, panel) in panels.enumerated() {
            if position + 2 >= panels.count { body += "set xlabel \(Markup.gnuplot(shortKey(key)))\n" }
            let largest = panel.curves.flatMap { curve in comparison.points.map { $0.mean(curve.column) } }.filter { !$0.isNaN }.max() ?? 1
            let (unit, factor) = Plot.scale(of: panel.curves[0].column, upTo: largest)
            let range = unit == "%" && largest > 0.6 ? "0:100" : lowest(panel.curves.map(\.column), comparison)
            body += Plot.head(Plot.titled(panel.title, unit: unit)) + "set yrange [\(range)]\nset ytics \(Plot.number(Plot.step(upTo: range == "0:100" ? 80 : largest * factor)))\n"
            var whiskers: [String] = [], lines: [String] = []
            for (number, line) in series.enumerated() {
                for (position, curve) in panel.curves.enumerated() {
                    let colour = series.count == 1 ? position + 1 : number + 1
                    let title = series.count == 1 ? (panel.curves.count == 1 ? "" : curve.title) : line.name
                    let member = line.points.map { "column(\"point\")==\($0.index)" }.joined(separator: "||")
                    let source = "\"../points.csv\" using ((\(member)) ? column(\"\(key)\") : NaN):(column(\"\(curve.column)\")*\(Plot.number(factor)))"
                    lines.append("  \(source) smooth unique with linespoints lt \(colour) " + (title.isEmpty ? "notitle" : "title \(Markup.gnuplot(title))"))
                    if line.points.contains(where: { $0.estimate(curve.column).hasInterval }) {
                        whiskers.append("  \(source):(column(\"\(curve.column)_ci95\")*\(Plot.number(factor))) with yerrorbars lt \(colour) lw 1.2 pt 0 notitle")
                    }
                }
            }
            // One key is enough where all panels show the same lines.
            if series.count > 1 && position == 1 { body += "unset key\n" }
            body += "plot \\\n" + (whiskers + lines).joined(separator: ", \\\n") + "\n"
        }
        body += "unset multiplot\n"
        return (PlotScript(name: "comparison", title: "What \(shortKey(key)) changes", caption: caption(report), body: body), 40 + 300 * rows)
    }

    /// Where the y axis begins: at 0 unless figures go below it.
    private static func lowest(_ columns: [String], _ comparison: Comparison) -> String {
        let least = columns.flatMap { column in comparison.points.map { $0.mean(column) } }.filter { !$0.isNaN }.min() ?? 0
        return least < 0 ? "*:*" : "0:*"
    }

    private static func singlePanels(_ comparison: Comparison) -> [Panel] {
        comparison.informative.filter(comparison.tellsApart).prefix(6).map { Panel(title: $0.title, curves: [($0.column, $0.title)]) }
    }

    /// Where each figure is a single line, figures that are read together share a panel.
    private static func pairedPanels(_ comparison: Comparison) -> [Panel] {
        let pairs: [Panel] = [
            Panel(title: "answers that pass", curves: [("first_pass_ratio", "first"), ("final_pass_ratio", "final")]),
            Panel(title: "extra generations per scored question", curves: [("extra_generations_per_question", "")]),
            Panel(title: "mean score", curves: [("mean_first_score", "first"), ("mean_final_score", "final")]),
            Panel(title: "dead letters", curves: [("dead_letter_ratio", "")]),
            Panel(title: "answered", curves: [("answered_without_call_ratio", "without a call"), ("hit_ratio", "from the cache"), ]),
            Panel(title: "latency", curves: [("latency_p50_ms", "p50"), ("latency_p95_ms", "p95"), ("latency_p99_ms", "p99")]),
            Panel(title: "LLM calls per question", curves: [("calls_per_question", "")]),
        ].map { panel in
            var panel = panel
            // A flat line at 0 says nothing that the sentences do not.
            panel.curves = panel.curves.filter { curve in comparison.points.contains { $0.mean(curve.column).magnitude > 0 } }
            return panel
        }.filter { !$0.curves.isEmpty }
        let order: [String] =
            switch comparison.topic {
            case .score: ["answers that pass", "extra generations per scored question", "mean score", "dead letters", "latency", "LLM calls per question"]
            case .cache: ["answered", "LLM calls per question", "latency", "answers that pass"]
            case .general: ["latency", "answered", "dead letters", "LLM calls per question", "answers that pass", "extra generations per scored question"]
            }
        return order.compactMap { title in pairs.first { $0.title == title } }
    }

    // MARK: Bars

    private static func bars(_ report: Report, _ comparison: Comparison) -> (PlotScript, height: Int)? {
        let entries = Array((comparison.informative.filter(comparison.tellsApart)).prefix(6))
        let points = Array(report.points.prefix(40))
        guard !entries.isEmpty else { return nil }
        let names = points.map { ClosingTable.label($0.names, 30) }
        let widest = names.map(ClosingTable.columns).max() ?? 0
        let columns = entries.count == 1 || widest > 20 ? 1 : 2
        let rows = (entries.count + columns - 1) / columns
        let labels = names.enumerated().map { "\(Markup.gnuplotTic($1)) \($0)" }
        var body = """
            set multiplot layout \(rows),\(columns) margins char \(widest + 3), char 4, char 2.5, char 2.5 spacing char \(widest + 6), char 4.5
            set yrange [\(points.count - 1).5:-0.5]
            set ytics (\(labels.joined(separator: ", "))) scale 0
            unset grid
            set grid x lc rgb "#dddddd" lt 1 lw 1
            unset key
            set border 2
            set style fill solid 0.85 noborder

            """
        for entry in entries {
            let estimates = points.map { $0.estimate(entry.column) }
            let largest = estimates.map { $0.mean + ($0.hasInterval ? $0.halfWidth : 0) }.filter { !$0.isNaN }.max() ?? 1
            let smallest = min(0, estimates.map(\.mean).filter { !$0.isNaN }.min() ?? 0)
            let (unit, factor) = Plot.scale(of: entry.column, upTo: largest)
            let value = "column(\"\(entry.column)\")*\(Plot.number(factor))"
            body += "set title \(Markup.gnuplot(Plot.titled(entry.title, unit: unit))) font \",15\" offset 0,-0.6\nset xtics \(Plot.number(Plot.step(upTo: max(largest * factor, 1e-9) * 1.25)))\n"
            body += "set xrange [\(Plot.number(smallest * factor * 1.25)):\(Plot.number(max(largest * factor, 1e-9) * 1.25))]\n"
            body += "plot \"../points.csv\" every ::0::\(points.count - 1) using (0):0:(0):(\(value)):($0-0.34):($0+0.34) with boxxyerror lt 1"
            let end: String
            if estimates.contains(where: \.hasInterval) {
                body += ", \\\n  \"\" every ::0::\(points.count - 1) using (\(value)):0:(column(\"\(entry.column)_ci95\")*\(Plot.number(factor))) with xerrorbars lc rgb \"#000000\" lw 1.3 ps 0"
                end = "column(\"\(entry.column)\")*\(Plot.number(factor))+column(\"\(entry.column)_ci95\")*\(Plot.number(factor))"
            } else {
                end = value
            }
            let format = unit == "%" || largest * factor >= 10 ? "%.1f" : "%.3g"
            body += ", \\\n  \"\" every ::0::\(points.count - 1) using (\(end)):0:(sprintf(\"\(format)\", \(value))) with labels left offset char 0.5,0 font \",13\"\n"
        }
        body += "unset multiplot\n"
        let keys = report.plan.sweptKeys.map(shortKey).joined(separator: " and ")
        return (PlotScript(name: "comparison", title: "What \(keys) changes", caption: caption(report), body: body), 30 + rows * (95 + 34 * points.count))
    }

    private static func caption(_ report: Report) -> String {
        report.hasRepeats
            ? "Means over \(report.plan.repeatsText); the whiskers are their 95 % Student-t intervals." : "One run a point, so without intervals: set repeats for those."
    }
}
