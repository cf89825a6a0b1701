/// How often keys were seen lately, in 16 bytes per cache entry: a count-min sketch of 4-bit counters behind
/// a doorkeeper, halved at regular intervals.
///
/// The doorkeeper is a Bloom filter that takes each key's first occurrence, so that the many keys that are
/// seen once never reach the counters. A counted key has one counter in each of four rows; only those at the
/// minimum grow (the paper's minimal increment), up to 15. After every ten accesses per cache entry the
/// counters are halved and the doorkeeper is emptied, which costs a few words for each of those accesses.
/// The four counters of a key lie in one 64-byte block, and the doorkeeper's bits in one word.
///
/// Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM
/// Transactions on Storage 13(4), 2017, section 3; the blocks are F. Putze, P. Sanders, J. Singler,
/// "Cache-, Hash- and Space-Efficient Bloom Filters", ACM JEA 14, 2009.
@usableFromInline
struct FrequencySketch: BitwiseCopyable {
    // Pointers, for a sketch is part of a policy, which is a constant handle and frees it.
    @usableFromInline let counters: UnsafeMutablePointer<UInt64>
    @usableFromInline let doorkeeper: UnsafeMutablePointer<UInt64>
    @usableFromInline let countedSinceAging: UnsafeMutablePointer<Int>
    /// Words of either table, a power of two and at least a block, less one.
    @usableFromInline let mask: UInt64
    @usableFromInline let period: Int

    init(capacity: Int) {
        var words = 8
        while words < capacity { words *= 2 }
        mask = UInt64(words - 1)
        period = 10 * capacity
        counters = UnsafeMutableRawPointer.allocate(byteCount: 8 * words, alignment: 64)
            .initializeMemory(as: UInt64.self, repeating: 0, count: words)
        doorkeeper = .allocate(capacity: words)
        doorkeeper.initialize(repeating: 0, count: words)
        countedSinceAging = .allocate(capacity: 1)
        countedSinceAging.initialize(to: 0)
    }

    func deallocate() {
        counters.deallocate()
        doorkeeper.deallocate()
        countedSinceAging.deallocate()
    }

    /// Independent of the cache's table, which orders the same keys by `SlotTable.hash`.
    @inlinable
    static func hash(_ key: UInt64) -> UInt64 { SlotTable.hash(SlotTable.hash(key)) }

    /// The doorkeeper's word is the hash's lowest bits, its two bits in the word are hash bits 28 to 39.
    @inlinable
    func door(_ hash: UInt64) -> (word: Int, bits: UInt64) {
        (Int(truncatingIfNeeded: hash & mask), 1 << (hash >> 28 & 63) | 1 << (hash >> 34 & 63))
    }

    /// Row r has two words of the block: hash bits 40 + 5r and up choose a counter of them.
    @inlinable
    func counter(_ row: UInt64, _ hash: UInt64) -> (word: Int, shift: UInt64) {
        let choice = hash >> (40 &+ 5 &* row) & 31
        return (Int(truncatingIfNeeded: (hash & mask & ~7) | 2 &* row | choice >> 4), 4 &* (choice & 15))
    }

    @inlinable
    func value(_ row: UInt64, _ hash: UInt64) -> UInt64 {
        let (word, shift) = counter(row, hash)
        return counters[word] >> shift & 15
    }

    @inlinable
    func smallest(_ hash: UInt64) -> UInt64 {
        min(min(value(0, hash), value(1, hash)), min(value(2, hash), value(3, hash)))
    }

    /// Counts one access.
    @inlinable
    func count(_ key: UInt64) {
        let hash = Self.hash(key)
        let (word, bits) = door(hash)
        if doorkeeper[word] & bits != bits {
            doorkeeper[word] |= bits
        } else {
            let smallest = smallest(hash)
            if smallest < 15 {
                for row in 0..<4 as Range<UInt64> where value(row, hash) == smallest {
                    let (word, shift) = counter(row, hash)
                    counters[word] &+= 1 << shift
                }
            }
        }
        countedSinceAging.pointee &+= 1
        if countedSinceAging.pointee >= period { age() }
    }

    /// About how often the key was seen: never too low but for aging and the counters' limit.
    @inlinable
    func frequency(of key: UInt64) -> UInt64 {
        let hash = Self.hash(key)
        let (word, bits) = door(hash)
        return smallest(hash) &+ (doorkeeper[word] & bits == bits ? 1 : 0)
    }

    @usableFromInline
    func age() {
        for word in 0...Int(mask) {
            counters[word] = counters[word] >> 1 & 0x7777_7777_7777_7777
            doorkeeper[word] = 0
        }
        countedSinceAging.pointee = period / 2
    }
}
