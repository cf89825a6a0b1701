import Testing

@testable import Caching

@Suite struct ReplayTests {
    /// A replay is the same as asking one by one: the same hits, and the same answers left in the cache.
    @Test(arguments: [CachePolicy.none, .lru, .lfu, .fifo, .sieve, .s3fifo, .wtinylfu], [1, 2, 7, 100, 1000])
    func isTheSameAsAskingOneByOne(_ policy: CachePolicy, _ capacity: Int) {
        var state: UInt64 = 42
        // Skewed: the lower of two draws, so that some keys come back often.
        let keys = (0..<20_000).map { _ in
            func draw() -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return (state >> 33) % 900
            }
            return UInt32(min(draw(), draw()))
        }
        var replayed = AnswerCache<UInt32>(policy: policy, capacity: capacity, ttlNanoseconds: nil)
        var asked = AnswerCache<UInt32>(policy: policy, capacity: capacity, ttlNanoseconds: nil)
        var hits = 0
        for (index, key) in keys.enumerated() {
            if asked.value(for: UInt64(key), at: 0) == nil {
                asked.insert(1, for: UInt64(key), at: 0)
            } else if index >= 3000 {
                hits += 1
            }
        }
        // In two parts: the second goes on where the first ended.
        let (start, rest) = (Array(keys[..<5000]), Array(keys[5000...]))
        let counted = replayed.replay(start.span, filling: 1, countingFrom: 3000) + replayed.replay(rest.span, filling: 1)
        #expect(counted == hits)
        #expect(replayed.count == asked.count)
        for key in 0..<900 as Range<UInt64> {
            #expect(replayed.value(for: key, at: 0) == asked.value(for: key, at: 0))
        }
    }
}
