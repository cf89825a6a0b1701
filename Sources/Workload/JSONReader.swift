/// Why bytes are no JSON value.
package struct JSONProblem: Error, Equatable, CustomStringConvertible {
    package var reason: String
    /// Byte offset.
    package var position: Int
    /// Whether more bytes might have made it one: the text ends before its value does.
    package var endsEarly: Bool

    package var description: String { "\(reason) at byte \(position)" }
}

extension JSONValue {
    /// Reads one value and nothing behind it. Any bytes give a value or a problem; how deep is bounded here, how
    /// much by whoever gathered the bytes.
    package init(reading bytes: ArraySlice<UInt8>) throws(JSONProblem) {
        var reader = JSONReader(bytes)
        self = try reader.wholeValue()
    }

    package init(reading bytes: [UInt8]) throws(JSONProblem) { try self.init(reading: bytes[...]) }
    package init(reading text: String) throws(JSONProblem) { try self.init(reading: Array(text.utf8)) }
}

/// Reads JSON strictly (RFC 8259): invalid UTF-8 and halves of surrogate pairs are problems, not replacement characters.
private struct JSONReader {
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    mutating func wholeValue() throws(JSONProblem) -> JSONValue {
        let value = try value(depth: 1)
        skipSpace()
        guard at == bytes.endIndex else { throw problem("something stands behind the value") }
        return value
    }

    private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

    private func problem(_ reason: String) -> JSONProblem {
        at < bytes.endIndex
            ? problem(reason, at: at)
            : JSONProblem(reason: "the text ends early", position: bytes.count, endsEarly: true)
    }

    private func problem(_ reason: String, at place: Int) -> JSONProblem {
        JSONProblem(reason: reason, position: place - bytes.startIndex, endsEarly: false)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw problem("values are nested more than \(JSONValue.maximumDepth) deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth))
        case UInt8(ascii: "["): return .list(try items(depth))
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): try word("true"); return .boolean(true)
        case UInt8(ascii: "f"): try word("false"); return .boolean(false)
        case UInt8(ascii: "n"): try word("null"); return .null
        default: return .number(try number())
        }
    }

    private mutating func members(_ depth: Int) throws(JSONProblem) -> [JSONValue.Member] {
        at += 1
        skipSpace()
        var members: [JSONValue.Member] = []
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("a name in quotation marks should stand here") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw problem("a colon should stand here") }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or } should stand here") }
        }
    }

    private mutating func items(_ depth: Int) throws(JSONProblem) -> [JSONValue] {
        at += 1
        skipSpace()
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return items }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return items }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or ] should stand here") }
        }
    }

    private mutating func word(_ word: String) throws(JSONProblem) {
        for byte in word.utf8 {
            guard take(byte) else { throw problem("no value begins like this") }
        }
    }

    private mutating func number() throws(JSONProblem) -> Double {
        let start = at
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
        _ = take(UInt8(ascii: "-"))
        let first = at
        while isDigit(next) { at += 1 }
        guard at > first else { throw problem("a value should stand here") }
        guard at == first + 1 || bytes[first] != 0x30 else { throw problem("a number must not begin with 0") }
        if take(UInt8(ascii: ".")) {
            guard isDigit(next) else { throw problem("a digit should stand here") }
            while isDigit(next) { at += 1 }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard isDigit(next) else { throw problem("a digit should stand here") }
            while isDigit(next) { at += 1 }
        }
        guard let number = Double(String(decoding: bytes[start..<at], as: UTF8.self)), number.isFinite else {
            throw problem("the number is too large", at: start)
        }
        return number
    }

    private mutating func string() throws(JSONProblem) -> String {
        at += 1
        let start = at
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                guard let text = String(validating: text, as: UTF8.self) else {
                    throw problem("the text is no valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw problem("a control character stands in a text")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw problem("")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONProblem) {
        at += 1
        guard let byte = next else { throw problem("") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            at += 1
            return try scalar(into: &text)
        default: throw problem("JSON knows no such escape")
        }
        at += 1
    }

    private mutating func scalar(into text: inout [UInt8]) throws(JSONProblem) {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw problem("half of a surrogate pair") }
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw problem("half of a surrogate pair") }
        text.append(contentsOf: UTF8.encode(scalar)!)
    }

    private mutating func fourDigits() throws(JSONProblem) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { throw problem("four hexadecimal digits should stand here") }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
