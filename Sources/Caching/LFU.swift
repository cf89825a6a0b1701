/// Least frequently used: evicts the entry with the fewest accesses since it was admitted, and among
/// those the one that was accessed least recently.
///
/// A frequency is forgotten on eviction. Entries of one frequency form a bucket, a list in order of
/// access; the buckets form a list in order of frequency. An access moves an entry to the end of the next
/// bucket. Source: K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache
/// eviction scheme", 2010, with ties broken by recency as libCacheSim does.
@usableFromInline
struct LFU: EvictionOrder {
    /// The neighbours of a bucket in the list of frequencies; in a free one, `next` is the next free one.
    @usableFromInline
    struct Links: BitwiseCopyable {
        @usableFromInline var previous: UInt32
        @usableFromInline var next: UInt32
    }

    /// What the cache's nodes do not hold.
    @usableFromInline
    struct Buckets: BitwiseCopyable {
        /// By slot: the entry's bucket. A bucket's number is that of the node that heads its entries; that
        /// node's key is the frequency.
        @usableFromInline let ofSlot: UnsafeMutablePointer<UInt32>
        /// By bucket less `anchor`.
        @usableFromInline let links: UnsafeMutablePointer<Links>
        /// The bucket of frequency 0, which stays empty; its own list of entries is not used, so the `next`
        /// in its node heads the free buckets.
        @usableFromInline let anchor: Int
    }

    // Pointers, for an array here would be checked for uniqueness on each access; who frees them: AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let buckets: UnsafeMutablePointer<Buckets>

    /// No other bucket is ever empty, so there are at most as many as entries, and the anchor.
    static func sentinels(capacity: Int) -> Int { capacity + 1 }

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        let anchor = capacity
        let ofSlot = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        ofSlot.initialize(repeating: 0, count: capacity)
        let links = UnsafeMutablePointer<Links>.allocate(capacity: capacity + 1)
        links.initialize(to: Links(previous: UInt32(anchor), next: UInt32(anchor)))
        (nodes + anchor).initialize(to: Node(key: 0, previous: 0, next: UInt32(anchor) + 1))
        for index in 1...capacity {
            (links + index).initialize(to: Links(previous: 0, next: UInt32(anchor + index) + 1))
        }
        buckets = .allocate(capacity: 1)
        buckets.initialize(to: Buckets(ofSlot: ofSlot, links: links, anchor: anchor))
    }

    @usableFromInline
    func deallocate() {
        buckets.pointee.ofSlot.deallocate()
        buckets.pointee.links.deallocate()
        buckets.deallocate()
    }

    @inlinable var links: UnsafeMutablePointer<Links> { buckets.pointee.links }
    @inlinable var anchor: Int { buckets.pointee.anchor }

    @inlinable
    func hit(_ slot: Int) {
        let own = Int(buckets.pointee.ofSlot[slot])
        let following = Int(links[own &- anchor].next)
        let frequency = nodes[own].key &+ 1
        let isAlone = nodes[slot].previous == nodes[slot].next
        // The anchor's frequency, 0, equals nobody's successor.
        if nodes[following].key == frequency {
            bucket(own).unlink(slot)
            append(slot, to: following)
            if isAlone { free(own) }
        } else if isAlone {
            nodes[own].key = frequency
        } else {
            bucket(own).unlink(slot)
            append(slot, to: newBucket(frequency: frequency, after: own))
        }
    }

    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        let lowest = Int(links[0].next)
        append(slot, to: nodes[lowest].key == 1 ? lowest : newBucket(frequency: 1, after: anchor))
    }

    @inlinable
    func evict(for key: UInt64) -> Int {
        let lowest = Int(links[0].next)
        let slot = bucket(lowest).first
        bucket(lowest).unlink(slot)
        if nodes[slot].previous == nodes[slot].next { free(lowest) }
        return slot
    }

    @inlinable
    func bucket(_ number: Int) -> SlotList { SlotList(nodes: nodes, head: number) }

    @inlinable
    func append(_ slot: Int, to bucket: Int) {
        buckets.pointee.ofSlot[slot] = UInt32(truncatingIfNeeded: bucket)
        self.bucket(bucket).append(slot)
    }

    /// An empty bucket in the frequency list behind `previous`; the caller puts an entry in at once.
    @inlinable
    func newBucket(frequency: UInt64, after previous: Int) -> Int {
        let index = nodes[anchor].next
        let bucket = Int(index)
        nodes[anchor].next = links[bucket &- anchor].next
        let next = links[previous &- anchor].next
        nodes[bucket].key = frequency
        nodes[bucket].previous = index
        nodes[bucket].next = index
        links[bucket &- anchor].previous = UInt32(truncatingIfNeeded: previous)
        links[bucket &- anchor].next = next
        links[previous &- anchor].next = index
        links[Int(next) &- anchor].previous = index
        return bucket
    }

    /// Takes a bucket without entries out of the frequency list.
    @inlinable
    func free(_ bucket: Int) {
        let own = links[bucket &- anchor]
        links[Int(own.previous) &- anchor].next = own.next
        links[Int(own.next) &- anchor].previous = own.previous
        links[bucket &- anchor].next = nodes[anchor].next
        nodes[anchor].next = UInt32(truncatingIfNeeded: bucket)
    }
}
