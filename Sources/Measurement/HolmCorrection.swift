/// Holm's step-down procedure: many tests with one family-wise error rate.
///
/// The probability that any of the true null hypotheses is rejected is at most the rate, whatever the tests depend on
/// (S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979).
package struct HolmCorrection: Sendable, Equatable {
    package struct Decision: Sendable, Equatable {
        package let isRejected: Bool
        /// The level at which the hypothesis was judged. A two-sided interval with a confidence of 1 − level leaves
        /// out the hypothesis' value exactly where the hypothesis is rejected. Bonferroni's level for the smallest
        /// probability; larger for the next ones; those that are not rejected share the level of the first of them.
        package let level: Double
    }

    /// In the order of the probabilities that were given.
    package let decisions: [Decision]

    /// - Parameters:
    ///   - probabilities: one p-value a hypothesis, from 0 to 1; their number is the size of the family.
    ///   - rate: the family-wise error rate, above 0 and below 1.
    package init(_ probabilities: [Double], rate: Double) {
        precondition(rate > 0 && rate < 1 && probabilities.allSatisfy { (0...1).contains($0) }, "no such probabilities")
        var decisions = [Decision](repeating: Decision(isRejected: false, level: rate), count: probabilities.count)
        // Equal probabilities keep their order, so that the result is one.
        let ordered = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
        var stoppedAt: Double?
        for (step, index) in ordered.enumerated() {
            let level = stoppedAt ?? rate / Double(probabilities.count - step)
            if probabilities[index] > level { stoppedAt = level }
            decisions[index] = Decision(isRejected: stoppedAt == nil, level: level)
        }
        self.decisions = decisions
    }
}
