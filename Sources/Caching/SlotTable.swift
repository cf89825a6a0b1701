/// The map from keys to slots: open addressing with linear probing over one array of 32-bit words.
///
/// A word holds the slot number plus one (0: empty) and, in the bits that this leaves, part of the key's hash, so
/// a probe reads a node only where those bits agree. Removal shifts entries back (Knuth, TAOCP 3, 6.4,
/// algorithm R), so there are no tombstones, and a table that churns for ever stays as fast as a fresh one;
/// the homes of the few entries behind the hole are found by hashing their keys once more. Small words keep
/// the table in the processor's caches, which decides how long a lookup takes.
@usableFromInline
struct SlotTable: BitwiseCopyable {
    // A pointer, so that a lookup pays no check for uniqueness; positions are masked and stay within it.
    @usableFromInline let words: UnsafeMutablePointer<UInt32>
    @usableFromInline let mask: Int
    /// The home position is the hash's uppermost bits: `hash &>> shift`.
    @usableFromInline let shift: UInt64
    /// The bits of a word that hold the slot; the others are the hash's.
    @usableFromInline let slotBits: UInt32

    /// What keeps slot numbers, sentinels and positions within 31 bits.
    static var maximumCapacity: Int { 1 << 29 }

    /// Words for each slot at least: the more, the fewer mispredicted branches, and the more memory.
    static var wordsPerSlot: Int { 4 }

    init(capacity: Int) {
        var bits: UInt64 = 1
        while 1 << bits < Self.wordsPerSlot * capacity { bits += 1 }
        mask = (1 << bits) - 1
        shift = 64 - bits
        slotBits = UInt32.max >> UInt32(UInt32(capacity).leadingZeroBitCount)
        words = .allocate(capacity: mask + 1)
        words.initialize(repeating: 0, count: mask + 1)
    }

    func deallocate() { words.deallocate() }

    /// A 64-bit integer hash: one full multiplication, its halves folded together (the step of Wang Yi's
    /// wyhash, with that function's first two constants).
    ///
    /// Keys are mostly hashes already, but the cache must not depend on it: indices, multiples of a
    /// power of two and keys that differ only in their upper bits spread as well.
    @inlinable
    static func hash(_ key: UInt64) -> UInt64 {
        let product = (key ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }

    @inlinable
    func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> shift) }

    /// The slot in a word that may be the key's; -1: it is another's, or the word is empty.
    @inlinable @inline(__always)
    func slot(in word: UInt32, hash: UInt64) -> Int {
        (word ^ UInt32(truncatingIfNeeded: hash)) & ~slotBits == 0 ? Int(word & slotBits) &- 1 : -1
    }

    /// Where `key` is (slot and position), or where it would be entered (-1 and position).
    @inlinable @inline(__always)
    func find(_ key: UInt64, hash: UInt64, in nodes: UnsafeMutablePointer<Node>) -> (slot: Int, position: Int) {
        var position = home(hash)
        while true {
            let word = words[position]
            if word == 0 { return (-1, position) }
            let slot = slot(in: word, hash: hash)
            if slot >= 0, nodes[slot].key == key { return (slot, position) }
            position = (position &+ 1) & mask
        }
    }

    /// The slot of `key`, or -1.
    @inlinable @inline(__always)
    func slot(of key: UInt64, hash: UInt64, in nodes: UnsafeMutablePointer<Node>) -> Int {
        find(key, hash: hash, in: nodes).slot
    }

    /// The word of a slot whose key has this hash.
    @inlinable @inline(__always)
    func word(_ slot: Int, hash: UInt64) -> UInt32 {
        (UInt32(truncatingIfNeeded: hash) & ~slotBits) | UInt32(truncatingIfNeeded: slot &+ 1)
    }

    /// Enters a slot whose key is not in the table.
    @inlinable
    func insert(_ slot: Int, hash: UInt64) {
        var position = home(hash)
        while words[position] != 0 { position = (position &+ 1) & mask }
        enter(slot, hash: hash, at: position)
    }

    /// Enters a slot where `find` ended without its key.
    @inlinable @inline(__always)
    func enter(_ slot: Int, hash: UInt64, at position: Int) { words[position] = word(slot, hash: hash) }

    /// Where to enter a key for which `find` ended at `position`, now that `hole` is empty as well: nothing may be
    /// empty between a key's home and its place.
    @inlinable @inline(__always)
    func place(_ hash: UInt64, _ position: Int, _ hole: Int) -> Int {
        let home = home(hash)
        return (hole &- home) & mask < (position &- home) & mask ? hole : position
    }

    /// Takes out a slot that is in the table and whose node holds its key.
    /// - Returns: the position that is empty now and was not before.
    @inlinable @inline(__always) @discardableResult
    func remove(_ slot: Int, in nodes: UnsafeMutablePointer<Node>) -> Int {
        let hash = Self.hash(nodes[slot].key)
        let sought = word(slot, hash: hash)
        var hole = home(hash)
        while words[hole] != sought { hole = (hole &+ 1) & mask }
        var position = hole
        while true {
            position = (position &+ 1) & mask
            let word = words[position]
            if word == 0 { break }
            // The entry may move into the hole unless its home lies cyclically behind the hole.
            let home = home(Self.hash(nodes[Int(word & slotBits) &- 1].key))
            let distanceFromHome = (position &- home) & mask
            let distanceFromHole = (position &- hole) & mask
            if distanceFromHome >= distanceFromHole {
                words[hole] = word
                hole = position
            }
        }
        words[hole] = 0
        return hole
    }
}
