import Workload

/// Quantities with units as scenarios write them: durations, rates, sizes, and plain numbers.
enum Units {
    static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]
    static let durationForm = "a number with a unit of ns, us, ms, s, m, h or d, such as 800ms"
    /// Ten years: sums of a few of these stay far from the end of a 64-bit count of nanoseconds.
    static let longestDuration: Nanoseconds = 3650 * 86_400_000_000_000

    static let rateUnits: [(name: String, seconds: Double)] = [("s", 1), ("min", 60), ("h", 3600)]
    static let rateForm = "a number per s, min or h, such as 50/s"

    static let sizeUnits: [(name: String, bytes: Int64)] = [
        ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]
    static let sizeForm = "a number with a unit of B, kB, MB, GB, KiB, MiB or GiB, such as 4MiB"

    /// Nanoseconds of `1.5s`; nil where the text is no duration, is finer than a nanosecond, or longer than `longestDuration`.
    static func duration(_ text: some StringProtocol) -> Nanoseconds? {
        guard let (number, unit) = split(text), let factor = durationUnits.first(where: { $0.name == unit })?.nanoseconds else { return nil }
        return product(number, factor, limit: longestDuration)
    }

    /// Events per second of `600/min`.
    static func rate(_ text: some StringProtocol) -> Double? {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let unit = text[text.index(after: slash)...]
        guard let seconds = rateUnits.first(where: { $0.name == unit })?.seconds, let value = number(text[..<slash]) else { return nil }
        return value / seconds
    }

    /// Bytes of `4MiB`.
    static func size(_ text: some StringProtocol) -> Int? {
        guard let (number, unit) = split(text), let factor = sizeUnits.first(where: { $0.name == unit })?.bytes else { return nil }
        return product(number, factor, limit: 1 << 50).map { Int($0) }
    }

    /// A decimal number: sign, digits, fraction, exponent; finite.
    static func number(_ text: some StringProtocol) -> Double? {
        var digits = 0
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): break
            case UInt8(ascii: "+"), UInt8(ascii: "-"):
                guard previous == 0 || previous == UInt8(ascii: "e") || previous == UInt8(ascii: "E") else { return nil }
            default: return nil
            }
            previous = byte
        }
        guard digits > 0, text.utf8.count <= 40, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// A whole number: sign and digits.
    static func integer(_ text: some StringProtocol) -> Int? {
        guard let first = text.utf8.first, first != UInt8(ascii: "+") else { return nil }
        return Int(text)
    }

    /// `1500ms` as `1.5s`: the largest unit in which the duration is a whole number.
    static func text(of duration: Nanoseconds) -> String {
        if duration == 0 { return "0s" }
        let unit = durationUnits.last { duration % $0.nanoseconds == 0 } ?? durationUnits[0]
        return "\(duration / unit.nanoseconds)\(unit.name)"
    }

    // MARK: - Exact decimal arithmetic

    private static func split(_ text: some StringProtocol) -> (number: Substring, unit: Substring)? {
        let text = Substring(text)
        let end = text.firstIndex { !("0"..."9").contains($0) && $0 != "." } ?? text.endIndex
        guard end > text.startIndex else { return nil }
        return (text[..<end], text[end...])
    }

    /// number · factor where that is whole and at most `limit`; no rounding, so that `0.1us` is 100 ns exactly.
    private static func product(_ number: Substring, _ factor: Int64, limit: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, whole.utf8.count <= 18 else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts.count == 1 || !fraction.isEmpty, fraction.utf8.count <= 18, !whole.isEmpty else { return nil }
        guard let w = UInt128(whole), let f = fraction.isEmpty ? 0 : UInt128(fraction) else { return nil }
        var scale: UInt128 = 1
        for _ in 0..<fraction.utf8.count { scale *= 10 }
        let scaled = (w * scale + f) * UInt128(factor)
        guard scaled % scale == 0, scaled / scale <= UInt128(limit) else { return nil }
        return Int64(scaled / scale)
    }
}
