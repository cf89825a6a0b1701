import Measurement

/// The picture that answers a sweep's question: small panels, one for each figure that matters, as lines
/// along the numeric key or as bars by point.
enum ComparisonPlot {
    private struct Panel {
        var title: String
        /// What it is asked for by.
        var topic: String
        /// Columns with their names in the key; several only where there is a single line for each.
        var curves: [(column: String, title: String)]
    }

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        guard let sweep = report.sweep else { return nil }
        return sweep.layout.x != nil ? lines(report, sweep) : bars(report, sweep)
    }

    // MARK: Lines

    private static func lines(_ report: Report, _ sweep: SweepAnalysis) -> (PlotScript, height: Int)? {
        let (axes, points) = (sweep.axes, report.points)
        guard let x = sweep.layout.x, let path = axes.axes[x].scale?.path else { return nil }
        // Where three keys are swept or more, one value stands for all of those that neither axis nor lines are for.
        let (slices, isWhole) = SweepLayout.slices(axes, by: sweep.layout.panels, atMost: 1)
        guard let slice = slices.first else { return nil }
        let series = SweepLayout.lines(axes, sweep.layout, of: slice)
        let panels = series.count == 1 ? pairedPanels(sweep, points) : singlePanels(sweep)
        guard !panels.isEmpty else { return nil }
        let rows = (panels.count + 1) / 2
        // Names of lines stand above the panels, in as many rows as they need.
        let keyRows = series.count == 1 ? 0 : max(1, (series.reduce(0) { $0 + ClosingTable.columns($1.title) + 9 } + 99) / 100)
        var body = """
            set multiplot layout \(rows),2 margins char 7, char 3, char 4, char \(Plot.number(series.count == 1 ? 2.5 : 2.7 + 1.2 * Double(keyRows))) spacing char 8, char 4.5
            \(series.count == 1 ? Plot.keyAbove : "unset key")
            \(Plot.scaled(axes.axes[x]))

            """
        if series.count > 1 { body += keyLine(series.map(\.title), height: 10 + Double(300 * rows + 20 * keyRows), rows: keyRows) }
        for (position, panel) in panels.enumerated() {
            if position + 2 >= panels.count { body += "set xlabel \(Markup.gnuplot(axes.axes[x].name))\n" }
            let means = panel.curves.flatMap { curve in slice.points.map { points[$0].mean(curve.column) } }.filter { !$0.isNaN }
            let largest = means.max() ?? 1
            let (unit, factor) = Plot.scale(of: panel.curves[0].column, upTo: largest)
            let range = unit == "%" && largest > 0.6 ? "0:100" : (means.min() ?? 0) < 0 ? "*:*" : "0:*"
            body += Plot.head(Plot.titled(panel.title, unit: unit)) + "set yrange [\(range)]\nset ytics \(Plot.number(Plot.step(upTo: range == "0:100" ? 80 : largest * factor)))\n"
            var whiskers: [String] = [], lines: [String] = []
            for (number, line) in series.enumerated() {
                for (position, curve) in panel.curves.enumerated() {
                    let colour = series.count == 1 ? position + 1 : number + 1
                    let title = series.count == 1 && panel.curves.count > 1 ? "title \(Markup.gnuplot(curve.title))" : "notitle"
                    let source = "\"../points.csv\" using (\(Plot.member(line.points.map { points[$0].index })) ? column(\"\(path)\") : NaN):(column(\"\(curve.column)\")*\(Plot.number(factor)))"
                    lines.append("  \(source) smooth unique with linespoints lt \(colour) \(title)")
                    if line.points.contains(where: { points[$0].estimate(curve.column).hasInterval }) {
                        whiskers.append("  \(source):(column(\"\(curve.column)_ci95\")*\(Plot.number(factor))) with yerrorbars lt \(colour) lw 1.2 pt 0 notitle")
                    }
                }
            }
            body += "plot \\\n" + (whiskers + lines).joined(separator: ", \\\n") + "\n"
            if position == 0, series.count > 1 { body += "unset for [i=201:\(200 + series.count)] label i\nunset for [i=201:\(200 + series.count)] arrow i\n" }
        }
        body += "unset multiplot\n"
        var caption = Self.caption(report)
        if !slice.title.isEmpty { caption += " At \(slice.title)\(isWhole ? "" : "; the tables have the other values")." }
        return (PlotScript(name: "comparison", title: "What \(axes.axes[x].name) changes", caption: caption, body: body), 40 + 300 * rows + 20 * keyRows)
    }

    /// Names of lines side by side above all panels: gnuplot's own key keeps to the width of one.
    private static func keyLine(_ titles: [String], height: Double, rows: Int) -> String {
        var text = ""
        var (used, row) = (0, 0)
        for (number, title) in titles.enumerated() {
            let width = ClosingTable.columns(title) + 9
            if used > 0, used + width > 108, row + 1 < rows { (used, row) = (0, row + 1) }
            let x = 0.06 + Double(used) * 0.0085, y = 1 - (16 + 20 * Double(row)) / height
            text += "set arrow \(201 + number) from screen \(Figure.fixed(x, 4)), screen \(Figure.fixed(y, 4)) to screen \(Figure.fixed(x + 0.03, 4)), screen \(Figure.fixed(y, 4)) nohead lt \(number + 1)\n"
            text += "set label \(201 + number) \(Markup.gnuplot(title)) at screen \(Figure.fixed(x + 0.036, 4)), screen \(Figure.fixed(y, 4)) left font \",14\"\n"
            used += width
        }
        return text
    }

    private static func singlePanels(_ sweep: SweepAnalysis) -> [Panel] {
        sweep.telling.prefix(6).map { Panel(title: $0.title, topic: $0.column, curves: [($0.column, $0.title)]) }
    }

    /// Where each figure is a single line, figures that are read together share a panel.
    private static func pairedPanels(_ sweep: SweepAnalysis, _ points: [PointResult]) -> [Panel] {
        let pairs: [Panel] = [
            Panel(title: "answers that pass", topic: "answers that pass", curves: [("first_pass_ratio", "first"), ("final_pass_ratio", "final")]),
            Panel(title: "questions", topic: "questions", curves: [("regeneration_rate", "regenerated"), ("dead_letter_ratio", "dead letters")]),
            Panel(title: "per question", topic: "per question", curves: [("calls_per_question", "LLM calls"), ("extra_generations_per_question", "extra generations, per scored question")]),
            Panel(title: "cost per 1,000 questions", topic: "cost per 1,000 questions", curves: [("cost_per_1000_questions", "")]),
            Panel(title: "mean score", topic: "mean score", curves: [("mean_first_score", "first"), ("mean_final_score", "final")]),
            Panel(title: "answered", topic: "answered", curves: [("answered_without_call_ratio", "without a call"), ("hit_ratio", "from the cache")]),
            Panel(title: "latency", topic: "latency", curves: [("latency_p50_ms", "p50"), ("latency_p95_ms", "p95"), ("latency_p99_ms", "p99")]),
            Panel(title: "throughput per second", topic: "throughput per second", curves: [("throughput_per_s", "settled"), ("goodput_per_s", "answered")]),
        ].map { panel in
            var panel = panel
            // A flat line at 0 says nothing that the sentences do not.
            panel.curves = panel.curves.filter { curve in points.contains { $0.mean(curve.column).magnitude > 0 } }
            if panel.curves.count == 1, let only = Comparison.entries.first(where: { $0.column == panel.curves[0].column }) { panel.title = only.title }
            return panel
        }.filter { !$0.curves.isEmpty }
        let order: [String] =
            switch sweep.comparison.topic {
            case .score: ["answers that pass", "questions", "per question", "cost per 1,000 questions", "mean score", "latency"]
            case .cache: ["answered", "per question", "latency", "cost per 1,000 questions", "answers that pass"]
            case .general: ["latency", "throughput per second", "answered", "questions", "per question", "answers that pass"]
            }
        return order.compactMap { title in pairs.first { $0.topic == title } }
    }

    // MARK: Bars

    private static func bars(_ report: Report, _ sweep: SweepAnalysis) -> (PlotScript, height: Int)? {
        let entries = Array(sweep.telling.prefix(6))
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
        let keys = sweep.axes.axes.map(\.name).joined(separator: " and ")
        var caption = Self.caption(report)
        if points.count < report.points.count { caption += " The first \(points.count) of \(report.points.count) points are shown; the tables have all of them." }
        return (PlotScript(name: "comparison", title: "What \(keys) changes", caption: caption, body: body), 30 + rows * (95 + 34 * points.count))
    }

    private static func caption(_ report: Report) -> String {
        report.hasRepeats
            ? "Means over \(report.repeatsText); the whiskers are their 95 % Student-t intervals." : "One run a point, so without intervals: set repeats for those."
    }
}
