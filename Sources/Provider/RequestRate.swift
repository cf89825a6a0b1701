import Workload

/// A limit of requests per minute as a token bucket: it holds a minute's requests, is full at the run's
/// start, refills continuously, and a request takes one.
///
/// Providers differ; this is what Anthropic documents for its API ("token bucket algorithm, continuously
/// replenished up to your maximum limit, rather than being reset at fixed intervals"). Retry-After is
/// the time until a request would be admitted. A limit of tokens per minute is the same bucket, of which a
/// request takes its tokens.
package struct RequestRate: Sendable, BitwiseCopyable {
    package static let most = 100_000_000

    @usableFromInline static let minute: Int64 = 60_000_000_000

    /// Requests per minute, which is also what one nanosecond adds to `level`.
    @usableFromInline let rate: Int64
    /// What there is to take: a request takes `minute`, so that all of it stays whole numbers.
    @usableFromInline var level: Int64
    @usableFromInline var refilledAt: Instant = .zero

    package init(perMinute rate: Int) {
        precondition(rate >= 1 && rate <= Self.most, "a rate is checked before it is used")
        self.rate = Int64(rate)
        // At most 10⁸ · 6·10¹⁰ = 6·10¹⁸, below 2⁶³; a whole minute more would not fit, so `wait`
        // measures a refill against the room that is left.
        level = Int64(rate) * Self.minute
    }

    /// How long a request at this moment must wait; 0: it is admitted. `at` never decreases. More than a
    /// minute's worth is never there, so who wants more is taken to want that.
    @inlinable
    package mutating func wait(at: Instant, for amount: Int64 = 1) -> Nanoseconds {
        let elapsed = at - refilledAt
        refilledAt = at
        let full = rate * Self.minute
        if elapsed >= (full - level) / rate + 1 { level = full } else { level = min(full, level + elapsed * rate) }
        let wanted = min(amount, rate) * Self.minute
        return level >= wanted ? 0 : (wanted - level - 1) / rate + 1
    }

    /// Takes a request's share, after `wait` said 0.
    @inlinable package mutating func take(_ amount: Int64 = 1) { level -= min(amount, rate) * Self.minute }
}
