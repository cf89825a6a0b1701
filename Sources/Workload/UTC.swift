/// Wall-clock time as ISO 8601 in UTC, to the millisecond: `2025-01-31T12:00:00.250Z`.
///
/// Only what a person reads is written so; whatever is computed with travels as integer nanoseconds.
package enum UTC {
    /// The text for a moment in nanoseconds since 1970-01-01T00:00:00Z.
    package static func text(unixNanoseconds: Int64) -> String {
        var bytes: [UInt8] = []
        append(unixNanoseconds: unixNanoseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text for a moment in nanoseconds since 1970.
    package static func append(unixNanoseconds: Int64, to bytes: inout [UInt8]) {
        let milliseconds = CivilDate.floorDivide(unixNanoseconds, 1_000_000)
        let days = CivilDate.floorDivide(milliseconds, 86_400_000)
        let inDay = UInt32(truncatingIfNeeded: milliseconds - days * 86_400_000)
        let (year, month, day) = CivilDate.date(ofDay: days)
        func two(_ value: UInt32, _ mark: UInt8) {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value / 10))
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
            bytes.append(mark)
        }
        bytes.append(0x30 + UInt8(truncatingIfNeeded: year / 1000))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: year / 100 % 10))
        two(UInt32(truncatingIfNeeded: year % 100), 0x2D)
        two(UInt32(truncatingIfNeeded: month), 0x2D)
        two(UInt32(truncatingIfNeeded: day), 0x54)
        two(inDay / 3_600_000, 0x3A)
        two(inDay / 60_000 % 60, 0x3A)
        two(inDay / 1000 % 60, 0x2E)
        bytes.append(0x30 + UInt8(truncatingIfNeeded: inDay % 1000 / 100))
        two(inDay % 100, 0x5A)
    }

    /// Nanoseconds since 1970 of an ISO 8601 date and time, or nil where the text is not one.
    ///
    /// Read are `yyyy-mm-ddThh:mm:ss`, up to nine digits of a second's fraction, and `Z`, nothing
    /// (taken as UTC) or an offset `±hh:mm`; `t`, `z` and a space for the T are taken as RFC 3339 allows.
    package static func unixNanoseconds(of text: ArraySlice<UInt8>) -> Int64? {
        var rest = text
        func number(_ digits: Int) -> Int64? {
            guard rest.count >= digits else { return nil }
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let byte = rest.popFirst(), byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func mark(_ allowed: StaticString) -> UInt8? {
            guard let byte = rest.first, allowed.withUTF8Buffer({ $0.contains(byte) }) else { return nil }
            rest.removeFirst()
            return byte
        }
        guard let year = number(4), mark("-") != nil, let month = number(2), mark("-") != nil, let day = number(2),
            mark("Tt ") != nil, let hour = number(2), mark(":") != nil, let minute = number(2), mark(":") != nil,
            let second = number(2), (1678...2261).contains(year), (1...12).contains(month),
            (1...CivilDate.daysIn(month, of: year)).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var nanoseconds: Int64 = 0
        if mark(".,") != nil {
            var scale: Int64 = 100_000_000
            var digits = 0
            while let byte = rest.first, byte >= 0x30, byte <= 0x39 {
                rest.removeFirst()
                digits += 1
                nanoseconds += Int64(byte - 0x30) * scale
                scale /= 10
            }
            guard (1...9).contains(digits) else { return nil }
        }
        var offset: Int64 = 0
        if let sign = mark("Zz+-"), sign == 0x2B || sign == 0x2D {
            guard let hours = number(2), mark(":") != nil, let minutes = number(2), hours < 24, minutes < 60 else { return nil }
            offset = (hours * 3600 + minutes * 60) * (sign == 0x2B ? 1 : -1)
        }
        guard rest.isEmpty else { return nil }
        let seconds = CivilDate.dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return seconds * 1_000_000_000 + nanoseconds
    }
}
