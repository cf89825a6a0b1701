import Measurement
import Workload

/// What a run was meant to do, as far as its report must know.
package struct RunPlan: Sendable {
    package var scenario: String
    package var about: String
    package var seed: UInt64
    package var mode: RunIdentity.Mode
    /// In the file's order; empty without a sweep.
    package var sweptKeys: [String]
    /// Repeats of each point that were planned.
    package var repeats: Int
    package var warmup: Nanoseconds
    /// Shaded in the timelines.
    package var faults: [FaultWindow]
    package var checks: [ReportedCheck]
    /// Whether questions.csv is written.
    package var keepsQuestions: Bool
    /// The scenario as it was resolved, a JSON text, for run.json.
    package var resolvedScenario: String

    package struct FaultWindow: Sendable, Equatable {
        package var name: String
        package var from: Instant
        package var until: Instant

        package init(name: String, from: Instant, until: Instant) {
            self.name = name
            self.from = from
            self.until = until
        }
    }

    package init(
        scenario: String, about: String = "", seed: UInt64, mode: RunIdentity.Mode, sweptKeys: [String] = [], repeats: Int = 1,
        warmup: Nanoseconds = 0, faults: [FaultWindow] = [], checks: [ReportedCheck] = [], keepsQuestions: Bool = true,
        resolvedScenario: String = "{}"
    ) {
        self.scenario = scenario
        self.about = about
        self.seed = seed
        self.mode = mode
        self.sweptKeys = sweptKeys
        self.repeats = repeats
        self.warmup = warmup
        self.faults = faults
        self.checks = checks
        self.keepsQuestions = keepsQuestions
        self.resolvedScenario = resolvedScenario
    }
}

/// A check in terms of summary columns.
package struct ReportedCheck: Sendable, Equatable {
    package enum Scope: String, Sendable { case each, any, mean }
    package enum Comparison: String, Sendable, CaseIterable {
        case less = "<", atMost = "<=", greater = ">", atLeast = ">=", equal = "==", unequal = "!="

        /// Any comparison with `.nan`, `!=` included, does not hold.
        package func holds(_ seen: Double, _ bound: Double) -> Bool {
            guard !seen.isNaN && !bound.isNaN else { return false }
            return switch self {
            case .less: seen < bound
            case .atMost: seen <= bound
            case .greater: seen > bound
            case .atLeast: seen >= bound
            case .equal: seen == bound
            case .unequal: seen != bound
            }
        }
    }

    /// As written.
    package var text: String
    package var scope: Scope
    package var column: String
    package var comparison: Comparison
    /// In the column's unit.
    package var bound: Double

    package init(text: String, scope: Scope = .each, column: String, comparison: Comparison, bound: Double) {
        self.text = text
        self.scope = scope
        self.column = column
        self.comparison = comparison
        self.bound = bound
    }

    /// The outcome at one point: the mean over its repeats is held against the bound.
    func outcome(at point: PointResult) -> CheckOutcome { outcome(of: point.estimate(column).mean) }

    /// The outcome over all points, for `any:` and `mean:`.
    func outcome(over points: [PointResult]) -> CheckOutcome {
        let means = points.map { $0.estimate(column).mean }
        switch scope {
        case .each:
            let first = means.first { !comparison.holds($0, bound) } ?? means.first ?? .nan
            return outcome(of: first)
        case .any:
            let first = means.first { comparison.holds($0, bound) } ?? means.first { !$0.isNaN } ?? .nan
            return outcome(of: first)
        case .mean:
            // A point without data leaves nothing to take the mean of.
            return outcome(of: means.isEmpty ? .nan : means.reduce(0, +) / Double(means.count))
        }
    }

    private func outcome(of seen: Double) -> CheckOutcome {
        CheckOutcome(check: text, column: column, seen: seen, passed: comparison.holds(seen, bound))
    }
}

/// All that a finished run has to say: what every file of the report is made from.
package struct Report: Sendable {
    package let plan: RunPlan
    package let points: [PointResult]
    /// Of the checks that hold over all points (`any:`, `mean:`).
    package let overallChecks: [CheckOutcome]
    /// Why there is something to be said beside the figures (no gnuplot, for one).
    package var notes: [String] = []
    /// Why the whole run, rather than one of its points, is not to be used.
    package let invalid: [String]

    package init(plan: RunPlan, results: [RunResult], invalid: [String] = []) {
        self.plan = plan
        self.invalid = invalid
        var repeats: [[RunResult]] = []
        for result in results {
            if repeats.last?[0].identity.point == result.identity.point {
                repeats[repeats.count - 1].append(result)
            } else {
                repeats.append([result])
            }
        }
        var grouped = repeats.map { PointResult(repeats: $0) }
        for index in grouped.indices {
            let point = grouped[index]
            grouped[index].checks = plan.checks.filter { $0.scope == .each }.map { $0.outcome(at: point) }
        }
        points = grouped
        overallChecks = plan.checks.filter { $0.scope != .each }.map { $0.outcome(over: grouped) }
    }

    package var isSweep: Bool { points.count > 1 }
    package var hasRepeats: Bool { points.contains { $0.repeats.count > 1 } }

    package var verdict: Verdict {
        var verdict = points.map(\.verdict).max() ?? .invalid
        if overallChecks.contains(where: { !$0.passed }) { verdict = max(verdict, .failed) }
        if !invalid.isEmpty { verdict = max(verdict, .invalid) }
        return verdict
    }

    /// Why the verdict is what it is, most serious first; empty where it passed.
    package var reasons: [String] {
        var violations: [String] = [], invalidity = invalid, failures: [String] = []
        if points.isEmpty && invalid.isEmpty { invalidity.append("no run was finished") }
        for point in points {
            for result in point.repeats {
                let place = self.place(of: point, result)
                violations += result.violations.map { place + $0 }
                invalidity += result.invalid.map { place + $0 }
            }
            let place = isSweep ? "\(point.label): " : ""
            failures += point.checks.filter { !$0.passed }.map { "\(place)check \($0.check) failed: \($0.seenText)" }
        }
        failures += overallChecks.filter { !$0.passed }.map { "check \($0.check) failed: \($0.seenText)" }
        var seen: Set<String> = []
        return (violations + invalidity + failures).filter { seen.insert($0).inserted }
    }

    private func place(of point: PointResult, _ result: RunResult) -> String {
        var parts: [String] = []
        if isSweep { parts.append(point.label) }
        if point.repeats.count > 1 { parts.append("repeat \(result.identity.replication)") }
        return parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    }
}
