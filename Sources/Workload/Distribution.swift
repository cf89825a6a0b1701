/// How a span of time is spread. Spans are nanoseconds.
@usableFromInline package enum Distribution: Equatable, Sendable {
    case constant(Nanoseconds)
    case exponential(mean: Nanoseconds)
    /// The logarithm is normal; given by what people read off a dashboard.
    case lognormal(median: Nanoseconds, p99: Nanoseconds)
    /// Shape 1 is the exponential; the coefficient of variation is 1/√shape.
    case gamma(mean: Nanoseconds, shape: Double)
    /// P(X > x) = (minimum/x)^shape. The mean is infinite for shape ≤ 1, the variance for shape ≤ 2.
    case pareto(minimum: Nanoseconds, shape: Double)
    /// Spans that were measured.
    case empirical(EmpiricalDistribution)

    /// z with Φ(z) = 0.99.
    static let z99 = 2.3263478740408411

    /// The longest span that is ever drawn (about 36 years), so that moments never overflow.
    @usableFromInline package static let longest: Nanoseconds = 1 << 60

    /// The lognormal with this mean and standard deviation, rounded to whole nanoseconds.
    @usableFromInline package static func lognormal(mean: Nanoseconds, standardDeviation: Nanoseconds) -> Distribution {
        let ratio = Double(standardDeviation) / Double(mean)
        let variance = ExactMath.log(1 + ratio * ratio)
        let median = Double(mean) * ExactMath.exp(-variance / 2)
        let p99 = median * ExactMath.exp(z99 * variance.squareRoot())
        return .lognormal(median: wholeNanoseconds(median), p99: wholeNanoseconds(p99))
    }

    /// The gamma with this mean and coefficient of variation (standard deviation ÷ mean).
    @usableFromInline package static func gamma(mean: Nanoseconds, coefficientOfVariation cv: Double) -> Distribution {
        .gamma(mean: mean, shape: 1 / (cv * cv))
    }

    /// What makes these parameters impossible; nil where they are sound.
    @usableFromInline package var problem: String? {
        switch self {
        case .constant(let span):
            Self.problem(span, "a constant span", zeroAllowed: true)
        case .exponential(let mean):
            Self.problem(mean, "the mean")
        case .lognormal(let median, let p99):
            Self.problem(median, "the median") ?? Self.problem(p99, "p99")
                ?? (p99 < median ? "p99 must not be below the median" : nil)
        case .gamma(let mean, let shape):
            Self.problem(mean, "the mean")
                ?? (shape >= 1e-3 && shape <= 1e9 ? nil : "the shape must be from 0.001 to 1e9, not \(shape)")
        case .pareto(let minimum, let shape):
            Self.problem(minimum, "the minimum")
                ?? (shape >= 1e-3 && shape <= 1e9 ? nil : "the shape must be from 0.001 to 1e9, not \(shape)")
        case .empirical(let measured):
            measured.values[0] < 0 ? "a span must not be negative"
                : measured.values[measured.values.count - 1] > Double(Self.longest) ? "a span must not be above 36 years" : nil
        }
    }

    private static func problem(_ span: Nanoseconds, _ name: String, zeroAllowed: Bool = false) -> String? {
        if span < 0 { return "\(name) must not be negative" }
        if span == 0, !zeroAllowed { return "\(name) must be above 0" }
        if span > longest { return "\(name) must not be above 36 years" }
        return nil
    }

    /// Expected span in nanoseconds; infinite for a Pareto of shape ≤ 1.
    @usableFromInline package var mean: Double {
        switch self {
        case .constant(let span): return Double(span)
        case .exponential(let mean): return Double(mean)
        case .lognormal(let median, _): return Double(median) * ExactMath.exp(sigma * sigma / 2)
        case .gamma(let mean, _): return Double(mean)
        case .pareto(let minimum, let shape):
            return shape > 1 ? Double(minimum) * shape / (shape - 1) : .infinity
        case .empirical(let measured): return measured.mean
        }
    }

    /// Variance in square nanoseconds; infinite for a Pareto of shape ≤ 2.
    @usableFromInline package var variance: Double {
        switch self {
        case .constant: return 0
        case .exponential(let mean): return Double(mean) * Double(mean)
        case .lognormal:
            let m = mean
            return m * m * (ExactMath.exp(sigma * sigma) - 1)
        case .gamma(let mean, let shape): return Double(mean) * Double(mean) / shape
        case .pareto(let minimum, let shape):
            guard shape > 2 else { return .infinity }
            let m = Double(minimum)
            return m * m * shape / ((shape - 1) * (shape - 1) * (shape - 2))
        case .empirical(let measured): return measured.variance
        }
    }

    /// The lognormal's standard deviation of the logarithm; 0 for the others.
    var sigma: Double {
        guard case .lognormal(let median, let p99) = self else { return 0 }
        return ExactMath.log(Double(p99) / Double(median)) / Self.z99
    }

    /// One draw. Where many are made, keep a `Sampler` instead: it has the constants ready.
    @usableFromInline package func sample(_ stream: inout DrawStream) -> Nanoseconds { Sampler(self).sample(&stream) }

    /// The nearest whole number of nanoseconds, within [0, `longest`].
    @inlinable
    package static func wholeNanoseconds(_ span: Double) -> Nanoseconds {
        guard span > 0 else { return 0 }
        return span < 0x1p60 ? Nanoseconds(span + 0.5) : 1 << 60
    }
}
