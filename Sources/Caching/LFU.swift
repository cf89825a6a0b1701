/// Least frequently used: evicts the entry with the fewest accesses since it was admitted, and among
/// those the one that was accessed least recently.
///
/// A frequency is forgotten on eviction. Entries of one frequency form a bucket, a list in order of
/// access; the buckets form a list in order of frequency. An access moves an entry to the end of the next
/// bucket. Source: K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache
/// eviction scheme", 2010, with ties broken by recency as libCacheSim does.
@usableFromInline
struct LFU: EvictionOrder {
    /// The entries of one frequency, linked through their nodes, and the neighbouring buckets.
    @usableFromInline
    struct Bucket: BitwiseCopyable {
        @usableFromInline var frequency: UInt64
        /// The oldest and the newest entry; `LFU.nowhere` in the sentinel.
        @usableFromInline var first: UInt32
        @usableFromInline var last: UInt32
        /// Neighbouring buckets; in a free bucket, `next` is the next free one.
        @usableFromInline var previous: UInt32
        @usableFromInline var next: UInt32
    }

    /// The end of a bucket's list of entries.
    @inlinable static var nowhere: UInt32 { .max }

    // Pointers, for an array here would be checked for uniqueness on each access; who frees them: AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    /// Bucket 0 is the sentinel of the frequency list; the sentinel's `first` heads the free buckets.
    @usableFromInline let buckets: UnsafeMutablePointer<Bucket>

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        // No bucket is ever empty, so there are at most as many as entries, and the sentinel.
        buckets = .allocate(capacity: capacity + 1)
        buckets.initialize(to: Bucket(frequency: 0, first: 1, last: 0, previous: 0, next: 0))
        for index in 1...capacity {
            (buckets + index).initialize(
                to: Bucket(frequency: 0, first: 0, last: 0, previous: 0, next: UInt32(index) + 1))
        }
    }

    @usableFromInline func deallocate() { buckets.deallocate() }

    @inlinable
    func hit(_ slot: Int) {
        let own = Int(nodes[slot].mark)
        let following = Int(buckets[own].next)
        let frequency = buckets[own].frequency &+ 1
        // The sentinel's frequency, 0, equals nobody's successor.
        if buckets[following].frequency == frequency {
            unlink(slot, from: own)
            append(slot, to: following)
        } else if buckets[own].first == buckets[own].last {
            buckets[own].frequency = frequency
        } else {
            unlink(slot, from: own)
            append(slot, to: newBucket(frequency: frequency, after: own))
        }
    }

    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        let lowest = Int(buckets[0].next)
        append(slot, to: buckets[lowest].frequency == 1 ? lowest : newBucket(frequency: 1, after: 0))
    }

    @inlinable
    func evict(for key: UInt64) -> Int {
        let lowest = Int(buckets[0].next)
        let slot = Int(buckets[lowest].first)
        unlink(slot, from: lowest)
        return slot
    }

    /// An empty bucket in the frequency list behind `previous`; the caller puts an entry in at once.
    @inlinable
    func newBucket(frequency: UInt64, after previous: Int) -> Int {
        let index = buckets[0].first
        let bucket = Int(index)
        buckets[0].first = buckets[bucket].next
        let next = buckets[previous].next
        buckets[bucket].frequency = frequency
        buckets[bucket].first = Self.nowhere
        buckets[bucket].last = Self.nowhere
        buckets[bucket].previous = UInt32(truncatingIfNeeded: previous)
        buckets[bucket].next = next
        buckets[previous].next = index
        buckets[Int(next)].previous = index
        return bucket
    }

    @inlinable
    func append(_ slot: Int, to bucket: Int) {
        let index = UInt32(truncatingIfNeeded: slot)
        let last = buckets[bucket].last
        nodes[slot].mark = UInt32(truncatingIfNeeded: bucket)
        nodes[slot].previous = last
        nodes[slot].next = Self.nowhere
        if last == Self.nowhere {
            buckets[bucket].first = index
        } else {
            nodes[Int(last)].next = index
        }
        buckets[bucket].last = index
    }

    /// Takes an entry out of its bucket, and the bucket out of the list if that was its last entry.
    @inlinable
    func unlink(_ slot: Int, from bucket: Int) {
        let previous = nodes[slot].previous
        let next = nodes[slot].next
        if previous == Self.nowhere {
            buckets[bucket].first = next
        } else {
            nodes[Int(previous)].next = next
        }
        if next == Self.nowhere {
            buckets[bucket].last = previous
        } else {
            nodes[Int(next)].previous = previous
        }
        if buckets[bucket].first == Self.nowhere { free(bucket) }
    }

    @inlinable
    func free(_ bucket: Int) {
        let previous = buckets[bucket].previous
        let next = buckets[bucket].next
        buckets[Int(previous)].next = next
        buckets[Int(next)].previous = previous
        buckets[bucket].next = buckets[0].first
        buckets[0].first = UInt32(truncatingIfNeeded: bucket)
    }
}
