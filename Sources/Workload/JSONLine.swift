/// Reads the members of one JSON object (RFC 8259) that a line holds; other members are checked and skipped.
struct JSONLine {
    enum Value: Equatable {
        case text(String)
        case number(Double)
        /// A list of numbers only, one at least.
        case numbers([Double])
        /// true, false, null, an object or another list.
        case other
    }

    /// Why a line is no JSON object, and at which of its bytes, from 1.
    struct Problem: Error {
        var reason: String
        var column: Int
        var text: String { "\(reason) at byte \(column) of the line" }
    }

    private let bytes: ArraySlice<UInt8>
    private var at: Int
    private var depth = 0
    private static let deepest = 100

    /// The values of the members with these names, in their order; nil where there is none. Of a name given twice, the last.
    static func members(_ names: [String], of line: ArraySlice<UInt8>) throws(Problem) -> [Value?] {
        var reader = JSONLine(bytes: line, at: line.startIndex)
        var values = [Value?](repeating: nil, count: names.count)
        reader.skipBlanks()
        try reader.object { (reader, name) throws(Problem) in
            let value = try reader.value()
            if let index = names.firstIndex(of: name) { values[index] = value }
        }
        reader.skipBlanks()
        guard reader.at == line.endIndex else { throw reader.problem("something stands behind the object") }
        return values
    }

    private init(bytes: ArraySlice<UInt8>, at: Int) {
        self.bytes = bytes
        self.at = at
    }

    private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }
    private func problem(_ reason: String) -> Problem { Problem(reason: reason, column: at - bytes.startIndex + 1) }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { at += 1 }
    }

    private mutating func expect(_ byte: Character) throws(Problem) {
        skipBlanks()
        guard next == byte.asciiValue else { throw problem("'\(byte)' is missing") }
        at += 1
    }

    private mutating func object(_ member: (inout JSONLine, String) throws(Problem) -> Void) throws(Problem) {
        try expect("{")
        try list(until: "}") { (reader) throws(Problem) in
            guard reader.next == UInt8(ascii: "\"") else { throw reader.problem("a name in quotes is missing") }
            let name = try reader.string()
            try reader.expect(":")
            reader.skipBlanks()
            try member(&reader, name)
        }
    }

    /// Items with commas between them, up to the mark that closes them.
    private mutating func list(until mark: Character, _ item: (inout JSONLine) throws(Problem) -> Void) throws(Problem) {
        depth += 1
        guard depth <= Self.deepest else { throw problem("more than \(Self.deepest) levels") }
        skipBlanks()
        if next == mark.asciiValue {
            at += 1
        } else {
            while true {
                skipBlanks()
                try item(&self)
                skipBlanks()
                if next == UInt8(ascii: ",") {
                    at += 1
                    continue
                }
                try expect(mark)
                break
            }
        }
        depth -= 1
    }

    private mutating func value() throws(Problem) -> Value {
        switch next {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "{"):
            try object { (reader, _) throws(Problem) in _ = try reader.value() }
            return .other
        case UInt8(ascii: "["):
            at += 1
            var numbers: [Double] = []
            var isOfNumbers = true
            try list(until: "]") { (reader) throws(Problem) in
                if case .number(let number) = try reader.value() { numbers.append(number) } else { isOfNumbers = false }
            }
            return isOfNumbers && !numbers.isEmpty ? .numbers(numbers) : .other
        default:
            let start = at
            while let byte = next, !", \t\r\n]}".utf8.contains(byte) { at += 1 }
            let word = String(decoding: bytes[start..<at], as: UTF8.self)
            if word == "true" || word == "false" || word == "null" { return .other }
            let first = word.utf8.first
            if let first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first), word.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
                let number = Double(word), number.isFinite {
                return .number(number)
            }
            at = start
            throw problem(word.isEmpty ? "a value is missing" : "'\(word.prefix(20))' is no value")
        }
    }

    private mutating func string() throws(Problem) -> String {
        at += 1
        var text: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw problem("the text is not valid UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw problem("a control character stands in a text")
            default: text.append(byte)
            }
        }
        throw problem("the text has no closing quote")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Problem) {
        guard let byte = next else { throw problem("the text has no closing quote") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\") {
                at += 1
                guard next == UInt8(ascii: "u") else { throw problem("half of a surrogate pair") }
                at += 1
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("half of a surrogate pair") }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw problem("an escape that JSON does not know")
        }
    }

    private mutating func hexadecimal() throws(Problem) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw problem("\\u needs four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
