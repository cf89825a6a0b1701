import Measurement

/// Hit ratio by policy and capacity beside a cache that knows the future and Che's approximation; a panel for each value
/// of what else is swept.
enum HitRatioPlot {
    private static let mostPanels = 5

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        let bounds = report.cacheBounds
        guard let sweep = report.sweep, let x = sweep.layout.x, !bounds.isEmpty, let scale = sweep.axes.axes[x].scale else { return nil }
        let axes = sweep.axes
        let (slices, isWhole) = SweepLayout.slices(axes, by: sweep.layout.panels, atMost: mostPanels)
        // One more than there are panels: the key has a place of its own.
        let columns = slices.count < 4 ? 2 : 3, rows = (slices.count + columns) / columns
        let hasChe = bounds.contains { $0.che != nil }
        let largest = bounds.map { $0.clairvoyant.mean }.max() ?? 1
        var body = """
            set multiplot layout \(rows),\(columns) margins char 6, char 2, char 4, char 2 spacing char 6, char 5.5
            unset key
            \(Plot.scaled(axes.axes[x]))
            set xlabel \(Markup.gnuplot(axes.axes[x].name))
            set yrange [0:\(Plot.number(min(1, largest * 1.08) * 100))]
            set ytics 20

            """
        var titles: [String] = []
        for slice in slices {
            body += Plot.head(slice.title.isEmpty ? "answered from the cache [%]" : "\(slice.title): answered from the cache [%]")
            let lines = SweepLayout.lines(axes, sweep.layout, of: slice)
            var whiskers: [String] = [], curves: [String] = [], theory: [String] = []
            for (index, line) in lines.enumerated() {
                let member = Plot.member(line.points.map { report.points[$0].index })
                let at = "(\(member) ? column(\"\(scale.path)\") : NaN)"
                curves.append("  \"../points.csv\" using \(at):(column(\"hit_ratio\")*100) smooth unique with linespoints lt \(index + 1) notitle")
                if report.hasRepeats {
                    whiskers.append("  \"../points.csv\" using \(at):(column(\"hit_ratio\")*100):(column(\"hit_ratio_ci95\")*100) with yerrorbars lt \(index + 1) lw 1.2 pt 0 notitle")
                }
                if line.points.contains(where: { point in bounds.contains { $0.point == point && $0.che != nil } }) {
                    theory.append("  \"../cache-bounds.csv\" using \(at):(column(\"che_hit_ratio\")*100) with points lt \(index + 1) lw 1.5 pt 4 ps 1.3 notitle")
                }
            }
            // The same for all policies, which met the same questions.
            let bounded = lines.first { line in line.points.contains { point in bounds.contains { $0.point == point } } }
            if let bounded {
                let member = Plot.member(bounded.points.map { report.points[$0].index })
                curves.insert(
                    "  \"../cache-bounds.csv\" using (\(member) ? column(\"\(scale.path)\") : NaN):(column(\"clairvoyant_hit_ratio\")*100) smooth unique with lines lc rgb \"#333333\" lw 2 dt 2 notitle", at: 0)
            }
            if lines.count > titles.count { titles = lines.map { $0.title.isEmpty ? "hit ratio" : $0.title } }
            body += "plot \\\n" + (whiskers + curves + theory).joined(separator: ", \\\n") + "\n"
        }
        var key = ["NaN with lines lc rgb \"#333333\" lw 2 dt 2 title \"knows the future (Belady)\""]
        key += titles.enumerated().map { "NaN with linespoints lt \($0 + 1) title \(Markup.gnuplot($1))" }
        if hasChe { key.append("NaN with points lc rgb \"#333333\" lw 1.5 pt 4 ps 1.3 title \"Che's approximation\"") }
        body += Plot.keyPanel(key) + "unset multiplot\n"
        var caption = "Share of the questions that the cache answered. Dashed: a cache that knows the future and fills each miss at once, asked the very same questions (Belady); "
            + "here a fill takes as long as the answer does, so that it is out of reach, and no strict bound."
        if hasChe { caption += " Squares: Che's approximation for LRU and FIFO, with the fill's delay." }
        caption += report.hasRepeats ? " Means over \(report.repeatsText), with 95 % Student-t intervals, most of them no higher than the marks." : " One run a point: there are no intervals."
        if !isWhole { caption += " Of what else is swept, some values are left out." }
        return (PlotScript(name: "hit-ratio", title: "Hit ratio by \(axes.axes[sweep.layout.series ?? x].name)\(sweep.layout.series == nil ? "" : " and \(axes.axes[x].name)")", caption: caption, body: body), 30 + 320 * rows)
    }
}

