@testable import Caching

/// The policies by their definitions: every entry carries its history, and eviction sorts by it.
///
/// Written apart from the cache under test, in the slowest and plainest way.
struct NaiveCache {
    struct Entry {
        var key: UInt64
        var value: Int
        var insertedAt: Int64
        var insertedStep: Int
        var accessedStep: Int
        var accesses: Int
    }

    let policy: CachePolicy
    let capacity: Int
    let ttl: Int64?
    var entries: [Entry] = []
    var step = 0
    /// The policy's own account, where an entry's history does not decide.
    var order: (any NaiveOrder)?

    init(policy: CachePolicy, capacity: Int, ttl: Int64?) {
        self.policy = policy
        self.capacity = policy == .none ? 0 : capacity
        self.ttl = ttl
        order =
            switch policy {
            case .none, .lru, .lfu, .fifo: nil
            case .sieve: NaiveSieve()
            case .s3fifo: NaiveS3FIFO(capacity: capacity)
            case .wtinylfu: NaiveWTinyLFU(capacity: capacity)
            }
    }

    mutating func value(for key: UInt64, at now: Int64) -> Int? {
        step += 1
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        if let ttl, now >= entries[index].insertedAt + ttl { return nil }
        entries[index].accessedStep = step
        entries[index].accesses += 1
        order?.hit(key)
        return entries[index].value
    }

    mutating func insert(_ value: Int, for key: UInt64, at now: Int64) {
        step += 1
        guard capacity > 0 else { return }
        var accesses = 1
        if let index = entries.firstIndex(where: { $0.key == key }) {
            accesses += entries.remove(at: index).accesses
            order?.hit(key)
        } else {
            if entries.count == capacity { entries.remove(at: victim(for: key)) }
            order?.admitted(key)
        }
        entries.append(
            Entry(key: key, value: value, insertedAt: now, insertedStep: step, accessedStep: step, accesses: accesses))
    }

    private mutating func victim(for newcomer: UInt64) -> Int {
        if let key = order?.evict(for: newcomer) { return entries.firstIndex { $0.key == key }! }
        return entries.indices.min { rank(entries[$0]) < rank(entries[$1]) }!
    }

    private func rank(_ entry: Entry) -> (Int, Int) {
        switch policy {
        case .none, .sieve, .s3fifo, .wtinylfu: (0, 0)
        case .lru: (entry.accessedStep, 0)
        case .lfu: (entry.accesses, entry.accessedStep)
        case .fifo: (entry.insertedStep, 0)
        }
    }
}
