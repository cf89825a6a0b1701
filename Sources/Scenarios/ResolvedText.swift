import Workload

extension YAMLValue {
    /// One line of YAML in flow style; a scalar as it was written.
    package var flowText: String {
        switch content {
        case .scalar(let text, _): return text
        case .list, .mapping: return flow
        }
    }

    private var flow: String {
        switch content {
        case .scalar(let text, let plain): Self.needsQuotes(text, plain: plain) ? Self.quoted(text) : text
        case .list(let items): "[" + items.map(\.flow).joined(separator: ", ") + "]"
        case .mapping(let entries): "{" + entries.map { "\(Self.keyText($0.key)): \($0.value.flow)" }.joined(separator: ", ") + "}"
        }
    }

    /// A YAML document, blocks indented by two spaces; loads to the same value.
    package var yaml: String {
        guard case .mapping(let entries) = content else { return flow + "\n" }
        return Self.lines(entries, indent: "")
    }

    private static func lines(_ entries: [Entry], indent: String) -> String {
        var text = ""
        for entry in entries {
            text += "\(indent)\(keyText(entry.key)):"
            switch entry.value.content {
            case .mapping(let inner) where !inner.isEmpty:
                text += "\n" + lines(inner, indent: indent + "  ")
            case .list(let items) where !items.isEmpty:
                text += "\n"
                for item in items { text += "\(indent)  - \(item.flow)\n" }
            default: text += " \(entry.value.flow)\n"
            }
        }
        return text
    }

    /// JSON, indented by two spaces: plain numbers, true and false as such, everything else as text.
    package var json: String { json(indent: "") }

    package func json(indent: String) -> String {
        let inner = indent + "  "
        switch content {
        case .scalar(let text, let plain):
            if plain, text == "true" || text == "false" || Self.isJSONNumber(text) { return text }
            return Self.quoted(text)
        case .list(let items):
            if items.isEmpty { return "[]" }
            return "[\n" + items.map { inner + $0.json(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .mapping(let entries):
            if entries.isEmpty { return "{}" }
            return "{\n" + entries.map { "\(inner)\(Self.quoted($0.key)): \($0.value.json(indent: inner))" }.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    static func isJSONNumber(_ text: String) -> Bool {
        guard Units.number(text) != nil else { return false }
        var digits = text[...]
        if digits.first == "-" { digits.removeFirst() }
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        let afterFirst = digits.dropFirst().first
        if first == UInt8(ascii: "0"), let afterFirst, afterFirst.isNumber { return false }
        guard let dot = digits.firstIndex(of: ".") else { return true }
        let afterDot = digits[digits.index(after: dot)...].first
        return afterDot?.isNumber ?? false
    }

    private static func keyText(_ key: String) -> String { needsQuotes(key, plain: true) ? quoted(key) : key }

    /// Whether the text would be read as something else without quotes.
    private static func needsQuotes(_ text: String, plain: Bool) -> Bool {
        let isSimple = !text.isEmpty && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"): true
            default: false
            }
        }
        if !isSimple { return true }
        // Text in quotes that looks like a number or a word with a meaning keeps them.
        if !plain { return true }
        return text.utf8.first == UInt8(ascii: "-") && Units.number(text) == nil
    }

    /// A JSON string, which is a YAML double-quoted scalar too.
    static func quoted(_ text: String) -> String {
        JSONText.quoted(text) { scalar in
            (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029 || scalar.value == 0xFEFF
        }
    }
}
