import Measurement

/// The table that a run ends with on the terminal.
package enum ClosingTable {
    /// No line is wider than `width` (80 at least). Colours only where asked for.
    package static func text(_ report: Report, width: Int = 80, colour: Bool = false) -> String {
        let width = max(80, width)
        var lines: [String] = []
        if report.isSweep {
            lines += sweep(report, width: width)
        } else if let point = report.points.first {
            lines += single(point, width: width)
        }
        let checks = report.checkRows
        if !checks.isEmpty {
            lines.append("")
            for check in checks where !check.passed || checks.count <= 20 {
                let at = check.place.isEmpty ? "" : " [\(check.place)]"
                lines.append(fitted("\(check.passed ? "ok  " : "FAIL")  \(check.check)\(at)\(check.seen.isEmpty ? "" : "  seen \(check.seen)")", width))
            }
        }
        lines.append("")
        let verdict = report.verdict
        let title = "\(report.plan.scenario): \(verdict.rawValue)"
        lines.append(colour ? "\u{1B}[1;\(verdict == .passed ? 32 : 31)m\(fitted(title, width))\u{1B}[0m" : fitted(title, width))
        let reasons = report.reasons.filter { !$0.contains("check ") }
        lines += reasons.prefix(8).flatMap { wrapped("- \($0)", width) }
        if reasons.count > 8 { lines.append("- and \(reasons.count - 8) more, in report.md") }
        lines += report.notes.flatMap { wrapped($0, width) }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Several points

    private static func sweep(_ report: Report, width: Int) -> [String] {
        let comparison = Comparison(report)
        var table: [[String]] = [[report.plan.sweptKeys.map(shortKey).joined(separator: ", ")] + report.points.map(\.label)]
        let labelWidth = min(max(10, table[0].map(\.count).max() ?? 0), max(24, width * 3 / 10))
        table[0] = table[0].map { fitted($0, labelWidth) }
        var used = labelWidth
        let verdicts = ["verdict"] + report.points.map(\.verdict.rawValue)
        let showsVerdict = Set(verdicts.dropFirst()) != ["passed"]
        if showsVerdict { used += 2 + (verdicts.map(\.count).max() ?? 0) }
        // Figures that tell the points apart first; the rest as far as there is room.
        let ranked = comparison.informative.filter(comparison.tellsApart) + comparison.informative.filter { !comparison.tellsApart($0) }
        for entry in ranked {
            let column = [entry.short] + report.points.map { point in Figure.text(point.estimate(entry.column).mean, of: entry.column) }
            let columnWidth = column.map(\.count).max() ?? 0
            guard used + 2 + columnWidth <= width else { continue }
            used += 2 + columnWidth
            table.append(column.map { String(repeating: " ", count: columnWidth - $0.count) + $0 })
        }
        if showsVerdict { table.append(verdicts) }
        var lines = (0...report.points.count).map { row in
            var line = ""
            for (index, column) in table.enumerated() {
                if index > 0 { line += "  " }
                line += index == 0 ? column[row] + String(repeating: " ", count: max(0, labelWidth - column[row].count)) : column[row]
            }
            return trimmed(line)
        }
        lines.insert(String(repeating: "─", count: min(width, used)), at: 1)
        if report.hasRepeats { lines.append("means over \(report.plan.repeats) repeats; intervals are in report.html and points.csv") }
        return lines
    }

    // MARK: One point

    private static func single(_ point: PointResult, width: Int) -> [String] {
        let asked = Figure.count(point.perRepeat("asked"))
        var rows: [(String, String)] = [("asked", point.repeats.count > 1 ? "\(asked) in each of \(point.repeats.count) repeats" : asked)]
        let left = 19
        func add(_ title: String, _ columns: [(String, String)]) {
            let there = columns.filter { !point.mean($0.0).isNaN }
            func text(_ figure: (String) -> String) -> String {
                there.map { column, word in word.isEmpty ? figure(column) : "\(word) \(figure(column))" }.joined(separator: "  ")
            }
            guard !there.isEmpty else { return }
            let whole = text { Figure.text(point.estimate($0), of: $0) }
            // Where intervals do not fit, the means alone do.
            rows.append((title, left + 3 + whole.count <= width ? whole : text { Figure.text(point.mean($0), of: $0) }))
        }
        add("answered", [("answered_ratio", "")])
        add("without an LLM call", [("answered_without_call_ratio", ""), ("hit_ratio", "(cache"), ])
        if let last = rows.last, last.0 == "without an LLM call" { rows[rows.count - 1].1 = last.1 + ")" }
        add("answers that pass", [("first_pass_ratio", "first"), ("final_pass_ratio", "final")])
        add("score", [("mean_first_score", "first"), ("mean_final_score", "final"), ("score_gain", "gain")])
        add("latency", [("latency_p50_ms", "p50"), ("latency_p95_ms", "p95"), ("latency_p99_ms", "p99")])
        add("generated answers", [("generated_latency_p50_ms", "p50"), ("generated_latency_p95_ms", "p95"), ("generated_latency_p99_ms", "p99")])
        add("LLM calls", [("calls", ""), ("generations", "answered"), ("retries", "retries")])
        add("failed calls", [("overload_errors", "overload"), ("quota_errors", "quota"), ("other_errors", "other")])
        add("dead letters", [("dead_letter_ratio", "")])
        add("throughput", [("throughput_per_s", ""), ("goodput_per_s", "good"), ("utilisation", "workers busy")])
        add("cost", [("cost", "")])
        return rows.map { fitted($0.0 + String(repeating: " ", count: max(0, left - $0.0.count)) + "  " + $0.1, width) }
    }

    // MARK: Lines

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Cut to a width, with an ellipsis where something is gone; control characters do not reach the terminal.
    static func fitted(_ text: String, _ width: Int) -> String {
        let clean = String(text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : " " })
        return clean.count <= width ? clean : String(clean.prefix(width - 1)) + "…"
    }

    /// Broken between words; a longer word is cut.
    static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in fitted(text, .max).split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(fitted(line, width))
                line = "  "
            }
            line += line.isEmpty || line.hasSuffix(" ") ? String(word) : " \(word)"
        }
        return lines + [fitted(line, width)]
    }
}
