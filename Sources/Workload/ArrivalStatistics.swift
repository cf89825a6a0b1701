// What the figures of an arrival process are by themselves, for holding those of a run against.

extension ArrivalProcess {
    /// Coefficient of variation of the gaps; nil where the rate changes with time, so that it is none of the
    /// process alone. Of a trace that of the arrivals within [from, to).
    ///
    /// Of bursts with exponential spans, a Markov-modulated Poisson process of two states: W. Fischer,
    /// K. Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook", Performance Evaluation 18, 1993.
    package func coefficientOfVariation(from: Instant = .zero, to: Instant = .never) -> Double? {
        switch self {
        case .constant: 0
        case .poisson: 1
        case .uniform(let low, let high): (Double(high) - Double(low)) / 3.0.squareRoot() / (Double(high) + Double(low))
        case .gamma(_, let cv): cv
        case .burst(let burst):
            burst.spans == .exponential ? burst.squaredVariation.squareRoot() : nil
        case .stages, .diurnal: nil
        case .trace(let source): (try? Trace.load(source)).map { $0.gaps(from: from, to: to).coefficientOfVariation }
        }
    }

    /// Standard deviation of that figure over runs with so many arrivals; nil where gaps depend on each other.
    ///
    /// To first order in 1/n: Var(cv)/cv² = ((β − 1)/4 + cv² − cv·γ)/n for independent gaps of skewness γ and
    /// kurtosis β (the delta method on mean and variance).
    package func variationError(arrivals: Double) -> Double? {
        guard let cv = coefficientOfVariation() else { return nil }
        switch self {
        case .constant, .trace: return 0
        case .poisson, .gamma: return cv * ((1 + cv * cv) / 2 / arrivals).squareRoot()  // β = 3 + 6cv², γ = 2cv
        case .uniform: return cv * ((0.2 + cv * cv) / arrivals).squareRoot()  // β = 9/5, γ = 0
        case .burst, .stages, .diurnal: return nil
        }
    }

    /// Standard deviation of the rate that so long a run sees: the square root of dispersion · arrivals, over the span.
    package func rateError(seconds: Double, arrivals: Double) -> Double { (dispersion * arrivals).squareRoot() / seconds }

    /// Variance over mean of the number of arrivals in a long span, given the rate's course where that is not drawn.
    private var dispersion: Double {
        switch self {
        case .constant, .trace: return 0
        case .poisson, .stages, .diurnal: return 1
        case .uniform, .gamma:
            let cv = coefficientOfVariation() ?? 1
            return cv * cv
        case .burst(let burst): return burst.spans == .exponential ? burst.dispersion : 1
        }
    }
}

extension ArrivalProcess.Burst {
    /// How often a second the process leaves on, and off, where spans are exponential.
    private var leaving: (on: Double, off: Double) { (1e9 / Double(on), 1e9 / Double(off)) }

    /// Squared coefficient of variation of the gaps, with exponential spans.
    fileprivate var squaredVariation: Double {
        let (a, b) = leaving
        let (x, y) = (onRatePerSecond, offRatePerSecond)
        return 1 + 2 * a * b * (x - y) * (x - y) / ((a + b) * (a + b) * (x * y + x * b + y * a))
    }

    fileprivate var dispersion: Double {
        let (a, b) = leaving
        let (x, y) = (onRatePerSecond, offRatePerSecond)
        return 1 + 2 * a * b * (x - y) * (x - y) / ((a + b) * (a + b) * (x * b + y * a))
    }

    /// Arrivals expected from the start, which is on, until a moment.
    func arrivals(within span: Nanoseconds) -> Double {
        let seconds = Double(span) / 1e9
        switch spans {
        case .constant:
            let cycle = Double(on) + Double(off)
            let cycles = (Double(span) / cycle).rounded(.down)
            let rest = Double(span) - cycles * cycle
            let restOn = min(rest, Double(on)) / 1e9
            return cycles * arrivalsPerCycle + restOn * onRatePerSecond + (rest / 1e9 - restOn) * offRatePerSecond
        case .exponential:
            let (a, b) = leaving
            // The chance to be on falls from 1 to b/(a + b) at the rate a + b.
            let surplus = a / (a + b) * (1 - ExactMath.exp(-(a + b) * seconds)) / (a + b)
            return (onRatePerSecond * b + offRatePerSecond * a) / (a + b) * seconds + (onRatePerSecond - offRatePerSecond) * surplus
        }
    }
}

extension Trace {
    /// The gaps between its arrivals within [from, to).
    package func gaps(from: Instant, to: Instant) -> GapSums {
        var sums = GapSums()
        for moment in moments where moment >= from.nanoseconds && moment < to.nanoseconds { sums.add(Instant(nanoseconds: moment)) }
        return sums
    }

    /// The share of the requests within [from, until) whose prompt was asked before, at whatever time; 0 where there is none.
    package func repeats(from: Instant, until: Instant) -> Double {
        var known = [Bool](repeating: false, count: distinctPrompts)
        var (again, all) = (0, 0)
        for (moment, prompt) in zip(moments, prompts) where moment < until.nanoseconds {
            if moment >= from.nanoseconds {
                all += 1
                if known[Int(prompt)] { again += 1 }
            }
            known[Int(prompt)] = true
        }
        return all > 0 ? Double(again) / Double(all) : 0
    }
}
