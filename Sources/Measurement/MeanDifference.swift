/// The difference between the means of two sets of repeats, new less base, with what is known of it.
///
/// Repeats that met the same traffic and the same luck are pairs: their differences have a mean and a spread of their
/// own (Student's t), free of what the repeats share. Others are two samples of unequal variance (B. L. Welch, "The
/// Generalization of 'Student's' Problem when Several Different Population Variances are Involved", Biometrika 34, 1947;
/// degrees of freedom by F. E. Satterthwaite, 1946).
package struct MeanDifference: Sendable, Equatable {
    package enum Method: String, Sendable, CaseIterable { case paired, welch }

    package let method: Method
    /// Repeats that were looked at; of pairs the same number twice.
    package let baseCount: Int
    package let newCount: Int
    package let baseMean: Double
    package let newMean: Double
    /// New less base.
    package let difference: Double
    /// Of the difference; 0 where nothing varies.
    package let standardError: Double
    /// `.nan` where nothing varies.
    package let degreesOfFreedom: Double
    /// How probable a difference at least this large is where there is none.
    package let probability: Double

    /// Repeats that are pairs, in the same order; at least two.
    /// - Parameter isReproducible: whether chance is the same on both sides, so that any difference has a cause
    ///   (simulations of one seed). It decides what a difference that is the same in every pair means.
    package init(paired base: [Double], with new: [Double], isReproducible: Bool) {
        precondition(base.count == new.count && base.count > 1, "pairs come in twos, and there are at least two")
        method = .paired
        (baseCount, newCount) = (base.count, new.count)
        (baseMean, newMean) = (Estimate(of: base).mean, Estimate(of: new).mean)
        let differences = Estimate(of: zip(base, new).map { $1 - $0 })
        let rounding = Self.rounding(baseMean, newMean)
        difference = differences.mean.magnitude <= rounding && differences.standardError <= rounding ? 0 : differences.mean
        standardError = differences.standardError <= rounding ? 0 : differences.standardError
        guard standardError > 0 else {
            degreesOfFreedom = .nan
            if difference == 0 {
                probability = 1
            } else {
                // Without a spread there is no t. Signs alone are left, each of which chance would turn.
                probability = isReproducible ? 0 : Self.power(of: 0.5, base.count - 1)
            }
            return
        }
        degreesOfFreedom = Double(base.count - 1)
        probability = StudentT.twoSidedProbability(of: difference / standardError, degreesOfFreedom: degreesOfFreedom)
    }

    /// Repeats that have nothing to do with each other; at least two on either side.
    package init(unpaired base: [Double], with new: [Double]) {
        precondition(base.count > 1 && new.count > 1, "there are at least two repeats on either side")
        method = .welch
        (baseCount, newCount) = (base.count, new.count)
        let (before, after) = (Estimate(of: base), Estimate(of: new))
        (baseMean, newMean) = (before.mean, after.mean)
        let rounding = Self.rounding(baseMean, newMean)
        difference = (after.mean - before.mean).magnitude <= rounding ? 0 : after.mean - before.mean
        let a = before.standardError * before.standardError, b = after.standardError * after.standardError
        let error = (a + b).squareRoot()
        standardError = error <= rounding ? 0 : error
        guard standardError > 0 else {
            degreesOfFreedom = .nan
            // Of all ways to divide the repeats in two, how many set them as far apart (Fisher's permutation test).
            probability = difference == 0 ? 1 : min(1, 2 / Self.choices(base.count, of: base.count + new.count))
            return
        }
        // Divided by the larger first, so that small variances do not vanish when squared.
        let larger = max(a, b), x = a / larger, y = b / larger
        degreesOfFreedom = (x + y) * (x + y) / (x * x / Double(base.count - 1) + y * y / Double(new.count - 1))
        probability = StudentT.twoSidedProbability(of: difference / standardError, degreesOfFreedom: degreesOfFreedom)
    }

    /// Whether repeats differ at all, so that there is an interval.
    package var varies: Bool { standardError > 0 }

    /// Half the width of the difference's two-sided interval with a confidence of 1 − `level`; `.nan` where nothing varies.
    package func halfWidth(level: Double) -> Double {
        varies ? StudentT.upperQuantile(level / 2, degreesOfFreedom: degreesOfFreedom) * standardError : .nan
    }

    /// What sums of doubles of this size may be wrong by: nobody's regression.
    private static func rounding(_ a: Double, _ b: Double) -> Double { 1e-13 * max(a.magnitude, b.magnitude) }

    private static func power(of base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { product, _ in product * base } }

    private static func choices(_ some: Int, of all: Int) -> Double {
        (0..<some).reduce(1) { $0 * Double(all - $1) / Double($1 + 1) }
    }
}
