/// A slot's key and its place in the eviction order: 16 bytes, four to a cache line.
///
/// An access to one entry writes to two others, its neighbours in the order, so nodes hold nothing else: the
/// value and its age lie in the cache's entries, and what only one policy needs lies with that policy.
@usableFromInline
struct Node: BitwiseCopyable {
    @usableFromInline var key: UInt64
    /// Neighbours in a policy's list, as slot numbers or a sentinel's.
    @usableFromInline var previous: UInt32
    @usableFromInline var next: UInt32
}

/// A circular doubly linked list of slots, threaded through the nodes around a sentinel.
///
/// The sentinel makes linking and unlinking free of branches.
@usableFromInline
struct SlotList: BitwiseCopyable {
    // A pointer, since policies share the cache's nodes; AnswerCache owns and frees them.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let sentinel: Int

    /// The list around a sentinel that is there already.
    @inlinable
    init(nodes: UnsafeMutablePointer<Node>, head sentinel: Int) {
        self.nodes = nodes
        self.sentinel = sentinel
    }

    /// An empty list around the node at `sentinel`.
    init(nodes: UnsafeMutablePointer<Node>, sentinel: Int) {
        self.nodes = nodes
        self.sentinel = sentinel
        let own = UInt32(sentinel)
        (nodes + sentinel).initialize(to: Node(key: 0, previous: own, next: own))
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
