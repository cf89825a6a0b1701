/// The distinct words of a text with their counts, as the scorers find them: runs of letters, digits and
/// underscores (Python's `\w`), the same in capitals or not.
///
/// Words are told apart by a 64-bit hash of their lower case only. A collision could move a written
/// answer's score a little; scores themselves come from the scorer, which compares words.
struct WordList: Sendable {
    struct Word: Sendable, BitwiseCopyable {
        /// Where it occurs first in `bytes`.
        var start: Int32
        var length: Int32
        var count: Int
        var hash: UInt64
    }

    let bytes: [UInt8]
    /// In order of first occurrence.
    var words: [Word] = []
    /// Open addressing by hash, at most half full; 0 is an empty place.
    private var table: [UInt64]

    /// The words of at least `shortest` characters.
    init(_ text: String, shortest: Int) {
        bytes = Array(text.utf8)
        var size = 16
        while size < bytes.count + 2 { size *= 2 }
        table = Array(repeating: 0, count: size)
        var numbers = [Int32](repeating: 0, count: size)
        bytes.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let start = at
                var hash = Self.emptyHash
                var characters = 0
                while at < bytes.count, Self.takeCharacter(bytes, &at, &hash) { characters += 1 }
                if characters >= shortest, characters > 0 {
                    note(max(hash, 1), start, at - start, &numbers)
                } else if characters == 0 {
                    at += Self.width(bytes[at])
                }
            }
        }
    }

    /// Whether a word with this hash is there.
    func contains(_ hash: UInt64) -> Bool {
        var place = Int(truncatingIfNeeded: hash >> 20) & (table.count - 1)
        while table[place] != 0 {
            if table[place] == hash { return true }
            place = (place + 1) & (table.count - 1)
        }
        return false
    }

    /// The hash of a word of lower-case ASCII letters.
    static func hash(_ word: some Sequence<UInt8>) -> UInt64 {
        var hash = emptyHash
        for byte in word { feed(byte, &hash) }
        return max(hash, 1)
    }

    func text(_ word: Word) -> String {
        String(decoding: bytes[Int(word.start)..<Int(word.start + word.length)], as: UTF8.self)
    }

    /// `numbers` holds, beside each place of the table, the word's number plus one.
    private mutating func note(_ hash: UInt64, _ start: Int, _ length: Int, _ numbers: inout [Int32]) {
        var place = Int(truncatingIfNeeded: hash >> 20) & (table.count - 1)
        while table[place] != 0 {
            if table[place] == hash {
                words[Int(numbers[place]) - 1].count += 1
                return
            }
            place = (place + 1) & (table.count - 1)
        }
        table[place] = hash
        words.append(Word(start: Int32(start), length: Int32(length), count: 1, hash: hash))
        numbers[place] = Int32(words.count)
    }

    /// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), 64 bits.
    private static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    private static func feed(_ byte: UInt8, _ hash: inout UInt64) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    /// Steps over the character at `at` and hashes its lower case, if it belongs to a word.
    /// A pointer, because it is called for each character of a text that does not move meanwhile.
    @inline(__always)
    private static func takeCharacter(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ hash: inout UInt64) -> Bool {
        let byte = bytes[at]
        guard byte < 0x80 else { return takeWideCharacter(bytes, &at, &hash) }
        let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
        guard (lower >= 0x61 && lower <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F else { return false }
        feed(lower, &hash)
        at += 1
        return true
    }

    private static func takeWideCharacter(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ hash: inout UInt64) -> Bool {
        let width = width(bytes[at])
        if bytes[at] == 0xC3, bytes[at + 1] != 0x97, bytes[at + 1] != 0xB7 {
            // The letters of Latin-1: capitals are 0x20 below the small ones, sharp s is small.
            feed(0xC3, &hash)
            feed(bytes[at + 1] < 0x9F ? bytes[at + 1] | 0x20 : bytes[at + 1], &hash)
            at += width
            return true
        }
        var decoder = UTF8()
        var iterator = bytes[at..<(at + width)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator), isWord(scalar) else { return false }
        for byte in scalar.properties.lowercaseMapping.utf8 { feed(byte, &hash) }
        at += width
        return true
    }

    private static func width(_ byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: scalar.properties.numericType != nil
        }
    }
}
