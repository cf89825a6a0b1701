/// SIEVE: a hand walks from the oldest entry to the newest, evicts the first that was not hit since the
/// hand last passed it, and stops there; entries never move.
///
/// One list in order of insertion, one mark per entry. A key that is inserted again was wanted again: its
/// mark is set and it keeps its place. Source: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE
/// is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI 2024, algorithm 1.
@usableFromInline
struct Sieve: EvictionOrder {
    @usableFromInline
    struct State: BitwiseCopyable {
        /// By slot: whether the entry was hit.
        @usableFromInline let wasHit: UnsafeMutablePointer<Bool>
        @usableFromInline let sentinel: Int
        /// A slot, or the sentinel for "start at the oldest".
        @usableFromInline var hand: Int
    }

    // Pointers, for a policy is a constant handle; the nodes are the cache's own, see AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let state: UnsafeMutablePointer<State>

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        let wasHit = UnsafeMutablePointer<Bool>.allocate(capacity: capacity)
        wasHit.initialize(repeating: false, count: capacity)
        let entries = SlotList(nodes: nodes, sentinel: capacity)
        state = .allocate(capacity: 1)
        state.initialize(to: State(wasHit: wasHit, sentinel: entries.sentinel, hand: entries.sentinel))
    }

    @usableFromInline
    func deallocate() {
        state.pointee.wasHit.deallocate()
        state.deallocate()
    }

    @inlinable var entries: SlotList { SlotList(nodes: nodes, head: state.pointee.sentinel) }

    @inlinable func hit(_ slot: Int) { state.pointee.wasHit[slot] = true }
    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        state.pointee.wasHit[slot] = false
        entries.append(slot)
    }

    /// Constant on average: each step but the last clears a mark that a hit has set.
    @inlinable
    func evict(for key: UInt64) -> Int {
        let wasHit = state.pointee.wasHit
        let sentinel = state.pointee.sentinel
        var hand = state.pointee.hand
        if hand == sentinel { hand = entries.first }
        while wasHit[hand] {
            wasHit[hand] = false
            hand = Int(nodes[hand].next)
            if hand == sentinel { hand = entries.first }
        }
        state.pointee.hand = Int(nodes[hand].next)
        entries.unlink(hand)
        return hand
    }
}
