import Measurement

/// A comparison for people: rows by verdict, worst first, then a plain sentence.
extension RunComparison {
    /// - Parameter width: columns at most, 60 at least.
    package func text(width: Int = 80) -> String {
        let width = max(60, width)
        var lines = ClosingTable.wrapped("\(base.path) → \(new.path)", width)
        lines += ClosingTable.wrapped("\(method); \(familySize) \(familySize == 1 ? "difference" : "differences"), family-wise error rate \(Figure.percent(rate)) (Holm)\(confidence)", width)
        for note in notes { lines += ClosingTable.wrapped("note: \(note)", width) }
        for verdict in Verdict.allCases {
            let rows = rows(verdict)
            guard !rows.isEmpty else { continue }
            lines += ["", "\(verdict.rawValue) (\(rows.count))"]
            lines += verdict == .notComparable ? Self.obstacles(rows, width) : table(rows, width)
        }
        lines.append("")
        lines += ClosingTable.wrapped(sentence, width)
        return lines.map { $0 + "\n" }.joined()
    }

    /// What it comes to, in one sentence or two.
    package var sentence: String {
        let others = rows(.worse).count - regressions.count
        let within = others > 0 ? " \(others) more \(others == 1 ? "is" : "are") worse, but not shown to be so beyond the tolerance." : ""
        if let worst = regressions.first {
            let count = regressions.count
            let many = count == 1 ? "" : "\(count) regressions; the worst: "
            return "Regression: \(many)\(worst.metric)\(worst.point.isEmpty ? "" : " at \(worst.point)") is worse, \(worst.change) (tolerance \(worst.toleranceText)).\(within)"
        }
        if familySize == 0 { return "Nothing could be compared: \(rows.first?.why ?? "there is no point")." }
        let doubt = hasInvalidRuns ? " But not all could be compared, for a run is invalid." : ""
        let better = rows(.better).count
        return "No regression shown\(better > 0 ? "; \(better) of \(familySize) figures better" : "").\(within)\(doubt)"
    }

    // MARK: Tables

    private static let rowsAtMost = 40

    private func table(_ rows: [Row], _ width: Int) -> [String] {
        let shown = rows.prefix(Self.rowsAtMost)
        let cells = shown.map { row in
            [row.metric, row.point, Figure.text(row.difference?.baseMean ?? .nan, of: row.metric), Figure.text(row.difference?.newMean ?? .nan, of: row.metric), row.change + row.mark]
        }
        var widths = (0..<5).map { column in cells.map { ClosingTable.columns($0[column]) }.max() ?? 0 }
        // The names give way to the figures, the longer first.
        func used() -> Int { widths.reduce(2) { $0 + $1 + ($1 > 0 ? 2 : 0) } - 2 }
        while used() > width, max(widths[0], widths[1]) > 8 { widths[widths[0] > widths[1] ? 0 : 1] -= 1 }
        let lines = cells.map { row in
            let parts = (0..<5).filter { widths[$0] > 0 }.map { column -> String in
                let text = ClosingTable.shortened(row[column], widths[column])
                let space = String(repeating: " ", count: max(0, widths[column] - ClosingTable.columns(text)))
                return column == 2 || column == 3 ? space + text : text + space
            }
            var line = "  " + parts.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return ClosingTable.fitted(line, width)
        }
        return Array(lines) + (rows.count > shown.count ? ["  … and \(rows.count - shown.count) more; --csv has all"] : [])
    }

    /// What has one reason is said once.
    private static func obstacles(_ rows: [Row], _ width: Int) -> [String] {
        var reasons: [String] = []
        var members: [[Row]] = []
        for row in rows {
            if let index = reasons.firstIndex(of: row.why) { members[index].append(row) } else { reasons.append(row.why); members.append([row]) }
        }
        var lines: [String] = []
        for (reason, rows) in zip(reasons, members).prefix(rowsAtMost) {
            var metrics: [String] = [], points: [String] = []
            for row in rows {
                if !metrics.contains(row.metric) { metrics.append(row.metric) }
                if !points.contains(row.point) { points.append(row.point) }
            }
            let who = metrics.count > 3 ? "\(metrics.count) metrics" : metrics.joined(separator: ", ")
            let at = points == [""] ? "" : points.count > 3 ? " at \(points.count) points" : " at " + points.joined(separator: "; ")
            lines += ClosingTable.wrapped("\(who)\(at): \(reason)", width - 2).map { "  " + $0 }
        }
        return lines + (reasons.count > rowsAtMost ? ["  … and \(reasons.count - rowsAtMost) more reasons; --csv has all"] : [])
    }
}

extension RunComparison.Row {
    /// The difference with its interval: `+9.8 % (+4.1 to +15.5)`, of the base's mean; ratios in points; in the
    /// column's unit where the base is 0.
    var change: String {
        guard let difference else { return "" }
        if difference.difference == 0 && !difference.varies { return "equal" }
        let isRatio = SummaryColumn.named(metric)?.unit == .ratio
        let factor = isRatio ? 100 : difference.baseMean == 0 ? 1 : 100 / difference.baseMean.magnitude
        let unit = isRatio ? " points" : difference.baseMean == 0 ? Self.unit(of: metric) : " %"
        // Decimals enough for the interval's width.
        let scale = (halfWidth.isNaN ? difference.difference.magnitude : halfWidth) * factor
        let decimals = scale >= 100 ? 0 : scale >= 1 ? 1 : scale >= 0.1 ? 2 : 3
        func number(_ value: Double) -> String {
            let text = Figure.fixed(value * factor, decimals)
            return value > 0 ? "+\(text)" : text
        }
        guard !halfWidth.isNaN else { return number(difference.difference) + unit }
        return "\(number(difference.difference))\(unit) (\(number(difference.difference - halfWidth)) to \(number(difference.difference + halfWidth)))"
    }

    /// What a row that is worse says of its tolerance.
    var mark: String {
        guard verdict == .worse, tolerance > 0 else { return "" }
        return isRegression ? ", beyond \(toleranceText)" : difference!.difference.magnitude <= tolerance ? ", within \(toleranceText)" : ", maybe within \(toleranceText)"
    }

    private static func unit(of metric: String) -> String {
        switch SummaryColumn.named(metric)?.unit {
        case .milliseconds: " ms"
        case .perSecond: "/s"
        default: ""
        }
    }
}
