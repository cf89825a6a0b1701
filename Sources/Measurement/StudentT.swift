import CGSL

/// Student's t distribution, from the GNU Scientific Library: the only use of it. Degrees of freedom need not be
/// whole (Welch's approximation has others).
enum StudentT {
    /// The value below which the share `probability` of the distribution lies.
    static func quantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
        quantile(probability, degreesOfFreedom: Double(degreesOfFreedom))
    }

    static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
        precondition(probability > 0 && probability < 1 && degreesOfFreedom > 0, "no such t quantile")
        return gsl_cdf_tdist_Pinv(probability, degreesOfFreedom)
    }

    /// The value above which the share `probability` lies; exact where that is so small that 1 − `probability` is not.
    static func upperQuantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
        precondition(probability > 0 && probability < 1 && degreesOfFreedom > 0, "no such t quantile")
        return gsl_cdf_tdist_Qinv(probability, degreesOfFreedom)
    }

    /// The probability of a value at least as far from 0 as `t`, on either side.
    static func twoSidedProbability(of t: Double, degreesOfFreedom: Double) -> Double {
        precondition(degreesOfFreedom > 0, "no such t distribution")
        return min(1, 2 * gsl_cdf_tdist_Q(t.magnitude, degreesOfFreedom))
    }
}
