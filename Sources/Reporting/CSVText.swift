import Measurement
import Workload

/// Cells of CSV files as bytes: no locale, no allocation per cell.
///
/// Quoting follows RFC 4180; lines end in a line feed. Doubles are written in the shortest form that
/// reads back as the same value, spans in milliseconds with up to six decimals (exact to the nanosecond),
/// and what is not there as an empty cell.
extension [UInt8] {
    mutating func comma() { append(0x2C) }
    mutating func endRow() { append(0x0A) }

    mutating func cell(_ text: String) {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            append(contentsOf: text.utf8)
            return
        }
        append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { append(0x22) }
            append(byte)
        }
        append(0x22)
    }

    mutating func cell(_ number: Int) {
        if number < 0 { append(0x2D) }
        digits(UInt64(number.magnitude), atLeast: 1)
    }

    mutating func cell(_ number: Double) {
        guard !number.isNaN else { return }
        if number.magnitude < 1e15, number == number.rounded(.towardZero) {
            cell(Int(number))
        } else {
            append(contentsOf: number.description.utf8)
        }
    }

    mutating func cell(_ value: MetricValue) {
        switch value {
        case .count(let count): cell(count)
        case .number(let number): cell(number)
        }
    }

    /// A span in milliseconds; nothing where it is negative.
    mutating func milliseconds(_ span: Nanoseconds) {
        guard span >= 0 else { return }
        let (whole, rest) = UInt64(span).quotientAndRemainder(dividingBy: 1_000_000)
        digits(whole, atLeast: 1)
        guard rest != 0 else { return }
        append(0x2E)
        digits(rest, atLeast: 6)
        while last == 0x30 { removeLast() }
    }

    /// Decimal digits, with zeros in front up to a width.
    mutating func digits(_ number: UInt64, atLeast width: Int) {
        var divisor: UInt64 = 1
        var count = 1
        while count < 20, number / divisor >= 10 || count < width {
            divisor *= 10
            count += 1
        }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// Sixteen lower-case hexadecimal digits.
    mutating func hexadecimal(_ number: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}
