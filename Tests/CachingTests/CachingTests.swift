import SeededChance
import Testing

@testable import Caching

private let policies: [CachePolicy] = [.lru, .lfu, .fifo, .sieve, .s3fifo, .wtinylfu]

/// One step of a trace.
private enum Step: CustomStringConvertible {
    /// A question: a lookup and, if it misses, the fill.
    case ask(UInt64)
    case lookUp(UInt64)
    case insert(UInt64)
    case wait(Int64)

    var description: String {
        switch self {
        case .ask(let key): "ask \(key)"
        case .lookUp(let key): "look up \(key)"
        case .insert(let key): "insert \(key)"
        case .wait(let time): "wait \(time)"
        }
    }
}

/// Runs a trace on the cache and on its definition; returns the first difference in words, or nil.
private func difference(_ policy: CachePolicy, capacity: Int, ttl: Int64?, _ trace: [Step], keys: UInt64) -> String? {
    var cache = AnswerCache<Int>(policy: policy, capacity: capacity, ttlNanoseconds: ttl)
    var naive = NaiveCache(policy: policy, capacity: capacity, ttl: ttl)
    var now: Int64 = 0

    func lookUp(_ key: UInt64, after done: Int, _ found: Int?, _ expected: Int?) -> String? {
        if found == expected { return nil }
        return """
            \(policy.rawValue), capacity \(capacity), ttl \(ttl.map(String.init) ?? "none"): key \(key) gave \
            \(found.map(String.init) ?? "nothing") for \(expected.map(String.init) ?? "nothing") \
            after \(trace.prefix(done).map(\.description).joined(separator: ", "))
            """
    }

    for (index, step) in trace.enumerated() {
        switch step {
        case .ask(let key), .lookUp(let key):
            let found = cache.value(for: key, at: now)
            let expected = naive.value(for: key, at: now)
            if let text = lookUp(key, after: index, found, expected) { return text }
            if case .ask = step, found == nil {
                cache.insert(index, for: key, at: now)
                naive.insert(index, for: key, at: now)
            }
        case .insert(let key):
            cache.insert(index, for: key, at: now)
            naive.insert(index, for: key, at: now)
        case .wait(let time):
            now += time
        }
        if cache.count != naive.entries.count {
            return "\(policy.rawValue), capacity \(capacity): \(cache.count) entries for \(naive.entries.count)"
        }
    }
    for key in 0..<keys {
        let found = cache.value(for: key, at: now)
        if let text = lookUp(key, after: trace.count, found, naive.value(for: key, at: now)) { return text }
    }
    return nil
}

/// Every sequence of `length` of the given steps, one by one.
private func everyTrace(of steps: [Step], length: Int, _ body: ([Step]) -> Bool) {
    var digits = Array(repeating: 0, count: length)
    while true {
        guard body(digits.map { steps[$0] }) else { return }
        guard let last = digits.lastIndex(where: { $0 < steps.count - 1 }) else { return }
        digits[last] += 1
        for index in digits.indices where index > last { digits[index] = 0 }
    }
}

@Suite struct CachesAgainstTheirDefinitions {
    /// Shorter traces are the beginnings of these, and differences show at the step where they arise.
    @Test(arguments: policies, 1...3)
    func everyTraceOfSevenQuestions(_ policy: CachePolicy, capacity: Int) {
        everyTrace(of: (0..<4).map { .ask($0) }, length: 7) { trace in
            let found = difference(policy, capacity: capacity, ttl: nil, trace, keys: 4)
            #expect(found == nil)
            return found == nil
        }
    }

    @Test(arguments: policies, 1...3)
    func everyTraceOfLookupsFillsAndWaits(_ policy: CachePolicy, capacity: Int) {
        let steps: [Step] = (0..<3).flatMap { [.lookUp($0), .insert($0)] } + [.wait(1)]
        everyTrace(of: steps, length: 5) { trace in
            let found = difference(policy, capacity: capacity, ttl: 2, trace, keys: 3)
            #expect(found == nil)
            return found == nil
        }
    }

    @Test(arguments: policies)
    func randomTraces(_ policy: CachePolicy) {
        for seed in 0..<120 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let capacity = 1 + random.next(below: 40)
            let keys = 1 + random.next(below: 3 * capacity)
            let ttl: Int64? = random.next(below: 2) == 0 ? nil : Int64(1 + random.next(below: 100))
            let trace: [Step] = (0..<400).map { _ in
                // The smaller of two: some keys are asked for more often.
                let key = UInt64(min(random.next(below: keys), random.next(below: keys)))
                return switch random.next(below: 10) {
                case 0: .insert(key)
                case 1, 2: .lookUp(key)
                case 3: .wait(Int64(random.next(below: 20)))
                default: .ask(key)
                }
            }
            let found = difference(policy, capacity: capacity, ttl: ttl, trace, keys: UInt64(keys))
            #expect(found == nil, "seed \(seed)")
        }
    }
}

@Suite struct CachesAgainstOtherPrograms {
    /// Computes the trace as scripts/oracles/cache_misses.py does.
    static let trace: [UInt64] = {
        var total: UInt64 = 0
        let cumulative = (0..<UInt64(IndependentMisses.keys)).map { key in
            total += 1_000_000_000_000 / (key + 1)
            return total
        }
        var random = SplitMix(state: IndependentMisses.seed)
        return (0..<IndependentMisses.requests).map { _ in
            let position = random.next().multipliedFullWidth(by: total).high
            var low = 0
            var high = cumulative.count - 1
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] > position { high = middle } else { low = middle + 1 }
            }
            return UInt64(low)
        }
    }()

    @Test func theTraceIsTheSame() {
        #expect(Set(Self.trace).count == IndependentMisses.distinctKeys)
    }

    @Test(arguments: IndependentMisses.counts)
    func missesAreTheSame(_ expected: (policy: CachePolicy, capacity: Int, misses: Int)) {
        var cache = AnswerCache<UInt64>(policy: expected.policy, capacity: expected.capacity, ttlNanoseconds: nil)
        var misses = 0
        for key in Self.trace {
            if let value = cache.value(for: key, at: 0) {
                if value != key { Issue.record("key \(key) gave \(value)") }
            } else {
                misses += 1
                cache.insert(key, for: key, at: 0)
            }
        }
        #expect(misses == expected.misses)
    }
}

