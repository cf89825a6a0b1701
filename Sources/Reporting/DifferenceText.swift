import Measurement

/// Differences between points in words: an amount with its interval, and a clause around it.
enum DifferenceText {
    /// `4.1 ± 0.3 points`; without its sign. The interval has one significant digit, two where the first is a 1.
    static func amount(_ difference: PairedDifference) -> String {
        let (factor, unit) = scale(difference.column, difference.difference)
        let value = difference.difference.magnitude * factor
        let width = difference.halfWidth * factor
        guard !width.isNaN, width > 0 else { return Figure.significant(value) + unit }
        let decimals = decimals(for: width)
        return "\(Figure.fixed(value, decimals)) ± \(Figure.fixed(width, decimals))\(unit)"
    }

    /// The same with a sign, for tables: `+4.1 ± 0.3`, `−4.1 ± 0.3`; the unit stands in the table's head.
    static func signed(_ difference: PairedDifference, in scale: (factor: Double, unit: String)) -> String {
        let value = difference.difference * scale.factor
        let width = difference.halfWidth * scale.factor
        let hasWidth = !width.isNaN && width > 0
        let text = hasWidth ? Figure.fixed(value, decimals(for: width)) : Figure.significant(value)
        let sign = value > 0 && text.contains { "123456789".contains($0) } ? "+" : ""
        return "\(sign)\(text)\(hasWidth ? " ± \(Figure.fixed(width, decimals(for: width)))" : "")"
    }

    /// What a column's differences are multiplied by for people, and the unit that they have then.
    static func scale(_ column: String, _ difference: Double) -> (factor: Double, unit: String) {
        switch SummaryColumn.named(column)?.unit {
        case .ratio: (100, abs(difference * 100) == 1 ? " point" : " points")
        case .milliseconds: difference.magnitude < 2000 ? (1, " ms") : (1e-3, " s")
        case .perSecond: (1, "/s")
        default: (1, "")
        }
    }

    private static func decimals(for width: Double) -> Int {
        var decimals = 0
        var scaled = width
        // 1 and 2 keep a digit more: 0.14, 0.3.
        while scaled < 1.95, decimals < 6 {
            scaled *= 10
            decimals += 1
        }
        return decimals
    }

    /// `LFU answers 4.1 ± 0.3 points more from the cache than LRU`, or that no difference is shown.
    static func clause(_ a: String, _ b: String, _ difference: PairedDifference, _ entry: Comparison.Entry) -> String {
        if difference.difference == 0, !difference.halfWidth.isNaN, difference.halfWidth == 0 {
            return "\(a) and \(b) have exactly the same \(entry.title)"
        }
        let amount = amount(difference)
        guard difference.isTold else { return "between \(a) and \(b) no difference is shown in \(entry.title) (\(amount))" }
        let isMore = difference.difference > 0
        return switch entry.column {
        case "hit_ratio": "\(a) answers \(amount) \(isMore ? "more" : "less") from the cache than \(b)"
        case "answered_without_call_ratio": "\(a) answers \(amount) \(isMore ? "more" : "less") without an LLM call than \(b)"
        case "answered_ratio": "\(a) answers \(amount) \(isMore ? "more" : "less") of the questions than \(b)"
        case "calls_per_question": "\(a) needs \(amount) LLM calls per question \(isMore ? "more" : "fewer") than \(b)"
        case "cost_per_1000_questions": "\(a) costs \(amount) \(isMore ? "more" : "less") per 1,000 questions than \(b)"
        case "mean_final_score", "score_gain", "goodput_per_s", "utilisation": "with \(a) the \(entry.title) is \(amount) \(isMore ? "higher" : "lower") than with \(b)"
        case let column where column.hasSuffix("_ms"): "with \(a) the \(entry.title) is \(amount) \(isMore ? "longer" : "shorter") than with \(b)"
        default: "\(a) has \(amount) \(isMore ? "more" : "less") in \(entry.title) than \(b)"
        }
    }
}
