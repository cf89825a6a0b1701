/// A policy by its paper, over plain arrays of keys: what `NaiveCache` asks where a history of each entry
/// does not decide.
protocol NaiveOrder {
    mutating func hit(_ key: UInt64)
    mutating func admitted(_ key: UInt64)
    /// The key that makes room for `newcomer`.
    mutating func evict(for newcomer: UInt64) -> UInt64
}

/// SIEVE with its queue as an array, oldest first.
struct NaiveSieve: NaiveOrder {
    var queue: [UInt64] = []
    var visited: Set<UInt64> = []
    var hand: UInt64?

    mutating func hit(_ key: UInt64) { visited.insert(key) }
    mutating func admitted(_ key: UInt64) { queue.append(key) }

    mutating func evict(for newcomer: UInt64) -> UInt64 {
        var index = hand.map { queue.firstIndex(of: $0)! } ?? 0
        while visited.remove(queue[index]) != nil { index = (index + 1) % queue.count }
        let victim = queue.remove(at: index)
        hand = index < queue.count ? queue[index] : nil
        return victim
    }
}

/// S3-FIFO with its three queues as arrays, oldest first.
struct NaiveS3FIFO: NaiveOrder {
    let capacity: Int
    var small: [(key: UInt64, hits: Int)] = []
    var main: [(key: UInt64, hits: Int)] = []
    var ghosts: [UInt64] = []
    var hasEvicted = false
    var returning: UInt64?

    var smallCapacity: Int { max(1, capacity / 10) }

    init(capacity: Int) { self.capacity = capacity }

    mutating func hit(_ key: UInt64) {
        if let index = small.firstIndex(where: { $0.key == key }) { small[index].hits += 1 }
        if let index = main.firstIndex(where: { $0.key == key }) { main[index].hits = min(3, main[index].hits + 1) }
    }

    mutating func admitted(_ key: UInt64) {
        if key == returning || (!hasEvicted && small.count >= smallCapacity) {
            main.append((key, 0))
        } else {
            small.append((key, 0))
        }
        returning = nil
    }

    mutating func evict(for newcomer: UInt64) -> UInt64 {
        hasEvicted = true
        if let index = ghosts.firstIndex(of: newcomer) {
            ghosts.remove(at: index)
            returning = newcomer
        }
        while true {
            if main.count > capacity - smallCapacity || small.isEmpty {
                let oldest = main.removeFirst()
                if oldest.hits == 0 { return oldest.key }
                main.append((oldest.key, oldest.hits - 1))
            } else {
                // Nothing comes back to the small queue, so it is worked off before the main queue's turn.
                while let oldest = small.first {
                    small.removeFirst()
                    if oldest.hits >= 2 {
                        main.append((oldest.key, 0))
                        continue
                    }
                    ghosts.append(oldest.key)
                    if ghosts.count > capacity * 9 / 10 { ghosts.removeFirst() }
                    return oldest.key
                }
            }
        }
    }
}

/// W-TinyLFU with its segments as arrays, least recently used first.
struct NaiveWTinyLFU: NaiveOrder {
    let windowCapacity: Int
    let protectedCapacity: Int
    var window: [UInt64] = []
    var probation: [UInt64] = []
    var protected: [UInt64] = []
    var sketch: NaiveSketch

    init(capacity: Int) {
        windowCapacity = max(1, capacity / 100)
        protectedCapacity = (capacity - windowCapacity) * 4 / 5
        sketch = NaiveSketch(capacity: capacity)
    }

    mutating func hit(_ key: UInt64) {
        sketch.count(key)
        if let index = window.firstIndex(of: key) { window.append(window.remove(at: index)) }
        if let index = protected.firstIndex(of: key) { protected.append(protected.remove(at: index)) }
        guard let index = probation.firstIndex(of: key) else { return }
        protected.append(probation.remove(at: index))
        if protected.count > protectedCapacity { probation.append(protected.removeFirst()) }
    }

    mutating func admitted(_ key: UInt64) {
        sketch.count(key)
        window.append(key)
        if window.count > windowCapacity { probation.append(window.removeFirst()) }
    }

    mutating func evict(for newcomer: UInt64) -> UInt64 {
        let candidate = window.removeFirst()
        guard let victim = probation.first ?? protected.first else { return candidate }
        guard sketch.frequency(candidate) > sketch.frequency(victim) else { return candidate }
        if probation.isEmpty { protected.removeFirst() } else { probation.removeFirst() }
        probation.append(candidate)
        return victim
    }
}

/// The sketch with one entry for each counter and bit that was ever set, by the layout that
/// `FrequencySketch` documents.
struct NaiveSketch {
    let words: UInt64
    let period: Int
    var counters: [UInt64: Int] = [:]
    var bits: Set<UInt64> = []
    var counted = 0

    init(capacity: Int) {
        var words: UInt64 = 8
        while words < capacity { words *= 2 }
        self.words = words
        period = 10 * capacity
    }

    private func hash(_ key: UInt64) -> UInt64 {
        var hash = key
        for _ in 0..<2 {
            let product = (hash ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
            hash = product.high ^ product.low
        }
        return hash
    }

    private func door(_ key: UInt64) -> Set<UInt64> {
        let hash = hash(key)
        return [hash % words * 64 + (hash >> 28) % 64, hash % words * 64 + (hash >> 34) % 64]
    }

    /// Counter c of the 128 of a block: 32 to a row.
    private func cells(_ key: UInt64) -> [UInt64] {
        let hash = hash(key)
        return (0..<4 as Range<UInt64>).map { row in hash % words / 8 * 128 + 32 * row + (hash >> (40 + 5 * row)) % 32 }
    }

    mutating func count(_ key: UInt64) {
        if bits.isSuperset(of: door(key)) {
            let least = cells(key).map { counters[$0, default: 0] }.min()!
            for cell in cells(key) where least < 15 && counters[cell, default: 0] == least { counters[cell] = least + 1 }
        }
        bits.formUnion(door(key))
        counted += 1
        if counted >= period {
            counters = counters.mapValues { $0 / 2 }
            bits = []
            counted = period / 2
        }
    }

    func frequency(_ key: UInt64) -> Int {
        cells(key).map { counters[$0, default: 0] }.min()! + (bits.isSuperset(of: door(key)) ? 1 : 0)
    }
}
