/// Least recently used: evicts the entry whose last access lies furthest back.
///
/// One list in order of access, oldest first. Source: P. J. Denning, "The working set model for program
/// behavior", CACM 11(5), 1968; R. L. Mattson et al., "Evaluation techniques for storage hierarchies",
/// IBM Systems Journal 9(2), 1970.
@usableFromInline
struct LRU: EvictionOrder {
    @usableFromInline let entries: SlotList

    // The pointer is the cache's own and outlives the policy, see AnswerCache.
    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        entries = SlotList(nodes: nodes, sentinel: capacity)
    }

    @inlinable func hit(_ slot: Int) { entries.moveToEnd(slot) }
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
