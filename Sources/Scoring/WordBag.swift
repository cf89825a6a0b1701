/// The words of one text, each with its number of occurrences, ready to be compared with another text's.
///
/// Filling it again reuses its memory. Words are found by a 64-bit hash and then compared byte by byte,
/// so a collision of hashes costs time but never changes a score. Unsafe memory is used inside `fill`
/// and `overlap` only: words are read eight bytes at a time, beyond what bounds-checked arrays offer.
struct WordBag: Sendable {
    /// A distinct word: `length` bytes of `bytes` from `offset`.
    private struct Word: BitwiseCopyable {
        var hash: UInt64
        var offset: UInt32
        var length: UInt32
        var count: Int
    }

    /// What two texts share.
    struct Overlap {
        /// Distinct words that both have.
        var distinct = 0
        /// Over these words: the sum of products of the two counts, and of each count's squares.
        var product = 0
        var ownSquares = 0
        var otherSquares = 0
    }

    /// How many distinct words there are.
    private(set) var distinct = 0
    /// The sum of the squares of all counts.
    private(set) var squares = 0

    /// The text as `WordText` writes it.
    private var bytes: [UInt8] = []
    /// The distinct words in order of first occurrence, at the front; the rest is spare room.
    private var words: [Word] = []
    /// Open addressing by hash: an index into `words` plus one, or 0. A power of two long.
    private var table: [UInt32] = [0, 0]

    /// Replaces the contents by the words of `text` that have at least `shortest` (1 or 2) characters.
    mutating func fill(with text: String, shortest: Int) {
        let length = WordText.write(text, into: &bytes)
        let found = findWords(length: length, shortest: shortest)
        var size = 2
        while size < 4 * found { size *= 2 }
        if table.count == size {
            table.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        } else {
            table.removeAll(keepingCapacity: true)
            table.append(contentsOf: repeatElement(0, count: size))
        }
        mergeEqualWords(found)
    }

    /// Compares with another text's words.
    func overlap(with other: borrowing WordBag) -> Overlap {
        var overlap = Overlap()
        bytes.withUnsafeBytes { bytes in
            other.bytes.withUnsafeBytes { otherBytes in
                words.withUnsafeBufferPointer { words in
                    other.words.withUnsafeBufferPointer { otherWords in
                        other.table.withUnsafeBufferPointer { table in
                            let mask = table.count - 1
                            for index in 0..<distinct {
                                let word = words[index]
                                var position = Int(truncatingIfNeeded: word.hash) & mask
                                while table[position] != 0 {
                                    let candidate = otherWords[Int(table[position]) - 1]
                                    if Self.equal(word, bytes, candidate, otherBytes) {
                                        overlap.distinct += 1
                                        overlap.product += word.count * candidate.count
                                        overlap.ownSquares += word.count * word.count
                                        overlap.otherSquares += candidate.count * candidate.count
                                        break
                                    }
                                    position = (position + 1) & mask
                                }
                            }
                        }
                    }
                }
            }
        }
        return overlap
    }

    /// Lists every word of the text in `words`, repeated ones too, and returns how many there are.
    private mutating func findWords(length: Int, shortest: Int) -> Int {
        let most = (length + 1) / 2
        if words.count < most {
            words.append(
                contentsOf: repeatElement(Word(hash: 0, offset: 0, length: 0, count: 0), count: most - words.count))
        }
        var found = 0
        bytes.withUnsafeBytes { bytes in
            words.withUnsafeMutableBufferPointer { words in
                var position = 0
                while position < length {
                    if bytes[position] == WordText.separator {
                        position += 1
                        continue
                    }
                    let start = position
                    var hash: UInt64 = 0
                    while true {
                        let chunk = Self.chunk(bytes, position)
                        let used = Self.bytesBeforeSeparator(chunk)
                        if used > 0 { hash = Self.mix(hash, Self.low(chunk, used)) }
                        position += used
                        if used < 8 { break }
                    }
                    let size = position - start
                    // What ended the word is a separator.
                    position += 1
                    if shortest > 1, size == WordText.width(ofCharacterStartingWith: bytes[start]) { continue }
                    words[found] = Word(
                        hash: hash, offset: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: size),
                        count: 1)
                    found += 1
                }
            }
        }
        return found
    }

    /// Enters the first `found` words into the empty table, counting repetitions and closing the gaps
    /// that they leave in `words`.
    private mutating func mergeEqualWords(_ found: Int) {
        var distinct = 0
        var squares = 0
        bytes.withUnsafeBytes { bytes in
            words.withUnsafeMutableBufferPointer { words in
                table.withUnsafeMutableBufferPointer { table in
                    let mask = table.count - 1
                    next: for index in 0..<found {
                        let word = words[index]
                        var position = Int(truncatingIfNeeded: word.hash) & mask
                        while table[position] != 0 {
                            let known = Int(table[position]) - 1
                            if Self.equal(word, bytes, words[known], bytes) {
                                // (n + 1)² = n² + 2n + 1
                                squares += 2 * words[known].count + 1
                                words[known].count += 1
                                continue next
                            }
                            position = (position + 1) & mask
                        }
                        words[distinct] = word
                        distinct += 1
                        squares += 1
                        table[position] = UInt32(truncatingIfNeeded: distinct)
                    }
                }
            }
        }
        self.distinct = distinct
        self.squares = squares
    }

    /// Eight bytes, the first of them lowest. `WordText` guarantees that they exist behind every word.
    private static func chunk(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// How many of eight bytes come before the first 0, by the borrow that a zero byte causes (Mycroft's
    /// test; false positives lie above the first true one only).
    private static func bytesBeforeSeparator(_ chunk: UInt64) -> Int {
        ((chunk &- 0x0101_0101_0101_0101) & ~chunk & 0x8080_8080_8080_8080).trailingZeroBitCount >> 3
    }

    /// The first `count` (1 to 8) bytes, the rest 0.
    private static func low(_ chunk: UInt64, _ count: Int) -> UInt64 {
        chunk & (~0 &>> UInt64(truncatingIfNeeded: 64 - 8 * count))
    }

    /// One step of hashing: a full multiplication, its halves folded together, as in Wang Yi's wyhash.
    private static func mix(_ hash: UInt64, _ chunk: UInt64) -> UInt64 {
        let product = (hash ^ chunk ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }

    private static func equal(
        _ a: Word, _ aBytes: UnsafeRawBufferPointer, _ b: Word, _ bBytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard a.hash == b.hash, a.length == b.length else { return false }
        var done = 0
        let length = Int(a.length)
        while done < length {
            let different = chunk(aBytes, Int(a.offset) + done) ^ chunk(bBytes, Int(b.offset) + done)
            if low(different, min(8, length - done)) != 0 { return false }
            done += 8
        }
        return true
    }
}
