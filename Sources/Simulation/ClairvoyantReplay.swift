import Caching
import Measurement
import Scenarios
import Workload

/// The questions of one repeat, asked again of a cache that knows the future.
struct ClairvoyantReplay {
    /// Of longer runs the questions would take more memory than their simulation does.
    static let mostQuestions = 5_000_000

    /// Nil where the point has no cache, or more questions than are kept.
    /// - Throws: where a trace of arrivals or prompts cannot be read.
    static func bound(of scenario: Scenario, corpus: Corpus, repeat: Int) throws(CorpusError) -> CacheBound? {
        let cache = scenario.pipeline.intake.cache
        guard cache.policy != .none, scenario.expectedQuestions <= mostQuestions else { return nil }
        let draws = Draws(seed: scenario.seed, repeat: `repeat`)
        var traffic = Traffic(
            try Arrivals(reading: scenario.traffic.arrivals, draws: draws),
            try Popularity(reading: scenario.traffic.popularity, count: corpus.count, draws: draws, drift: scenario.traffic.drift), corpus: corpus,
            of: scenario)
        let warmupEnd = Instant(nanoseconds: scenario.warmup)
        var numbers = KeyNumbers(items: corpus.count)
        var keys: [UInt32] = []
        keys.reserveCapacity(scenario.expectedQuestions)
        var unmeasured = 0
        while true {
            while traffic.nextArrival != .never, keys.count < mostQuestions {
                let asking = traffic.next()
                keys.append(numbers.number(of: asking))
                if asking.at < warmupEnd { unmeasured += 1 }
            }
            guard traffic.needsDrawing else { break }
            traffic.draw()
        }
        // Longer than was expected of it.
        guard keys.count < mostQuestions, keys.count > unmeasured else { return nil }
        let hits = Clairvoyant.hits(
            keys, nextUses: Clairvoyant.nextUses(of: keys, distinct: numbers.count), distinct: numbers.count, capacity: cache.capacity, warmup: unmeasured)
        return CacheBound(hits: hits, questions: keys.count - unmeasured, items: corpus.count)
    }
}

/// Numbers from 0 for the keys that came, in their order: texts that are equal have one key and one number.
private struct KeyNumbers {
    private static let unknown = UInt32.max
    private var byItem: [UInt32]
    private var byKey: [UInt64: UInt32] = [:]
    var count: Int { byKey.count }

    init(items: Int) { byItem = Array(repeating: Self.unknown, count: items) }

    mutating func number(of asking: Asking) -> UInt32 {
        let item = Int(asking.item)
        if byItem[item] == Self.unknown {
            let next = UInt32(byKey.count)
            byItem[item] = byKey[asking.key] ?? next
            if byItem[item] == next { byKey[asking.key] = next }
        }
        return byItem[item]
    }
}
