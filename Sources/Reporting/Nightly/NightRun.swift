import Foundation
import Measurement

/// One run of a night, and what came of it.
package struct NightRun: Sendable {
    package enum Ending: Sendable, Equatable {
        case passed
        /// Checks did not hold that should have, or held where they should not.
        case failed(String)
        /// Its figures are not to be used: no regression, whatever they look like.
        case invalid(String)
        /// A question was lost, or an invariant broke: a bug.
        case violated(String)
        /// There are no results, with the exit code of `crisol run`.
        case broken(Int32, String)
    }

    /// What was asked for.
    package let scenario: String
    package let mode: String
    package let ending: Ending
    /// Nil where there are no results.
    let result: ResultFolder?
    let facts: RunFacts?
    package internal(set) var comparison: RunComparison?
    /// Why there is no comparison.
    package internal(set) var noComparison = ""
    /// What has to be known to read it.
    var notes: [String] = []

    package var name: String { "\(scenario)/\(mode)" }
    package var isUsable: Bool {
        switch ending {
        case .passed, .failed: true
        case .invalid, .violated, .broken: false
        }
    }

    /// - Parameters:
    ///   - folder: what `crisol run` was given as --out.
    ///   - exitCode: how it ended; 128 and the signal's number where a signal ended it.
    ///   - said: the last of what it said.
    ///   - shouldFail: whether the scenario's checks are meant not to hold.
    package init(scenario: String, mode: String, folder: String, exitCode: Int32, said: String, shouldFail: Bool) {
        (self.scenario, self.mode) = (scenario, mode)
        let words = said.isEmpty ? "it said nothing" : said
        guard [0, 1, 2, 70].contains(exitCode), let read = try? ResultFolder(folder), read.isFinished else {
            (result, facts) = (nil, nil)
            ending = exitCode == 2 ? .invalid(words) : exitCode == 70 || exitCode > 128 ? .violated("exit code \(exitCode): \(words)") : .broken(exitCode, words)
            return
        }
        result = read
        let facts = RunFacts(folder: folder)
        self.facts = facts
        let reasons = (facts?.reasons ?? []).prefix(5).joined(separator: "; ")
        ending =
            switch exitCode {
            case 70: .violated(reasons)
            case 2: .invalid(reasons)
            case 1: shouldFail ? .passed : .failed(reasons)
            default: shouldFail ? .failed("its checks hold, and are meant not to: the word fails in the list is out of date") : .passed
            }
        if shouldFail, exitCode == 1 { notes.append("its checks fail, as they are meant to: \(reasons)") }
    }

    /// Holds the run against the baseline.
    /// - Parameter rate: the family-wise error rate of this comparison.
    mutating func compare(with baseline: Baseline, metrics: [String], rate: Double) {
        guard let result else { return }
        do throws(ResultFolder.Problem) {
            let base = try ResultFolder(baseline.folder)
            comparison = RunComparison(base: base, new: result, metrics: metrics, rate: rate)
            if let before = RunFacts(folder: baseline.folder), let facts, before.resolvedScenario != facts.resolvedScenario {
                notes.append("the scenario is not the one of the baseline: what differs may be its doing")
            }
        } catch {
            noComparison = error.description
        }
    }

    /// The rows that this night adds to the history.
    func historyRows(time: Int64, metrics: [String]) -> [History.Row] {
        guard let result else { return [] }
        return result.points.flatMap { point -> [History.Row] in
            let place = point.swept.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            var verdict = point.repeats.map(\.verdict).max() ?? .passed
            if !result.invalid.isEmpty { verdict = max(verdict, .invalid) }
            return metrics.compactMap { metric in
                let estimate = Estimate(of: point.repeats.compactMap { $0.figures[metric] })
                guard estimate.count > 0 else { return nil }
                var row = History.Row(time: time, scenario: scenario, mode: mode, metric: metric, value: estimate.mean)
                (row.commit, row.point, row.halfWidth, row.repeats, row.verdict) = (facts?.commit ?? "", place, estimate.halfWidth, estimate.count, verdict)
                (row.seed, row.host) = (result.seed, mode == RunIdentity.Mode.live.rawValue ? facts?.host ?? "" : "")
                if let compared = comparison?.rows.first(where: { $0.metric == metric && $0.place == place }) {
                    row.compared = compared.isRegression ? "regression" : compared.verdict.rawValue
                }
                return row
            }
        }
    }
}
