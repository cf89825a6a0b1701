import Workload

/// Hit ratios of a cache under independent references, without running it.
///
/// A cache of `capacity` entries behaves as if each entry stayed for one fixed span, the characteristic
/// time T, that fills it on average. Sources: H. Che, Y. Tung, Z. Wang, "Hierarchical Web Caching
/// Systems", IEEE JSAC 20(7), 2002 (LRU); C. Fricker, P. Robert, J. Roberts, "A versatile and accurate
/// approximation for LRU cache performance", ITC 2012 (why it is so good; FIFO and RANDOM).
package enum CheApproximation {
    package enum Policy: Sendable {
        case lru, fifo
        /// Keeps the most popular items and nothing else: what LFU strives for. Exact, not an approximation.
        case perfectLFU
    }

    /// The expected hit ratio, in [0, 1].
    /// - Parameters:
    ///   - probabilities: of each item, summing to 1.
    ///   - lifetime: in requests; an entry is given no longer than this after its insertion. Infinite: no limit.
    package static func hitRatio(
        of policy: Policy, capacity: Int, probabilities: [Double], lifetime: Double = .infinity
    ) -> Double {
        precondition(capacity >= 0, "a capacity is not negative")
        guard capacity > 0 else { return 0 }
        let isFull = capacity < probabilities.count
        switch policy {
        case .perfectLFU:
            let kept = isFull ? Array(probabilities.sorted(by: >).prefix(capacity)) : probabilities
            return kept.reduce(0) { $0 + $1 * renewed($1, within: lifetime) }
        case .lru:
            let time = isFull ? characteristicTime(capacity, probabilities, occupied) : .infinity
            // A hit renews the stay and not the lifetime: whichever is harder bounds the ratio.
            return probabilities.reduce(0) { $0 + $1 * min(occupied($1, time), renewed($1, within: lifetime)) }
        case .fifo:
            let time = isFull ? characteristicTime(capacity, probabilities, renewed) : .infinity
            return probabilities.reduce(0) { $0 + $1 * renewed($1, within: min(time, lifetime)) }
        }
    }

    /// The span, in requests, that fills the cache: Σ stays(pᵢ, T) = capacity, by bisection.
    private static func characteristicTime(
        _ capacity: Int, _ probabilities: [Double], _ stays: (Double, Double) -> Double
    ) -> Double {
        func filled(_ time: Double) -> Double { probabilities.reduce(0) { $0 + stays($1, time) } }
        var (low, high) = (0.0, Double(capacity))
        while filled(high) < Double(capacity), high < 1e18 { (low, high) = (high, high * 2) }
        // To about nine digits: far finer than the approximation itself.
        for _ in 0..<32 {
            let middle = (low + high) / 2
            if filled(middle) < Double(capacity) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Share of time that an item is in a cache where every request renews its stay of `time`.
    private static func occupied(_ probability: Double, _ time: Double) -> Double {
        time == .infinity ? (probability > 0 ? 1 : 0) : 1 - ExactMath.exp(-probability * time)
    }

    /// The same where only an insertion begins a stay.
    private static func renewed(_ probability: Double, within time: Double) -> Double {
        time == .infinity ? (probability > 0 ? 1 : 0) : probability * time / (1 + probability * time)
    }
}
