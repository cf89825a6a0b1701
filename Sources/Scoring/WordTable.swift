/// The distinct words of two texts with how often each text has them: all that the metrics need.
///
/// A hash table by open addressing. A word of up to 16 bytes is told from others by these bytes as two
/// numbers, a longer one by its hash and then its bytes, so a collision of hashes costs time but never
/// changes a score. Whether a word is new nobody can predict, so it is no branch. Memory is reused from
/// comparison to comparison; entries bear the number of the one that made them, so nothing is ever cleared.
struct WordTable: Sendable {
    /// Sums over the distinct words, in whole numbers: exact, whatever the order of the words.
    struct Sums {
        /// Of the squares of how often each text has a word.
        var ownSquares = 0
        var otherSquares = 0
        /// The same over the words that both have, and of the products of the two.
        var sharedOwnSquares = 0
        var sharedOtherSquares = 0
        var products = 0
    }

    /// How many distinct words the two texts of the last comparison have.
    private(set) var distinct = 0

    fileprivate struct Entry: BitwiseCopyable {
        var key = Key(head: 0, tail: 0)
        /// How often the first text has the word and, in the upper half, the second one.
        var counts: UInt64 = 0
        /// The comparison that the entry belongs to.
        var comparison: UInt32 = 0
        /// Of a word of more than 16 bytes: where it begins in the first text's bytes, or, where that text has it
        /// not, in the second one's.
        var offset: UInt32 = 0
    }

    /// A comparison uses as many as its words need, a power of two.
    private var entries: [Entry] = []
    /// The entries that the comparison made, in the order of their words.
    private var places: [UInt32] = []
    private var comparison: UInt32 = 0

    /// Compares the words of at least `shortest` (1 or 2) characters.
    mutating func compare(_ own: borrowing WordList, _ other: borrowing WordList, shortest: Int) {
        // A quarter full at most, so that few words meet another one's entry.
        var size = 1
        while size < 4 * (own.count + other.count) { size *= 2 }
        if entries.count < size || comparison == .max {
            entries = Array(repeating: Entry(), count: size)
            places = Array(repeating: 0, count: size)
            comparison = 0
        }
        comparison += 1
        let comparison = comparison
        distinct = own.bytes.withUnsafeBytes { ownBytes in
            other.bytes.withUnsafeBytes { otherBytes in
                entries.withUnsafeMutableBufferPointer { entries in
                    places.withUnsafeMutableBufferPointer { places in
                        var texts = TwoTexts(
                            own: ownBytes, other: otherBytes, entries: UnsafeMutableBufferPointer(rebasing: entries[..<size]),
                            places: places, comparison: comparison)
                        own.bounds.withUnsafeBufferPointer {
                            texts.count(words: own.count, $0, in: ownBytes, shortest: shortest, each: 1)
                        }
                        other.bounds.withUnsafeBufferPointer {
                            texts.count(words: other.count, $0, in: otherBytes, shortest: shortest, each: 1 << 32)
                        }
                        return texts.distinct
                    }
                }
            }
        }
    }

    /// How many distinct words both texts have.
    func shared() -> Int {
        var shared = 0
        for place in places[..<distinct] {
            let counts = entries[Int(place)].counts
            shared &+= min(counts.own, 1) & min(counts.other, 1)
        }
        return shared
    }

    func sums() -> Sums {
        var sums = Sums()
        for place in places[..<distinct] {
            let counts = entries[Int(place)].counts
            let own = counts.own
            let other = counts.other
            let isShared = min(own, 1) & min(other, 1)
            sums.ownSquares &+= own &* own
            sums.otherSquares &+= other &* other
            sums.sharedOwnSquares &+= own &* own &* isShared
            sums.sharedOtherSquares &+= other &* other &* isShared
            sums.products &+= own &* other
        }
        return sums
    }
}

/// What tells a word from others.
private struct Key: BitwiseCopyable {
    /// The first eight bytes, the last of them uppermost, zeros below a shorter word.
    var head: UInt64
    /// The same of the next eight; for a word longer than that its hash under a byte that no text has.
    var tail: UInt64

    static var hashed: UInt64 { 0xff << 56 }
}

// Unsafe memory, since words are read eight bytes at a time, beyond what bounds-checked arrays offer. It is the
// arrays' own and good during one comparison; `WordText` leaves room behind each text.
/// One comparison under way.
private struct TwoTexts {
    let own: UnsafeRawBufferPointer
    let other: UnsafeRawBufferPointer
    let entries: UnsafeMutableBufferPointer<WordTable.Entry>
    let places: UnsafeMutableBufferPointer<UInt32>
    let comparison: UInt32
    var distinct = 0

