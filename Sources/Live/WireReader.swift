/// Reads JSON (RFC 8259) from bytes, strictly and within bounds: every step ends in a value or a `WireError`.
///
/// Bytes are only reached by checked subscripts and spans, so no input can make it read beyond them.
struct WireReader {
    let bytes: [UInt8]
    private(set) var position = 0
    /// The field being read, for errors.
    var field: WireField?
    /// Strings with escapes are put together here.
    private var scratch: [UInt8] = []
    private let fields = WireFieldTable.shared

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func error(_ reason: WireError.Reason, at place: Int? = nil) -> WireError {
        WireError(reason, at: place ?? position, field: field?.name)
    }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Takes the byte if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, _ what: String) throws(WireError) {
        guard take(byte) else { throw position < bytes.count ? error(.expected(what)) : error(.endsEarly) }
    }

    // MARK: Strings

    /// The whole string that begins here.
    mutating func string() throws(WireError) -> String {
        try expect(0x22, "a string")
        let start = position
        try scanPlain()
        if bytes[position] == 0x22 {
            defer { position += 1 }
            return try text(start..<position)
        }
        try unescape(from: start)
        return String(decoding: scratch, as: UTF8.self)
    }

    /// The field that a name stands for; nil, and skipped, where it is nobody's.
    mutating func name() throws(WireError) -> WireField? {
        guard next == 0x22 else { throw next == nil ? error(.endsEarly) : error(.expected("a field's name")) }
        position += 1
        let start = position
        try scanPlain()
        if bytes[position] != 0x22 {
            try unescape(from: start)
            return WireName(scratch, 0..<scratch.count).flatMap(fields.field)
        }
        defer { position += 1 }
        if let name = WireName(bytes, start..<position), let field = fields.field(name) { return field }
        try validate(start..<position)
        return nil
    }

    /// A string of which few are good, such as one of a field's words; nil where it is too long to be one.
    mutating func word() throws(WireError) -> WireName? {
        try expect(0x22, "a string")
        let start = position
        try scanPlain()
        if bytes[position] != 0x22 {
            try unescape(from: start)
            return WireName(scratch, 0..<scratch.count)
        }
        defer { position += 1 }
        try validate(start..<position)
        return WireName(bytes, start..<position)
    }

    /// The bytes of a string that is about to be parsed.
    mutating func slice() throws(WireError) -> ArraySlice<UInt8> {
        try expect(0x22, "a string")
        let start = position
        try scanPlain()
        if bytes[position] != 0x22 {
            try unescape(from: start)
            return scratch[...]
        }
        defer { position += 1 }
        try validate(start..<position)
        return bytes[start..<position]
    }

    /// The string at an earlier place, once more.
    func string(at place: Int) throws(WireError) -> String {
        var again = self
        again.position = place
        return try again.string()
    }

    /// Moves over a string, checking it.
    mutating func skipString() throws(WireError) {
        try expect(0x22, "a string")
        let start = position
        try scanPlain()
        if bytes[position] != 0x22 { return try unescape(from: start) }
        defer { position += 1 }
        try validate(start..<position)
    }

    /// The bytes as text, copied once.
    private func text(_ range: Range<Int>) throws(WireError) -> String {
        do { return String(copying: try UTF8Span(validating: bytes.span.extracting(range))) } catch {
            throw self.error(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    private func validate(_ range: Range<Int>) throws(WireError) {
        do { _ = try UTF8Span(validating: bytes.span.extracting(range)) } catch {
            throw self.error(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    /// Moves to the first byte that ends or interrupts plain text: a quotation mark or a backslash.
    private mutating func scanPlain() throws(WireError) {
        position = WireScan.firstSpecial(bytes, from: position)
        guard position < bytes.count else { throw error(.endsEarly) }
        guard bytes[position] >= 0x20 else { throw error(.controlCharacter(bytes[position])) }
    }

    /// Puts a string with escapes together in `scratch` as valid UTF-8, and moves behind its closing mark.
    private mutating func unescape(from start: Int) throws(WireError) {
        try validate(start..<position)
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: bytes[start..<position])
        while true {
            if take(0x22) { return }
            // Not the end, so a backslash.
            position += 1
            guard let letter = next else { throw error(.endsEarly) }
            switch letter {
            case 0x22, 0x5C, 0x2F: scratch.append(letter)
            case 0x62: scratch.append(0x08)
            case 0x66: scratch.append(0x0C)
            case 0x6E: scratch.append(0x0A)
            case 0x72: scratch.append(0x0D)
            case 0x74: scratch.append(0x09)
            case 0x75:
                try unicodeEscape()
                position -= 1
            default: throw error(.badEscape)
            }
            position += 1
            let plain = position
            try scanPlain()
            try validate(plain..<position)
            scratch.append(contentsOf: bytes[plain..<position])
        }
    }

    /// `uXXXX` at the position, with the second half of a surrogate pair; leaves the position behind it.
    private mutating func unicodeEscape() throws(WireError) {
        let start = position - 1
        position += 1
        var value = try fourDigits()
        if value & 0xFC00 == 0xDC00 { throw error(.loneSurrogate, at: start) }
        if value & 0xFC00 == 0xD800 {
            guard take(0x5C), take(0x75) else { throw error(.loneSurrogate, at: start) }
            let low = try fourDigits()
            guard low & 0xFC00 == 0xDC00 else { throw error(.loneSurrogate, at: start) }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw error(.loneSurrogate, at: start) }
        scratch.append(contentsOf: UTF8.encode(scalar)!)
    }

    private mutating func fourDigits() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.endsEarly) }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw error(.badEscape)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Numbers

    /// A whole number within the bounds; a fraction or an exponent is none.
    mutating func integer<Value: FixedWidthInteger>(_ bounds: ClosedRange<Value>) throws(WireError) -> Value {
        let start = position
        let negative = take(0x2D)
        let first = position
        var magnitude: UInt64 = 0
        var overflow = false
        while let byte = next, byte >= 0x30, byte <= 0x39 {
            let (product, tooBig) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, tooBigStill) = product.addingReportingOverflow(UInt64(byte - 0x30))
            overflow = overflow || tooBig || tooBigStill
            magnitude = sum
            position += 1
        }
        let isNumber = position > first && (position == first + 1 || bytes[first] != 0x30)
        guard isNumber, next != 0x2E, next != 0x65, next != 0x45 else { throw error(.expected("a whole number"), at: start) }
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
        // Both exact, and so their quotient or product is rounded once: W. Clinger, "How to Read
        // Floating Point Numbers Accurately", PLDI 1990.
        if let mantissa = number.mantissa, mantissa <= 1 << 53, abs(number.exponent) <= 22 {
            let power = Self.powersOfTen[abs(number.exponent)]
            let magnitude = number.exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return number.isNegative ? -magnitude : magnitude
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            throw error(.outOfRange(allowed: "numbers that a double can hold"), at: start)
        }
        return value
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Moves over a number; `mantissa` is nil where it has more digits than 64 bits are sure to hold.
    @discardableResult
    private mutating func scanNumber() throws(WireError) -> (isNegative: Bool, mantissa: UInt64?, exponent: Int) {
        let start = position
        let isNegative = take(0x2D)
        var mantissa: UInt64 = 0
        var digits = 0
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
        let firstDigit = position
        while let byte = next, isDigit(byte) {
            mantissa = mantissa &* 10 &+ UInt64(byte - 0x30)
            digits += 1
            position += 1
        }
        guard position > firstDigit, position == firstDigit + 1 || bytes[firstDigit] != 0x30 else {
            throw error(.expected("a number"), at: start)
        }
        var exponent = 0
        if take(0x2E) {
            let fraction = position
            while let byte = next, isDigit(byte) {
                mantissa = mantissa &* 10 &+ UInt64(byte - 0x30)
                digits += 1
                exponent -= 1
                position += 1
            }
            guard position > fraction else { throw error(.expected("a digit")) }
        }
        if take(0x65) || take(0x45) {
            let isNegativeExponent = next == 0x2D
            if next == 0x2D || next == 0x2B { position += 1 }
            guard isDigit(next) else { throw error(.expected("a digit")) }
            var value = 0
            while let byte = next, isDigit(byte) {
                value = min(value * 10 + Int(byte - 0x30), 1_000_000)
                position += 1
            }
            exponent += isNegativeExponent ? -value : value
        }
        return (isNegative, digits <= 19 ? mantissa : nil, exponent)
    }

    // MARK: What nobody asked for

    /// Takes `null` if it is next.
    mutating func takeNull() throws(WireError) -> Bool {
        guard next == 0x6E else { return false }
        try literal("null")
        return true
    }

    private mutating func literal(_ text: StaticString) throws(WireError) {
        let start = position
        for index in 0..<text.utf8CodeUnitCount {
            guard take(text.withUTF8Buffer { $0[index] }) else { throw error(.expected("a value"), at: start) }
        }
    }

    /// Moves over a value of any type, checking it as strictly as one that is used.
    mutating func skipValue(depth: Int = 1) throws(WireError) {
        guard let byte = next else { throw error(.endsEarly) }
        guard depth <= Wire.maximumDepth else { throw error(.tooDeep) }
        switch byte {
        case 0x22: try skipString()
        case 0x7B, 0x5B:
            let isObject = byte == 0x7B
            position += 1
            skipSpace()
            if take(isObject ? 0x7D : 0x5D) { return }
            while true {
                if isObject {
                    guard next == 0x22 else { throw next == nil ? error(.endsEarly) : error(.expected("a field's name")) }
                    try skipString()
                    skipSpace()
                    try expect(0x3A, "a colon")
                    skipSpace()
                }
                try skipValue(depth: depth + 1)
                skipSpace()
                if take(isObject ? 0x7D : 0x5D) { return }
                try expect(0x2C, isObject ? "a comma or }" : "a comma or ]")
                skipSpace()
            }
        case 0x74: try literal("true")
        case 0x66: try literal("false")
        case 0x6E: try literal("null")
        default: try scanNumber()
        }
    }
}

/// Finds the bytes that JSON strings must not hold plain, eight bytes a step.
enum WireScan {
    /// The first index from `start` on with a quotation mark, a backslash or a control character; the count if none.
    static func firstSpecial(_ bytes: [UInt8], from start: Int) -> Int { firstSpecial(bytes.span.bytes, from: start) }

    /// S. E. Anderson, "Bit Twiddling Hacks": a zero byte in a word. It may see one too many behind a
    /// true one, never one too few, and the byte loop that follows looks at the first.
    static func firstSpecial(_ bytes: RawSpan, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101, tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index + 8 <= bytes.byteCount {
            // Checked against the span's bounds; "unsafe" because not every type may be read from any bytes, an integer may.
            let word = unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ 0x2222_2222_2222_2222, slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let hits = (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((word &- ones &* 0x20) & ~word)) & tops
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.byteCount {
            let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
            index += 1
        }
        return index
    }
}
