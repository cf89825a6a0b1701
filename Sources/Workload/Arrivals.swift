/// The intended moments of arrival, one after the other.
///
/// The i-th gap's luck depends on (seed, repeat, i) only. Fractions of a nanosecond are carried over, so
/// the rate holds however many arrivals there are. After the last one, where there is a last one, every
/// further one is `.never`.
package struct Arrivals: Sendable {
    @usableFromInline
    enum Kind: UInt8, Sendable { case constant, poisson, uniform, gamma, stages, burst, diurnal, trace }

    @usableFromInline let draws: Draws
    @usableFromInline var kind: Kind
    /// constant: the gap's whole nanoseconds. uniform: the shortest gap.
    @usableFromInline let whole: Int64
    /// constant: the rest of the gap in 2⁻⁶⁴ ns. uniform: how many lengths a gap can have.
    @usableFromInline let rest: UInt64
    /// poisson: the mean gap. gamma: the mean gap ÷ shape.
    @usableFromInline let meanGap: Double
    @usableFromInline var index: UInt64 = 0
    @usableFromInline var now: Int64 = 0
    @usableFromInline var carry: UInt64 = 0
    @usableFromInline var fraction = 0.0
    /// gamma: the shape.
    @usableFromInline var shape = 0.0
    /// What changes over time, for the processes whose rate does.
    @usableFromInline var stages: StagedRate?
    @usableFromInline var burst: BurstRate?
    @usableFromInline var diurnal: DiurnalRate?
    /// trace: the moments, in order.
    @usableFromInline var moments: [Int64] = []

    /// Reads the file that the process names, if it names one. The process's `problem` must be nil.
    package init(reading process: ArrivalProcess, draws: Draws) throws(CorpusError) {
        guard case .trace(let source) = process else {
            self.init(process, draws: draws)
            return
        }
        self.init(.constant(ratePerSecond: 1), draws: draws)
        kind = .trace
        moments = try Trace.load(source).moments
    }

    /// The process's `problem` must be nil; a trace needs `init(reading:draws:)`.
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
        case .gamma(let rate, let cv):
            (kind, whole, rest, meanGap) = (.gamma, 0, 0, 1e9 / rate * (cv * cv))
            shape = 1 / (cv * cv)
        case .stages(let list):
            (kind, whole, rest, meanGap) = (.stages, 0, 0, 0)
            stages = StagedRate(list)
        case .burst(let bursts):
            (kind, whole, rest, meanGap) = (.burst, 0, 0, 0)
            burst = BurstRate(bursts, draws: draws)
        case .diurnal(let curve):
            (kind, whole, rest, meanGap) = (.diurnal, 0, 0, 0)
            diurnal = DiurnalRate(curve)
        case .trace: preconditionFailure("a trace's file has to be read")
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
            let gap = fraction + meanGap * mass()
            let steps = Int64(gap)
            fraction = gap - Double(steps)
            now &+= steps
        case .uniform:
            now &+= whole &+ Int64(draws.bits(.arrival, question: index).multipliedFullWidth(by: rest).high)
        case .gamma, .stages, .burst, .diurnal, .trace:
            return nextOfOthers()
        }
        index &+= 1
        return Instant(nanoseconds: now)
    }

    /// Apart from `next()`, so that the common processes stay small enough to be inlined.
    @usableFromInline
    mutating func nextOfOthers() -> Instant {
        guard now != Instant.never.nanoseconds else { return .never }
        switch kind {
        case .gamma:
            var stream = draws.stream(.arrival, question: index)
            let gap = min(fraction + meanGap * Sampler.standardGamma(shape, &stream), Double(Self.latest))
            let steps = Int64(gap)
            fraction = gap - Double(steps)
            now = min(now &+ steps, Self.latest)
        case .stages: move(to: stages!.advance(by: mass()))
        case .burst: move(to: burst!.advance(by: mass()))
        case .diurnal: move(to: diurnal!.advance(by: mass()))
        case .trace: now = index < UInt64(moments.count) ? moments[Int(index)] : Instant.never.nanoseconds
        case .constant, .poisson, .uniform: preconditionFailure("next() draws these itself")
        }
        index &+= 1
        return Instant(nanoseconds: now)
    }

    /// A rate that changes with time is a Poisson process of rate 1 on a clock that runs at that rate (E. Çınlar,
    /// "Introduction to Stochastic Processes", 1975, 4.7): one exponential draw an arrival, then the inverse of
    /// the integrated rate.
    @inlinable
    func mass() -> Double {
        var stream = draws.stream(.arrival, question: index)
        return stream.exponential()
    }

    /// Rounding must not take the clock back.
    private mutating func move(to moment: Int64?) {
        now = moment.map { max(now, min($0, Self.latest)) } ?? Instant.never.nanoseconds
    }

    /// The latest moment that is told apart (146 years): sums with spans still fit 64 bits.
    static let latest: Int64 = 1 << 62
}
