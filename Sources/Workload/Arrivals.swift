/// How questions arrive.
package enum ArrivalProcess: Equatable, Sendable {
    /// One every 1/rate, the first at the run's start.
    case constant(ratePerSecond: Double)
    /// Independent of each other: exponential gaps of mean 1/rate, the first one before the first arrival.
    case poisson(ratePerSecond: Double)
    /// Gaps uniform in [low, high], the first one before the first arrival.
    case uniform(low: Nanoseconds, high: Nanoseconds)

    /// Arrivals per second in the long run.
    package var ratePerSecond: Double {
        switch self {
        case .constant(let rate), .poisson(let rate): rate
        case .uniform(let low, let high): 2e9 / (Double(low) + Double(high))
        }
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        switch self {
        case .constant(let rate), .poisson(let rate):
            return rate >= 1e-6 && rate <= 1e9 ? nil : "the rate must be from 0.000001/s to 1000000000/s, not \(rate)/s"
        case .uniform(let low, let high):
            if low < 0 { return "the shortest gap must not be negative" }
            if high < low { return "the longest gap must not be below the shortest" }
            if high == 0 { return "the longest gap must be above 0" }
            return high > Distribution.longest ? "the longest gap must not be above 36 years" : nil
        }
    }
}

/// The intended moments of arrival, one after the other.
///
/// The i-th gap depends on (seed, repeat, i) only. Fractions of a nanosecond are carried over, so the
/// rate holds however many arrivals there are.
package struct Arrivals: Sendable {
    @usableFromInline
    enum Kind: UInt8, Sendable { case constant, poisson, uniform }

    @usableFromInline let draws: Draws
    @usableFromInline let kind: Kind
    /// constant: the gap's whole nanoseconds. uniform: the shortest gap.
    @usableFromInline let whole: Int64
    /// constant: the rest of the gap in 2⁻⁶⁴ ns. uniform: how many lengths a gap can have.
    @usableFromInline let rest: UInt64
    /// poisson: the mean gap.
    @usableFromInline let meanGap: Double
    @usableFromInline var index: UInt64 = 0
    @usableFromInline var now: Int64 = 0
    @usableFromInline var carry: UInt64 = 0
    @usableFromInline var fraction = 0.0

    /// The process's `problem` must be nil.
    package init(_ process: ArrivalProcess, draws: Draws) {
        precondition(process.problem == nil, "an arrival process is checked before it is run")
        self.draws = draws
        switch process {
        case .constant(let rate):
            let gap = 1e9 / rate
            kind = .constant
            whole = Int64(gap)
            rest = UInt64((gap - gap.rounded(.down)) * 0x1p64)
            meanGap = gap
        case .poisson(let rate):
            (kind, whole, rest, meanGap) = (.poisson, 0, 0, 1e9 / rate)
        case .uniform(let low, let high):
            (kind, whole, rest, meanGap) = (.uniform, low, UInt64(high - low) + 1, 0)
        }
    }

    /// The next intended arrival.
    @inlinable
    package mutating func next() -> Instant {
        switch kind {
        case .constant:
            let arrival = Instant(nanoseconds: now)
            let (sum, overflow) = carry.addingReportingOverflow(rest)
            carry = sum
            now &+= whole &+ (overflow ? 1 : 0)
            return arrival
        case .poisson:
            let gap = fraction - meanGap * ExactMath.log(1 - draws.uniform(.arrival, question: index))
            let steps = Int64(gap)
            fraction = gap - Double(steps)
            now &+= steps
        case .uniform:
            now &+= whole &+ Int64(draws.bits(.arrival, question: index).multipliedFullWidth(by: rest).high)
        }
        index &+= 1
        return Instant(nanoseconds: now)
    }
}
