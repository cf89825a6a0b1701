import Measurement

/// Figures over two ordered keys as coloured cells with their numbers in them: one figure for each value of what else is
/// swept, or several figures.
enum HeatMapPlot {
    private static let mostPanels = 6
    /// Values of a key beyond which cells are too small to be read.
    private static let mostValues = 16

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        guard let sweep = report.sweep else { return nil }
        let axes = sweep.axes
        // Along the one that is drawn along elsewhere, up the other.
        let ordered = axes.axes.indices.filter { axes.axes[$0].scale != nil && axes.axes[$0].values.count <= mostValues }
        let ranked = ordered.sorted { a, b in
            (a == sweep.layout.x ? 0 : 1, -axes.axes[a].values.count, a) < (b == sweep.layout.x ? 0 : 1, -axes.axes[b].values.count, b)
        }
        guard ranked.count >= 2, axes.axes[ranked[0]].values.count * axes.axes[ranked[1]].values.count >= 6 else { return nil }
        let (x, y) = (ranked[0], ranked[1])
        let rest = axes.axes.indices.filter { $0 != x && $0 != y }
        let (all, isWhole) = SweepLayout.slices(axes, by: rest, atMost: mostPanels)
        // A few cells in an empty field are no map.
        let slices = all.filter { 2 * $0.points.count >= axes.axes[x].values.count * axes.axes[y].values.count }
        guard let first = slices.first, let entry = sweep.telling.first else { return nil }
        let isOneFigure = slices.count > 1
        let panels: [(slice: SweepLayout.Slice, entry: Comparison.Entry)] =
            isOneFigure ? slices.map { ($0, entry) } : distinct(sweep.telling, report.points).prefix(4).map { (first, $0) }
        let across = axes.axes[x].values.count, up = axes.axes[y].values.count
        let columns = panels.count == 1 ? 1 : across > 8 ? 1 : panels.count > 4 || (panels.count == 3 && across <= 5) ? 3 : 2
        let rows = (panels.count + columns - 1) / columns
        let hasIntervals = report.hasRepeats && across * columns <= 15
        var body = """
            set multiplot layout \(rows),\(columns) margins char 9, char 2, char 4, char 2 spacing char 7, char 5.5
            unset key
            unset colorbox
            unset grid
            set border 0
            set palette defined (0 "#f2f7fb", 1 "#7fb8e0")
            set xrange [-0.5:\(across - 1).5]
            set yrange [-0.5:\(up - 1).5]
            set xtics (\(tics(axes.axes[x]))) scale 0
            set ytics (\(tics(axes.axes[y]))) scale 0
            set xlabel \(Markup.gnuplot(axes.axes[x].name))
            set ylabel \(Markup.gnuplot(axes.axes[y].name))

            """
        let (ranksX, ranksY) = (ranks(axes.axes[x]), ranks(axes.axes[y]))
        let means = panels.map { panel in panel.slice.points.map { report.points[$0].mean(panel.entry.column) }.filter { !$0.isNaN } }
        let highest = means.joined().max() ?? 1, lowest = means.joined().min() ?? 0
        if isOneFigure, highest > lowest {
            let factor = Plot.scale(of: entry.column, upTo: highest).factor
            body += "set cbrange [\(Plot.number(lowest * factor)):\(Plot.number(highest * factor))]\n"
        }
        for (number, panel) in panels.enumerated() {
            let largest = isOneFigure ? highest : means[number].max() ?? 1
            let (unit, factor) = Plot.scale(of: panel.entry.column, upTo: largest)
            let title = isOneFigure ? panel.slice.title + (unit.isEmpty ? "" : " [\(unit)]") : Plot.titled(panel.entry.title, unit: unit)
            // Of each point its cell, by words in the order of the points: names of keys may hold anything.
            let count = (report.points.map(\.index).max() ?? 0) + 1
            var cellX = [String](repeating: "NaN", count: count), cellY = cellX
            for point in panel.slice.points {
                cellX[report.points[point].index] = "\(ranksX[axes.coordinates[point][x]])"
                cellY[report.points[point].index] = "\(ranksY[axes.coordinates[point][y]])"
            }
            body += Plot.head(title)
            body += "X\(number) = \"\(cellX.joined(separator: " "))\"\nY\(number) = \"\(cellY.joined(separator: " "))\"\n"
            let cx = "(real(word(X\(number), int(column(\"point\"))+1)))", cy = "(real(word(Y\(number), int(column(\"point\"))+1)))"
            let value = "column(\"\(panel.entry.column)\")*\(Plot.number(factor))", width = "column(\"\(panel.entry.column)_ci95\")*\(Plot.number(factor))"
            let format = largest * factor >= 9.995 ? (largest * factor >= 999.5 ? "%.0f" : "%.1f") : largest * factor >= 0.9995 ? "%.2f" : "%.3f"
            let label = hasIntervals ? "sprintf(\"\(format)\\n± \(format)\", \(value), \(width))" : "sprintf(\"\(format)\", \(value))"
            body += "plot \\\n  \"../points.csv\" using \(cx):\(cy):(\(cx)-0.48):(\(cx)+0.48):(\(cy)-0.47):(\(cy)+0.47):(\(value)) with boxxyerror fs solid 1 noborder fc palette notitle, \\\n"
                + "  \"../points.csv\" using \(cx):\(cy):(\(label)) with labels\(hasIntervals ? " offset 0,0.45" : "") font \",\(across * columns > 12 ? 11 : 13)\" notitle\n"
        }
        body += "unset multiplot\n"
        var caption = isOneFigure ? "\(Findings.capitalised(entry.title)); darker: more." : "Darker: more, in each panel by itself."
        if !isOneFigure, !first.title.isEmpty { caption += " At \(first.title)." }
        caption += report.hasRepeats ? " Means over \(report.repeatsText)\(hasIntervals ? " with 95 % Student-t intervals" : "; intervals are in the tables")." : " One run a point: there are no intervals."
        if !isWhole || slices.count < all.count { caption += " Of what else is swept, some values are left out." }
        return (
            PlotScript(name: "heat-map", title: "\(isOneFigure ? "\(Findings.capitalised(entry.title)): " : "Two keys together: ")\(axes.axes[x].name) and \(axes.axes[y].name)", caption: caption, body: body),
            30 + rows * (95 + (hasIntervals ? 52 : 36) * max(up, 3))
        )
    }

    private static func ranks(_ axis: SweepAxes.Axis) -> [Int] {
        var ranks = [Int](repeating: 0, count: axis.values.count)
        for (rank, value) in axis.ordered.enumerated() { ranks[value] = rank }
        return ranks
    }

    private static func tics(_ axis: SweepAxes.Axis) -> String {
        axis.ordered.enumerated().map { "\(Markup.gnuplotTic(axis.values[$1])) \($0)" }.joined(separator: ", ")
    }

    /// Figures that say different things: of those whose means rise and fall together as one, the first.
    private static func distinct(_ entries: [Comparison.Entry], _ points: [PointResult]) -> [Comparison.Entry] {
        var chosen: [Comparison.Entry] = []
        for entry in entries {
            let own = points.map { $0.mean(entry.column) }
            let isTold = chosen.contains { other in
                let means = points.map { $0.mean(other.column) }
                return abs(correlation(own, means)) > 0.9995
            }
            if !isTold { chosen.append(entry) }
        }
        return chosen
    }

    private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let there = a.indices.filter { !a[$0].isNaN && !b[$0].isNaN }
        guard there.count > 1 else { return 0 }
        let (x, y) = (there.map { a[$0] }, there.map { b[$0] })
        let (mx, my) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
        let xy = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) }
        let xx = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }, yy = y.reduce(0) { $0 + ($1 - my) * ($1 - my) }
        return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
    }
}