extension SweepLayout {
    /// A line for each value of the series axis that a slice has points of, each in the order of the x axis.
    static func lines(_ axes: SweepAxes, _ layout: SweepLayout, of slice: Slice) -> [Slice] {
        func along(_ points: [Int]) -> [Int] {
            guard let x = layout.x, let numbers = axes.axes[x].scale?.numbers else { return points }
            return points.sorted { (numbers[axes.coordinates[$0][x]], $0) < (numbers[axes.coordinates[$1][x]], $1) }
        }
        guard let series = layout.series else { return [Slice(title: "", points: along(slice.points))] }
        return axes.axes[series].values.indices.compactMap { value in
            let points = slice.points.filter { axes.coordinates[$0][series] == value }
            return points.isEmpty ? nil : Slice(title: axes.axes[series].scale == nil ? axes.axes[series].values[value] : axes.axes[series].spoken(value), points: along(points))
        }
    }
}

extension Plot {
    /// A panel with nothing in it but the key of the others.
    static func keyPanel(_ entries: [String]) -> String {
        """
            unset label 99
            unset border
            unset tics
            unset xlabel
            unset logscale
            set xrange [0:1]
            set yrange [0:1]
            set key at graph 0.08, graph 0.95 left top vertical Left reverse maxcols 1 samplen 3 spacing 1.05 font ",14"
            plot \\
            \(entries.map { "  \($0)" }.joined(separator: ", \\\n"))

            """
    }

    /// A horizontal axis for an axis of a sweep: logarithmic where the values span a lot, with tics where they are, if few.
    static func scaled(_ axis: SweepAxes.Axis) -> String {
        guard let numbers = axis.scale?.numbers, let least = numbers.min(), let most = numbers.max() else { return "" }
        var text = "set offsets graph 0.03, graph 0.03, 0, 0\nset xrange [*:*]"
        let isLogarithmic = least > 0 && most / least >= 16
        if isLogarithmic { text += "\nset logscale x\nset xrange [\(number(least / 1.4)):\(number(most * 1.4))]" }
        // Where values lie close together their names would run into each other.
        let sorted = numbers.sorted()
        let isRoomy = isLogarithmic ? zip(sorted, sorted.dropFirst()).allSatisfy { $1 / $0 >= 1.3 } : zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 >= 0.11 * (most - least) }
        if numbers.count <= 8, isRoomy {
            text += "\nset xtics (\(axis.ordered.map { "\(Markup.gnuplotTic(axis.values[$0])) \(number(numbers[$0]))" }.joined(separator: ", ")))"
        }
        return text
    }

    /// Whether a row is one of these points'. Points at equal distances, as those of a grid's line are, make a short condition.
    static func member(_ points: [Int]) -> String {
        let sorted = points.sorted()
        if sorted.count > 2, let first = sorted.first, let last = sorted.last {
            let step = sorted[1] - first
            if step > 0, zip(sorted, sorted.dropFirst()).allSatisfy({ $1 - $0 == step }) {
                let inside = "column(\"point\")>=\(first)&&column(\"point\")<=\(last)"
                return step == 1 ? "(\(inside))" : "(\(inside)&&int(column(\"point\")-\(first))%\(step)==0)"
            }
        }
        return "(\(sorted.map { "column(\"point\")==\($0)" }.joined(separator: "||")))"
    }
}
