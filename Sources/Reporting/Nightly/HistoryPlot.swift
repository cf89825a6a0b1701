import Measurement
import Workload

/// The pictures of a history: one for each scenario and mode, a small panel for each metric.
enum HistoryPlot {
    /// So many nights are drawn, the latest.
    private static let nightsAtMost = 120
    private static let pointsAtMost = 8

    /// - Parameter changes: all change points; those of the nights drawn are marked.
    static func scripts(_ history: History, _ changes: [History.Change]) -> [(PlotScript, height: Int)] {
        var groups: [(scenario: String, mode: String, courses: [History.Course])] = []
        for course in history.courses where course.indices.count > 1 {
            if let index = groups.firstIndex(where: { $0.scenario == course.series.scenario && $0.mode == course.series.mode }) {
                groups[index].courses.append(course)
            } else {
                groups.append((course.series.scenario, course.series.mode, [course]))
            }
        }
        return groups.map { script(history, $0.scenario, $0.mode, $0.courses, changes.filter { [scenario = $0.scenario, mode = $0.mode] in $0.scenario == scenario && $0.mode == mode }) }
    }

    private static func script(
        _ history: History, _ scenario: String, _ mode: String, _ courses: [History.Course], _ changes: [History.Change]
    ) -> (PlotScript, height: Int) {
        var metrics: [String] = [], series: [History.Row.Series] = []
        for course in courses {
            if !metrics.contains(course.metric) { metrics.append(course.metric) }
            if !series.contains(course.series) { series.append(course.series) }
        }
        let drawn = Array(series.prefix(pointsAtMost))
        let times = Array(Set(courses.flatMap(\.indices).map { history.rows[$0].time }).sorted().suffix(nightsAtMost))
        let from = times.first ?? 0
        // Night by night, not by the clock: nights that are missing or close together leave the picture readable.
        let places = Dictionary(uniqueKeysWithValues: times.enumerated().map { ($1, $0) })
        func place(_ time: Int64) -> Int { places[time] ?? 0 }
        let rows = (metrics.count + 2) / 3
        let name = "history-" + RunDirectory.folderName(of: scenario) + "-" + mode
        var body = "unset key\nset bars 0\n"
        var column = 0
        for (number, series) in drawn.enumerated() where drawn.count > 1 {
            let label = ClosingTable.shortened(series.point.split(separator: ", ").map { $0.split(separator: "=", maxSplits: 1).last ?? $0 }.joined(separator: ", "), 24)
            body += "set label \(number + 1) \(Markup.gnuplot("● \(label)")) at screen 0.02, screen 1 offset char \(column), char -1 left font \",13\" textcolor rgb \"\(PlotScript.palette[number])\"\n"
            column += ClosingTable.columns(label) + 4
        }
        var panels = ""
        for metric in metrics {
            let own = courses.filter { $0.metric == metric && drawn.contains($0.series) }
            let values = own.flatMap(\.indices).map { history.rows[$0] }.filter { $0.time >= from }
            let largest = values.map { $0.value + ($0.halfWidth.isNaN ? 0 : $0.halfWidth) }.max() ?? 1
            let smallest = values.map { $0.value - ($0.halfWidth.isNaN ? 0 : $0.halfWidth) }.min() ?? 0
            let (unit, factor) = Plot.scale(of: metric, upTo: largest)
            // A constant has a range of its own making; what hardly moves is not made to look as if it did.
            let middle = (largest + smallest) / 2
            let reach = max((largest - smallest) * 0.62, middle.magnitude * 0.02, middle == 0 ? 1 / factor : 1e-9)
            panels += "set title \(Markup.gnuplot(Plot.titled(metric.replacing("_ms", with: "").replacing("_per_s", with: "").replacing("_", with: " "), unit: unit))) font \",13\" offset 0,-0.7\n"
            panels += "set yrange [\(Plot.number(max(middle - reach, smallest >= 0 ? 0 : -.infinity) * factor)):\(Plot.number((middle + reach) * factor))]\n"
            var curves: [String] = []
            for (number, course) in own.enumerated() {
                let block = "$\(RunDirectory.identifier(metric))_\(number)"
                let nights = course.indices.map { history.rows[$0] }.filter { $0.time >= from }
                guard !nights.isEmpty else { continue }
                body += "\(block) << EOD\ntime,value,half\n"
                for night in nights { body += "\(place(night.time)),\(night.value),\(night.halfWidth.isNaN ? 0 : night.halfWidth)\n" }
                body += "EOD\n"
                let colour = (drawn.firstIndex(of: course.series) ?? 0) + 1
                let scaled = "1:($2*\(Plot.number(factor)))"
                if nights.contains(where: { $0.halfWidth > 0 }) {
                    curves.append("  \(block) using \(scaled):($3*\(Plot.number(factor))) with yerrorbars lt \(colour) lw 0.8 pt 0 lc rgb \"#999999\"")
                }
                curves.append("  \(block) using \(scaled) with points lt \(colour) ps 0.45")
                let steps = steps(course, changes, until: nights.last!.time, from: from)
                guard !steps.isEmpty else { continue }
                body += "\(block)_means << EOD\ntime,mean\n"
                // A gap ends a line.
                body += steps.map { "\(place($0.from)),\($0.level)\n\(place($0.until)),\($0.level)\n" }.joined(separator: "\n") + "EOD\n"
                curves.append("  \(block)_means using \(scaled) with lines lt \(colour) lw 1.6")
            }
            let marks = changes.filter { $0.metric == metric && $0.first >= from }
            for (number, change) in marks.enumerated() {
                let colour =
                    switch change.direction {
                    case .worse: "#D55E00"
                    case .better: "#009E73"
                    default: "#0072B2"
                    }
                panels += "set arrow \(number + 1) from \(place(change.first)).0-0.5, graph 0 to \(place(change.first)).0-0.5, graph 1 nohead dt 2 lw 2 lc rgb \"\(colour)\"\n"
            }
            panels += curves.isEmpty ? "plot NaN\n" : "plot \\\n" + curves.joined(separator: ", \\\n") + "\n"
            panels += marks.isEmpty ? "" : "unset arrow\n"
            // Those of the points stand in the first panel.
            if metric == metrics.first { panels += "unset label\n" }
        }
        let step = max(1, (times.count + 3) / 4)
        let tics = stride(from: 0, to: times.count, by: step).map { number -> String in
            let day = UTC.text(unixNanoseconds: times[number])
            return "\"\(day.dropFirst(8).prefix(2)).\(day.dropFirst(5).prefix(2)).\" \(number)"
        }
        body += """
            set xrange [-1:\(max(1, times.count))]
            set xtics (\(tics.joined(separator: ", "))) font ",12"
            set ytics font ",12"
            set multiplot layout \(rows),3 margins char 8, char 2, char 2.5, char \(drawn.count > 1 ? 3.5 : 2) spacing char 9, char 4


            """ + panels + "unset multiplot\n"
        let more = series.count > drawn.count ? "; the first \(drawn.count) of \(series.count) points" : ""
        return (
            PlotScript(
                name: name, title: "\(scenario), \(mode == "live" ? "live" : "simulated"): night by night",
                caption: "A dot a night, grey its 95 % interval over repeats; lines: means between change points. Dashed: a change for the worse (orange), for the better (green), or neither (blue)\(more).",
                body: body),
            60 + 190 * rows)
    }

    /// The means between changes.
    private static func steps(_ course: History.Course, _ changes: [History.Change], until: Int64, from: Int64) -> [(from: Int64, until: Int64, level: Double)] {
        let own = changes.filter { $0.metric == course.metric && $0.point == course.series.point }.sorted { $0.first < $1.first }
        guard let first = own.first else { return [] }
        var steps: [(from: Int64, until: Int64, level: Double)] = [(from, first.last, first.before.mean)]
        for (number, change) in own.enumerated() {
            steps.append((change.first, number + 1 < own.count ? own[number + 1].last : until, change.after.mean))
        }
        return steps.filter { $0.until > from && $0.until > $0.from }.map { (max($0.from, from), $0.until, $0.level) }
    }
}

extension RunDirectory {
    /// A name in a gnuplot script.
    fileprivate static func identifier(_ text: String) -> String { String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }) }
}
