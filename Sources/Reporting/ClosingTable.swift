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
                let (head, seen) = ("\(check.passed ? "ok  " : "FAIL")  \(check.check)", check.seen.isEmpty ? "" : "  seen \(check.seen)")
                let room = max(20, width - columns(head) - columns(seen) - 3)
                lines.append(fitted(head + (check.place.isEmpty ? "" : " [\(shortened(check.place, room))]") + seen, width))
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

    /// Points up to which each has a line of its own.
    private static let mostLines = 24

    private static func sweep(_ report: Report, width: Int) -> [String] {
        if report.points.count > mostLines, let sweep = report.sweep, let lines = pivot(report, sweep, width: width) { return lines }
        let comparison = Comparison(report)
        let points = report.points.prefix(2 * mostLines)
        let names = [report.plan.sweptKeys.map(shortKey)] + points.map { $0.names.map { fitted($0, .max) } }
        let longest = max(24, width * 3 / 10)
        var table = [names.map { label($0, longest) }]
        let labelWidth = max(10, table[0].map(columns).max() ?? 0)
        var used = labelWidth
        let verdicts = ["verdict"] + points.map(\.verdict.rawValue)
        let showsVerdict = Set(verdicts.dropFirst()) != ["passed"]
        if showsVerdict { used += 2 + (verdicts.map(columns).max() ?? 0) }
        // Figures that tell the points apart first; the rest as far as there is room.
        let ranked = comparison.informative.filter { comparison.tellsApart($0) } + comparison.informative.filter { !comparison.tellsApart($0) }
        for entry in ranked {
            let column = [entry.short] + points.map { point in Figure.text(point.estimate(entry.column).mean, of: entry.column) }
            let columnWidth = column.map(columns).max() ?? 0
            guard used + 2 + columnWidth <= width else { continue }
            used += 2 + columnWidth
            table.append(column.map { String(repeating: " ", count: columnWidth - columns($0)) + $0 })
        }
        if showsVerdict { table.append(verdicts) }
        var lines = (0...points.count).map { row in
            var line = ""
            for (index, column) in table.enumerated() {
                if index > 0 { line += "  " }
                line += index == 0 ? column[row] + String(repeating: " ", count: max(0, labelWidth - columns(column[row]))) : column[row]
            }
            return trimmed(line)
        }
        lines.insert(String(repeating: "─", count: min(width, used)), at: 1)
        if points.count < report.points.count { lines.append("and \(report.points.count - points.count) more points, in report.html and points.csv") }
        if report.hasRepeats { lines.append("means over \(report.repeatsText); intervals are in report.html and points.csv") }
        return lines
    }

    /// Of many points the figure that matters most, a column for each value of one key; of the others where they are best.
    private static func pivot(_ report: Report, _ sweep: SweepAnalysis, width: Int) -> [String]? {
        let mostRows = 24
        guard sweep.axes.axes.count > 1, let entry = sweep.telling.first else { return nil }
        let pivot = PivotTable(report, sweep, entry, atMost: mostRows)
        let heads = pivot.heads.count
        /// With so many of the columns, evenly spaced.
        func table(_ count: Int) -> (rows: [[String]], widths: [Int], whole: Int) {
            let chosen = count < 2 ? [0] : (0..<count).map { $0 * (pivot.columns.count - 1) / (count - 1) }
            // Marks hang over, so that figures stand below their heads.
            var rows = [pivot.heads.map { fitted($0, 16) } + chosen.map { fitted(pivot.columns[$0], 14) + "  " }]
            for row in pivot.rows {
                rows.append(row.labels.map { shortened($0, 16) } + chosen.map { column in
                    row.cells[column].map { Figure.text($0.estimate.mean, of: entry.column) + ($0.isBest ? " *" : "  ") } ?? "–  "
                })
            }
            let widths = rows[0].indices.map { column in rows.map { columns($0[column]) }.max() ?? 0 }
            return (rows, widths, widths.reduce(0, +) + widths.count - 1 + heads)
        }
        guard let (table, widths, whole) = stride(from: pivot.columns.count, through: 1, by: -1).lazy.map(table).first(where: { $0.whole <= width + 2 }) else { return nil }
        var lines = ["\(Findings.capitalised(entry.title)), by \((pivot.heads + [pivot.across]).joined(separator: ", "))"]
        lines += table.map { row in
            trimmed(row.indices.map { column in
                let pad = String(repeating: " ", count: widths[column] - columns(row[column]))
                return column < heads ? row[column] + pad + " " : pad + row[column]
            }.joined(separator: " "))
        }
        let shown = table[0].count - heads
        lines.insert(String(repeating: "─", count: min(width, whole)), at: 2)
        if pivot.rows.count < pivot.rowCount { lines.append("and \(pivot.rowCount - pivot.rows.count) more rows, in report.html") }
        if shown < pivot.columns.count { lines.append("\(shown) of the \(pivot.columns.count) values of \(pivot.across) are shown") }
        let marked = pivot.rows.contains { row in row.cells.contains { $0?.isBest ?? false } }
        if marked { lines.append("* the best of its row" + (report.hasRepeats ? ", or not shown to differ from it" : "")) }
        lines.append("")
        let others = sweep.telling.dropFirst().prefix(6)
        let left = others.map { columns($0.title) }.max() ?? 0
        for entry in others {
            let ranked = report.points.filter { !$0.mean(entry.column).isNaN }.sorted { $0.mean(entry.column) < $1.mean(entry.column) }
            guard let low = ranked.first, let high = ranked.last else { continue }
            // The better end first.
            let (best, worst) = entry.moreIsBetter == true ? (high, low) : (low, high)
            func told(_ point: PointResult) -> String { Figure.text(point.estimate(entry.column).mean, of: entry.column) }
            let text = "\(told(best)) to \(told(worst)); \(entry.moreIsBetter == nil ? "the lowest" : "the best") at "
            lines.append(fitted(entry.title + String(repeating: " ", count: left - columns(entry.title)) + "  " + text + label(best.names, max(10, width - left - 2 - columns(text))), width))
        }
        let unwell = report.points.filter { $0.verdict != .passed }
        if !unwell.isEmpty { lines.append(fitted("\(unwell.count) of \(report.points.count) points did not pass, such as \(label(unwell[0].names, 40)) (\(unwell[0].verdict.rawValue))", width)) }
        if report.hasRepeats { lines.append("means over \(report.repeatsText); intervals are in report.html and points.csv") }
        return lines
    }

    // MARK: One point

    private static func single(_ point: PointResult, width: Int) -> [String] {
        let asked = Figure.count(point.perRepeat("asked"))
        var rows: [(String, String)] = [("asked", point.repeats.count > 1 ? "\(asked) in each of \(point.repeats.count) repeats" : asked)]
        let left = 19
        func add(_ title: String, _ figures: [(String, String)]) {
            let there = figures.filter { !point.mean($0.0).isNaN }
            func text(_ figure: (String) -> String) -> String {
                there.map { column, word in word.isEmpty ? figure(column) : "\(word) \(figure(column))" }.joined(separator: "  ")
            }
            guard !there.isEmpty else { return }
            let whole = text { Figure.text(point.estimate($0), of: $0) }
            // Where intervals do not fit, the means alone do.
            rows.append((title, left + 3 + columns(whole) <= width ? whole : text { Figure.text(point.mean($0), of: $0) }))
        }
        add("traffic", [("arrival_rate_per_s", ""), ("arrival_cv", "cv"), ("popularity_exponent", "Zipf")])
        add("answered", [("answered_ratio", "")])
        let unanswered = [("rejected", "rejected"), ("in_flight", "still in flight"), ("lost", "lost")]
        add("unanswered", unanswered.filter { point.perRepeat($0.0) > 0 })
        add("without an LLM call", [("answered_without_call_ratio", ""), ("hit_ratio", "(cache"), ])
        if let last = rows.last, last.0 == "without an LLM call" { rows[rows.count - 1].1 = last.1 + ")" }
        add("answers that pass", [("first_pass_ratio", "first"), ("final_pass_ratio", "final")])
        add("score", [("mean_first_score", "first"), ("mean_final_score", "final"), ("score_gain", "gain")])
        add("latency", [("latency_p50_ms", "p50"), ("latency_p95_ms", "p95"), ("latency_p99_ms", "p99")])
        add("generated answers", [("generated_latency_p50_ms", "p50"), ("generated_latency_p95_ms", "p95"), ("generated_latency_p99_ms", "p99")])
        add("LLM calls", [("calls", ""), ("generations", "answered"), ("retries", "retries")])
        add("failed calls", [("overload_errors", "overload"), ("quota_errors", "quota"), ("other_errors", "other")])
        add("not called", [("breaker_refusals", "breaker"), ("budget_refusals", "retry budget")].filter { point.perRepeat($0.0) > 0 })
        if point.perRepeat("retry_after_waits") > 0 {
            add("Retry-After", [("retry_after_obedience", "waited/asked"), ("retry_after_slept_mean_ms", "waited"), ("retry_after_asked_mean_ms", "of")])
        }
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
        let clean = Markup.plain(text)
        return columns(clean) <= width ? clean : beginning(clean, width - 1) + "…"
    }

    /// Cut in the middle: what tells long names apart tends to be at their ends.
    static func shortened(_ text: String, _ width: Int) -> String {
        let clean = Markup.plain(text)
        guard columns(clean) > width else { return clean }
        let end = String(beginning(String(clean.reversed()), (width - 1) / 2).reversed())
        return beginning(clean, width - 1 - columns(end)) + "…" + end
    }

    /// Values side by side in a width: the longest give way first.
    static func label(_ values: [String], _ width: Int) -> String {
        let separators = 2 * (values.count - 1)
        var longest = values.map(columns).max() ?? 0
        while longest > 4, values.reduce(separators, { $0 + min(columns($1), longest) }) > width { longest -= 1 }
        return fitted(values.map { shortened($0, longest) }.joined(separator: ", "), width)
    }

    private static func beginning(_ text: String, _ width: Int) -> String {
        var used = 0
        return String(text.prefix { character in
            used += columns(of: character)
            return used <= width
        })
    }

    /// Columns that a text takes up on a terminal.
    static func columns(_ text: String) -> Int { text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns(of: $1) } }

    /// 2 for what Unicode Standard Annex 11 calls wide (by blocks) and for emoji, else 1.
    private static func columns(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case ..<0x1100: return 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x20000...0x3FFFD: return 2
        default: return scalar.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }

    /// Broken between words; a longer word is cut.
    static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in fitted(text, .max).split(separator: " ") {
            if !line.isEmpty, columns(line) + 1 + columns(String(word)) > width {
                lines.append(fitted(line, width))
                line = "  "
            }
            line += line.isEmpty || line.hasSuffix(" ") ? String(word) : " \(word)"
        }
        return lines + [fitted(line, width)]
    }
}
