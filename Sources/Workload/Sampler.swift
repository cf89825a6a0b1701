/// A distribution made ready for drawing: its constants are computed once.
@usableFromInline package struct Sampler: Sendable {
    @usableFromInline
    enum Kind: UInt8, Sendable, BitwiseCopyable { case constant, exponential, lognormal, gamma, pareto, empirical }

    @usableFromInline let kind: Kind
    /// constant: the span. exponential: the mean. lognormal: the median. gamma: mean ÷ shape. pareto: the minimum.
    @usableFromInline let scale: Double
    /// lognormal: sigma. gamma: the shape. pareto: 1 ÷ shape.
    @usableFromInline let form: Double
    /// empirical: the values.
    @usableFromInline let measured: EmpiricalDistribution?

    /// The distribution's `problem` must be nil.
    @usableFromInline package init(_ distribution: Distribution) {
        precondition(distribution.problem == nil, "a distribution is checked before it is drawn from")
        if case .empirical(let values) = distribution { measured = values } else { measured = nil }
        switch distribution {
        case .constant(let span): (kind, scale, form) = (.constant, Double(span), 0)
        case .exponential(let mean): (kind, scale, form) = (.exponential, Double(mean), 0)
        case .lognormal(let median, _): (kind, scale, form) = (.lognormal, Double(median), distribution.sigma)
        case .gamma(let mean, let shape): (kind, scale, form) = (.gamma, Double(mean) / shape, shape)
        case .pareto(let minimum, let shape): (kind, scale, form) = (.pareto, Double(minimum), 1 / shape)
        case .empirical: (kind, scale, form) = (.empirical, 0, 0)
        }
    }

    /// One span, whole nanoseconds.
    @inlinable
    package func sample(_ stream: inout DrawStream) -> Nanoseconds {
        switch kind {
        case .constant: Nanoseconds(scale)
        default: Distribution.wholeNanoseconds(value(&stream))
        }
    }

    /// One draw before rounding.
    @usableFromInline
    package func value(_ stream: inout DrawStream) -> Double {
        switch kind {
        case .constant: scale
        case .exponential: scale * stream.exponential()
        case .lognormal: scale * ExactMath.exp(form * stream.normal())
        case .gamma: scale * Self.standardGamma(form, &stream)
        case .pareto: scale * ExactMath.exp(form * stream.exponential())
        case .empirical: measured?.quantile(stream.openUniform()) ?? 0
        }
    }

    /// Gamma with scale 1. Source: G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma
    /// Variables", ACM TOMS 26, 2000; shapes below 1 by their G(a) = G(a + 1) · U^(1/a).
    @usableFromInline
    static func standardGamma(_ shape: Double, _ stream: inout DrawStream) -> Double {
        if shape < 1 {
            let boost = ExactMath.exp(-stream.exponential() / shape)
            return standardGamma(shape + 1, &stream) * boost
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = stream.normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = stream.openUniform()
            let square = x * x
            if u < 1 - 0.0331 * square * square { return d * v }
            if ExactMath.log(u) < 0.5 * square + d * (1 - v + ExactMath.log(v)) { return d * v }
        }
    }
}
