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
            return kept.reduce(0) { $0 + $1 * renewed($1, within: lifetime).share }
        case .lru:
            let time = isFull ? characteristicTime(capacity, probabilities, occupied) : .infinity
            // A hit renews the stay and not the lifetime: whichever is harder bounds the ratio.
            return probabilities.reduce(0) { $0 + $1 * min(occupied($1, time).share, renewed($1, within: lifetime).share) }
        case .fifo:
            let time = isFull ? characteristicTime(capacity, probabilities) { renewed($0, within: $1) } : .infinity
            return probabilities.reduce(0) { $0 + $1 * renewed($1, within: min(time, lifetime)).share }
        }
    }

    /// The span, in requests, that fills the cache: Σ stays(pᵢ, T) = capacity, by Newton's method. The sum is
    /// concave and grows with T, so from below every step stays below and the steps converge quadratically.
    private static func characteristicTime(
        _ capacity: Int, _ probabilities: [Double], _ stay: (Double, Double) -> (share: Double, slope: Double)
    ) -> Double {
        var time = 0.0
        for _ in 0..<100 {
            var (filled, slope) = (0.0, 0.0)
            for probability in probabilities {
                let one = stay(probability, time)
                filled += one.share
                slope += one.slope
            }
            guard slope > 0 else { return .infinity }  // fewer items can come than it keeps
            let step = (Double(capacity) - filled) / slope
            time += step
            // Far finer than the approximation itself.
            if step <= 1e-9 * time { break }
        }
        return time
    }

    /// Share of time that an item is in a cache where every request renews its stay of `time`, and its slope.
    @inline(__always)
    private static func occupied(_ probability: Double, _ time: Double) -> (share: Double, slope: Double) {
        if time == .infinity { return (probability > 0 ? 1 : 0, 0) }
        let absent = ExactMath.exp(-probability * time)
        return (1 - absent, probability * absent)
    }

    /// The same where only an insertion begins a stay.
    @inline(__always)
    private static func renewed(_ probability: Double, within time: Double) -> (share: Double, slope: Double) {
        if time == .infinity { return (probability > 0 ? 1 : 0, 0) }
        let rest = 1 / (1 + probability * time)
        return (probability * time * rest, probability * rest * rest)
    }
}
