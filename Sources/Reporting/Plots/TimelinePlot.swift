import Measurement
import Workload

/// What happened when: traffic, queues, errors and latency over the run's seconds, fault windows shaded.
enum TimelinePlot {
    private struct Panel {
        var label: String
        var curves: [(column: String, title: String)]
        var factor: Double = 1
        var isLogarithmic = false
    }

    static func script(_ report: Report, point: PointResult) -> (PlotScript, height: Int)? {
        guard let run = point.repeats.first, run.seconds.count > 1 else { return nil }
        let seconds = run.seconds
        let bin = max(1, (seconds.count + 239) / 240)
        let (unit, perSecond) = seconds.count <= 600 ? ("s", 1.0) : seconds.count <= 36_000 ? ("min", 1.0 / 60) : ("h", 1.0 / 3600)

        let slowest = seconds.map(\.latencyP99).max() ?? 0
        let (latencyUnit, latencyFactor) = Plot.timeScale(milliseconds: Double(slowest) / 1e6)
        let typical = seconds.map(\.latencyP99).filter { $0 > 0 }.sorted()
        var panels = [
            Panel(label: "questions [1/s]", curves: [("asked", "asked"), ("answered", "answered"), ("failed", "failed")].filter { column, _ in
                column != "failed" || seconds.contains { $0.failed > 0 }
            }),
            Panel(label: "questions", curves: [("in_flight", "in flight"), ("llm_queue", "queued for the LLM"), ("waiting_retries", "waiting to retry")]
                .filter { column, _ in
                    switch column {
                    case "llm_queue": seconds.contains { $0.llmQueue > 0 }
                    case "waiting_retries": seconds.contains { $0.waitingRetries > 0 }
                    default: true
                    }
                }),
        ]
        let errors = [
            ("overload_errors", "overload errors", \SecondRow.overloadErrors), ("quota_errors", "quota errors", \.quotaErrors),
            ("retries", "retries", \.retries), ("regenerations", "regenerations", \.regenerations),
        ].filter { item in seconds.contains { $0[keyPath: item.2] > 0 } }
        if !errors.isEmpty { panels.append(Panel(label: "calls [1/s]", curves: errors.map { ($0.0, $0.1) })) }
        if slowest > 0 {
            panels.append(Panel(
                label: "latency [\(latencyUnit)]", curves: [("latency_p50_ms", "p50"), ("latency_p99_ms", "p99")], factor: latencyFactor,
                isLogarithmic: typical.count > 1 && typical[typical.count - 1] > 30 * typical[typical.count / 2]))
        }

        let name = report.isSweep ? "timeline-\(point.index)" : "timeline"
        var body = """
            set multiplot layout \(panels.count),1 margins char 11, char 3, char 3.5, char 1 spacing char 0, char 2.5
            set xrange [0:\(Plot.number(Double(seconds.count) * perSecond))]
            set key outside top right horizontal Right noreverse samplen 1.5

            """
        for (index, fault) in report.plan.faults.enumerated() {
            let from = Plot.number(Double(fault.from.nanoseconds) / 1e9 * perSecond)
            let until = Plot.number(min(Double(fault.until.nanoseconds) / 1e9, Double(seconds.count)) * perSecond)
            body += "set object \(index + 1) rectangle from \(from), graph 0 to \(until), graph 1 behind fc rgb \"#F3DFA8\" fs solid 0.6 noborder\n"
            body += "set label \(index + 1) \(Markup.gnuplot(fault.name)) at \(from), graph 0.94 offset char 0.4,0 font \",12\" textcolor rgb \"#7A5A00\"\n"
        }
        for (index, panel) in panels.enumerated() {
            let isLast = index == panels.count - 1
            body += "set ylabel \"\(panel.label)\"\n"
            if index == 1 { for fault in report.plan.faults.indices { body += "unset label \(fault + 1)\n" } }
            body += panel.isLogarithmic ? "set logscale y\nset yrange [*:*]\nset format y \"%g\"\n" : "unset logscale y\nset yrange [0:*]\n"
            body += isLast ? "set format x\nset xlabel \"scenario time [\(unit)]\" offset 0,0.4\n" : "set format x \"\"\n"
            let curves = panel.curves.enumerated().map { number, curve in
                "  \"../timeseries.csv\" using (\(Plot.filter(point: point.index, replication: run.identity.replication)) ? (floor(column(\"second\")/\(bin))+0.5)*\(Plot.number(Double(bin) * perSecond)) : NaN):"
                    + "(column(\"\(curve.column)\")*\(Plot.number(panel.factor))) smooth unique with lines lt \(number + 1) lw 1.8 title \"\(curve.title)\""
            }
            body += "plot \\\n" + curves.joined(separator: ", \\\n") + "\n"
        }
        body += "unset multiplot\n"

        var caption = bin > 1 ? "Means over \(bin) s each." : "Second by second."
        if !report.plan.faults.isEmpty { caption += " Shaded: injected faults." }
        if point.repeats.count > 1 { caption += " Repeat \(run.identity.replication) of \(point.repeats.count)." }
        let title = report.isSweep ? "Over time: \(point.label)" : "Over time"
        return (PlotScript(name: name, title: title, caption: caption, body: body), 70 + 165 * panels.count)
    }
}
