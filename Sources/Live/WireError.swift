/// Why bytes are not a message, and where: any bytes at all give a message or one of these.
package struct WireError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case tooLong(bytes: Int)
        case tooDeep
        case endsEarly
        case expected(String)
        /// A byte that no string may hold unescaped (below 0x20).
        case controlCharacter(UInt8)
        case badEscape
        case loneSurrogate
        case invalidUTF8
        case trailingBytes
        case duplicate
        case missing
        case outOfRange(allowed: String)
        /// A value that is none of a field's words; `kind` and others may come from a later version.
        case unknownWord(String, allowed: String)
        case badTime(String)
    }

    package var reason: Reason
    /// Byte offset in the message.
    package var position: Int
    /// The field that was being read; nil outside of any.
    package var field: String?

    package init(_ reason: Reason, at position: Int, field: String? = nil) {
        self.reason = reason
        self.position = position
        self.field = field
    }

    package var description: String {
        let place = field.map { "field \($0), byte \(position)" } ?? "byte \(position)"
        return "message not understood at \(place): \(cause)"
    }

    /// Whether the message may be good, but meant for somebody who knows more kinds than we do.
    package var isForeignKind: Bool {
        if case .unknownWord = reason { field == "kind" } else { false }
    }

    private var cause: String {
        switch reason {
        case .tooLong(let bytes): "\(bytes) bytes are more than a message's \(Wire.maximumBytes)"
        case .tooDeep: "values are nested more than \(Wire.maximumDepth) deep"
        case .endsEarly: "it ends before its end"
        case .expected(let what): "\(what) should stand here"
        case .controlCharacter(let byte): "control character \(byte) must be written as \\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        case .badEscape: "no such escape (allowed: \\\" \\\\ \\/ \\b \\f \\n \\r \\t, or \\u and four hexadecimal digits)"
        case .loneSurrogate: "half of a surrogate pair stands alone"
        case .invalidUTF8: "invalid UTF-8"
        case .trailingBytes: "something follows the object"
        case .duplicate: "the field stands there twice"
        case .missing: "the field is missing"
        case .outOfRange(let allowed): "the number is out of range (allowed: \(allowed))"
        case .unknownWord(let word, let allowed): "unknown value '\(word.prefix(40))' (allowed: \(allowed))"
        case .badTime(let text): "'\(text.prefix(40))' is no ISO 8601 time such as 2025-01-31T12:00:00.250Z between 1678 and 2261"
        }
    }
}
