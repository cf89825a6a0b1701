import Measurement

/// Cost against quality, a mark for each point: those that no other dominates are joined and named.
enum ParetoPlot {
    /// Marks that get a name.
    private static let mostNames = 14

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        guard let front = ParetoFront(report), let sweep = report.sweep else { return nil }
        let points = report.points
        let largest = points.map { $0.mean(front.quality.column) }.filter { !$0.isNaN }.max() ?? 1
        let (unit, factor) = Plot.scale(of: front.quality.column, upTo: largest)
        let x = "column(\"\(front.cost.column)\")", y = "column(\"\(front.quality.column)\")*\(Plot.number(factor))"
        let member = Plot.member(front.members.map { points[$0].index })
        let bars = report.hasRepeats
        func errors(_ colour: String, _ condition: String) -> String {
            "  \"../points.csv\" using (\(condition) ? \(x) : NaN):(\(y)):(column(\"\(front.cost.column)_ci95\")):(column(\"\(front.quality.column)_ci95\")*\(Plot.number(factor))) with xyerrorbars lc rgb \"\(colour)\" lw 1.2 pt 0 notitle"
        }
        var curves: [String] = []
        if bars { curves += [errors("#8A8A8A", "!\(member)"), errors("#0072B2", member)] }
        if !front.dominated.isEmpty {
            curves.append("  \"../points.csv\" using (!\(member) ? \(x) : NaN):(\(y)) with points lc rgb \"#8A8A8A\" pt 6 ps 0.8 title \"dominated: another is no dearer and no worse\"")
        }
        curves.append("  \"../points.csv\" using (\(member) ? \(x) : NaN):(\(y)) smooth unique with linespoints lt 1 pt 7 ps 0.9 title \"no other is cheaper and better\"")
        let named = front.members.count <= mostNames ? front.members : stride(from: 0, to: mostNames, by: 1).map { front.members[$0 * (front.members.count - 1) / (mostNames - 1)] }
        var body = """
            set key outside top center horizontal Left reverse samplen 2
            set xlabel \(Markup.gnuplot(front.cost.title))
            set ylabel \(Markup.gnuplot(Plot.titled(front.quality.title, unit: unit)))
            set grid x lc rgb "#dddddd" lt 1 lw 1
            set offsets graph 0.03, graph 0.12, graph 0.08, graph 0.05

            """
        func position(_ point: Int) -> (x: Double, y: Double) { (points[point].mean(front.cost.column), points[point].mean(front.quality.column) * factor) }
        let all = points.indices.map(position).filter { !$0.x.isNaN && !$0.y.isNaN }
        let width = 1.15 * ((all.map(\.x).max() ?? 1) - (all.map(\.x).min() ?? 0)), height = 1.13 * ((all.map(\.y).max() ?? 1) - (all.map(\.y).min() ?? 0))
        // Below right of its mark, or above it where another name is; where there is no room, only tables and sentences name it.
        var taken: [(left: Double, right: Double, y: Double)] = []
        for (number, point) in named.enumerated() {
            let name = ClosingTable.label(points[point].names, 36)
            let at = position(point), long = 0.011 * Double(ClosingTable.columns(name)) * width
            for isAbove in [false, true] {
                let y = at.y + (isAbove ? 0.045 : -0.045) * height, left = at.x + 0.01 * width
                if taken.contains(where: { $0.left < left + long && left < $0.right && abs($0.y - y) < 0.05 * height }) { continue }
                taken.append((left, left + long, y))
                body += "set label \(number + 1) \(Markup.gnuplot(name)) at \(Plot.number(at.x)),\(Plot.number(at.y)) left offset char 0.6, char \(isAbove ? "0.8" : "-0.8") front font \",13\"\n"
                break
            }
        }
        body += "plot \\\n" + curves.joined(separator: ", \\\n") + "\n"
        let keys = sweep.axes.axes.map(\.name).joined(separator: ", ")
        var caption = "A mark for each point (\(keys)); up and left is better. Joined: those of which no other is both cheaper and better, by the means."
        if taken.count < front.members.count { caption += " \(taken.count) of the \(front.members.count) are named." }
        caption += bars ? " Bars: 95 % Student-t intervals over \(report.repeatsText)." : ""
        return (PlotScript(name: "pareto", title: "\(Findings.capitalised(front.cost.title)) against \(front.quality.title)", caption: caption, body: body), 510)
    }
}
