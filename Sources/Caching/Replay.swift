extension AnswerCache where Value: BitwiseCopyable {
    /// Replays a trace: each key in turn is looked up and, where it is not there, let in with `value`.
    ///
    /// The same accesses as `value(for:at:)` and `insert(_:for:at:)` one by one, without time and hence without
    /// expiry; the policy is told apart once for all of them, and a key's hash and place are found once.
    /// - Returns: the hits among the keys from `first` on.
    @inlinable
    package mutating func replay<Key: FixedWidthInteger & UnsignedInteger>(
        _ keys: Span<Key>, filling value: Value, countingFrom first: Int = 0
    ) -> Int {
        precondition(timeToLive == .max, "a replay has no clock for a time to live")
        return switch order {
        case .none: 0
        case .lru(let policy): replay(keys, value, first, policy)
        case .lfu(let policy): replay(keys, value, first, policy)
        case .fifo(let policy): replay(keys, value, first, policy)
        case .sieve(let policy): replay(keys, value, first, policy)
        case .s3fifo(let policy): replay(keys, value, first, policy)
        case .wtinylfu(let policy): replay(keys, value, first, policy)
        }
    }

    @inlinable @inline(__always)
    mutating func replay<Key: FixedWidthInteger & UnsignedInteger, Policy: EvictionOrder>(
        _ keys: Span<Key>, _ value: Value, _ first: Int, _ order: Policy
    ) -> Int {
        // In registers for the whole trace.
        let (table, nodes, entries, capacity) = (table, nodes, entries, capacity)
        var occupied = occupied
        var hits = 0
        for index in keys.indices {
            let key = UInt64(truncatingIfNeeded: keys[unchecked: index])
            let hash = SlotTable.hash(key)
            var (slot, position) = table.find(key, hash: hash, in: nodes)
            if slot >= 0 {
                order.hit(slot)
                if index >= first { hits &+= 1 }
                continue
            }
            if occupied < capacity {
                slot = occupied
                occupied &+= 1
            } else {
                slot = order.evict(for: key)
                let hole = table.remove(slot, in: nodes)
                position = table.place(hash, position, hole)
            }
            (entries + slot).initialize(to: Entry(value: value, insertedAt: 0))
            nodes[slot].key = key
            table.enter(slot, hash: hash, at: position)
            order.admitted(slot)
        }
        self.occupied = occupied
        return hits
    }
}
