/// First in, first out: evicts the entry that was inserted longest ago, however often it was hit.
///
/// One list in order of insertion. An entry that is inserted again is a new one to this policy, as it is
/// to the time to live. Source: L. A. Belady, "A study of replacement algorithms for a virtual-storage
/// computer", IBM Systems Journal 5(2), 1966.
@usableFromInline
struct FIFO: EvictionOrder {
    @usableFromInline let entries: SlotList

    // The pointer is the cache's own and outlives the policy, see AnswerCache.
    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        entries = SlotList(nodes: nodes, sentinel: capacity)
    }

    @inlinable func hit(_ slot: Int) {}
    @inlinable func rewritten(_ slot: Int) { entries.moveToEnd(slot) }
    @inlinable func admitted(_ slot: Int) { entries.append(slot) }

    @inlinable
    func evict(for key: UInt64) -> Int {
        let slot = entries.first
        entries.unlink(slot)
        return slot
    }

    @usableFromInline func deallocate() {}
}
