import Caching

/// The tickets of questions in flight by key: open addressing with linear probing in one array.
///
/// Swift's `Dictionary` hashes a key with SipHash and checks for uniqueness at each step, which costs
/// more than all the rest of a question's admission. Removal shifts entries back (D. E. Knuth, TAOCP 3,
/// 6.4, algorithm R); at most half the places are used.
@usableFromInline struct LeaderTable: Sendable {
    @usableFromInline struct Place: Sendable, BitwiseCopyable {
        @usableFromInline var key: UInt64
        /// `.max`: the place is empty.
        @usableFromInline var ticket: UInt32

        @inlinable init(key: UInt64, ticket: UInt32) {
            self.key = key
            self.ticket = ticket
        }
    }

    @usableFromInline var places: [Place]
    @usableFromInline var count = 0

    @inlinable init() { places = Array(repeating: Place(key: 0, ticket: .max), count: 1024) }

    @inlinable @inline(__always) func home(_ key: UInt64) -> Int {
        // The upper bits of a product depend on all bits of the key.
        let product = (key ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return Int(truncatingIfNeeded: product.high ^ product.low) & (places.count - 1)
    }

    /// The ticket, or nil where no question with this key is in flight.
    @inlinable func ticket(of key: UInt64) -> UInt32? {
        var position = home(key)
        while true {
            let place = places[position]
            if place.ticket == .max { return nil }
            if place.key == key { return place.ticket }
            position = (position + 1) & (places.count - 1)
        }
    }

    /// Asks for the memory where a lookup begins. A pointer for as long as the call lasts: there is no other way to
    /// name an address.
    @inlinable @inline(__always)
    func prefetch(_ key: UInt64) {
        places.withUnsafeBufferPointer { Caching.prefetch($0.baseAddress! + home(key)) }
    }

    /// Enters a key that is not there.
    @inlinable mutating func insert(_ ticket: UInt32, for key: UInt64) {
        if 2 * (count + 1) > places.count { grow() }
        count += 1
        place(Place(key: key, ticket: ticket))
    }

    @inlinable mutating func place(_ entry: Place) {
        var position = home(entry.key)
        while places[position].ticket != .max { position = (position + 1) & (places.count - 1) }
        places[position] = entry
    }

    /// Takes a key out; does nothing where it is not there.
    @inlinable mutating func remove(_ key: UInt64) {
        let mask = places.count - 1
        var hole = home(key)
        while places[hole].key != key || places[hole].ticket == .max {
            if places[hole].ticket == .max { return }
            hole = (hole + 1) & mask
        }
        var position = hole
        while true {
            position = (position + 1) & mask
            let entry = places[position]
            if entry.ticket == .max { break }
            // An entry may move into the hole unless its home lies cyclically behind the hole.
            if (position - home(entry.key)) & mask >= (position - hole) & mask {
                places[hole] = entry
                hole = position
            }
        }
        places[hole].ticket = .max
        count -= 1
    }

    @usableFromInline mutating func grow() {
        let old = places
        places = Array(repeating: Place(key: 0, ticket: .max), count: 2 * old.count)
        for entry in old where entry.ticket != .max { place(entry) }
    }
}
