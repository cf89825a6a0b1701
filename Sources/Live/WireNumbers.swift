extension WireReader {
    /// A whole number within the bounds; a fraction or an exponent is none.
    @inline(__always) mutating func integer<Value: FixedWidthInteger>(_ bounds: ClosedRange<Value>) throws(WireError) -> Value {
        // As our own writer writes most of them: some digits and then the end of the value.
        if bytes.hasWord(at: position) {
            let word = bytes.word(at: position), count = WireDigits.count(word)
            if count < 8 {
                let end = UInt8(truncatingIfNeeded: word >> UInt64(8 * count))
                if count > 0, end == 0x2C || end == 0x7D, count == 1 || word & 0xFF != 0x30,
                    let value = Value(exactly: WireDigits.value(word, count: count)), bounds.contains(value)
                {
                    position += count
                    return value
                }
            } else if let (magnitude, end) = longMagnitude(word), let value = Value(exactly: magnitude), bounds.contains(value) {
                position = end
                return value
            }
        }
        return try anyInteger(bounds)
    }

    /// A number of nine to eighteen digits, whose first eight are `word`, and where it ends.
    @inline(__always) private func longMagnitude(_ word: UInt64) -> (UInt64, end: Int)? {
        guard word & 0xFF != 0x30 else { return nil }
        var magnitude = WireDigits.value(word, count: 8)
        var place = position + 8
        while place < position + 18 {
            let digit = bytes.byte(at: place) &- 0x30
            guard digit < 10 else { break }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            place += 1
        }
        let end = bytes.byte(at: place)
        return end == 0x2C || end == 0x7D ? (magnitude, place) : nil
    }

    @inline(never) private mutating func anyInteger<Value: FixedWidthInteger>(_ bounds: ClosedRange<Value>) throws(WireError) -> Value {
        let start = position
        let negative = take(0x2D)
        let first = position
        var magnitude: UInt64 = 0
        var overflow = false
        while byte >= 0x30, byte <= 0x39 {
            let (product, tooBig) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, tooBigStill) = product.addingReportingOverflow(UInt64(byte - 0x30))
            overflow = overflow || tooBig || tooBigStill
            magnitude = sum
            position += 1
        }
        let isNumber = position > first && (position == first + 1 || bytes[first] != 0x30)
        guard isNumber, byte != 0x2E, byte != 0x65, byte != 0x45 else { throw error(.expected("a whole number"), at: start) }
        let value: Value? =
            overflow ? nil : negative ? Value(exactly: -Int128(magnitude)) : Value(exactly: magnitude)
        guard let value, bounds.contains(value) else {
            throw error(.outOfRange(allowed: "\(bounds.lowerBound) to \(bounds.upperBound)"), at: start)
        }
        return value
    }

    /// A finite number, rounded correctly.
    mutating func double() throws(WireError) -> Double {
        let start = position
        let number = try scanNumber()
        if let mantissa = number.mantissa {
            // Both exact, and so their quotient or product is rounded once: W. Clinger, "How to Read
            // Floating Point Numbers Accurately", PLDI 1990.
            if mantissa <= 1 << 53, abs(number.exponent) <= 22 {
                let power = Self.powersOfTen[abs(number.exponent)]
                let magnitude = number.exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
                return number.isNegative ? -magnitude : magnitude
            }
            if (-19 ..< 0).contains(number.exponent) {
                let magnitude = Self.quotient(mantissa, by: Self.integerPowersOfTen[-number.exponent])
                return number.isNegative ? -magnitude : magnitude
            }
        }
        guard let value = Double(String(decoding: bytes.part(start..<position), as: UTF8.self)), value.isFinite else {
            throw error(.outOfRange(allowed: "numbers that a double can hold"), at: start)
        }
        return value
    }

    /// The double nearest to a quotient of whole numbers, ties to even; the dividend is not 0.
    ///
    /// Scores have 16 or 17 digits, for which the shorter way above is not good enough half of the time. Both numbers are shifted until
    /// their top bits are set; the quotient then has 63 or 64 bits, and whether it is exact is in the remainder.
    private static func quotient(_ dividend: UInt64, by divisor: UInt64) -> Double {
        let shiftUp = dividend.leadingZeroBitCount, shiftDown = divisor.leadingZeroBitCount
        let high = dividend << UInt64(shiftUp), by = divisor << UInt64(shiftDown)
        // Half of the dividend, so that it is less than the divisor.
        var (quotient, remainder) = by.dividingFullWidth((high >> 1, high << 63))
        let scale = shiftDown - shiftUp - 63
        // To 64 bits, then to the 53 of a double and the rest below them, with anything further as its last bit.
        var exponent = scale
        if quotient >> 63 == 0 {
            quotient <<= 1
            exponent -= 1
            // One more bit of the quotient.
            let (twice, overflow) = remainder.addingReportingOverflow(remainder)
            if overflow || twice >= by {
                quotient |= 1
                remainder = twice &- by
            } else {
                remainder = twice
            }
        }
        let rest = quotient & 0x7FF
        var mantissa = quotient >> 11
        if rest > 0x400 || (rest == 0x400 && (remainder != 0 || mantissa & 1 == 1)) { mantissa += 1 }
        return Double(mantissa) * Double(bitPattern: UInt64(1023 + 11 + exponent) << 52)
    }

    private static let integerPowersOfTen: InlineArray<20, UInt64> = {
        var powers = InlineArray<20, UInt64>(repeating: 1)
        for place in 1..<20 { powers[place] = powers[place - 1] * 10 }
        return powers
    }()

    private static let powersOfTen: InlineArray<23, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    mutating func skipNumber() throws(WireError) { _ = try scanNumber() }

    /// Digits from the position on, added behind those of `number`; what it says is right for 19 of them at most.
    @inline(__always) private mutating func scanDigits(into number: inout UInt64) -> Int {
        let start = position
        while bytes.hasWord(at: position) {
            let word = bytes.word(at: position), count = WireDigits.count(word)
            if count == 0 { return position - start }
            number = number &* WireDigits.power(count) &+ WireDigits.value(word, count: count)
            position += count
            if count < 8 { return position - start }
        }
        while true {
            let digit = byte &- 0x30
            guard digit < 10 else { return position - start }
            number = number &* 10 &+ UInt64(digit)
            position += 1
        }
    }

    /// Moves over a number; `mantissa` is nil where it has more digits than 64 bits are sure to hold.
    private mutating func scanNumber() throws(WireError) -> (isNegative: Bool, mantissa: UInt64?, exponent: Int) {
        let start = position
        let isNegative = take(0x2D)
        var mantissa: UInt64 = 0
        let firstDigit = position
        var digits = scanDigits(into: &mantissa)
        guard digits > 0, digits == 1 || bytes[firstDigit] != 0x30 else { throw error(.expected("a number"), at: start) }
        var exponent = 0
        if take(0x2E) {
            let places = scanDigits(into: &mantissa)
            guard places > 0 else { throw error(.expected("a digit")) }
            digits += places
            exponent = -places
        }
        if take(0x65) || take(0x45) {
            let isNegativeExponent = byte == 0x2D
            if byte == 0x2D || byte == 0x2B { position += 1 }
            guard byte >= 0x30, byte <= 0x39 else { throw error(.expected("a digit")) }
            var value = 0
            while byte >= 0x30, byte <= 0x39 {
                value = min(value * 10 + Int(byte - 0x30), 1_000_000)
                position += 1
            }
            exponent += isNegativeExponent ? -value : value
        }
        return (isNegative, digits <= 19 ? mantissa : nil, exponent)
    }
}
