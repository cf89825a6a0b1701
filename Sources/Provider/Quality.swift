import Workload

/// How good answers are: their scores follow the Beta distribution on [0, 1] with this mean and
/// standard deviation, or are drawn from scores that were measured.
///
/// Successive generations of one question are joined by a Gaussian copula: their normal scores are an
/// autoregressive sequence of order 1 with correlation `retryCorrelation`.
package struct Quality: Equatable, Sendable {
    package var mean: Double
    /// Standard deviation; 0: every answer scores `mean`.
    package var spread: Double
    package var retryCorrelation: Double
    /// Measured scores in [0, 1] in place of the Beta distribution; `mean` and `spread` are theirs then.
    package private(set) var measured: EmpiricalDistribution?

    package init(mean: Double = 0.5, spread: Double = 0.2, retryCorrelation: Double = 0) {
        self.mean = mean
        self.spread = spread
        self.retryCorrelation = retryCorrelation
    }

    package init(measured: EmpiricalDistribution, retryCorrelation: Double = 0) {
        self.init(mean: measured.mean, spread: measured.variance.squareRoot(), retryCorrelation: retryCorrelation)
        self.measured = measured
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        guard mean >= 0, mean <= 1 else { return "the mean must be from 0 to 1, not \(mean)" }
        guard spread >= 0 else { return "the spread must not be negative, but is \(spread)" }
        guard retryCorrelation >= -1, retryCorrelation <= 1 else {
            return "retry_correlation must be from -1 to 1, not \(retryCorrelation)"
        }
        if let measured {
            return measured.values[0] >= 0 && measured.values[measured.values.count - 1] <= 1 ? nil : "measured scores lie in [0, 1]"
        }
        if spread == 0 { return nil }
        let most = (mean * (1 - mean)).squareRoot()
        guard spread < most - 1e-9 else {
            return "scores within [0, 1] of mean \(mean) have a spread (standard deviation) below \(rounded(most)), not \(spread)"
        }
        guard let (a, b) = shapes, min(a, b) >= 1e-3, max(a, b) <= 1e6 else {
            return "the spread \(spread) is too near its limits for the mean \(mean): from \(rounded(most / 1000)) to \(rounded(most * 0.999)) is possible"
        }
        return nil
    }

    private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

    /// The Beta distribution's two shapes; nil where every answer scores the mean, or scores were measured.
    package var shapes: (Double, Double)? {
        guard spread > 0, measured == nil else { return nil }
        let total = mean * (1 - mean) / (spread * spread) - 1
        return (mean * total, (1 - mean) * total)
    }
}
