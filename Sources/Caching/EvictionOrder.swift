/// What a policy decides: which occupied slot to give up when a new key needs one.
///
/// A policy keeps its order in the nodes that the cache lends it (and in memory of its own, if it needs
/// more), so the policy value itself is a constant handle without reference counting. The cache tells
/// it every access and, before each admission to a full cache, asks for one slot. The protocol states
/// what a policy file must offer; `Order` calls it without existentials.
@usableFromInline
protocol EvictionOrder: BitwiseCopyable {
    /// A fresh entry was looked up.
    func hit(_ slot: Int)
    /// The key of an occupied slot was inserted again.
    func rewritten(_ slot: Int)
    /// A key that was not there took `slot`, which holds no place in the order.
    func admitted(_ slot: Int)
    /// Gives up one slot of a full cache and forgets all about it; `key` is the one that will be admitted.
    func evict(for key: UInt64) -> Int
    /// Frees what the policy allocated itself.
    func deallocate()
}

/// The policy in use, chosen by a switch on one byte: predictable, inlined, no witness table.
///
/// Each policy is two words at most, what it keeps for itself behind a pointer: an enum of larger ones goes
/// through memory, copied whole at each access, which costs more than the access.
@usableFromInline
enum Order: BitwiseCopyable {
    case none
    case lru(LRU)
    case lfu(LFU)
    case fifo(FIFO)
    case sieve(Sieve)
    case s3fifo(S3FIFO)
    case wtinylfu(WTinyLFU)

    /// How many nodes a policy needs behind the slots as heads of its lists, the first at index `capacity`.
    static func sentinels(_ policy: CachePolicy, capacity: Int) -> Int {
        switch policy {
        case .none: 0
        case .lru, .fifo, .sieve: 1
        case .lfu: LFU.sentinels(capacity: capacity)
        case .s3fifo: 2
        case .wtinylfu: 3
        }
    }

    // Pointers to the nodes are the cache's own: AnswerCache frees them, and no policy outlives it.
    init(_ policy: CachePolicy, nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        switch policy {
        case .none: self = .none
        case .lru: self = .lru(LRU(nodes: nodes, capacity: capacity))
        case .lfu: self = .lfu(LFU(nodes: nodes, capacity: capacity))
        case .fifo: self = .fifo(FIFO(nodes: nodes, capacity: capacity))
        case .sieve: self = .sieve(Sieve(nodes: nodes, capacity: capacity))
        case .s3fifo: self = .s3fifo(S3FIFO(nodes: nodes, capacity: capacity))
        case .wtinylfu: self = .wtinylfu(WTinyLFU(nodes: nodes, capacity: capacity))
        }
    }

    @inlinable
    func hit(_ slot: Int) {
        switch self {
        case .none: break
        case .lru(let policy): policy.hit(slot)
        case .lfu(let policy): policy.hit(slot)
        case .fifo(let policy): policy.hit(slot)
        case .sieve(let policy): policy.hit(slot)
        case .s3fifo(let policy): policy.hit(slot)
        case .wtinylfu(let policy): policy.hit(slot)
        }
    }

    @inlinable
    func rewritten(_ slot: Int) {
        switch self {
        case .none: break
        case .lru(let policy): policy.rewritten(slot)
        case .lfu(let policy): policy.rewritten(slot)
        case .fifo(let policy): policy.rewritten(slot)
        case .sieve(let policy): policy.rewritten(slot)
        case .s3fifo(let policy): policy.rewritten(slot)
        case .wtinylfu(let policy): policy.rewritten(slot)
        }
    }

    @inlinable
    func admitted(_ slot: Int) {
        switch self {
        case .none: break
        case .lru(let policy): policy.admitted(slot)
        case .lfu(let policy): policy.admitted(slot)
        case .fifo(let policy): policy.admitted(slot)
        case .sieve(let policy): policy.admitted(slot)
        case .s3fifo(let policy): policy.admitted(slot)
        case .wtinylfu(let policy): policy.admitted(slot)
        }
    }

    @inlinable
    func evict(for key: UInt64) -> Int {
        switch self {
        case .none: preconditionFailure("the policy none holds no entry to evict")
        case .lru(let policy): policy.evict(for: key)
        case .lfu(let policy): policy.evict(for: key)
        case .fifo(let policy): policy.evict(for: key)
        case .sieve(let policy): policy.evict(for: key)
        case .s3fifo(let policy): policy.evict(for: key)
        case .wtinylfu(let policy): policy.evict(for: key)
        }
    }

    func deallocate() {
        switch self {
        case .none: break
        case .lru(let policy): policy.deallocate()
        case .lfu(let policy): policy.deallocate()
        case .fifo(let policy): policy.deallocate()
        case .sieve(let policy): policy.deallocate()
        case .s3fifo(let policy): policy.deallocate()
        case .wtinylfu(let policy): policy.deallocate()
        }
    }
}
