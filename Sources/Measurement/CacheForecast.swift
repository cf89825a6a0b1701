import Workload

/// What becomes of questions at a cache that begins empty, whose misses take a while to be filled, and behind which a
/// store may stand: shares of the questions of a span of the run.
///
/// Che's approximation (see `CheApproximation`), with what it leaves out. An item asked for at rate λ stays, in LRU,
/// for e^(λT) − 1 hits on average, in FIFO for λT; then the next question is a miss, and λD more come before it is
/// filled D later. So of a cycle's questions (e^(λT) − 1)/(e^(λT) + λD) are hits; which is also the share of time that
/// the item is there, and Σ of it over all items is the capacity: that gives T. (What D does to a cache: N. Atre et al.,
/// "Caching with Delayed Hits", SIGCOMM 2020.) Until the cache is full, about T after the beginning, what was ever
/// asked for is in it.
package struct CacheForecast: Equatable, Sendable {
    package enum Policy: Sendable {
        case none, lru, fifo
        /// Keeps the items asked for most, and nothing else: the bound for every policy that does not see the future.
        case frequent
    }

    /// A cache and what stands behind it. Times in seconds.
    package struct Setting: Equatable, Sendable {
        package var policy: Policy
        package var capacity: Double
        /// Infinite: no limit.
        package var lifetime: Double
        /// From a miss to when the answer can be given again.
        package var fillTime: Double
        /// The share of questions sent on that are answered.
        package var fillRatio: Double
        package var coalesces: Bool
        /// Whether a miss asks a store first, which has all that was ever answered.
        package var looksUp: Bool

        package init(policy: Policy, capacity: Double, lifetime: Double, fillTime: Double, fillRatio: Double, coalesces: Bool, looksUp: Bool) {
            self.policy = policy
            self.capacity = capacity
            self.lifetime = lifetime
            self.fillTime = fillTime
            self.fillRatio = fillRatio
            self.coalesces = coalesces
            self.looksUp = looksUp
        }
    }

    package private(set) var hits = 0.0
    package private(set) var storeHits = 0.0
    /// Of these only the leaders are sent on.
    package private(set) var joined = 0.0
    package var sentOn: Double { max(0, 1 - hits - storeHits - joined) }
    /// When the cache is full, from the beginning; infinite where it never is.
    package private(set) var fullAfter = Double.infinity

    /// - Parameters:
    ///   - rate: questions a second.
    ///   - from, until: the span, in seconds from the beginning.
    package init(_ setting: Setting, popularity: [PopularityModel.Class], rate: Double, from: Double, until: Double) {
        guard rate > 0, until > from else { return }
        let items = popularity.map { Item(count: $0.items, rate: rate * $0.probability, setting) }
        if setting.policy == .lru || setting.policy == .fifo {
            fullAfter = Self.root(upTo: until) { time in items.reduce(0) { $0 + $1.count * (1 - $1.absent(at: time)) } - setting.capacity }
        }
        let longest = 1e3 * until
        let stay = fullAfter.isInfinite ? longest
            : min(longest, Self.root(upTo: longest) { stay in items.reduce(0) { $0 + $1.count * $1.held(stay, setting, at: until) } - setting.capacity })
        var room = setting.capacity
        for item in items {
            let share = item.count * item.rate / rate
            let unknown = item.absent(from: from, until: until)
            var hit = 0.0
            if setting.policy == .frequent {
                hit = min(1 - unknown, item.unexpired(setting)) * min(1, room / item.count)
                room = max(0, room - item.count)
            } else if setting.policy != .none {
                // Before the cache is full, all that was answered is there.
                let change = min(max(fullAfter, from), until)
                let before = (1 - item.absent(from: from, until: change)) * (change - from)
                let after = change < until ? item.held(stay, setting, from: change, until: until) * (until - change) : 0
                hit = min((before + after) / (until - from), item.unexpired(setting))
            }
            let stored = setting.looksUp ? max(0, 1 - unknown - hit) : 0
            let others = 1 - hit - stored
            let waiting = setting.coalesces ? item.rate * setting.fillTime / (1 + item.rate * setting.fillTime) : 0
            hits += share * hit
            storeHits += share * stored
            joined += share * others * waiting
        }
        // Probabilities add up to 1 but for rounding, and a share above 1 would leave a negative load.
        hits = min(1, hits)
    }

    /// Where a growing function reaches 0, by bisection; infinite where it does not up to `limit`.
    private static func root(upTo limit: Double, _ function: (Double) -> Double) -> Double {
        guard function(limit) > 0 else { return .infinity }
        var (low, high) = (0.0, limit)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if function(middle) < 0 { low = middle } else { high = middle }
        }
        return high
    }

    /// Items of one popularity.
    private struct Item {
        let count: Double
        let rate: Double
        private let fillTime: Double
        private let fillRatio: Double
        /// At which the first answer comes about: every question sent on is a chance of it.
        private let answers: Double

        init(count: Double, rate: Double, _ setting: Setting) {
            self.count = count
            self.rate = rate
            fillTime = setting.fillTime
            fillRatio = setting.fillRatio
            answers = setting.fillRatio * rate / (setting.coalesces ? 1 + (1 - setting.fillRatio) * rate * setting.fillTime : 1)
        }

        /// The chance that nothing has been answered yet.
        func absent(at time: Double) -> Double { ExactMath.exp(-answers * max(0, time - fillTime)) }

        /// Its mean over a span.
        func absent(from: Double, until: Double) -> Double {
            guard until > from else { return absent(at: from) }
            let flat = max(0, min(until, fillTime) - from)
            let (x, y) = (max(0, from - fillTime), max(0, until - fillTime))
            let falling = answers > 0 ? (ExactMath.exp(-answers * x) - ExactMath.exp(-answers * y)) / answers : y - x
            return min(1, (flat + falling) / (until - from))
        }

        /// The share of time, and of questions, with the answer in a full cache whose entries stay so long.
        func held(_ stay: Double, _ setting: Setting, at time: Double) -> Double { held(stay, setting, unanswered: absent(at: time - stay)) }
        func held(_ stay: Double, _ setting: Setting, from: Double, until: Double) -> Double {
            held(stay, setting, unanswered: absent(from: from - stay, until: until - stay))
        }

        private func held(_ stay: Double, _ setting: Setting, unanswered: Double) -> Double {
            if setting.looksUp {
                // The store fills at once what it has; what it has not got an answer for may get one within the stay.
                let asked = setting.policy == .fifo ? rate * stay / (1 + rate * stay) : 1 - ExactMath.exp(-rate * stay)
                return (1 - unanswered) * asked + unanswered * (1 - ExactMath.exp(-answers * stay))
            }
            let misses = 1 + rate * fillTime
            if setting.policy == .fifo { return fillRatio * rate * stay / (misses + fillRatio * rate * stay) }
            // (e^x − 1)/(m + e^x − 1), written so that it cannot overflow.
            let faded = ExactMath.exp(-rate * stay)
            return fillRatio * (1 - faded) / (misses * faded + fillRatio * (1 - faded))
        }

        /// Hits among the questions of a cycle where only the lifetime ends an entry. Where both that and the cache's
        /// size do, whichever is harder bounds the ratio.
        func unexpired(_ setting: Setting) -> Double {
            guard setting.lifetime.isFinite else { return 1 }
            if setting.looksUp { return rate * setting.lifetime / (1 + rate * setting.lifetime) }
            return fillRatio * rate * setting.lifetime / (1 + rate * fillTime + fillRatio * rate * setting.lifetime)
        }
    }
}
