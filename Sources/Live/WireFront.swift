import Pipeline

/// What the first bytes of a message say, so that a consumer passes over what is not its own without reading it.
struct WireFront {
    let kind: Kind
    /// nil: none yet, or it stands elsewhere in the message.
    let outcome: Outcome?

    /// nil where the message does not begin as `Wire.encode` begins it: then it must be read.
    init?(_ bytes: UnsafeRawBufferPointer) {
        // The pointer is the record's own and is looked at only here.
        var place = 0
        guard Self.skip(Self.kind, bytes, &place), let kind = Self.word(Self.kinds, bytes, &place) else { return nil }
        self.kind = kind
        outcome = Self.skip(Self.outcome, bytes, &place) ? Self.word(Self.outcomes, bytes, &place) : nil
    }

    private static let kind = Array(#"{"kind":""#.utf8)
    private static let outcome = Array(#","outcome":""#.utf8)
    private static let kinds = Kind.allCases.map { (Array($0.rawValue.utf8) + [0x22], $0) }
    private static let outcomes = Outcome.allCases.map { (Array($0.rawValue.utf8) + [0x22], $0) }

    private static func skip(_ text: [UInt8], _ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Bool {
        guard bytes.count - place >= text.count else { return false }
        for index in text.indices where bytes[place + index] != text[index] { return false }
        place += text.count
        return true
    }

    private static func word<Value>(_ words: [([UInt8], Value)], _ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Value? {
        for (text, value) in words where skip(text, bytes, &place) { return value }
        return nil
    }
}
