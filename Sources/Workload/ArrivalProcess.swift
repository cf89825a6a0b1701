/// How questions arrive.
package enum ArrivalProcess: Equatable, Sendable {
    /// One every 1/rate, the first at the run's start.
    case constant(ratePerSecond: Double)
    /// Independent of each other: exponential gaps of mean 1/rate, the first one before the first arrival.
    case poisson(ratePerSecond: Double)
    /// Gaps uniform in [low, high], the first one before the first arrival.
    case uniform(low: Nanoseconds, high: Nanoseconds)
    /// Independent gaps with a gamma distribution of mean 1/rate, the first one before the first arrival. A
    /// coefficient of variation of 1 is Poisson, above it arrivals come in clumps, below it more evenly.
    case gamma(ratePerSecond: Double, coefficientOfVariation: Double)
    /// Poisson at one rate, then at another, and so on in turn, the higher one first.
    case burst(Burst)
    /// Poisson at a rate given stage by stage; the last stage's rate goes on after its end.
    case stages([Stage])
    /// Poisson at a rate that swings about its mean.
    case diurnal(Diurnal)
    /// As recorded; after the last request nobody asks any more.
    case trace(TraceSource)

    package struct Burst: Equatable, Sendable {
        /// How long the spans of on and off are.
        package enum Spans: String, CaseIterable, Sendable {
            /// Each exactly as long as given.
            case constant
            /// Exponential with the given means: an interrupted Poisson process where the lower rate is 0.
            case exponential
        }

        package var onRatePerSecond: Double
        package var offRatePerSecond: Double
        package var on: Nanoseconds
        package var off: Nanoseconds
        package var spans: Spans

        package init(onRatePerSecond: Double, offRatePerSecond: Double, on: Nanoseconds, off: Nanoseconds, spans: Spans) {
            self.onRatePerSecond = onRatePerSecond
            self.offRatePerSecond = offRatePerSecond
            self.on = on
            self.off = off
            self.spans = spans
        }

        /// Arrivals expected in a span of on and one of off.
        var arrivalsPerCycle: Double { (onRatePerSecond * Double(on) + offRatePerSecond * Double(off)) / 1e9 }
    }

    package struct Stage: Equatable, Sendable {
        package var ratePerSecond: Double
        package var length: Nanoseconds
        /// How long, from the stage's beginning, the rate goes in a straight line from that of the stage before (of the
        /// first: from 0).
        package var ramp: Nanoseconds

        package init(ratePerSecond: Double, length: Nanoseconds, ramp: Nanoseconds = 0) {
            self.ratePerSecond = ratePerSecond
            self.length = length
            self.ramp = ramp
        }
    }

    /// rate(t) = mean · (1 + amplitude · sin(2π (t + phase)/period)).
    package struct Diurnal: Equatable, Sendable {
        package var meanRatePerSecond: Double
        package var amplitude: Double
        package var period: Nanoseconds
        package var phase: Nanoseconds

        package init(meanRatePerSecond: Double, amplitude: Double, period: Nanoseconds, phase: Nanoseconds) {
            self.meanRatePerSecond = meanRatePerSecond
            self.amplitude = amplitude
            self.period = period
            self.phase = phase
        }
    }

    /// Fewer arrivals than this in a cycle of on and off would have the next one searched through thousands of cycles.
    package static let fewestPerCycle = 0.001

    /// Arrivals per second on average: in the long run, of stages over all of them together, of a trace (which is
    /// read for it) over its span; 0 where a trace cannot be read.
    package var ratePerSecond: Double {
        switch self {
        case .constant(let rate), .poisson(let rate), .gamma(let rate, _): return rate
        case .uniform(let low, let high): return 2e9 / (Double(low) + Double(high))
        case .burst(let burst): return burst.arrivalsPerCycle * 1e9 / (Double(burst.on) + Double(burst.off))
        case .diurnal(let diurnal): return diurnal.meanRatePerSecond
        case .trace(let source): return (try? Trace.load(source).ratePerSecond) ?? 0
        case .stages(let stages):
            let length = stages.reduce(0) { $0 + Double($1.length) }
            return expectedArrivals(within: Nanoseconds(min(length, Double(Arrivals.latest)))) * 1e9 / length
        }
    }

    /// The highest rate that holds for a while.
    package var peakRatePerSecond: Double {
        switch self {
        case .constant, .poisson, .uniform, .gamma, .trace: ratePerSecond
        case .burst(let burst): max(burst.onRatePerSecond, burst.offRatePerSecond)
        case .diurnal(let diurnal): diurnal.meanRatePerSecond * (1 + diurnal.amplitude)
        case .stages(let stages): stages.map(\.ratePerSecond).max() ?? 0
        }
    }

    /// Arrivals expected from the start until a moment.
    package func expectedArrivals(within span: Nanoseconds) -> Double {
        switch self {
        case .stages(let stages): StagedRate(stages).mass(until: span)
        case .burst(let burst): burst.arrivals(within: span)
        case .diurnal(let curve): DiurnalRate(curve).mass(until: span)
        case .trace(let source): (try? Double(Trace.load(source).arrivals(within: span))) ?? 0
        default: ratePerSecond * Double(span) / 1e9
        }
    }

    /// When so many arrivals may be expected to have come; `.max` where they never will.
    package func expectedSpan(of arrivals: Double) -> Nanoseconds {
        if case .trace(let source) = self {
            guard let moments = try? Trace.load(source).moments, arrivals <= Double(moments.count) else { return .max }
            return moments[max(0, Int(arrivals) - 1)]
        }
        var (low, high): (Nanoseconds, Nanoseconds) = (0, Arrivals.latest)
        guard expectedArrivals(within: high) >= arrivals else { return .max }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if expectedArrivals(within: middle) < arrivals { low = middle } else { high = middle }
        }
        return high
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        switch self {
        case .constant(let rate), .poisson(let rate):
            return Self.problem(rate)
        case .uniform(let low, let high):
            if low < 0 { return "the shortest gap must not be negative" }
            if high < low { return "the longest gap must not be below the shortest" }
            if high == 0 { return "the longest gap must be above 0" }
            return high > Distribution.longest ? "the longest gap must not be above 36 years" : nil
        case .gamma(let rate, let cv):
            return Self.problem(rate)
                ?? (cv >= 0.001 && cv <= 30 ? nil : "the coefficient of variation must be from 0.001 to 30, not \(cv)")
        case .burst(let burst):
            for span in [burst.on, burst.off] where span < 1 || span > Distribution.longest {
                return "on and off must be above 0 and not above 36 years"
            }
            for rate in [burst.onRatePerSecond, burst.offRatePerSecond] {
                if let problem = Self.problem(rate, zeroAllowed: true) { return problem }
            }
            return burst.arrivalsPerCycle >= Self.fewestPerCycle
                ? nil : "fewer than \(Self.fewestPerCycle) arrivals are expected in a cycle of on and off"
        case .stages(let stages):
            for (number, stage) in stages.enumerated() {
                if let problem = Self.problem(stage.ratePerSecond, zeroAllowed: true) { return "stage \(number): \(problem)" }
                if stage.length < 1 || stage.length > Distribution.longest { return "stage \(number): the length must be above 0 and not above 36 years" }
                if stage.ramp < 0 || stage.ramp > stage.length { return "stage \(number): the ramp must not be longer than the stage" }
            }
            return stages.contains { $0.ratePerSecond > 0 } ? nil : "no stage has a rate above 0"
        case .trace(let source):
            if source.path.isEmpty { return "the path of the trace must not be empty" }
            return source.speed >= 1e-3 && source.speed <= 1e6 ? nil : "the speed must be from 0.001 to 1000000, not \(source.speed)"
        case .diurnal(let diurnal):
            if let problem = Self.problem(diurnal.meanRatePerSecond) { return problem }
            if !(diurnal.amplitude >= 0 && diurnal.amplitude <= 1) { return "the amplitude must be from 0 to 1, not \(diurnal.amplitude)" }
            if diurnal.period < 1000 || diurnal.period > Distribution.longest { return "the period must be from 1us to 36 years" }
            return diurnal.phase < 0 || diurnal.phase > Distribution.longest ? "the phase must not be negative or above 36 years" : nil
        }
    }

    private static func problem(_ rate: Double, zeroAllowed: Bool = false) -> String? {
        if zeroAllowed, rate == 0 { return nil }
        return rate >= 1e-6 && rate <= 1e9 ? nil : "the rate must be from 0.000001/s to 1000000000/s, not \(rate)/s"
    }
}
