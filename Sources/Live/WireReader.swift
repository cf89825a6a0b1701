/// Reads JSON (RFC 8259) from bytes, strictly and within bounds: every step ends in a value or a `WireError`.
///
/// What our own writer writes takes the short way through each function; anything else, from a blank in front of a
/// colon to an error, goes on in the function beside it that knows all of JSON.
struct WireReader {
    let bytes: WireBytes
    var position = 0
    /// The field being read, for errors.
    var field: WireField?
    /// Strings with escapes are put together here.
    private var scratch: [UInt8] = []
    private let fields = WireFieldTable.shared

    /// The reader must not outlive the closure or call that lent the pointer.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = WireBytes(bytes) }

    /// Reads what an array holds.
    static func reading<Value, Failure: Error>(
        _ bytes: [UInt8], _ body: (inout WireReader) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            var reader = WireReader(UnsafeRawBufferPointer(bytes))
            return try body(&reader)
        }
    }

    @inline(never) func error(_ reason: WireError.Reason, at place: Int? = nil) -> WireError {
        WireError(reason, at: place ?? position, field: field?.name)
    }

    /// 0 at the end.
    @inline(__always) var byte: UInt8 { bytes.byte(at: position) }
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    @inline(__always) mutating func skipSpace() {
        if byte > 0x20 { return }
        skipSpaces()
    }

    @inline(never) private mutating func skipSpaces() {
        while true {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// Takes the byte if it is next.
    @inline(__always) mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted, position < bytes.count else { return false }
        position += 1
        return true
    }

    @inline(__always) mutating func expect(_ byte: UInt8, _ what: StaticString) throws(WireError) {
        guard take(byte) else { throw missed(what) }
    }

    @inline(never) private func missed(_ what: StaticString) -> WireError {
        position < bytes.count ? error(.expected(what.description)) : error(.endsEarly)
    }

    // MARK: Strings

    /// A string as it stands between its marks; where it has escapes, what it means is in `scratch`.
    private struct Text {
        var range: Range<Int>
        var isASCII: Bool
        var isEscaped: Bool
    }

    /// Moves behind a string, which is valid then but for the UTF-8 of one without escapes.
    @inline(__always) private mutating func scanString() throws(WireError) -> Text {
        try expect(0x22, "a string")
        let start = position
        let (end, isASCII) = WireScan.firstSpecial(bytes, from: start)
        position = end
        if byte == 0x22 {
            position += 1
            return Text(range: start..<end, isASCII: isASCII, isEscaped: false)
        }
        try checkPlainEnd()
        try unescape(from: start)
        return Text(range: start..<position - 1, isASCII: false, isEscaped: true)
    }

    /// The whole string that begins here.
    mutating func string() throws(WireError) -> String {
        let text = try scanString()
        if text.isEscaped { return String(decoding: scratch, as: UTF8.self) }
        let part = bytes.part(text.range)
        // Unsafe for a promise: ASCII has been seen in all of them.
        if text.isASCII { return String(copying: unsafe UTF8Span(unchecked: unsafe Span(_unsafeElements: part), isKnownASCII: true)) }
        do { return String(copying: try UTF8Span(validating: Span(_unsafeElements: part))) } catch {
            throw self.error(.invalidUTF8, at: text.range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    /// Takes a string if it is the one that stands at an earlier place, marks and all, and is of 8 to 16 bytes.
    @inline(__always) mutating func takeRepeat(of range: Range<Int>) -> Bool {
        guard (8...16).contains(range.count), position <= bytes.count - range.count,
            bytes.word(at: position) == bytes.word(at: range.lowerBound),
            bytes.word(at: position + range.count - 8) == bytes.word(at: range.upperBound - 8)
        else { return false }
        position += range.count
        return true
    }

    /// Moves over a string, checking it.
    mutating func skipString() throws(WireError) {
        let text = try scanString()
        if !text.isASCII, !text.isEscaped { try validate(text.range) }
    }

    /// The field that is next, where it follows on `previous` as our own writer writes it, nothing between it and its value.
    @inline(__always) mutating func fieldInOrder(after previous: WireField?) -> WireField? {
        guard let (field, count) = fields.field(after: previous, bytes, at: position) else { return nil }
        position += count
        return field
    }

    /// The field that a name stands for; nil, and skipped, where it is nobody's.
    mutating func name() throws(WireError) -> WireField? {
        if byte == 0x22, let name = WireName(bytes, upToMarkFrom: position + 1), let field = fields.field(name) {
            position += name.count + 2
            return field
        }
        return try unusualName()
    }

    @inline(never) private mutating func unusualName() throws(WireError) -> WireField? {
        guard byte == 0x22 else { throw missed("a field's name") }
        return try anyWord().flatMap(fields.field)
    }

    /// A string of which few are good, such as one of a field's words; nil where it is too long to be one.
    @inline(__always) mutating func word<Value>(_ allowed: WireWords<Value>) throws(WireError) -> Value {
        if byte == 0x22, let name = WireName(bytes, upToMarkFrom: position + 1), let value = allowed.value(name) {
            position += name.count + 2
            return value
        }
        let start = position
        if let word = try anyWord(), let value = allowed.value(word) { return value }
        throw error(.unknownWord(try string(at: start), allowed: allowed.list), at: start)
    }

    @inline(never) private mutating func anyWord() throws(WireError) -> WireName? {
        let text = try scanString()
        if text.isEscaped { return scratch.withUnsafeBytes { WireName(WireBytes($0), 0..<$0.count) } }
        try validate(text.range)
        return WireName(bytes, text.range)
    }

    /// The bytes of a string that is about to be parsed.
    mutating func slice() throws(WireError) -> [UInt8] {
        let text = try scanString()
        if text.isEscaped { return scratch }
        try validate(text.range)
        return Array(bytes.part(text.range))
    }

    /// A 64-bit number as 16 lower-case hexadecimal digits.
    @inline(__always) mutating func hexadecimal() throws(WireError) -> UInt64 {
        let start = position
        if byte == 0x22, bytes.byte(at: start + 17) == 0x22,
            let high = WireDigits.hexadecimal(bytes.word(at: start + 1)), let low = WireDigits.hexadecimal(bytes.word(at: start + 9))
        {
            position += 18
            return high << 32 | low
        }
        return try unusualHexadecimal()
    }

    @inline(never) private mutating func unusualHexadecimal() throws(WireError) -> UInt64 {
        let start = position
        let value: UInt64? = try slice().withUnsafeBytes { digits in
            guard digits.count == 16 else { return nil }
            let digits = WireBytes(digits)
            guard let high = WireDigits.hexadecimal(digits.word(at: 0)), let low = WireDigits.hexadecimal(digits.word(at: 8)) else { return nil }
            return high << 32 | low
        }
        guard let value else { throw error(.expected("16 lower-case hexadecimal digits in quotation marks"), at: start) }
        return value
    }

    /// The string at an earlier place, once more.
    private func string(at place: Int) throws(WireError) -> String {
        var again = self
        again.position = place
        return try again.string()
    }

    private func validate(_ range: Range<Int>) throws(WireError) {
        do { _ = try UTF8Span(validating: Span(_unsafeElements: bytes.part(range))) } catch {
            throw self.error(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    /// What ends plain text may be a quotation mark or a backslash.
    private func checkPlainEnd() throws(WireError) {
        guard let next else { throw error(.endsEarly) }
        guard next >= 0x20 else { throw error(.controlCharacter(next)) }
    }

    private mutating func scanPlain() throws(WireError) {
        position = WireScan.firstSpecial(bytes, from: position).place
        try checkPlainEnd()
    }

    /// Puts a string with escapes together in `scratch` as valid UTF-8, and moves behind its closing mark.
    @inline(never) private mutating func unescape(from start: Int) throws(WireError) {
        try validate(start..<position)
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: bytes.part(start..<position))
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
            scratch.append(contentsOf: bytes.part(plain..<position))
        }
    }

    /// The letter u and four hexadecimal digits at the position, with the second half of a surrogate pair; leaves the
    /// position behind them.
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

    // MARK: What nobody asked for

    /// Takes `null` if it is next.
    @inline(__always) mutating func takeNull() throws(WireError) -> Bool {
        guard byte == 0x6E else { return false }
        try literal("null")
        return true
    }

    @inline(never) private mutating func literal(_ text: StaticString) throws(WireError) {
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
                    guard next == 0x22 else { throw missed("a field's name") }
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
        default: try skipNumber()
        }
    }
}
