import Measurement
import Pipeline

/// How the questions of each point ended, as one bar of 100 %.
enum OutcomesPlot {
    private static let colours: [(column: String, title: String, colour: String)] = [
        ("cache_hit", "cache hit", "#0072B2"), ("store_hit", "store hit", "#56B4E9"), ("coalesced", "coalesced", "#A9D6F2"),
        ("accepted", "accepted", "#009E73"), ("accepted_best_effort", "accepted, best effort", "#F0E442"),
        ("dead_letter_score", "dead letter: score", "#E69F00"), ("dead_letter_overload", "dead letter: overload", "#D55E00"),
        ("dead_letter_quota", "dead letter: quota", "#CC79A7"), ("dead_letter_error", "dead letter: error", "#7F3C8D"),
        ("rejected", "rejected", "#555555"), ("in_flight", "in flight", "#BBBBBB"),
    ]

    static func script(_ report: Report) -> (PlotScript, height: Int)? {
        // Of many points one figure after the other says more: see the tables.
        guard report.points.count <= 40 else { return nil }
        let points = report.points
        let there = colours.filter { item in points.contains { $0.perRepeat(item.column) > 0 } }
        guard !there.isEmpty else { return nil }
        let names = points.map { ClosingTable.label($0.names, 40) }
        let labels = names.enumerated().map { "\(Markup.gnuplotTic($1)) \($0)" }
        let widest = names.map(ClosingTable.columns).max() ?? 0
        var below: [String] = ["0"]
        let bars = there.map { item in
            let low = below.joined(separator: "+")
            below.append("column(\"\(item.column)\")")
            let high = below.joined(separator: "+")
            return "  \"../points.csv\" every ::0::\(points.count - 1) using (0):0:(100*(\(low))/column(\"asked\")):(100*(\(high))/column(\"asked\")):($0-0.36):($0+0.36) "
                + "with boxxyerror fs solid 1 noborder fc rgb \"\(item.colour)\" title \"\(item.title)\""
        }
        let rowsOfKey = (there.count + 3) / 4
        let body = """
            set lmargin \(report.isSweep ? widest + 3 : 3)
            set xrange [0:100]
            set yrange [\(points.count - 1).5:-0.5]
            \(report.isSweep ? "set ytics (\(labels.joined(separator: ", "))) scale 0" : "unset ytics")
            set xlabel "questions [%]"
            unset grid
            set grid x lc rgb "#dddddd" lt 1 lw 1
            set key outside top center horizontal Left reverse maxrows \(rowsOfKey) samplen 1
            plot \\
            \(bars.joined(separator: ", \\\n"))

            """
        var caption = "Every question asked ends in exactly one outcome."
        if report.hasRepeats { caption += " Means over \(report.repeatsText); the tables have intervals." }
        return (
            PlotScript(name: "outcomes", title: "How the questions ended", caption: caption, body: body),
            90 + 22 * rowsOfKey + 38 * max(points.count, 2)
        )
    }
}
