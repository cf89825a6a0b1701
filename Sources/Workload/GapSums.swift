/// The gaps between arrivals, as far as their rate and their variation need them: a subtraction and a
/// product an arrival, nothing kept of any of them.
package struct GapSums: Equatable, Sendable, BitwiseCopyable {
    private var first: Int64 = 0
    private var last: Int64 = 0
    /// Arrivals so far.
    package private(set) var arrivals = 0
    /// The first gap: squares are summed of what the others differ by, so that little cancels out.
    private var origin: Int64 = 0
    private var squares = 0.0

    package init() {}

    /// Takes the next arrival, which is no earlier than the one before.
    @inline(__always)
    package mutating func add(_ arrival: Instant) {
        if arrivals < 2 { begin(arrival) }
        let difference = Double(arrival.nanoseconds &- last &- origin)
        squares += difference * difference
        last = arrival.nanoseconds
        arrivals &+= 1
    }

    @inline(never)
    private mutating func begin(_ arrival: Instant) {
        if arrivals == 0 {
            first = arrival.nanoseconds
            last = first
        } else {
            origin = arrival.nanoseconds - last
        }
    }

    /// Gaps over the time that they took, which is the rate of a process that is looked at from one of its
    /// arrivals to another; `.nan` with fewer than two arrivals or where no time passed.
    package var ratePerSecond: Double {
        let span = Double(last - first) / 1e9
        return arrivals > 1 && span > 0 ? Double(arrivals - 1) / span : .nan
    }

    /// Standard deviation (n − 1) of the gaps over their mean; `.nan` with fewer than two gaps or where no time passed.
    package var coefficientOfVariation: Double {
        let gaps = Double(arrivals - 1)
        let mean = Double(last - first) / gaps
        guard gaps > 1, mean > 0 else { return .nan }
        let shift = mean - Double(origin)
        return (max(0, squares - gaps * shift * shift) / (gaps - 1)).squareRoot() / mean
    }
}