    /// Adds `one` to the counts of each word of a text.
    mutating func count(
        words: Int, _ bounds: UnsafeBufferPointer<UInt32>, in bytes: UnsafeRawBufferPointer, shortest: Int, each one: UInt64
    ) {
        var distinct = distinct
        for index in 0..<words {
            let offset = Int(bounds[2 &* index])
            let length = Int(bounds[2 &* index &+ 1]) &- offset
            if shortest > 1, length == WordText.width(ofCharacterStartingWith: bytes[offset]) { continue }
            var key = Key(head: chunk(bytes, offset, length: min(8, length)), tail: 0)
            if length > 8 {
                if length > 16 {
                    distinct &+= countLong(key.head, offset, length, in: bytes, each: one, distinct)
                    continue
                }
                key.tail = chunk(bytes, offset &+ 8, length: length &- 8)
            }
            var place = home(of: key)
            while true {
                let entry = entries[place]
                // Negative or not, both of them: what compilers know to be conditions they turn into branches.
                let isOurs = Int64(truncatingIfNeeded: entry.comparison ^ comparison) &- 1
                let difference = Int64(bitPattern: (entry.key.head ^ key.head) | (entry.key.tail ^ key.tail))
                if isOurs & (difference | (0 &- difference)) >= 0 {
                    let mask = isOurs &>> 63
                    entries[place].key = key
                    entries[place].counts = entry.counts & UInt64(bitPattern: mask) &+ one
                    entries[place].comparison = comparison
                    places[distinct] = UInt32(truncatingIfNeeded: place)
                    distinct &+= 1 &+ Int(mask)
                    break
                }
                place = after(place)
            }
        }
        self.distinct = distinct
    }

    /// The same for one word of more than 16 bytes; returns how many new ones that makes.
    @inline(never)
    private func countLong(
        _ head: UInt64, _ offset: Int, _ length: Int, in bytes: UnsafeRawBufferPointer, each one: UInt64, _ distinct: Int
    ) -> Int {
        var hash: UInt64 = 0
        for done in stride(from: 8, to: length, by: 8) {
            hash = mix(hash, chunk(bytes, offset + done, length: min(8, length - done)))
        }
        let key = Key(head: head, tail: hash | Key.hashed)
        var place = home(of: key)
        while entries[place].comparison == comparison {
            let entry = entries[place]
            if entry.key.head == key.head, entry.key.tail == key.tail,
                areEqual(entry.counts.own > 0 ? own : other, Int(entry.offset), bytes, offset, length)
            {
                entries[place].counts += one
                return 0
            }
            place = after(place)
        }
        entries[place] = WordTable.Entry(
            key: key, counts: one, comparison: comparison, offset: UInt32(truncatingIfNeeded: offset))
        places[distinct] = UInt32(truncatingIfNeeded: place)
        return 1
    }

    @inline(__always)
    private func home(of key: Key) -> Int {
        // The factors are those of Wang Yi's wyhash, as in `mix`.
        let product = (key.head ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: key.tail ^ 0xe703_7ed1_a0b4_28db)
        return Int(truncatingIfNeeded: product.high ^ product.low) & (entries.count &- 1)
    }

    @inline(__always)
    private func after(_ place: Int) -> Int { (place &+ 1) & (entries.count &- 1) }

    /// Whether the word of `length` bytes at `offset` is the one that begins at `start` of `known`.
    private func areEqual(
        _ known: UnsafeRawBufferPointer, _ start: Int, _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ length: Int
    ) -> Bool {
        for done in stride(from: 0, to: length, by: 8) {
            let count = min(8, length - done)
            if chunk(bytes, offset + done, length: count) != chunk(known, start + done, length: count) { return false }
        }
        return known[start + length] == WordText.separator
    }
}

extension UInt64 {
    fileprivate var own: Int { Int(truncatingIfNeeded: self & 0xffff_ffff) }
    fileprivate var other: Int { Int(truncatingIfNeeded: self &>> 32) }
}

/// The next `length` (1 to 8) bytes, the last of them uppermost, zeros below them.
@inline(__always)
private func chunk(_ bytes: UnsafeRawBufferPointer, _ position: Int, length: Int) -> UInt64 {
    let eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    return eight &<< UInt64(truncatingIfNeeded: -8 &* length)
}

/// One step of hashing: a full multiplication, its halves folded together, as in Wang Yi's wyhash.
private func mix(_ hash: UInt64, _ chunk: UInt64) -> UInt64 {
    let product = (hash ^ chunk ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
    return product.high ^ product.low
}
