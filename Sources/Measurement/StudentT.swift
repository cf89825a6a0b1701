import CGSL

/// Quantiles of Student's t distribution, from the GNU Scientific Library: the only use of it.
enum StudentT {
    /// The value below which the share `probability` of the distribution lies.
    static func quantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
        precondition(probability > 0 && probability < 1 && degreesOfFreedom > 0, "no such t quantile")
        return gsl_cdf_tdist_Pinv(probability, Double(degreesOfFreedom))
    }
}
