/// S3-FIFO: a small queue that keeps one-hit wonders away from the main queue, and a ghost queue of keys
/// that were evicted from the small one.
///
/// New keys enter the small queue (a tenth of the capacity), keys that the ghost queue remembers the main
/// one. What leaves the small queue goes to the main one if it was hit twice or more, its hits forgotten,
/// else it is evicted and its key becomes a ghost. The main queue gives an entry that was hit another
/// round for each of at most three hits. The small queue gives up entries while the main one keeps within
/// its nine tenths. As in the authors' own program, the ghost queue holds nine tenths of the capacity in
/// keys, and until the first eviction a full small queue lets new keys into the main one.
///
/// Source: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO Queues are All You Need for Cache
/// Eviction", SOSP 2023, algorithm 1.
@usableFromInline
struct S3FIFO: EvictionOrder {
    @usableFromInline
    struct Queues: BitwiseCopyable {
        /// By slot: the hits of late, at most `mostHits`.
        @usableFromInline let hits: UnsafeMutablePointer<UInt8>
        @usableFromInline let small: SlotList
        @usableFromInline let main: SlotList
        @usableFromInline let ghosts: GhostQueue
        @usableFromInline let smallCapacity: Int
        @usableFromInline let mainCapacity: Int
        @usableFromInline var smallCount = 0
        @usableFromInline var mainCount = 0
        @usableFromInline var hasEvicted = false
        /// The key that is about to be admitted was a ghost.
        @usableFromInline var returns = false

        init(small: SlotList, main: SlotList, capacity: Int) {
            self.small = small
            self.main = main
            hits = .allocate(capacity: capacity)
            hits.initialize(repeating: 0, count: capacity)
            ghosts = GhostQueue(capacity: capacity * 9 / 10)
            smallCapacity = max(1, capacity / 10)
            mainCapacity = capacity - smallCapacity
        }
    }

    /// Hits that count, and hits that an entry of the small queue needs to stay.
    @inlinable static var mostHits: UInt8 { 3 }
    @inlinable static var hitsToStay: UInt8 { 2 }

    // Pointers, for a policy is a constant handle; the nodes are the cache's own, see AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let queues: UnsafeMutablePointer<Queues>

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        let small = SlotList(nodes: nodes, sentinel: capacity)
        let main = SlotList(nodes: nodes, sentinel: capacity + 1)
        queues = .allocate(capacity: 1)
        queues.initialize(to: Queues(small: small, main: main, capacity: capacity))
    }

    @usableFromInline
    func deallocate() {
        ghosts.deallocate()
        hits.deallocate()
        queues.deallocate()
    }

    @inlinable var hits: UnsafeMutablePointer<UInt8> { queues.pointee.hits }
    @inlinable var small: SlotList { queues.pointee.small }
    @inlinable var main: SlotList { queues.pointee.main }
    @inlinable var ghosts: GhostQueue { queues.pointee.ghosts }

    @inlinable
    func hit(_ slot: Int) {
        if hits[slot] < Self.mostHits { hits[slot] &+= 1 }
    }

    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        hits[slot] = 0
        let warmsUp = !queues.pointee.hasEvicted && queues.pointee.smallCount >= queues.pointee.smallCapacity
        if queues.pointee.returns || warmsUp {
            queues.pointee.returns = false
            queues.pointee.mainCount &+= 1
            main.append(slot)
        } else {
            queues.pointee.smallCount &+= 1
            small.append(slot)
        }
    }

    /// Constant on average: an entry moves once to the main queue, and there once more for each hit.
    @inlinable
    func evict(for key: UInt64) -> Int {
        // First, for the victim's ghost may push this one out.
        queues.pointee.returns = ghosts.remove(key)
        queues.pointee.hasEvicted = true
        if queues.pointee.mainCount <= queues.pointee.mainCapacity, let slot = evictFromSmall() { return slot }
        return evictFromMain()
    }

    /// Nothing where all that was in the queue moved to the main one.
    @inlinable
    func evictFromSmall() -> Int? {
        while queues.pointee.smallCount > 0 {
            let slot = small.first
            small.unlink(slot)
            queues.pointee.smallCount &-= 1
            guard hits[slot] >= Self.hitsToStay else {
                ghosts.append(nodes[slot].key)
                return slot
            }
            hits[slot] = 0
            main.append(slot)
            queues.pointee.mainCount &+= 1
        }
        return nil
    }

    @inlinable
    func evictFromMain() -> Int {
        while true {
            let slot = main.first
            guard hits[slot] > 0 else {
                main.unlink(slot)
                queues.pointee.mainCount &-= 1
                return slot
            }
            hits[slot] &-= 1
            main.moveToEnd(slot)
        }
    }
}

/// The keys that were evicted last, oldest first, in constant time: a list and a table as in the cache
/// itself, without values.
@usableFromInline
struct GhostQueue: BitwiseCopyable {
    @usableFromInline
    struct State: BitwiseCopyable {
        /// Slots that were ever used.
        @usableFromInline var used = 0
        /// The first of the slots that are free again, linked by `next`; `capacity` where there is none.
        @usableFromInline var free: Int
    }

    @usableFromInline let capacity: Int
    // Pointers, for the same reason as in S3FIFO, which owns this queue and frees it.
    @usableFromInline let state: UnsafeMutablePointer<State>
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let entries: SlotList
    @usableFromInline let table: SlotTable

    init(capacity: Int) {
        self.capacity = capacity
        state = .allocate(capacity: 1)
        state.initialize(to: State(free: capacity))
        nodes = .allocate(capacity: capacity + 1)
        entries = SlotList(nodes: nodes, sentinel: capacity)
        table = SlotTable(capacity: capacity)
    }

    func deallocate() {
        table.deallocate()
        nodes.deallocate()
        state.deallocate()
    }

    /// Whether the key was there; it no longer is.
    @inlinable
    func remove(_ key: UInt64) -> Bool {
        let hash = SlotTable.hash(key)
        let slot = table.slot(of: key, hash: hash, in: nodes)
        guard slot >= 0 else { return false }
        table.remove(slot, in: nodes)
        entries.unlink(slot)
        nodes[slot].next = UInt32(truncatingIfNeeded: state.pointee.free)
        state.pointee.free = slot
        return true
    }

    /// Adds a key that is not there, and forgets the oldest one where there is no room.
    @inlinable
    func append(_ key: UInt64) {
        guard capacity > 0 else { return }
        let slot: Int
        if state.pointee.free < capacity {
            slot = state.pointee.free
            state.pointee.free = Int(nodes[slot].next)
        } else if state.pointee.used < capacity {
            slot = state.pointee.used
            state.pointee.used &+= 1
        } else {
            slot = entries.first
            entries.unlink(slot)
            table.remove(slot, in: nodes)
        }
        nodes[slot].key = key
        table.insert(slot, hash: SlotTable.hash(key))
        entries.append(slot)
    }
}