@Suite struct TimeToLive {
    @Test(arguments: policies)
    func endsExactlyWhenItHasPassed(_ policy: CachePolicy) {
        var cache = AnswerCache<String>(policy: policy, capacity: 2, ttlNanoseconds: 10)
        cache.insert("answer", for: 1, at: 5)
        let fresh = cache.value(for: 1, at: 14)
        #expect(fresh == "answer")
        let expired = cache.value(for: 1, at: 15)
        #expect(expired == nil, "the hit at 14 does not extend it")
    }

    @Test(arguments: policies)
    func startsAgainWhenTheKeyIsInsertedAgain(_ policy: CachePolicy) {
        var cache = AnswerCache<String>(policy: policy, capacity: 2, ttlNanoseconds: 10)
        cache.insert("first", for: 1, at: 0)
        cache.insert("second", for: 1, at: 9)
        let value = cache.value(for: 1, at: 18)
        #expect(value == "second")
        let count = cache.count
        #expect(count == 1)
    }

    @Test func anExpiredEntryKeepsItsSlotAndPlace() {
        var cache = AnswerCache<Int>(policy: .lru, capacity: 2, ttlNanoseconds: 10)
        cache.insert(1, for: 1, at: 0)
        cache.insert(2, for: 2, at: 5)
        let expired = cache.value(for: 1, at: 12)
        #expect(expired == nil)
        var count = cache.count
        #expect(count == 2, "expired, but there")
        // The vain lookup of 1 did not refresh it, so 1 goes and 2 stays.
        cache.insert(3, for: 3, at: 13)
        count = cache.count
        #expect(count == 2)
        let second = cache.value(for: 2, at: 13)
        #expect(second == 2)
    }

    @Test func aFillAfterExpiryPutsAnEntryLastInTheQueue() {
        var cache = AnswerCache<Int>(policy: .fifo, capacity: 2, ttlNanoseconds: 10)
        cache.insert(1, for: 1, at: 0)
        cache.insert(2, for: 2, at: 1)
        cache.insert(10, for: 1, at: 11)
        cache.insert(3, for: 3, at: 12)
        let first = cache.value(for: 1, at: 12)
        #expect(first == 10)
        let second = cache.value(for: 2, at: 12)
        #expect(second == nil)
    }

    @Test func withoutOneAnEntryNeverExpires() {
        var cache = AnswerCache<Int>(policy: .lru, capacity: 1, ttlNanoseconds: nil)
        cache.insert(1, for: 1, at: .min)
        let value = cache.value(for: 1, at: .max)
        #expect(value == 1)
    }
}

@Suite struct CacheEdges {
    @Test func thePolicyNoneHoldsNothing() {
        var cache = AnswerCache<Int>(policy: .none, capacity: 0, ttlNanoseconds: nil)
        cache.insert(1, for: 1, at: 0)
        let value = cache.value(for: 1, at: 0)
        let size = (cache.count, cache.capacity)
        #expect(value == nil)
        #expect(size == (0, 0))
    }

    @Test(arguments: policies)
    func aCacheOfOneHoldsTheLastKey(_ policy: CachePolicy) {
        var cache = AnswerCache<Int>(policy: policy, capacity: 1, ttlNanoseconds: nil)
        for key in 0..<100 as Range<UInt64> {
            cache.insert(Int(key), for: key, at: 0)
            let own = cache.value(for: key, at: 0)
            #expect(own == Int(key))
            let earlier = cache.value(for: key &- 1, at: 0)
            #expect(earlier == nil)
        }
    }

    @Test(arguments: policies)
    func valuesAreReleasedOnEvictionAndAtTheEnd(_ policy: CachePolicy) {
        final class Counter { var alive = 0 }
        final class Answer {
            let counter: Counter
            init(_ counter: Counter) {
                self.counter = counter
                counter.alive += 1
            }
            deinit { counter.alive -= 1 }
        }
        let counter = Counter()
        func use() {
            var cache = AnswerCache<Answer>(policy: policy, capacity: 7, ttlNanoseconds: nil)
            for key in 0..<50 as Range<UInt64> { cache.insert(Answer(counter), for: key % 20, at: 0) }
            #expect(counter.alive == 7)
        }
        use()
        #expect(counter.alive == 0)
    }

    /// Whatever the keys look like, probes stay short: of 4,096 keys in 16,384 words, all within 16.
    @Test(arguments: [0, 1, 7, 16, 32, 40, 51])
    func patternsInKeysSpread(_ shift: Int) {
        let table = SlotTable(capacity: 4_096)
        defer { table.deallocate() }
        var farthest = 0
        for slot in 0..<4_096 {
            let hash = SlotTable.hash(UInt64(slot) << UInt64(shift))
            table.insert(slot, hash: hash)
        }
        for position in 0...table.mask where table.words[position] != 0 {
            let slot = UInt64(table.words[position] & table.slotBits) - 1
            let home = table.home(SlotTable.hash(slot << UInt64(shift)))
            farthest = max(farthest, (position - home) & table.mask)
        }
        #expect(farthest < 16)
    }
}
