import Foundation
import Workload

/// How many generations a question needs until an answer passes, and how often none does.
///
/// Successive answers to a question are of one distribution, joined as in the quality model: their normal
/// scores are an autoregressive sequence of order 1. An answer fails where its normal score is below
/// c = Φ⁻¹(1 − a), with a the probability to pass. With S_k the probability that the first k answers fail, a
/// question with at most R regenerations has Σ S_k generations for k from 0 to R, and S_{R+1} is the
/// probability that all are used up. Independent answers give S_k = (1 − a)^k.
///
/// Otherwise S_k is the integral of the density of the k-th normal score on all paths below c, carried from
/// one answer to the next by Gauss–Legendre quadrature: error below 10⁻⁹ up to a correlation of ±0.99.
/// Beyond ±0.998, ±1 excepted, it counts as ±0.998, which is wrong by 0.011 at most in each S_k up to S_2.
package struct GenerationTheory: Sendable {
    package struct Expectation: Equatable, Sendable {
        /// Per question.
        package let generations: Double
        /// Probability that no answer passes.
        package let usedUp: Double
    }

    private let correlation: Double
    /// On [−1, 1]; empty where a closed form serves.
    private let nodes: [(position: Double, weight: Double)]

    /// Beyond this normal score there is nothing to be seen in a double.
    private static let edge = 8.5

    package init(correlation: Double) {
        precondition(abs(correlation) <= 1, "a correlation lies in [-1, 1]")
        guard correlation != 0, abs(correlation) < 1 else {
            (self.correlation, nodes) = (correlation, [])
            return
        }
        self.correlation = min(max(correlation, -0.998), 0.998)
        let width = (1 - self.correlation * self.correlation).squareRoot()
        nodes = Self.legendre(min(640, max(96, Int(40 / width))))
    }

    /// `passing`: the probability that an answer passes.
    package func expectation(passing: Double, maxRegenerations: Int) -> Expectation {
        let failing = 1 - min(max(passing, 0), 1)
        var (generations, failed) = (1.0, failing)
        var density = nodes.isEmpty || failing <= 0 || failing >= 1 ? nil : Density(below: failing, self)
        // Of those that have failed so far, the share that fails once more: it soon hardly changes.
        var again = failing
        for regeneration in 0..<maxRegenerations {
            guard failed > 1e-15 else { break }
            generations += failed
            if density != nil {
                density?.step()
                let next = min(1, density!.mass / failed)
                if abs(next - again) < 1e-14 { density = nil }
                again = next
            } else if correlation == 1 {
                again = 1
            } else if correlation == -1 {
                // The signs alternate, so that the second answer settles the rest.
                again = regeneration == 0 ? max(0, 2 * failing - 1) / failing : 1
            }
            failed *= again
        }
        return Expectation(generations: generations, usedUp: failed)
    }

    /// The density of the latest normal score, on paths that have stayed below the threshold, times the
    /// quadrature's weights.
    private struct Density {
        private var values: [Double]
        /// From node to node, row by row of the later one.
        private let kernel: [Double]

        init(below failing: Double, _ theory: GenerationTheory) {
            let bound = min(max(ExactMath.normalQuantile(failing), -edge + 0.1), edge)
            let (middle, half) = ((bound - edge) / 2, (bound + edge) / 2)
            let points = theory.nodes.map { (position: middle + half * $0.position, weight: half * $0.weight) }
            let root = (2 * Double.pi).squareRoot()
            let rho = theory.correlation
            let width = (1 - rho * rho).squareRoot()
            values = points.map { $0.weight * ExactMath.exp(-$0.position * $0.position / 2) / root }
            kernel = points.flatMap { later in
                points.map { earlier in
                    let distance = (later.position - rho * earlier.position) / width
                    return distance * distance > 1400 ? 0 : later.weight * ExactMath.exp(-distance * distance / 2) / (width * root)
                }
            }
        }

        mutating func step() {
            let count = values.count
            values = (0..<count).map { later in
                var sum = 0.0
                for earlier in 0..<count { sum += kernel[later * count + earlier] * values[earlier] }
                return sum
            }
        }

        var mass: Double { values.reduce(0, +) }
    }

    /// Nodes and weights on [−1, 1]: Newton's method on the Legendre polynomial (Press et al., Numerical Recipes, 4.6).
    private static func legendre(_ count: Int) -> [(position: Double, weight: Double)] {
        (1...count).map { i in
            var x = -cos(Double.pi * (Double(i) - 0.25) / (Double(count) + 0.5))
            var slope = 1.0
            for _ in 0..<20 {
                var (last, value) = (1.0, x)
                for k in stride(from: 2, through: count, by: 1) {
                    (last, value) = (value, ((2 * Double(k) - 1) * x * value - (Double(k) - 1) * last) / Double(k))
                }
                slope = Double(count) * (x * value - last) / (x * x - 1)
                let step = value / slope
                x -= step
                if abs(step) < 1e-15 { break }
            }
            return (x, 2 / ((1 - x * x) * slope * slope))
        }
    }
}
