import Foundation
import SeededChance
import Testing
import Workload
@testable import Measurement

/// Rate, variation and popularity of what came, as measured while it comes.
@Suite struct TrafficTests {
    /// Draws of another kind than the project's, and by another method: Zipf by bisection of the distribution function.
    private struct Zipf {
        private var generator: SplitMix
        private let cumulated: [Double]

        init(exponent: Double, items: Int, seed: UInt64) {
            generator = SplitMix(state: seed)
            var sum = 0.0
            cumulated = (1...items).map { rank in
                sum += Foundation.pow(Double(rank), -exponent)
                return sum
            }
        }

        mutating func rank() -> Int {
            let wanted = Double.random(in: 0..<cumulated.last!, using: &generator)
            var (low, high) = (0, cumulated.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if cumulated[middle] > wanted { high = middle } else { low = middle + 1 }
            }
            return low + 1
        }
    }

    /// The estimate with every rank by itself: the root of mean(ln rank) = Σ ln k · k^−s / Σ k^−s.
    private func exact(_ ranks: [Int], items: Int) -> (exponent: Double, error: Double) {
        let seen = ranks.reduce(0) { $0 + Foundation.log(Double($1)) } / Double(ranks.count)
        func moments(_ s: Double) -> (mean: Double, variance: Double) {
            var (weight, first, second) = (0.0, 0.0, 0.0)
            for k in (1...items).reversed() {
                let logarithm = Foundation.log(Double(k))
                let share = Foundation.exp(-s * logarithm)
                weight += share
                first += share * logarithm
                second += share * logarithm * logarithm
            }
            return (first / weight, second / weight - first * first / weight / weight)
        }
        var (low, high) = (-2.0, 10.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if seen > moments(middle).mean { high = middle } else { low = middle }
        }
        return (low, 1 / (Double(ranks.count) * moments(low).variance).squareRoot())
    }

    @Test(arguments: [(0.0, 5000), (0.6, 20_000), (1.0, 100), (1.0, 20_000), (1.5, 20_000), (3.0, 1000)])
    func theExponentIsTheLikeliest(exponent: Double, items: Int) throws {
        var zipf = Zipf(exponent: exponent, items: items, seed: UInt64(items) + UInt64(exponent * 10))
        let ranks = (0..<20_000).map { _ in zipf.rank() }
        var counts = RankCounts()
        for rank in ranks { counts.add(UInt64(rank)) }
        let estimate = try #require(ZipfEstimate(counts, items: items))
        let oracle = exact(ranks, items: items)
        // Ranks that share a slot cost less than a fiftieth of what chance does.
        #expect(abs(estimate.exponent - oracle.exponent) < 0.02 * oracle.error, "\(estimate) \(oracle)")
        #expect(abs(estimate.standardError / oracle.error - 1) < 0.001)
        let foretold = try #require(ZipfEstimate.standardError(exponent: exponent, items: items, questions: 20_000))
        #expect(abs(foretold / oracle.error - 1) < 0.1)
        #expect(abs(estimate.exponent - exponent) < 4 * estimate.standardError)
    }

    /// 200 samples: the interval of ±1.96 standard errors holds the exponent in 95 % of them; 183 to 197 is where a
    /// binomial count is with a probability of 99.9 %.
    @Test func theStandardErrorIsTheSpread() throws {
        let held = (0..<200).count { seed in
            var zipf = Zipf(exponent: 0.9, items: 3000, seed: UInt64(seed) * 7919 + 1)
            var counts = RankCounts()
            for _ in 0..<2000 { counts.add(UInt64(zipf.rank())) }
            guard let estimate = ZipfEstimate(counts, items: 3000) else { return false }
            return abs(estimate.exponent - 0.9) < 1.96 * estimate.standardError
        }
        #expect((178...198).contains(held), "\(held)")
    }

    @Test func whatTellsNothingGivesNoExponent() {
        var counts = RankCounts()
        #expect(ZipfEstimate(counts, items: 10) == nil)
        counts.add(1)
        #expect(ZipfEstimate(counts, items: 10) == nil && ZipfEstimate(counts, items: 1) == nil)
        #expect(ZipfEstimate.standardError(exponent: 1, items: 1, questions: 10) == nil)
    }

    @Test func slotsHoldEveryRankOnce() {
        var counts = RankCounts()
        for rank in 1...100_000 { counts.add(UInt64(rank)) }
        counts.add(UInt64(UInt32.max))
        let spans = counts.spans(upTo: 100_000)
        #expect(spans.first?.ranks == 1...1 && spans.last?.ranks.upperBound == 100_000)
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.ranks.upperBound + 1 == $1.ranks.lowerBound })
        #expect(spans.dropLast().allSatisfy { Int($0.count) == $0.ranks.count && $0.ranks.count * 32 <= max(32, $0.ranks.lowerBound) })
    }

    /// Recorder and columns, by hand: warm-up left out, gaps of 1, 2 and 3 seconds.
    @Test func columnsAreOfTheMeasuredQuestions() throws {
        var recorder = RunRecorder(.init(warmup: Instant(nanoseconds: 10_000_000_000), threshold: 0.5, callCapacity: 1, rankedItems: 2))
        for (question, (second, rank)) in [(1, 1), (10, 0), (11, 0), (13, 1), (16, 0)].enumerated() {
            recorder.asked(UInt64(question), rank: rank, intendedAt: Instant(nanoseconds: Int64(second) * 1_000_000_000))
        }
        let result = recorder.finish(at: Instant(nanoseconds: 20_000_000_000), identity: RunIdentity(scenario: "a", seed: 1, mode: .simulated))
        func figure(_ name: String) throws -> Double { try #require(result.value(name)).double }
        #expect(try figure("arrival_rate_per_s") == 0.5)
        #expect(try figure("arrival_cv") == 0.5)
        // Seconds 10 to 15 have 1, 1, 0, 1, 0, 0 arrivals.
        let (dispersion, exponent) = (try figure("arrival_dispersion"), try figure("popularity_exponent"))
        #expect(abs(dispersion - 0.6) < 1e-12)
        // 3 : 1 for two ranks is an exponent of log2(3).
        #expect(abs(exponent - 1.584_962_500_721) < 1e-6)
    }
}
