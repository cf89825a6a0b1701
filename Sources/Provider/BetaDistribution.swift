import Workload

/// The Beta distribution's functions from `ExactMath` alone, so that they are the same everywhere.
enum BetaDistribution {
    /// x and 1 − x with Φ(z) = I_x(a, b): the quantile at a normal score. Absolute error below 10⁻⁹ for
    /// shapes from 0.001 to 10⁶.
    static func quantile(_ a: Double, _ b: Double, normalScore z: Double) -> Double {
        // The smaller tail is matched, for there nothing is lost to cancellation.
        z <= 0
            ? lowerQuantile(a, b, ExactMath.normalCDF(z))
            : 1 - lowerQuantile(b, a, ExactMath.normalCDF(-z))
    }

    /// x with I_x(a, b) = p for p ≤ ½, by bisection on log x, sped up by Newton's steps that stay inside.
    private static func lowerQuantile(_ a: Double, _ b: Double, _ p: Double) -> Double {
        let logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
        guard p > 0 else { return 0 }
        // Below exp(−740) every x is 0 for us.
        var low = -740.0
        var high = 0.0
        // I_x(a, b) is at least about x^a / (a·B) near 0: a first guess.
        var t = min(max((ExactMath.log(p) + ExactMath.log(a) + logBeta) / a, low), -1e-3)
        for _ in 0..<200 {
            let x = ExactMath.exp(t)
            let value = incomplete(a, b, x, logBeta)
            if value < p { low = t } else { high = t }
            if high - low < 1e-12 { break }
            // dI/dt = x · density(x).
            let slope = x >= 1 ? 0 : ExactMath.exp(a * t + (b - 1) * ExactMath.log(1 - x) - logBeta)
            let step = (value - p) / slope
            let next = t - step
            if next > low, next < high {
                if abs(step) < 1e-13 { break }
                t = next
            } else {
                t = (low + high) / 2
            }
        }
        return ExactMath.exp(t)
    }

    /// I_x(a, b), the distribution function, by Lentz's continued fraction (Press et al., Numerical
    /// Recipes, 6.4), mirrored where that converges faster.
    static func incomplete(_ a: Double, _ b: Double, _ x: Double, _ logBeta: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let front = ExactMath.exp(a * ExactMath.log(x) + b * ExactMath.log(1 - x) - logBeta)
        return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b
    }

    private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / kept(1 - (a + b) * x / (a + 1))
        var h = d
        for step in 1...5000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / kept(1 + even * d)
            c = kept(1 + even / c)
            h *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / kept(1 + odd * d)
            c = kept(1 + odd / c)
            h *= d * c
            if abs(d * c - 1) < 1e-15 { break }
        }
        return h
    }

    /// ln Γ(x) for x > 0: Stirling's series from 15 on, by recurrence below it.
    static func logGamma(_ x: Double) -> Double {
        var product = 1.0
        var x = x
        while x < 15 {
            product *= x
            x += 1
        }
        let r = 1 / (x * x)
        let series =
            (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360_360)))))) / x
        return (x - 0.5) * ExactMath.log(x) - x + 0.918938533204672741780329736406 + series - ExactMath.log(product)
    }
}
