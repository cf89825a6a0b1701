import Measurement

/// By how much each named value (a policy, say) differs from the first one, along the numeric key: what lines that lie
/// close together in other pictures hide.
enum DifferencePlot {
    private static let mostPanels = 5

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        guard let sweep = report.sweep, let x = sweep.layout.x, let series = sweep.layout.series, sweep.axes.axes[series].scale == nil,
            let path = sweep.axes.axes[x].scale?.path, let entry = sweep.telling.first
        else { return nil }
        let axes = sweep.axes
        let rows = sweep.differences.rows.filter { $0.axis == series && $0.difference.column == entry.column }
        guard let largest = rows.map(\.difference.difference.magnitude).max(), largest > 0 else { return nil }
        let (factor, unit) = DifferenceText.scale(entry.column, largest)
        let reference = axes.axes[series].values[0]
        let (slices, isWhole) = SweepLayout.slices(axes, by: sweep.layout.panels, atMost: mostPanels)
        let columns = slices.count < 4 ? 2 : 3, height = (slices.count + columns) / columns
        var body = """
            set multiplot layout \(height),\(columns) margins char 7, char 2, char 4, char 2 spacing char 7, char 5.5
            unset key
            set xzeroaxis lc rgb "#555555" lt 1 lw 1
            \(Plot.scaled(axes.axes[x]))
            set xlabel \(Markup.gnuplot(axes.axes[x].name))

            """
        for slice in slices {
            body += Plot.head([slice.title, "difference\(unit.isEmpty ? "" : " [\(unit.drop { $0 == " " || $0 == "/" })]")"].filter { !$0.isEmpty }.joined(separator: ": "))
            var whiskers: [String] = [], lines: [String] = []
            for value in axes.axes[series].values.indices.dropFirst() {
                let points = slice.points.filter { axes.coordinates[$0][series] == value }
                guard !points.isEmpty else { continue }
                let isRow = "strcol(\"metric\") eq \"\(entry.column)\" && strcol(\"key\") eq \"\(axes.axes[series].paths.joined(separator: "+"))\" && \(Plot.member(points.map { report.points[$0].index }))"
                let source = "\"../differences.csv\" using (\(isRow) ? column(\"\(path)\") : NaN):(column(\"difference\")*\(Plot.number(factor)))"
                lines.append("  \(source) smooth unique with linespoints lt \(value + 1) notitle")
                if report.hasRepeats { whiskers.append("  \(source):(column(\"difference_ci95\")*\(Plot.number(factor))) with yerrorbars lt \(value + 1) lw 1.4 pt 0 notitle") }
            }
            if lines.isEmpty { continue }
            body += "plot \\\n" + (whiskers + lines).joined(separator: ", \\\n") + "\n"
        }
        let names = axes.axes[series].values
        body += "unset xzeroaxis\n" + Plot.keyPanel(names.indices.dropFirst().map { "NaN with linespoints lt \($0 + 1) title \(Markup.gnuplot("\(names[$0]) less \(reference)"))" })
        body += "unset multiplot\n"
        var caption = "Each point less the one with \(reference) and all else equal, repeat by repeat: both met the same questions"
        caption += report.plan.mode == .live ? "." : " and the same luck."
        caption += report.hasRepeats ? " Bars: 95 % Student-t intervals of these differences, each for itself." : " One run a point: there are no intervals."
        if !isWhole { caption += " Of what else is swept, some values are left out." }
        return (
            PlotScript(name: "difference", title: "\(Findings.capitalised(entry.title)): difference to \(reference)", caption: caption, body: body), 30 + 320 * height
        )
    }
}
