/// The future of a simulation: moments with a slot number each, taken in order of (time, scheduling).
///
/// A 4-ary min-heap (D. B. Johnson, "Priority queues with update and finding minimum spanning trees",
/// 1975): half the levels of a binary heap, and the four children of a node share a cache line.
/// An entry is 16 bytes: the time, and beneath it the running number of its scheduling, which makes
/// the order total and so the same in every run, with the slot in the low bits.
package struct EventQueue: ~Copyable {
    /// Slots that can be told apart, and so events that can be pending at once.
    package static let maxSlots = 1 << slotBits
    private static let slotBits: UInt64 = 28

    private struct Entry {
        var time: Int64
        /// Running number << slotBits | slot.
        var order: UInt64

        @inline(__always) static func before(_ a: Entry, _ b: Entry) -> Bool {
            a.time < b.time || (a.time == b.time && a.order < b.order)
        }
    }

    // Unsafe storage: bounds checks and the array's uniqueness check are most of a heap operation's
    // time. Indices come only from `count`, which `push` keeps below `capacity`.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity: Int
    package private(set) var count = 0
    private var scheduled: UInt64 = 0

    package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 16)
        entries = .allocate(capacity: self.capacity)
    }

    deinit { entries.deallocate() }

    package var isEmpty: Bool { count == 0 }
    /// The next event's time in nanoseconds; `Int64.max` where there is none.
    package var nextTime: Int64 { count == 0 ? .max : entries[0].time }

    package mutating func push(slot: UInt32, at time: Int64) {
        if count == capacity { grow() }
        let entry = Entry(time: time, order: scheduled << Self.slotBits | UInt64(slot))
        scheduled += 1
        var hole = count
        count += 1
        while hole > 0 {
            let parent = (hole - 1) >> 2
            if !Entry.before(entry, entries[parent]) { break }
            entries[hole] = entries[parent]
            hole = parent
        }
        entries[hole] = entry
    }

    /// Takes the earliest event. The queue must not be empty.
    package mutating func pop() -> (slot: UInt32, time: Int64) {
        precondition(count > 0, "no event is pending")
        let top = entries[0]
        count -= 1
        if count > 0 { sift(entries[count]) }
        return (UInt32(truncatingIfNeeded: top.order & (1 << Self.slotBits - 1)), top.time)
    }

    /// Lets `entry` sink from the root, where there is a hole.
    private mutating func sift(_ entry: Entry) {
        var hole = 0
        while true {
            let first = hole << 2 + 1
            if first >= count { break }
            var least = first
            let end = min(first + 4, count)
            var child = first + 1
            while child < end {
                if Entry.before(entries[child], entries[least]) { least = child }
                child += 1
            }
            if !Entry.before(entries[least], entry) { break }
            entries[hole] = entries[least]
            hole = least
        }
        entries[hole] = entry
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }
}
