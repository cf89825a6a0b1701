/// The policy that knows the future: evicts the entry whose next use lies furthest ahead. No policy that
/// lets every missed key in has more hits, so it is the bound for all others.
///
/// It needs the whole trace before it starts, hence a function on a trace and not an `EvictionOrder`; with
/// fills that come late, as in a pipeline, it would be no bound. O(log capacity) per request. Source:
/// L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal
/// 5(2), 1966.
package enum Clairvoyant {
    /// For each request the position of the next one for the same key; `never` where there is none.
    /// Four bytes a request.
    package static func nextUses(of keys: [UInt32], distinct: Int) -> [UInt32] {
        var latest = [UInt32](repeating: never, count: distinct)
        var next = [UInt32](repeating: never, count: keys.count)
        for position in keys.indices.reversed() {
            let key = Int(keys[position])
            next[position] = latest[key]
            latest[key] = UInt32(position)
        }
        return next
    }

    package static var never: UInt32 { .max }

    /// The hits at `warmup` and later.
    /// - Parameters:
    ///   - keys: numbers below `distinct`; fewer than 2³² − 1 of them.
    ///   - nextUses: as `nextUses(of:distinct:)` gives them.
    package static func hits(
        _ keys: [UInt32], nextUses: [UInt32], distinct: Int, capacity: Int, warmup: Int = 0
    ) -> Int {
        precondition(capacity >= 1, "a cache has at least one entry")
        var entries = FurthestFirst(capacity: min(capacity, distinct), distinct: distinct)
        var hits = 0
        for position in keys.indices {
            if entries.use(keys[position], next: nextUses[position]), position >= warmup { hits += 1 }
        }
        return hits
    }
}

/// The entries as a binary heap, the one that is used last on top, with each key's place in it.
private struct FurthestFirst {
    private struct Entry {
        var next: UInt32
        var key: UInt32
    }

    private let capacity: Int
    private var heap: [Entry] = []
    /// Per key its index in the heap, or `absent`.
    private var places: [UInt32]
    private static let absent = UInt32.max

    init(capacity: Int, distinct: Int) {
        self.capacity = capacity
        places = Array(repeating: Self.absent, count: distinct)
        heap.reserveCapacity(capacity)
    }

    /// Whether the key was there; it is afterwards.
    mutating func use(_ key: UInt32, next: UInt32) -> Bool {
        let entry = Entry(next: next, key: key)
        let place = places[Int(key)]
        if place != Self.absent {
            // Its next use was now, the nearest of all: it can only rise.
            rise(entry, from: Int(place))
            return true
        }
        if heap.count < capacity {
            heap.append(entry)
            rise(entry, from: heap.count - 1)
        } else {
            places[Int(heap[0].key)] = Self.absent
            sink(entry, from: 0)
        }
        return false
    }

    private mutating func put(_ entry: Entry, at index: Int) {
        heap[index] = entry
        places[Int(entry.key)] = UInt32(index)
    }

    private mutating func rise(_ entry: Entry, from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[parent].next < entry.next else { break }
            put(heap[parent], at: index)
            index = parent
        }
        put(entry, at: index)
    }

    private mutating func sink(_ entry: Entry, from start: Int) {
        var index = start
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1].next > heap[child].next { child += 1 }
            guard heap[child].next > entry.next else { break }
            put(heap[child], at: index)
            index = child
        }
        put(entry, at: index)
    }
}
