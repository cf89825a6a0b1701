/// W-TinyLFU: a small LRU window before a segmented LRU whose door a frequency sketch keeps.
///
/// New keys enter the window (a hundredth of the capacity, at least one entry). When the cache is full, the
/// window's least recently used entry is the candidate and the main part's is the victim: the candidate
/// takes its place only if the sketch has seen it more often, else the candidate is evicted. The main part
/// is a segmented LRU: candidates enter its probation, a hit there promotes to the protected segment (four
/// fifths), whose overflow falls back to probation. The sketch counts each hit and each fill once; a fill
/// after the decision that it forces, about other keys.
///
/// Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM
/// Transactions on Storage 13(4), 2017. A tie keeps the victim; there is no random admission against
/// attackers and no adaptive window, which Caffeine has beyond the paper.
@usableFromInline
struct WTinyLFU: EvictionOrder {
    @usableFromInline
    struct State: BitwiseCopyable {
        @usableFromInline var windowCount = 0
        @usableFromInline var probationCount = 0
        @usableFromInline var protectedCount = 0
    }

    /// What a node's mark says about where its entry is.
    @inlinable static var inWindow: UInt32 { 0 }
    @inlinable static var inProbation: UInt32 { 1 }
    @inlinable static var inProtected: UInt32 { 2 }

    // Pointers, for a policy is a constant handle; the nodes are the cache's own, see AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let state: UnsafeMutablePointer<State>
    @usableFromInline let window: SlotList
    @usableFromInline let probation: SlotList
    @usableFromInline let protected: SlotList
    @usableFromInline let sketch: FrequencySketch
    @usableFromInline let windowCapacity: Int
    @usableFromInline let protectedCapacity: Int

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        window = SlotList(nodes: nodes, sentinel: capacity)
        probation = SlotList(nodes: nodes, sentinel: capacity + 1)
        protected = SlotList(nodes: nodes, sentinel: capacity + 2)
        sketch = FrequencySketch(capacity: capacity)
        windowCapacity = max(1, capacity / 100)
        protectedCapacity = (capacity - windowCapacity) * 4 / 5
    }

    @usableFromInline
    func deallocate() {
        sketch.deallocate()
        state.deallocate()
    }

    @inlinable
    func hit(_ slot: Int) {
        sketch.count(nodes[slot].key)
        switch nodes[slot].mark {
        case Self.inWindow: window.moveToEnd(slot)
        case Self.inProtected: protected.moveToEnd(slot)
        default: promote(slot)
        }
    }

    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        sketch.count(nodes[slot].key)
        nodes[slot].mark = Self.inWindow
        window.append(slot)
        if state.pointee.windowCount < windowCapacity {
            state.pointee.windowCount &+= 1
        } else {
            // The cache is still filling up: there is room for the candidate.
            let candidate = window.first
            window.unlink(candidate)
            enterProbation(candidate)
        }
    }

    @inlinable
    func evict(for key: UInt64) -> Int {
        let candidate = window.first
        window.unlink(candidate)
        state.pointee.windowCount &-= 1
        let victim: Int
        if state.pointee.probationCount > 0 {
            victim = probation.first
        } else if state.pointee.protectedCount > 0 {
            victim = protected.first
        } else {
            return candidate
        }
        guard sketch.frequency(of: nodes[candidate].key) > sketch.frequency(of: nodes[victim].key) else { return candidate }
        if nodes[victim].mark == Self.inProbation {
            probation.unlink(victim)
            state.pointee.probationCount &-= 1
        } else {
            protected.unlink(victim)
            state.pointee.protectedCount &-= 1
        }
        enterProbation(candidate)
        return victim
    }

    /// From probation to the protected segment, whose least recently used entry makes room.
    @inlinable
    func promote(_ slot: Int) {
        probation.unlink(slot)
        state.pointee.probationCount &-= 1
        nodes[slot].mark = Self.inProtected
        protected.append(slot)
        if state.pointee.protectedCount < protectedCapacity {
            state.pointee.protectedCount &+= 1
        } else {
            let fallen = protected.first
            protected.unlink(fallen)
            enterProbation(fallen)
        }
    }

    @inlinable
    func enterProbation(_ slot: Int) {
        nodes[slot].mark = Self.inProbation
        probation.append(slot)
        state.pointee.probationCount &+= 1
    }
}
