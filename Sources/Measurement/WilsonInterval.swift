/// Where a probability lies, by how many of so many trials succeeded: E. B. Wilson, "Probable Inference, the
/// Law of Succession, and Statistical Inference", Journal of the American Statistical Association 22, 1927.
///
/// It stays within [0, 1] and keeps its width where none or all succeed, unlike the estimate ± its standard error.
package struct WilsonInterval: Equatable, Sendable {
    package let low: Double
    package let high: Double

    /// The two-sided 95 % interval; `trials` at least one.
    package init(successes: Int, trials: Int) {
        precondition(trials > 0 && successes >= 0 && successes <= trials, "successes are some of the trials")
        // The standard normal distribution's 97.5th percentile.
        let z = 1.959963984540054
        let n = Double(trials)
        let share = Double(successes) / n
        let shrink = 1 + z * z / n
        let centre = (share + z * z / (2 * n)) / shrink
        let half = z / shrink * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        low = successes == 0 ? 0 : max(0, centre - half)
        high = successes == trials ? 1 : min(1, centre + half)
    }
}
