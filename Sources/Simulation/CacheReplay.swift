import Caching
import Measurement
import Workload

/// A trace of keys replayed through several policies and capacities, every miss filled at once.
package struct CacheReplay {
    /// A cache policy, or the bound that none of them can beat.
    package enum Policy: String, CaseIterable, Sendable {
        // In the order in which they are listed: the bound first.
        case clairvoyant, lru, lfu, fifo, sieve, s3fifo, wtinylfu
    }

    /// What one policy did at one capacity.
    package struct Row: Equatable, Sendable {
        package var policy: Policy
        package var capacity: Int
        /// Requests after the warm-up.
        package var requests: Int
        package var hits: Int
        /// Che's approximation; nil where the policy has no such formula.
        package var che: Double?

        package var misses: Int { requests - hits }
        package var hitRatio: Double { Double(hits) / Double(requests) }
    }

    private let trace: KeyTrace
    private let warmup: Int
    /// Four bytes a request, made where the bound is asked for.
    private var nextUses: [UInt32]?
    private let popularity: [Double]

    /// `warmup`: requests at the start that fill the caches and are not counted, fewer than there are.
    package init(_ trace: KeyTrace, warmup: Int = 0) {
        precondition(warmup < trace.keys.count, "a warm-up leaves requests to count")
        self.trace = trace
        self.warmup = warmup
        // Without better knowledge the shares of the trace itself: they know the keys that were asked for
        // and no others, so Che's figure for a short trace is too high.
        popularity = trace.popularity ?? trace.counts.map { Double($0) / Double(trace.keys.count) }
    }

    package mutating func run(_ policy: Policy, capacity: Int) -> Row {
        var row = Row(policy: policy, capacity: capacity, requests: trace.keys.count - warmup, hits: 0, che: nil)
        guard let cachePolicy = CachePolicy(rawValue: policy.rawValue) else {
            let next = nextUses ?? Clairvoyant.nextUses(of: trace.keys, distinct: trace.counts.count)
            nextUses = next
            row.hits = Clairvoyant.hits(
                trace.keys, nextUses: next, distinct: trace.counts.count, capacity: capacity, warmup: warmup)
            return row
        }
        row.hits = hits(of: cachePolicy, capacity: capacity)
        switch policy {
        case .lru: row.che = CheApproximation.hitRatio(of: .lru, capacity: capacity, probabilities: popularity)
        case .fifo: row.che = CheApproximation.hitRatio(of: .fifo, capacity: capacity, probabilities: popularity)
        case .clairvoyant, .lfu, .sieve, .s3fifo, .wtinylfu: break
        }
        return row
    }

    private func hits(of policy: CachePolicy, capacity: Int) -> Int {
        var cache = AnswerCache<Bool>(policy: policy, capacity: capacity, ttlNanoseconds: nil)
        return cache.replay(trace.keys.span, filling: true, countingFrom: warmup)
    }
}
