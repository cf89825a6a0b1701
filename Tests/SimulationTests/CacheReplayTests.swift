import Testing
import Workload

@testable import Simulation

@Suite struct CacheReplayTests {
    /// Three capacities at each exponent: six settings for LRU and six for FIFO.
    @Test(arguments: [0.7, 1.1])
    func replayedCachesMeetChe(exponent: Double) throws {
        let trace = KeyTrace.zipf(exponent: exponent, keys: 4000, requests: 160_000, seed: 11)
        var replay = CacheReplay(trace, warmup: 20_000)
        for capacity in [40, 400, 1600] {
            for policy in [CacheReplay.Policy.lru, .fifo] {
                let row = replay.run(policy, capacity: capacity)
                let che = try #require(row.che)
                #expect(abs(row.hitRatio - che) < 0.005, "\(policy) \(capacity): measured \(row.hitRatio), Che \(che)")
            }
        }
    }

    @Test func clairvoyantIsTheBound() {
        let trace = KeyTrace.zipf(exponent: 0.9, keys: 1000, requests: 20_000, seed: 5)
        var replay = CacheReplay(trace)
        for capacity in [1, 30, 300, 1000] {
            let rows = CacheReplay.Policy.allCases.map { replay.run($0, capacity: capacity) }
            #expect(rows[0].policy == .clairvoyant)
            for row in rows {
                #expect(row.hits <= rows[0].hits, "\(row.policy) at \(capacity)")
                #expect(row.hits + row.misses == 20_000)
                // A cache that holds everything misses each key once.
                if capacity == 1000 { #expect(row.misses == trace.counts.count, "\(row.policy)") }
            }
        }
    }
}
