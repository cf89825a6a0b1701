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
    struct Segments: BitwiseCopyable {
        /// By slot: which segment its entry is in.
        @usableFromInline let ofSlot: UnsafeMutablePointer<UInt8>
        @usableFromInline let window: SlotList
        @usableFromInline let probation: SlotList
        @usableFromInline let protected: SlotList
        @usableFromInline let sketch: FrequencySketch
        @usableFromInline let windowCapacity: Int
        @usableFromInline let protectedCapacity: Int
        @usableFromInline var windowCount = 0
        @usableFromInline var probationCount = 0
        @usableFromInline var protectedCount = 0

        init(window: SlotList, probation: SlotList, protected: SlotList, capacity: Int) {
            self.window = window
            self.probation = probation
            self.protected = protected
            ofSlot = .allocate(capacity: capacity)
            ofSlot.initialize(repeating: WTinyLFU.inWindow, count: capacity)
            sketch = FrequencySketch(capacity: capacity)
            windowCapacity = max(1, capacity / 100)
            protectedCapacity = (capacity - windowCapacity) * 4 / 5
        }
    }

    @inlinable static var inWindow: UInt8 { 0 }
    @inlinable static var inProbation: UInt8 { 1 }
    @inlinable static var inProtected: UInt8 { 2 }

    // Pointers, for a policy is a constant handle; the nodes are the cache's own, see AnswerCache.
    @usableFromInline let nodes: UnsafeMutablePointer<Node>
    @usableFromInline let segments: UnsafeMutablePointer<Segments>

    init(nodes: UnsafeMutablePointer<Node>, capacity: Int) {
        self.nodes = nodes
        let window = SlotList(nodes: nodes, sentinel: capacity)
        let probation = SlotList(nodes: nodes, sentinel: capacity + 1)
        let protected = SlotList(nodes: nodes, sentinel: capacity + 2)
        segments = .allocate(capacity: 1)
        segments.initialize(to: Segments(window: window, probation: probation, protected: protected, capacity: capacity))
    }

    @usableFromInline
    func deallocate() {
        sketch.deallocate()
        segmentOf.deallocate()
        segments.deallocate()
    }

    @inlinable var segmentOf: UnsafeMutablePointer<UInt8> { segments.pointee.ofSlot }
    @inlinable var window: SlotList { segments.pointee.window }
    @inlinable var probation: SlotList { segments.pointee.probation }
    @inlinable var protected: SlotList { segments.pointee.protected }
    @inlinable var sketch: FrequencySketch { segments.pointee.sketch }

    @inlinable
    func hit(_ slot: Int) {
        sketch.count(nodes[slot].key)
        switch segmentOf[slot] {
        case Self.inWindow: window.moveToEnd(slot)
        case Self.inProtected: protected.moveToEnd(slot)
        default: promote(slot)
        }
    }

    @inlinable func rewritten(_ slot: Int) { hit(slot) }

    @inlinable
    func admitted(_ slot: Int) {
        sketch.count(nodes[slot].key)
        segmentOf[slot] = Self.inWindow
        window.append(slot)
        if segments.pointee.windowCount < segments.pointee.windowCapacity {
            segments.pointee.windowCount &+= 1
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
        segments.pointee.windowCount &-= 1
        let victim: Int
        if segments.pointee.probationCount > 0 {
            victim = probation.first
        } else if segments.pointee.protectedCount > 0 {
            victim = protected.first
        } else {
            return candidate
        }
        guard sketch.frequency(of: nodes[candidate].key) > sketch.frequency(of: nodes[victim].key) else { return candidate }
        if segmentOf[victim] == Self.inProbation {
            probation.unlink(victim)
            segments.pointee.probationCount &-= 1
        } else {
            protected.unlink(victim)
            segments.pointee.protectedCount &-= 1
        }
        enterProbation(candidate)
        return victim
    }

    /// From probation to the protected segment, whose least recently used entry makes room.
    @inlinable
    func promote(_ slot: Int) {
        probation.unlink(slot)
        segments.pointee.probationCount &-= 1
        segmentOf[slot] = Self.inProtected
        protected.append(slot)
        if segments.pointee.protectedCount < segments.pointee.protectedCapacity {
            segments.pointee.protectedCount &+= 1
        } else {
            let fallen = protected.first
            protected.unlink(fallen)
            enterProbation(fallen)
        }
    }

    @inlinable
    func enterProbation(_ slot: Int) {
        segmentOf[slot] = Self.inProbation
        probation.append(slot)
        segments.pointee.probationCount &+= 1
    }
}
