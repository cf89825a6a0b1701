/// A slot's key, insertion time and place in the eviction order: 32 bytes, two to a cache line.
///
/// The value lies apart, so that nodes are the same size whatever is cached.
@usableFromInline
struct Node: BitwiseCopyable {
    @usableFromInline var key: UInt64
    @usableFromInline var insertedAt: Int64
    /// Neighbours in a policy's list, as slot numbers or a sentinel's.
    @usableFromInline var previous: UInt32
    @usableFromInline var next: UInt32
    /// For the policy's own use, such as the frequency bucket of `LFU`; undefined when an entry is admitted.
    @usableFromInline var mark: UInt32

    /// How many nodes stand behind the slots as heads of lists, the first at index `capacity`; policies use
    /// one to three.
    @usableFromInline static var sentinels: Int { 3 }
}

/// A circular doubly linked list of slots, threaded through the nodes around a sentinel.
///
/// The sentinel makes linking and unlinking free of branches.
@usableFromInline
struct SlotList: BitwiseCopyable {
    // A pointer, since policies share the cache's nodes; AnswerCache owns and frees them.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let sentinel: Int

    /// An empty list around the node at `sentinel`.
    init(nodes: UnsafeMutablePointer<Node>, sentinel: Int) {
        self.nodes = nodes
        self.sentinel = sentinel
        let own = UInt32(sentinel)
        (nodes + sentinel).initialize(to: Node(key: 0, insertedAt: 0, previous: own, next: own, mark: 0))
    }

    @inlinable var first: Int { Int(nodes[sentinel].next) }

    @inlinable
    func append(_ slot: Int) {
        let last = nodes[sentinel].previous
        nodes[slot].previous = last
        nodes[slot].next = UInt32(truncatingIfNeeded: sentinel)
        nodes[Int(last)].next = UInt32(truncatingIfNeeded: slot)
        nodes[sentinel].previous = UInt32(truncatingIfNeeded: slot)
    }

    @inlinable
    func unlink(_ slot: Int) {
        let previous = nodes[slot].previous
        let next = nodes[slot].next
        nodes[Int(previous)].next = next
        nodes[Int(next)].previous = previous
    }

    @inlinable
    func moveToEnd(_ slot: Int) {
        guard nodes[sentinel].previous != UInt32(truncatingIfNeeded: slot) else { return }
        unlink(slot)
        append(slot)
    }
}
