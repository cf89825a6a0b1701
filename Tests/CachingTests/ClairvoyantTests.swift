import SeededChance
import Testing

@testable import Caching

@Suite struct ClairvoyantTests {
    private func hits(_ keys: [UInt32], distinct: Int, capacity: Int, warmup: Int = 0) -> Int {
        Clairvoyant.hits(
            keys, nextUses: Clairvoyant.nextUses(of: keys, distinct: distinct), distinct: distinct, capacity: capacity,
            warmup: warmup)
    }

    /// The most hits that any choice of victims brings, by trying all; entries are bits.
    private func most(_ keys: ArraySlice<UInt32>, _ entries: Int, capacity: Int) -> Int {
        guard let key = keys.first else { return 0 }
        let rest = keys.dropFirst()
        let bit = 1 << Int(key)
        if entries & bit != 0 { return 1 + most(rest, entries, capacity: capacity) }
        if entries.nonzeroBitCount < capacity { return most(rest, entries | bit, capacity: capacity) }
        return (0..<4).filter { entries >> $0 & 1 == 1 }.map { most(rest, entries & ~(1 << $0) | bit, capacity: capacity) }.max()!
    }

    @Test(arguments: 1...3)
    func noChoiceOfVictimsHasMoreHits(capacity: Int) {
        for number in 0..<1 << 14 {
            let keys = (0..<7).map { UInt32(number >> (2 * $0) & 3) }
            #expect(hits(keys, distinct: 4, capacity: capacity) == most(keys[...], 0, capacity: capacity), "\(keys)")
        }
    }

    @Test func randomTracesMeetTheDefinition() {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let capacity = 1 + random.next(below: 30)
            let distinct = 1 + random.next(below: 80)
            let keys = (0..<300).map { _ in UInt32(min(random.next(below: distinct), random.next(below: distinct))) }
            var entries: [UInt32] = []
            var expected = 0
            for (position, key) in keys.enumerated() {
                if entries.contains(key) {
                    expected += 1
                    continue
                }
                if entries.count == capacity {
                    let next = entries.map { entry in keys[(position + 1)...].firstIndex(of: entry) ?? Int.max }
                    entries.remove(at: next.firstIndex(of: next.max()!)!)
                }
                entries.append(key)
            }
            #expect(hits(keys, distinct: distinct, capacity: capacity) == expected, "seed \(seed)")
        }
    }

    @Test func aWarmUpIsNotCounted() {
        #expect(hits([0, 0, 0, 1, 1], distinct: 2, capacity: 1) == 3)
        #expect(hits([0, 0, 0, 1, 1], distinct: 2, capacity: 1, warmup: 2) == 2)
    }
}
