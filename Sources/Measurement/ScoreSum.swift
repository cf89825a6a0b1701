/// A sum of scores in which the order of adding makes no difference.
///
/// Scores are added as multiples of 2⁻⁴⁰ (an error below 10⁻¹² each), so shards and threads that meet
/// the same scores in another order arrive at the same mean to the last bit.
package struct ScoreSum: Sendable, Equatable, Codable, BitwiseCopyable {
    private static let unit = 0x1p40
    private var sum: Int128 = 0
    package private(set) var count: Int = 0

    package init() {}

    /// The score must be a number; gains may be negative.
    @inline(__always)
    package mutating func add(_ score: Double) {
        // Half away from zero by truncation: `rounded` is a call into libm on plain x86-64.
        sum &+= Int128(truncatingIfNeeded: Int64(score * Self.unit + (score < 0 ? -0.5 : 0.5)))
        count &+= 1
    }

    package mutating func merge(_ other: ScoreSum) {
        sum += other.sum
        count += other.count
    }

    /// `.nan` where nothing was added.
    package var mean: Double { count == 0 ? .nan : Double(sum) / Self.unit / Double(count) }
}
