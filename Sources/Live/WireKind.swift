import Pipeline

extension Wire {
    /// The kind of a message whose first field it is, as in all that `encode` writes; nil where that must be found out
    /// by reading it. So a consumer passes over what is not its own without reading it.
    static func kindInFront(_ bytes: UnsafeRawBufferPointer) -> Kind? {
        // The pointer is the record's own and is looked at only here.
        guard bytes.count > opening.count + longest, bytes[0] == opening[0], bytes[..<opening.count].elementsEqual(opening) else { return nil }
        for (word, kind) in words where bytes[opening.count] == word[0] {
            if bytes[opening.count..<opening.count + word.count].elementsEqual(word) { return kind }
        }
        return nil
    }

    private static let opening = Array(#"{"kind":""#.utf8)
    private static let words = Kind.allCases.map { (Array($0.rawValue.utf8) + [0x22], $0) }
    private static let longest = words.reduce(0) { max($0, $1.0.count) }
}
