import Foundation
import Measurement

/// Latency over percentile, stretched towards 100 % as HdrHistogram's own plots are.
enum LatencyPlot {
    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        let shown = shown(report)
        guard !shown.isEmpty else { return nil }

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
        let lines = report.hasRepeats
            ? bands(curves, LatencyMeans(shown), factor: factor, isLogarithmic: isLogarithmic) : singles(curves, report, factor: factor)
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
        if report.hasRepeats { caption += " Each value is the mean over the repeats; bands: its 95 % Student-t interval." }
        if report.points.count > shown.count { caption += " \(shown.count) of \(report.points.count) points are shown." }
        return (PlotScript(name: "latency", title: "Latency by percentile", caption: caption, body: body), 440 + 22 * rowsOfKey)
    }

    /// The points that are drawn: those with questions that took time, of many a few that stand for all.
    static func shown(_ report: Report) -> [PointResult] {
        let candidates = report.sweep.map { sweep in sweep.featured.map { report.points[$0] } } ?? []
        func areThere(_ points: [PointResult]) -> [PointResult] { points.filter { !$0.pooled(.latency).isEmpty || !$0.pooled(.failed).isEmpty } }
        let featured = areThere(candidates)
        return Array((featured.isEmpty ? areThere(report.points) : featured).prefix(8))
    }

    private typealias Curve = (title: String, point: Int, population: Population)
    private static let share = "(column(\"percentile\")<100 ? 1/(1-column(\"percentile\")/100) : NaN)"

    /// Means with their intervals.
    private static func bands(_ curves: [Curve], _ means: LatencyMeans, factor: Double, isLogarithmic: Bool) -> [String] {
        var bands: [String] = [], lines: [String] = []
        for (index, curve) in curves.enumerated() {
            guard let rows = means.rows(of: curve.point, curve.population) else { continue }
            let source = "\"../\(LatencyMeans.file)\" \(Plot.every(rows)) using \(share)"
            let (mean, width) = ("column(\"latency_ms\")", "column(\"latency_ms_ci95\")")
            // Where the interval reaches below 0 nothing is left to be drawn there.
            let least = isLogarithmic ? "\(mean)/10" : "0"
            let low = "((\(mean)-\(width)>\(least) ? \(mean)-\(width) : \(least))*\(Plot.number(factor)))"
            bands.append("  \(source):\(low):((\(mean)+\(width))*\(Plot.number(factor))) with filledcurves lt \(index + 1) fs transparent solid 0.2 noborder notitle")
            lines.append("  \(source):(\(mean)*\(Plot.number(factor))) with lines lt \(index + 1) lw 2 title \(Markup.gnuplot(curve.title))")
        }
        return bands + lines
    }

    /// The very rows of latency.csv.
    private static func singles(_ curves: [Curve], _ report: Report, factor: Double) -> [String] {
        var rows: [Int: Range<Int>] = [:]
        var before = 0
        for point in report.points {
            let count = point.repeats.reduce(0) { $0 + ResultFiles.latencyRowCount($1) }
            rows[point.index] = before..<before + count
            before += count
        }
        return curves.enumerated().map { index, curve in
            "  \"../latency.csv\" \(Plot.every(rows[curve.point]!)) using (strcol(\"population\") eq \"\(curve.population.rawValue)\" ? \(share) : NaN):"
                + "(column(\"latency_ms\")*\(Plot.number(factor))) smooth unique with lines lt \(index + 1) lw 2.5 title \(Markup.gnuplot(curve.title))"
        }
    }
}
