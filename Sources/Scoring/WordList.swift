/// Where the words of a text lie: its lower-cased bytes as `WordText` writes them, and each word's bounds.
///
/// Filling it again reuses its memory. Sixty-four bytes at a time become bits that say whether a byte is in a
/// word; a word begins and ends where neighbouring bits differ, so that finding the next one is a matter of
/// counting zeros, whatever the words' lengths.
struct WordList: Sendable {
    /// How many words there are.
    private(set) var count = 0
    /// The text, and zeros that let a word be read eight bytes at a time beyond its end.
    private(set) var bytes: [UInt8] = []
    /// Two for each word: its first byte and the first one behind it.
    private(set) var bounds: [UInt32] = []

    mutating func fill(with text: String) {
        let length = WordText.write(text, into: &bytes)
        let most = length + 2
        if bounds.count < most { bounds.append(contentsOf: repeatElement(0, count: most - bounds.count)) }
        count = bytes.withUnsafeBytes { bytes in
            bounds.withUnsafeMutableBufferPointer { Self.findBounds(in: bytes, length: length, $0) } / 2
        }
    }

    // Unsafe buffers come from the arrays above and are good during the call only.
    /// Writes all bounds and returns how many there are.
    private static func findBounds(
        in bytes: UnsafeRawBufferPointer, length: Int, _ bounds: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        var found = 0
        var last: UInt64 = 0
        // One block more where the text ends with a block: the zeros there end the last word.
        for start in stride(from: 0, through: length, by: 64) {
            var inWord: UInt64 = 0
            for part in 0..<8 { inWord |= nonzero(bytes, start &+ 8 &* part) &<< UInt64(truncatingIfNeeded: 8 &* part) }
            var changes = inWord ^ (inWord &<< 1 | last)
            last = inWord &>> 63
            while changes != 0 {
                bounds[found] = UInt32(truncatingIfNeeded: start &+ changes.trailingZeroBitCount)
                found &+= 1
                changes &= changes &- 1
            }
        }
        return found
    }

    /// One bit for each of eight bytes, the first one lowest: whether it is not 0.
    private static func nonzero(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        let lowerBits: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let chunk = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        let highBits = ((chunk & lowerBits) &+ lowerBits | chunk) & ~lowerBits
        // Brings bit 7 of byte i to bit 56 + i; no two summands of the product meet.
        return (highBits &* 0x0002_0408_1020_4081) &>> 56
    }
}
