import Measurement
import Workload

/// Figures as people read them: three significant digits, a unit, no locale.
enum Figure {
    /// A value of a summary column in that column's unit.
    static func text(_ value: Double, of column: String) -> String {
        guard !value.isNaN else { return "–" }
        switch SummaryColumn.named(column)?.unit {
        case .count: return count(value)
        case .ratio: return percent(value)
        case .score: return fixed(value, 3)
        case .milliseconds: return milliseconds(value)
        case .perSecond: return "\(significant(value))/s"
        case .perQuestion: return fixed(value, 2)
        case .number: return value.magnitude < 1000 ? fixed(value, 3) : significant(value)
        case .currency, nil: return significant(value)
        }
    }

    /// An estimate with its interval where there is one, both in one unit: `41.2 ± 0.3 %`.
    static func text(_ estimate: Estimate, of column: String) -> String {
        let mean = text(estimate.mean, of: column)
        guard estimate.hasInterval, estimate.halfWidth > 0, !estimate.mean.isNaN else { return mean }
        let (number, unit) = split(mean)
        return "\(number) ± \(halfWidth(estimate, of: column))\(unit)"
    }

    /// Half the width of the interval with as many decimals as the mean, in the mean's unit but without it.
    static func halfWidth(_ estimate: Estimate, of column: String) -> String {
        let (number, unit) = split(text(estimate.mean, of: column))
        let factor: Double =
            switch unit {
            case " %": 100
            case " ns": 1e6
            case " µs": 1e3
            case " s": 1e-3
            case " min": 1 / 60_000
            case " h": 1 / 3_600_000
            default: 1
            }
        let decimals = number.split(separator: ".").count == 2 ? number.split(separator: ".")[1].count : 0
        let width = estimate.halfWidth * factor
        // An interval that would round to nothing keeps one significant digit.
        return width > 0 && fixed(width, decimals).allSatisfy({ "0.".contains($0) }) ? significant(width, digits: 1) : fixed(width, decimals)
    }

    private static func split(_ text: String) -> (number: String, unit: String) {
        guard let last = text.lastIndex(where: \.isNumber) else { return (text, "") }
        let end = text.index(after: last)
        return (String(text[..<end]), String(text[end...]))
    }

    static func count(_ value: Double) -> String {
        guard !value.isNaN else { return "–" }
        guard value.magnitude < 1e15 else { return value.description }
        guard value == value.rounded() else { return value.magnitude < 1000 ? fixed(value, 1) : count(value.rounded()) }
        let digits = String(Int(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "−\(text)" : text
    }

    static func percent(_ ratio: Double) -> String {
        guard !ratio.isNaN else { return "–" }
        let value = ratio * 100
        if value == 0 || value == 100 { return "\(Int(value)) %" }
        // Nothing that is not all or none may be rounded to it.
        if value > 99.95 && value < 100 { return "> 99.9 %" }
        if value > 0 && value < 0.05 { return value < 0.005 ? "< 0.01 %" : "\(fixed(value, 2)) %" }
        return "\(fixed(value, 1)) %"
    }

    static func milliseconds(_ value: Double) -> String {
        guard !value.isNaN else { return "–" }
        switch value.magnitude {
        case 0: return "0 ms"
        case ..<0.001: return "\(significant(value * 1e6)) ns"
        case ..<1: return "\(significant(value * 1000)) µs"
        case ..<1000: return "\(significant(value)) ms"
        case ..<120_000: return "\(significant(value / 1000)) s"
        case ..<7_200_000: return "\(significant(value / 60_000)) min"
        default: return "\(significant(value / 3_600_000)) h"
        }
    }

    /// So many significant digits, without an exponent in the range that figures have here.
    static func significant(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value.description }
        guard value != 0 else { return "0" }
        if value.magnitude >= 999.5 { return count(value.rounded()) }
        guard value.magnitude > 1e-9 else { return value.description }
        var decimals = digits - 1
        var bound = value.magnitude
        while bound >= 9.995 {
            bound /= 10
            decimals -= 1
        }
        while bound < 0.9995 {
            bound *= 10
            decimals += 1
        }
        return fixed(value, max(0, decimals))
    }

    /// So many decimals, halves rounded away from zero; the sign is a real minus.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return value.isNaN ? "–" : value.description }
        var scale: Double = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = UInt64((value.magnitude * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "−" : ""
        guard decimals > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % UInt64(scale))
        return sign + String(scaled / UInt64(scale)) + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    static func plural(_ count: Double, _ one: String, _ many: String) -> String {
        "\(self.count(count)) \(count == 1 ? one : many)"
    }
}
