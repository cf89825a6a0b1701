/// When a point has been repeated often enough: as soon as a column's 95 % interval is narrow enough.
///
/// A sequential procedure (Y. S. Chow and H. Robbins, "On the asymptotic theory of fixed-width sequential confidence
/// intervals for the mean", Annals of Mathematical Statistics 36(2), 1965), in the relative form that A. M. Law gives
/// (Simulation Modeling and Analysis, 5th ed., section 9.4.1). Looking again after each repeat stops too early where the first
/// repeats happen to agree: with `atLeast` at 10, 94 % of the intervals cover the mean, at 3 not even 90 % do.
package struct StoppingRule: Equatable, Sendable {
    /// Half the interval's width at most, as a share of the mean's magnitude.
    package var relativeHalfWidth: Double
    /// A column of summary.csv.
    package var column: String
    /// Repeats before the first look.
    package var atLeast: Int

    package init(relativeHalfWidth: Double, column: String, atLeast: Int) {
        (self.relativeHalfWidth, self.column, self.atLeast) = (relativeHalfWidth, column, atLeast)
    }

    /// `atLeast`, where the scenario does not say.
    static let usualMinimum = 10

    /// `2%`.
    static func share(_ text: some StringProtocol) -> Double? {
        guard text.last == "%", let percent = Units.number(text.dropLast()), percent > 0, percent <= 100 else { return nil }
        return percent / 100
    }
}
