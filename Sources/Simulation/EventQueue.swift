/// The future of a simulation: moments with a slot number each, taken in order of (time, scheduling).
///
/// A 4-ary min-heap (D. B. Johnson, "Priority queues with update and finding minimum spanning trees",
/// 1975): half the levels of a binary heap, and the four children of a node share a cache line.
/// An entry is one 128-bit number: the time, beneath it the running number of its scheduling, which
/// makes the order total and so the same in every run, and the slot in the lowest bits. Numbers of
/// that size compare without a branch, and in a heap no branch on an order can be predicted.
///
/// What is taken leaves a hole at the root. Mostly the event that fires schedules the next one, which
/// then sinks from there: one walk through the heap instead of two.
@usableFromInline package struct EventQueue: ~Copyable {
    /// Slots that can be told apart, and so events that can be pending at once.
    package static let maxSlots = 1 << slotBits
    @usableFromInline static var slotBits: UInt64 { 28 }

    // Unsafe storage, a pointer: bounds checks and the array's uniqueness check are most of a heap
    // operation's time. Indices come only from `used`, which `push` keeps below `capacity`.
    @usableFromInline var entries: UnsafeMutablePointer<Int128>
    @usableFromInline var capacity: Int
    /// Entries, the hole at the root included.
    @usableFromInline var used = 0
    @usableFromInline var hasHole = false
    @usableFromInline var scheduled: UInt64 = 0

    @inlinable package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 16)
        entries = .allocate(capacity: self.capacity)
    }

    @inlinable deinit { entries.deallocate() }

    @inlinable package var count: Int { hasHole ? used - 1 : used }
    @inlinable package var isEmpty: Bool { count == 0 }

    /// The next event's time in nanoseconds; `Int64.max` where there is none.
    @inlinable package var nextTime: Int64 {
        mutating get {
            if hasHole { fillHole() }
            return used == 0 ? .max : Int64(truncatingIfNeeded: entries[0] >> 64)
        }
    }

    @inlinable package mutating func push(slot: UInt32, at time: Int64) {
        let order = scheduled &<< Self.slotBits | UInt64(slot)
        let entry = Int128(time) &<< 64 | Int128(order)
        scheduled &+= 1
        if hasHole {
            hasHole = false
            return sift(entry)
        }
        if used == capacity { grow() }
        var hole = used
        used &+= 1
        while hole > 0 {
            let parent = (hole &- 1) &>> 2
            if entry >= entries[parent] { break }
            entries[hole] = entries[parent]
            hole = parent
        }
        entries[hole] = entry
    }

    /// Takes the earliest event. The queue must not be empty.
    @inlinable package mutating func pop() -> (slot: UInt32, time: Int64) {
        if hasHole { fillHole() }
        precondition(used > 0, "no event is pending")
        let top = entries[0]
        hasHole = true
        return (Self.slot(of: top), Int64(truncatingIfNeeded: top >> 64))
    }

    /// After `pop`, what will probably come next: the earliest event but for those that are scheduled from now on.
    /// Nil where there are few.
    @inlinable package var likelyNext: UInt32? {
        guard hasHole, used > 4 else { return nil }
        let left = min(entries[1], entries[2])
        let right = min(entries[3], entries[4])
        return Self.slot(of: min(left, right))
    }

    @inlinable @inline(__always) static func slot(of entry: Int128) -> UInt32 {
        UInt32(truncatingIfNeeded: entry) & (1 &<< UInt32(truncatingIfNeeded: Self.slotBits) &- 1)
    }

    /// Lets the last entry sink from the root.
    @inlinable mutating func fillHole() {
        hasHole = false
        used &-= 1
        if used > 0 { sift(entries[used]) }
    }

    /// Lets `entry` sink from the root, where there is a hole.
    @inlinable mutating func sift(_ entry: Int128) {
        var hole = 0
        while true {
            let first = hole &<< 2 &+ 1
            let least: Int
            if first &+ 3 < used {
                let left = entries[first &+ 1] < entries[first] ? first &+ 1 : first
                let right = entries[first &+ 3] < entries[first &+ 2] ? first &+ 3 : first &+ 2
                least = entries[right] < entries[left] ? right : left
            } else {
                if first >= used { break }
                var best = first
                var child = first &+ 1
                while child < used {
                    if entries[child] < entries[best] { best = child }
                    child &+= 1
                }
                least = best
            }
            if entries[least] >= entry { break }
            entries[hole] = entries[least]
            hole = least
        }
        entries[hole] = entry
    }

    @usableFromInline mutating func grow() {
        let larger = UnsafeMutablePointer<Int128>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: used)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }
}
