/// SIEVE: a hand walks from the oldest entry to the newest, evicts the first that was not hit since the
/// hand last passed it, and stops there; entries never move.
///
/// One list in order of insertion, one bit per entry (the node's mark). A key that is inserted again was
/// wanted again: its bit is set and it keeps its place. Source: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson,
/// K. V. Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches",
/// NSDI 2024, algorithm 1.
@usableFromInline
struct Sieve: EvictionOrder {
    /// The sentinel's mark is the hand: a slot, or the sentinel itself for "start at the oldest".
    @usableFromInline let entries: SlotList

    // The pointer is the cache's own and outlives the policy, see AnswerCache.
    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        entries = SlotList(nodes: nodes, sentinel: capacity)
        nodes[capacity].mark = UInt32(capacity)
    }

    @inlinable func hit(_ slot: Int) { entries.nodes[slot].mark = 1 }
    @inlinable func rewritten(_ slot: Int) { entries.nodes[slot].mark = 1 }

    @inlinable
    func admitted(_ slot: Int) {
        entries.nodes[slot].mark = 0
        entries.append(slot)
    }

    /// Constant on average: each step but the last clears a bit that a hit has set.
    @inlinable
    func evict(for key: UInt64) -> Int {
        let nodes = entries.nodes
        let sentinel = entries.sentinel
        var hand = Int(nodes[sentinel].mark)
        if hand == sentinel { hand = entries.first }
        while nodes[hand].mark != 0 {
            nodes[hand].mark = 0
            hand = Int(nodes[hand].next)
            if hand == sentinel { hand = entries.first }
        }
        nodes[sentinel].mark = nodes[hand].next
        entries.unlink(hand)
        return hand
    }

    @usableFromInline func deallocate() {}
}
