import Measurement
import Workload

/// What happened when: traffic, queues, errors and latency over the run's seconds, fault windows shaded.
enum TimelinePlot {
    private struct Panel {
        var label: String
        var curves: [(column: String, title: String)]
        var factor: Double = 1
        var isLogarithmic = false
        /// The largest value drawn, for the tics.
        var largest: Double
    }

    static func script(_ report: Report, point: PointResult) -> (PlotScript, height: Int)? {
        guard let run = point.repeats.first, run.seconds.count > 1, let rows = report.secondsRows[point.index] else { return nil }
        let seconds = run.seconds
        let bin = max(1, (seconds.count + 239) / 240)
        let (unit, perSecond) = seconds.count <= 600 ? ("s", 1.0) : seconds.count <= 36_000 ? ("min", 1.0 / 60) : ("h", 1.0 / 3600)

        let slowest = seconds.map(\.latencyP99).max() ?? 0
        let (latencyUnit, latencyFactor) = Plot.timeScale(milliseconds: Double(slowest) / 1e6)
        let typical = seconds.map(\.latencyP99).filter { $0 > 0 }.sorted()
        func panel(_ label: String, _ curves: [(String, String, (SecondRow) -> Int)]) -> Panel {
            let shown = curves.filter { curve in seconds.contains { curve.2($0) > 0 } }
            let largest = seconds.map { second in shown.map { $0.2(second) }.max() ?? 0 }.max() ?? 0
            return Panel(label: label, curves: shown.map { ($0.0, $0.1) }, largest: Double(largest))
        }
        var panels = [
            panel("questions per second", [("asked", "asked", { $0.asked }), ("answered", "answered", { $0.answered }), ("failed", "failed", { $0.failed })]),
            panel("questions in the pipeline", [
                ("in_flight", "in flight", { $0.inFlight }), ("llm_queue", "queued for the LLM", { $0.llmQueue }),
                ("waiting_retries", "waiting to retry", { $0.waitingRetries }),
            ]),
            panel("calls per second", [
                ("overload_errors", "overload errors", { $0.overloadErrors }), ("quota_errors", "quota errors", { $0.quotaErrors }),
                ("retries", "retries", { $0.retries }), ("regenerations", "regenerations", { $0.regenerations }),
            ]),
        ].filter { !$0.curves.isEmpty }
        // The fullest topics; as many curves as can be told apart.
        let lags = run.topics.filter(\.isRead).map { ($0.role, $0.seconds.map(\.lag).max() ?? 0) }.filter { $0.1 > 0 }
        if !lags.isEmpty {
            let fullest = lags.sorted { $0.1 > $1.1 }.prefix(4)
            panels.append(Panel(
                label: "messages unread", curves: fullest.map { ("lag_\(TopicSeries.column($0.0))", $0.0.rawValue) }, largest: Double(fullest[0].1)))
        }
        // A line needs two seconds with answers.
        if typical.count > 1 {
            panels.append(Panel(
                label: "latency [\(latencyUnit)]", curves: [("latency_p50_ms", "p50"), ("latency_p99_ms", "p99")], factor: latencyFactor,
                isLogarithmic: typical.count > 1 && typical[typical.count - 1] > 30 * typical[typical.count / 2],
                largest: Double(slowest) / 1e6 * latencyFactor))
        }

        let name = report.isSweep ? "timeline-\(point.index)" : "timeline"
        var body = """
            set multiplot layout \(panels.count),1 margins char 8, char 3, char 3.5, char 2.2 spacing char 0, char 3
            set xrange [0:\(Plot.number(Double(seconds.count) * perSecond))]
            \(Plot.keyAbove)

            """
        for (index, fault) in report.plan.faults.enumerated() {
            let from = Plot.number(Double(fault.from.nanoseconds) / 1e9 * perSecond)
            let until = Plot.number(min(Double(fault.until.nanoseconds) / 1e9, Double(seconds.count)) * perSecond)
            body += "set object \(index + 1) rectangle from \(from), graph 0 to \(until), graph 1 behind fc rgb \"#F3DFA8\" fs solid 0.6 noborder\n"
            body += "set label \(index + 1) \(Markup.gnuplot(fault.name)) at \(from), graph 0.93 offset char 0.4,0 front font \",12\" textcolor rgb \"#7A5A00\"\n"
        }
        for (index, panel) in panels.enumerated() {
            let isLast = index == panels.count - 1
            body += Plot.head(panel.label)
            if index == 1 { for fault in report.plan.faults.indices { body += "unset label \(fault + 1)\n" } }
            body += panel.isLogarithmic ? "set logscale y\nset ytics autofreq\nset yrange [*:*]\nset format y \"%g\"\n" : "unset logscale y\nset yrange [0:*]\nset format y \"%g\"\nset ytics \(Plot.number(Plot.step(upTo: panel.largest)))\n"
            body += isLast ? "set format x\nset xlabel \"scenario time [\(unit)]\" offset 0,0.4\n" : "set format x \"\"\n"
            let curves = panel.curves.enumerated().map { number, curve in
                "  \"../timeseries.csv\" \(Plot.every(rows)) using ((floor(column(\"second\")/\(bin))+0.5)*\(Plot.number(Double(bin) * perSecond))):"
                    + "(column(\"\(curve.column)\")*\(Plot.number(panel.factor))) smooth unique with lines lt \(number + 1) lw 1.8 title \"\(curve.title)\""
            }
            body += "plot \\\n" + curves.joined(separator: ", \\\n") + "\n"
        }
        body += "unset multiplot\n"

        var caption = bin > 1 ? "Means over \(bin) s each." : "Second by second."
        if !report.plan.faults.isEmpty { caption += " Shaded: injected faults." }
        if point.repeats.count > 1 { caption += " Repeat \(run.identity.replication) of \(point.repeats.count)." }
        let title = report.isSweep ? "Over time: \(point.title)" : "Over time"
        return (PlotScript(name: name, title: title, caption: caption, body: body), 70 + 165 * panels.count)
    }
}
