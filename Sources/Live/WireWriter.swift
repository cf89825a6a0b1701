import Workload

/// Appends JSON to bytes. Names are the project's own plain words and are written as they stand.
struct WireWriter {
    private(set) var bytes: [UInt8]
    private var isFirst = true

    init(into bytes: consuming [UInt8]) { self.bytes = bytes }

    mutating func begin() { bytes.append(0x7B) }
    mutating func end() { bytes.append(0x7D) }
    consuming func finish() -> [UInt8] { bytes }

    mutating func field(_ name: StaticString, _ value: String) {
        open(name)
        bytes.append(0x22)
        appendEscaped(value)
        bytes.append(0x22)
    }

    /// A value that needs no escapes.
    mutating func field(_ name: StaticString, word: String) {
        open(name)
        bytes.append(0x22)
        bytes.append(contentsOf: word.utf8)
        bytes.append(0x22)
    }

    mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        open(name)
        append(value)
    }

    /// The shortest digits that read back as the same double; nothing at all where it is not finite.
    mutating func field(_ name: StaticString, _ value: Double) {
        guard value.isFinite else { return }
        open(name)
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Nanoseconds as a decimal number of a larger unit, exactly: `places` digits behind the point, none where they are zeros.
    mutating func field(_ name: StaticString, nanoseconds: Int64, places: Int) {
        open(name)
        let unit: UInt64 = places == 9 ? 1_000_000_000 : 1_000_000
        if nanoseconds < 0 { bytes.append(0x2D) }
        append(nanoseconds.magnitude / unit)
        var rest = nanoseconds.magnitude % unit
        guard rest > 0 else { return }
        bytes.append(0x2E)
        var divisor = unit / 10
        while rest > 0 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    /// A 64-bit key as everywhere: 16 lower-case hexadecimal digits.
    mutating func field(_ name: StaticString, hexadecimal value: UInt64) {
        open(name)
        bytes.append(0x22)
        for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
            let nibble = UInt8(truncatingIfNeeded: value >> shift) & 0xF
            bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
        bytes.append(0x22)
    }

    /// A moment as ISO 8601 text in UTC.
    mutating func field(_ name: StaticString, unixNanoseconds: Int64) {
        open(name)
        bytes.append(0x22)
        UTC.append(unixNanoseconds: unixNanoseconds, to: &bytes)
        bytes.append(0x22)
    }

    /// Parts joined by full stops; only the first may need escapes.
    mutating func field(_ name: StaticString, _ first: String, _ word: String, _ numbers: UInt64...) {
        open(name)
        bytes.append(0x22)
        appendEscaped(first)
        bytes.append(0x2E)
        bytes.append(contentsOf: word.utf8)
        for number in numbers {
            bytes.append(0x2E)
            append(number)
        }
        bytes.append(0x22)
    }

    private mutating func open(_ name: StaticString) {
        if isFirst { isFirst = false } else { bytes.append(0x2C) }
        bytes.append(0x22)
        // The literal's own bytes, copied within the closure.
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0x22)
        bytes.append(0x3A)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        var rest = UInt64(value.magnitude)
        if value < 0 { bytes.append(0x2D) }
        if rest < 10 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest))
            return
        }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        while rest > 0 {
            first -= 1
            digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        for place in first..<20 { bytes.append(digits[place]) }
    }

    private mutating func appendEscaped(_ value: String) {
        var value = value
        // The string's own bytes, read within the closure: a String gives its storage in no other way
        // that does not copy.
        value.withUTF8 { buffer in
            let text = RawSpan(_unsafeElements: buffer)
            var start = 0
            while true {
                let end = WireScan.firstSpecial(text, from: start)
                bytes.append(contentsOf: buffer[start..<end])
                guard end < buffer.count else { return }
                appendEscape(buffer[end])
                start = end + 1
            }
        }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(0x5C)
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x08: bytes.append(0x62)
        case 0x09: bytes.append(0x74)
        case 0x0A: bytes.append(0x6E)
        case 0x0C: bytes.append(0x66)
        case 0x0D: bytes.append(0x72)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(0x30 + byte >> 4)
            let low = byte & 0xF
            bytes.append(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }
}
