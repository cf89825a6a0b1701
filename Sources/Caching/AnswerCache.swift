/// A bounded cache from question keys to answers, with a chosen eviction policy and an optional time to live.
///
/// Every operation is O(1) and none allocates: all storage is taken in `init`. The time is an argument,
/// so a simulated run and a live one use the same code. What counts as an access:
///
/// - A lookup that finds a fresh entry is an access.
/// - A lookup that misses, or that finds an expired entry, changes nothing. The expired entry keeps its
///   slot and its place in the eviction order until it is overwritten or evicted.
/// - An insertion of a key that is there replaces the value, restarts the time to live, and tells the
///   policy `rewritten`. So each question counts once: at its hit, or else at its fill.
///
/// An entry is expired when `ttlNanoseconds` or more have passed since its insertion; a hit does not
/// extend its life.
///
/// Storage is unsafe memory owned by this one value (hence `~Copyable`): an array in its place pays a
/// uniqueness test and bounds checks on each of the five or so accesses per lookup, which costs about
/// as much as the lookup. No pointer is handed out, and every index comes from this type's own slots.
///
/// The type is `@usableFromInline` because the compiler otherwise ignores `@inlinable` on its members in
/// other modules, where lookups would then run unspecialised.
@usableFromInline
package struct AnswerCache<Value>: ~Copyable {
    /// A value and when it came: side by side, since a hit on a cache with a time to live reads both.
    @usableFromInline
    struct Entry {
        @usableFromInline var value: Value
        @usableFromInline var insertedAt: Int64

        @inlinable
        init(value: Value, insertedAt: Int64) {
            self.value = value
            self.insertedAt = insertedAt
        }
    }

    /// The policy it was made with.
    @usableFromInline package let policy: CachePolicy
    /// How many entries fit; 0 for `CachePolicy.none`.
    @usableFromInline package let capacity: Int
    /// How many entries are held, expired ones included.
    @inlinable package var count: Int { occupied }

    @usableFromInline let timeToLive: Int64
    @usableFromInline var occupied = 0
    @usableFromInline let table: SlotTable
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let entries: UnsafeMutablePointer<Entry>
    @usableFromInline let order: Order

    /// - Parameters:
    ///   - capacity: entries; at least 1 for every policy but `none`, which ignores it.
    ///   - ttlNanoseconds: the time to live, positive; nil for ever.
    package init(policy: CachePolicy, capacity: Int, ttlNanoseconds: Int64?) {
        precondition(policy == .none || capacity >= 1, "cache capacity \(capacity): \(policy.rawValue) needs at least 1")
        precondition(capacity <= SlotTable.maximumCapacity, "cache capacity \(capacity): at most \(SlotTable.maximumCapacity)")
        precondition(ttlNanoseconds.map { $0 > 0 } ?? true, "cache ttl \(ttlNanoseconds ?? 0) ns: must be positive")
        let capacity = policy == .none ? 0 : capacity
        self.policy = policy
        self.capacity = capacity
        timeToLive = ttlNanoseconds ?? .max
        table = SlotTable(capacity: capacity)
        nodes = .allocate(capacity: capacity + Order.sentinels(policy, capacity: capacity))
        entries = .allocate(capacity: capacity)
        order = Order(policy, nodes: nodes, capacity: capacity)
    }

    deinit {
        entries.deinitialize(count: occupied)
        entries.deallocate()
        nodes.deallocate()
        table.deallocate()
        order.deallocate()
    }

    /// The fresh value for `key`, if there is one; finding it counts as an access.
    @inlinable
    package mutating func value(for key: UInt64, at nowNanoseconds: Int64) -> Value? {
        let slot = table.slot(of: key, hash: SlotTable.hash(key), in: nodes)
        guard slot >= 0, isFresh(slot, at: nowNanoseconds) else { return nil }
        order.hit(slot)
        return entries[slot].value
    }

    // MARK: Prefetching
    //
    // A lookup reads a word of the table, then an entry, then its neighbours in the eviction order, each at a random
    // place of memory that the processor's caches hardly hold. Told beforehand which keys come next, it can have all of
    // that there in time. Each step must be given some time before the next one reads what it asked for.

    /// Asks for the table's word, where a lookup or an insertion of `key` begins.
    @inlinable @inline(__always)
    package func prefetch(_ key: UInt64) { Caching.prefetch(table.words + table.home(SlotTable.hash(key))) }

    /// Asks for the entry that the table's word leads to.
    @inlinable @inline(__always)
    package func prefetchEntry(_ key: UInt64) {
        let slot = firstSlot(key)
        guard slot >= 0 else { return }
        Caching.prefetch(nodes + slot)
        Caching.prefetch(entries + slot)
    }

    /// Asks for the entry's neighbours in the eviction order.
    @inlinable @inline(__always)
    package func prefetchNeighbours(_ key: UInt64) {
        let slot = firstSlot(key)
        guard slot >= 0 else { return }
        Caching.prefetch(nodes + Int(nodes[slot].previous))
        Caching.prefetch(nodes + Int(nodes[slot].next))
    }

    /// The slot of the first word that a lookup reads, if it is likely the key's own; -1 otherwise.
    @inlinable @inline(__always)
    func firstSlot(_ key: UInt64) -> Int {
        let hash = SlotTable.hash(key)
        return table.slot(in: table.words[table.home(hash)], hash: hash)
    }

    /// Asks for the table's word of what will be evicted next, where the policy knows it beforehand.
    @inlinable @inline(__always)
    package func prefetchVictim() {
        let victim: Int
        switch order {
        case .lru(let policy): victim = policy.entries.first
        case .fifo(let policy): victim = policy.entries.first
        case .none, .lfu, .sieve, .s3fifo, .wtinylfu: return
        }
        prefetch(nodes[victim].key)
    }

    /// Puts `value` in for `key`, evicting an entry where none is free.
    @inlinable
    package mutating func insert(_ value: Value, for key: UInt64, at nowNanoseconds: Int64) {
        guard capacity > 0 else { return }
        let hash = SlotTable.hash(key)
        let (present, position) = table.find(key, hash: hash, in: nodes)
        guard present >= 0 else { return admit(value, for: key, hash: hash, at: nowNanoseconds, position) }
        entries[present] = Entry(value: value, insertedAt: nowNanoseconds)
        order.rewritten(present)
    }

    /// Lets a key in that is not there; `position` is where the table's probe for it ended.
    @inlinable @inline(__always)
    mutating func admit(_ value: Value, for key: UInt64, hash: UInt64, at nowNanoseconds: Int64, _ position: Int) {
        var position = position
        let slot: Int
        if occupied < capacity {
            slot = occupied
            occupied += 1
            (entries + slot).initialize(to: Entry(value: value, insertedAt: nowNanoseconds))
        } else {
            slot = order.evict(for: key)
            position = table.place(hash, position, table.remove(slot, in: nodes))
            entries[slot] = Entry(value: value, insertedAt: nowNanoseconds)
        }
        nodes[slot].key = key
        table.enter(slot, hash: hash, at: position)
        order.admitted(slot)
    }

    /// Without a time to live the test is skipped, so that no pair of times can overflow into expiry.
    @inlinable
    func isFresh(_ slot: Int, at nowNanoseconds: Int64) -> Bool {
        timeToLive == .max || nowNanoseconds - entries[slot].insertedAt < timeToLive
    }
}

/// Sound because the pointers have one owner, this non-copyable value, and move with it.
extension AnswerCache: @unchecked Sendable where Value: Sendable {}
