import Scenarios

/// A service level objective: checks that must all hold, each with a stated confidence.
package struct ServiceLevel: Sendable {
    package let checks: [Check]
    /// Probability, at most, of a wrong verdict at one value, over all looks and checks.
    package let error: Double
    /// For each check at each look: `error` shared out among them (Bonferroni).
    private let errorEach: Double

    /// - Parameter looks: how often at most the repeats of one value are judged, each time with more of them.
    package init(_ checks: [Check], looks: Int, error: Double = 0.05) {
        precondition(!checks.isEmpty && looks >= 1 && error > 0 && error < 0.5, "an objective has checks")
        self.checks = checks
        self.error = error
        errorEach = error / Double(looks * checks.count)
    }

    /// What the repeats of one value say.
    package func judge(_ repeats: [RunResult], at value: Double, faults: Bool) -> CapacityProbe {
        // The end of the two-sided interval that leaves 2e outside is that of the one-sided one that leaves e.
        let figures = checks.map { check in
            Estimate(of: repeats.map { $0.value(check.column)?.double ?? .nan }, confidence: 1 - 2 * errorEach)
        }
        let utilisation = Estimate(of: repeats.map { $0.value("utilisation")?.double ?? .nan }).mean
        func probe(_ verdict: CapacityProbe.Verdict, _ reason: String, average: Bool) -> CapacityProbe {
            CapacityProbe(
                value: value, repeats: repeats.count, figures: verdict == .saturated ? [] : figures, utilisation: utilisation,
                verdict: verdict, reason: reason, holdsOnAverage: average)
        }
        if let reason = Saturation.reason(repeats, faults: faults) { return probe(.saturated, reason, average: false) }
        var undecided: [String] = []
        for (check, figure) in zip(checks, figures) {
            guard figure.count > 0 else { return probe(.misses, "no data for \(check.text)", average: false) }
            switch verdict(check, figure, repeats) {
            case .misses: return probe(.misses, check.text, average: false)
            case .meets: break
            case .undecided, .saturated: undecided.append(check.text)
            }
        }
        let average = zip(checks, figures).allSatisfy { check, figure in
            switch check.comparison {
            case .equal, .notEqual: true
            case .below, .atMost, .above, .atLeast: check.holds(for: figure.mean)
            }
        }
        return undecided.isEmpty ? probe(.meets, "", average: average) : probe(.undecided, undecided.joined(separator: ", "), average: average)
    }

    private func verdict(_ check: Check, _ figure: Estimate, _ repeats: [RunResult]) -> CapacityProbe.Verdict {
        let width = figure.hasInterval ? figure.halfWidth : .infinity
        let (low, high) = (figure.mean - width, figure.mean + width)
        switch check.comparison {
        // Equality has no interval: it holds in every repeat or not.
        case .equal, .notEqual: return repeats.allSatisfy { check.holds(for: $0.value(check.column)?.double) } ? .meets : .misses
        case .below, .atMost: return check.holds(for: high) ? .meets : check.holds(for: low) ? .undecided : .misses
        case .above, .atLeast: return check.holds(for: low) ? .meets : check.holds(for: high) ? .undecided : .misses
        }
    }
}

/// What was found at one value of the key that a search varies.
package struct CapacityProbe: Sendable {
    package enum Verdict: String, Sendable, CaseIterable {
        case meets, misses
        /// The pipeline does not keep up: it has no latency that could be held against an objective.
        case saturated
        /// The interval has the limit within it, and no more repeats were allowed.
        case undecided
    }

    /// A rate per second, or a number.
    package let value: Double
    package let repeats: Int
    /// By check; empty where the pipeline is saturated.
    package let figures: [Estimate]
    package let utilisation: Double
    package let verdict: Verdict
    /// What is not met, or not decided, or how saturation shows.
    package let reason: String
    /// Whether the means over the repeats meet every check.
    package let holdsOnAverage: Bool

    package init(
        value: Double, repeats: Int, figures: [Estimate], utilisation: Double, verdict: Verdict, reason: String, holdsOnAverage: Bool
    ) {
        (self.value, self.repeats, self.figures, self.utilisation) = (value, repeats, figures, utilisation)
        (self.verdict, self.reason, self.holdsOnAverage) = (verdict, reason, holdsOnAverage)
    }
}
