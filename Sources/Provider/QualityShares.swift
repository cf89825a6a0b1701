import Workload

extension Quality {
    /// The share of answers that score at least `threshold`.
    package func share(atLeast threshold: Double) -> Double {
        if let measured { return Double(measured.count(atLeast: threshold)) / Double(measured.values.count) }
        guard let (a, b) = shapes else { return mean >= threshold ? 1 : 0 }
        // The smaller tail would lose its digits to cancellation; the mirrored distribution keeps them.
        let logBeta = BetaDistribution.logGamma(a) + BetaDistribution.logGamma(b) - BetaDistribution.logGamma(a + b)
        return BetaDistribution.incomplete(b, a, 1 - threshold, logBeta)
    }

    /// The score below which the share `probability` of the answers lies.
    package func quantile(_ probability: Double) -> Double {
        if let measured { return measured.quantile(probability) }
        guard let (a, b) = shapes else { return mean }
        return BetaDistribution.quantile(a, b, normalScore: ExactMath.normalQuantile(probability))
    }
}

extension EmpiricalDistribution {
    /// How many of the values are `threshold` or more.
    package func count(atLeast threshold: Double) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < threshold { low = middle + 1 } else { high = middle }
        }
        return values.count - low
    }
}
