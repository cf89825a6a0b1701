/// Swept values for people. A block such as `{distribution: zipf, exponent: 0.9, drift: {every: 1m, by: 0.02}}` is
/// called by what tells it from the other values of its key: `every 1m, by 0.02`.
enum BlockNames {
    /// A name for each value. Values that are no blocks are their own.
    static func names(of values: [String]) -> [String] {
        let leaves = values.map(Self.leaves)
        guard leaves.contains(where: { $0 != nil }), Set(values).count > 1 else { return values }
        // The key that chooses among alternatives, such as `process`, is the first one and goes without saying.
        let choice = Set(leaves.compactMap { $0?.first?.path })
        return values.indices.map { index in
            guard let own = leaves[index] else { return values[index] }
            let telling = own.filter { leaf in !leaves.allSatisfy { $0?.contains { $0 == leaf } ?? false } }
            let words = telling.map { leaf in choice.contains(leaf.path) ? leaf.value : "\(leaf.path.split(separator: ".").last ?? "") \(leaf.value)" }
            if !words.isEmpty { return words.joined(separator: ", ") }
            // What the others have and this one has not.
            let others = leaves.flatMap { $0 ?? [] }.map { String($0.path.prefix { $0 != "." }) }
            let missing = others.first { name in !own.contains { $0.path == name || $0.path.hasPrefix(name + ".") } }
            return missing.map { "no \($0)" } ?? values[index]
        }
    }

    private struct Leaf: Equatable {
        var path: String
        var value: String
    }

    /// Dotted keys and values of a mapping in flow style; lists stay whole. Nil for anything else.
    private static func leaves(_ text: String) -> [Leaf]? {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        var leaves: [Leaf] = []
        for part in parts(of: text.dropFirst().dropLast()) {
            guard let colon = part.firstIndex(of: ":") else { return nil }
            let (name, value) = (trimmed(part[..<colon]), trimmed(part[part.index(after: colon)...]))
            if let inner = Self.leaves(value) {
                leaves += inner.map { Leaf(path: "\(name).\($0.path)", value: $0.value) }
            } else {
                leaves.append(Leaf(path: name, value: value))
            }
        }
        return leaves
    }

    /// Split at commas outside of brackets and quotes.
    private static func parts(of text: Substring) -> [Substring] {
        var parts: [Substring] = []
        var (depth, isQuoted, start) = (0, false, text.startIndex)
        for index in text.indices {
            switch text[index] {
            case "\"": isQuoted.toggle()
            case "{", "[": depth += isQuoted ? 0 : 1
            case "}", "]": depth -= isQuoted ? 0 : 1
            case "," where depth == 0 && !isQuoted:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        parts.append(text[start...])
        return parts.filter { !$0.allSatisfy(\.isWhitespace) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
