import Workload

/// How often questions of which popularity were asked for: counts by rank, exact up to rank 63, above that of
/// ranks that differ by less than 1/32 together. 7 KB, whatever is asked of how many.
struct RankCounts: Sendable, Equatable {
    private static let bits = 5
    private static let slots = slot(of: UInt64(UInt32.max)) + 1
    private var counts = [UInt64](repeating: 0, count: slots)

    /// Takes a rank, from 1.
    @inline(__always)
    mutating func add(_ rank: UInt64) { counts[Self.slot(of: rank)] &+= 1 }

    @inline(__always)
    private static func slot(of rank: UInt64) -> Int {
        let shift = 63 - bits - (rank | 1 << UInt64(bits)).leadingZeroBitCount
        return shift << bits + Int(truncatingIfNeeded: rank >> UInt64(shift))
    }

    /// The ranks of each slot up to `last`, with their count.
    func spans(upTo last: Int) -> [(ranks: ClosedRange<Int>, count: UInt64)] {
        var spans: [(ClosedRange<Int>, UInt64)] = []
        var first = 1
        while first <= last {
            let slot = Self.slot(of: UInt64(first))
            let width = 1 << max(0, slot >> Self.bits - 1)
            let end = min(last, first + width - 1)
            spans.append((first...end, counts[slot]))
            first = end + 1
        }
        return spans
    }
}

/// The exponent of Zipf's law that makes what was asked likeliest, for ranks and a number of items that are known.
///
/// The maximum of the likelihood lies where the mean of ln(rank) is the one that the law expects, and its standard
/// error is 1/√(n · variance of ln(rank)). Ranks are those that were drawn: ranking items by how often they came
/// would let chance sort them, which bends every estimate. Sources: A. Clauset, C. R. Shalizi, M. E. J. Newman,
/// "Power-Law Distributions in Empirical Data", SIAM Review 51, 2009 (why not to fit a line to the logarithms);
/// R. Hanel, B. Corominas-Murtra, B. Liu, S. Thurner, "Fitting power-laws in empirical data with estimators that work
/// for all exponents", PLoS ONE 12(2), 2017 (ranks known before the sample, any exponent, a finite number of items).
package struct ZipfEstimate: Equatable, Sendable {
    package var exponent: Double
    package var standardError: Double

    private static let range = -4.0...120.0

    /// Nil where nothing was asked, or all for the first rank, which every large exponent explains as well.
    init?(_ counts: RankCounts, items: Int) {
        let law = Law(counts.spans(upTo: items).map { ($0.ranks, Double($0.count)) })
        let asked = law.slots.reduce(0) { $0 + $1.count }
        guard items > 1, asked > law.slots[0].count else { return nil }
        // The mean that is seen less the one that is expected grows with the exponent.
        var (low, high) = (Self.range.lowerBound, Self.range.upperBound)
        while true {
            let middle = (low + high) / 2
            guard middle > low, middle < high, high - low > 1e-9 else { break }
            if law.seenMean(middle) > law.moments(middle).mean { high = middle } else { low = middle }
        }
        exponent = (low + high) / 2
        standardError = 1 / (asked * law.moments(exponent).variance).squareRoot()
    }

    /// The standard error of an estimate from so many questions by the law itself; nil where ranks tell nothing.
    package static func standardError(exponent: Double, items: Int, questions: Double) -> Double? {
        let variance = Law(RankCounts().spans(upTo: items).map { ($0.ranks, 0) }).moments(exponent).variance
        return variance > 0 && questions > 0 ? 1 / (questions * variance).squareRoot() : nil
    }

    /// Zipf's law over slots of ranks.
    private struct Law {
        struct Slot {
            var count: Double
            var width: Double
            /// Logarithm of the middle rank.
            var logarithm: Double
            /// (width² − 1)/(24 · middle²): by how much, times s(s + 1), the sum of k^−s over the slot is above width ·
            /// middle^−s. The next term is below 1e-8 for exponents up to 3.
            var bend: Double
        }
        var slots: [Slot]

        init(_ spans: [(ranks: ClosedRange<Int>, count: Double)]) {
            slots = spans.map { ranks, count in
                let width = Double(ranks.count)
                let middle = Double(ranks.lowerBound) + (width - 1) / 2
                return Slot(count: count, width: width, logarithm: ExactMath.log(middle), bend: (width * width - 1) / (24 * middle * middle))
            }
        }

        /// Mean of ln(rank) within a slot: −d/ds of the logarithm of its sum.
        private func mean(_ slot: Slot, _ s: Double) -> Double { slot.logarithm - (2 * s + 1) * slot.bend / (1 + s * (s + 1) * slot.bend) }

        func seenMean(_ s: Double) -> Double {
            var (sum, count) = (0.0, 0.0)
            for slot in slots where slot.count > 0 {
                sum += slot.count * mean(slot, s)
                count += slot.count
            }
            return sum / count
        }

        func moments(_ s: Double) -> (mean: Double, variance: Double) {
            // Scaled by the largest weight, so that no exponent overflows.
            let largest = max(0, -s * (slots.last?.logarithm ?? 0))
            var (weight, first, second) = (0.0, 0.0, 0.0)
            for slot in slots {
                let share = slot.width * ExactMath.exp(-s * slot.logarithm - largest) * (1 + s * (s + 1) * slot.bend)
                let mean = mean(slot, s)
                weight += share
                first += share * mean
                second += share * mean * mean
            }
            let mean = first / weight
            return (mean, max(0, second / weight - mean * mean))
        }
    }
}
