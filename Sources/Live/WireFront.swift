import Pipeline

/// What the first bytes of a message say, so that a consumer passes over what is not its own without reading it.
struct WireFront {
    let kind: Kind
    /// nil: none yet, or it stands elsewhere in the message.
    let outcome: Outcome?

    /// nil where the message does not begin as `Wire.encode` begins it: then it must be read.
    @inline(__always) init?(_ bytes: UnsafeRawBufferPointer) {
        // The pointer is the record's own and is looked at only here.
        let bytes = WireBytes(bytes)
        guard bytes.hasWord(at: 1), bytes[0] == 0x7B, bytes.word(at: 1) == Self.kind,
            let name = WireName(bytes, upToMarkFrom: 9), let kind = Wire.kinds.value(name)
        else { return nil }
        self.kind = kind
        let behind = 10 + name.count
        guard bytes.hasWord(at: behind + 4), bytes.word(at: behind) == Self.outcome, bytes.word(at: behind + 4) == Self.outcomeEnd,
            let word = WireName(bytes, upToMarkFrom: behind + 12)
        else {
            outcome = nil
            return
        }
        outcome = Wire.outcomes.value(word)
    }

    private static var kind: UInt64 { word(#""kind":""#) }
    /// The first and the last eight of twelve bytes.
    private static var outcome: UInt64 { word(#","outcom"#) }
    private static var outcomeEnd: UInt64 { word(#"tcome":""#) }

    @inline(__always) private static func word(_ text: StaticString) -> UInt64 {
        WireBytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)).word(at: 0)
    }
}
