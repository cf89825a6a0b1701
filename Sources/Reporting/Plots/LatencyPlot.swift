import Foundation
import Measurement

/// Latency over percentile, stretched towards 100 % as HdrHistogram's own plots are.
enum LatencyPlot {
    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        let points = report.points.filter { !$0.pooled(.latency).isEmpty || !$0.pooled(.failed).isEmpty }
        guard !points.isEmpty else { return nil }
        let featured = report.sweep.map { sweep in sweep.featured.map { report.points[$0] }.filter { point in points.contains { $0.index == point.index } } } ?? points
        let shown = Array(featured.isEmpty ? points.prefix(8) : featured.prefix(8))

        var curves: [(title: String, point: Int, population: Population)] = []
        if shown.count == 1 {
            for (population, title) in [(Population.latency, "all answered"), (.generated, "generated"), (.failed, "failed"), (.perceived, "perceived over HTTP")]
            where !shown[0].pooled(population).isEmpty { curves.append((title, shown[0].index, population)) }
        } else {
            curves = shown.map { (ClosingTable.label($0.names, 40), $0.index, .latency) }
        }

        let histograms = shown.flatMap { point in Population.allCases.map { point.pooled($0) } }.filter { !$0.isEmpty }
        let largest = histograms.compactMap(\.maximum).max().map { Double($0) / 1e6 } ?? 1
        let counts = shown.map { point in point.repeats.map(\.latency.count).max() ?? 0 }.max() ?? 0
        // Beyond one in the number of questions there is nothing but the maximum.
        let decades = min(5, max(1, Int(Foundation.log10(Double(max(counts, 10))).rounded(.down))))
        let (unit, factor) = Plot.timeScale(milliseconds: largest)
        let middle = histograms.compactMap { $0.value(atPercentile: 75) }.filter { $0 > 0 }.min().map { Double($0) / 1e6 } ?? largest
        let isLogarithmic = largest > 30 * middle

        let tics = ["\"0 %%\" 1", "\"50 %%\" 2", "\"90 %%\" 10", "\"99 %%\" 100", "\"99.9 %%\" 1000", "\"99.99 %%\" 10000", "\"99.999 %%\" 100000"]
        var rows: [Int: Range<Int>] = [:]
        var before = 0
        for point in report.points {
            let count = point.repeats.reduce(0) { $0 + ResultFiles.latencyRowCount($1) }
            rows[point.index] = before..<before + count
            before += count
        }
        let lines = curves.enumerated().map { index, curve in
            "  \"../latency.csv\" \(Plot.every(rows[curve.point]!)) using (strcol(\"population\") eq \"\(curve.population.rawValue)\" && column(\"percentile\")<100 ? 1/(1-column(\"percentile\")/100) : NaN):"
                + "(column(\"latency_ms\")*\(Plot.number(factor))) smooth unique with lines lt \(index + 1) lw 2.5 title \(Markup.gnuplot(curve.title))"
        }
        let widest = curves.map { ClosingTable.columns($0.title) }.max() ?? 0
        let columnsOfKey = widest > 28 ? 2 : widest > 16 ? 3 : 4
        let rowsOfKey = (curves.count + columnsOfKey - 1) / columnsOfKey
        let body = """
            set key outside top center horizontal Left reverse maxrows \(rowsOfKey) samplen 2
            set logscale x
            set xrange [1:1e\(decades)]
            set xtics (\(tics.prefix(decades + 2).joined(separator: ", ")))
            set grid x lc rgb "#dddddd" lt 1 lw 1
            set xlabel "share of questions that took no longer"
            set ylabel "latency [\(unit)]"
            \(isLogarithmic ? "set logscale y\nset format y \"%g\"" : "set yrange [0:*]")
            plot \\
            \(lines.joined(separator: ", \\\n"))

            """
        var caption = "Time from the intended arrival to the answer, by percentile; the axis is stretched towards the slowest."
        if report.hasRepeats { caption += " Each value is the mean over the repeats." }
        if points.count > shown.count { caption += " \(shown.count) of \(points.count) points are shown." }
        return (PlotScript(name: "latency", title: "Latency by percentile", caption: caption, body: body), 440 + 22 * rowsOfKey)
    }
}
