import Measurement
import Scenarios
import Workload

/// What a night's runs say together: held against the baselines, added to the history, and judged.
///
/// Simulated runs are judged by the baseline: their figures have no chance in them, so a change that a refreshed baseline
/// accepts is accepted. Live runs are judged by the history, which knows how much nights on one machine differ, and by
/// the baseline where that is of the same machine. All comparisons of a night share the family-wise error rate of one.
package struct Night: Sendable {
    package let time: Int64
    package let commit: String
    package let runs: [NightRun]
    package let history: History
    /// All change points of the history.
    package let changes: [History.Change]
    /// Changes for the worse found this night that count as regressions.
    package let changesForTheWorse: [History.Change]
    /// How many comparisons shared the rate.
    let comparisons: Int

    /// - Parameter baselines: the folder of baselines.
    package init(_ runs: [NightRun], at time: Int64, commit: String, baselines: String, history: History, metrics: [String]) {
        var runs = runs, history = history
        var judged: [(index: Int, baseline: Baseline)] = []
        for index in runs.indices {
            let run = runs[index]
            let baseline = Baseline(under: baselines, scenario: run.scenario, mode: run.mode)
            guard run.result != nil else { continue }
            if let obstacle = baseline.obstacle(to: run.facts, mode: run.mode) { runs[index].noComparison = obstacle } else { judged.append((index, baseline)) }
        }
        for (index, baseline) in judged {
            runs[index].compare(with: baseline, metrics: metrics, rate: RunComparison.errorRate / Double(judged.count))
        }
        for run in runs { history.rows += run.historyRows(time: time, metrics: metrics) }
        let changes = history.mark()
        (self.time, self.commit, self.runs, self.history, self.changes) = (time, commit, runs, history, changes)
        comparisons = judged.count
        changesForTheWorse = changes.filter { change in
            guard change.isWorse, change.found == time, let run = runs.first(where: { $0.scenario == change.scenario && $0.mode == change.mode }) else { return false }
            if run.mode == RunIdentity.Mode.simulated.rawValue, run.comparison != nil { return false }
            let tolerance = run.result?.tolerances.last { $0.column == change.metric }?.value(ofBase: change.before.mean) ?? 0
            return (change.after.mean - change.before.mean).magnitude > tolerance
        }
    }

    package var changesFoundTonight: [History.Change] { changes.filter { $0.found == time } }
    package var regressions: [(run: NightRun, row: RunComparison.Row)] { runs.flatMap { run in (run.comparison?.regressions ?? []).map { (run, $0) } } }
    /// Simulated runs that only the history judges, if it has nights enough.
    package var withoutBaseline: [NightRun] { runs.filter { $0.mode == RunIdentity.Mode.simulated.rawValue && $0.ending == .passed && $0.comparison == nil } }
    package var invalid: [NightRun] { runs.filter { if case .invalid = $0.ending { true } else { false } } }

    /// 70: a question was lost or an invariant broke. 1: a regression, a change for the worse, or checks that do not hold.
    /// Else that of a run that could not be made; 0 where there is nothing of all this, invalid runs included.
    package var exitCode: Int32 {
        var code: Int32 = 0
        for run in runs {
            switch run.ending {
            case .violated: return 70
            case .failed: code = 1
            case .broken(let own, _): if code == 0 { code = own == 0 ? 74 : own }
            case .passed, .invalid: break
            }
        }
        return regressions.isEmpty && changesForTheWorse.isEmpty ? code : 1
    }

    /// In a word, for headings.
    var verdict: String {
        if exitCode == 70 { return "violated" }
        if !regressions.isEmpty || !changesForTheWorse.isEmpty { return "regression" }
        return exitCode == 0 ? "passed" : exitCode == 1 ? "failed" : "broken"
    }

    /// What it comes to, worst first.
    package var sentences: [String] {
        var sentences: [String] = []
        for run in runs { if case .violated(let why) = run.ending { sentences.append("\(run.name) broke its ledger or an invariant: \(why).") } }
        for run in runs {
            let rows = run.comparison?.regressions ?? []
            for row in rows.prefix(Self.sentencesPerRun) {
                sentences.append("Regression: \(row.metric) of \(Self.place(run.name, row.point)) is worse than the baseline, \(Self.figures(row)) (tolerance \(row.toleranceText)).")
            }
            let rest = rows.dropFirst(Self.sentencesPerRun)
            if !rest.isEmpty { sentences.append("Regression: \(Figure.plural(Double(rest.count), "figure more", "figures more")) of \(run.name): \(Self.names(rest.map(\.metric))).") }
        }
        for change in changesForTheWorse { sentences.append("Change for the worse: \(Self.place("\(change.scenario)/\(change.mode)", change.point)): \(change.sentence).") }
        for run in runs {
            switch run.ending {
            case .failed(let why): sentences.append("\(run.name) failed its checks: \(why).")
            case .broken(let code, let why): sentences.append("\(run.name) could not be run (exit code \(code)): \(why).")
            case .passed, .invalid, .violated: break
            }
        }
        for run in runs { if case .invalid(let why) = run.ending { sentences.append("\(run.name) is invalid and was not judged: \(why).") } }
        for run in runs {
            let others = changesFoundTonight.filter { change in
                change.scenario == run.scenario && change.mode == run.mode && !changesForTheWorse.contains { $0.name == change.name && $0.first == change.first }
            }
            for change in others.prefix(Self.sentencesPerRun) { sentences.append("Changed: \(Self.place(run.name, change.point)): \(change.sentence).") }
            let rest = others.dropFirst(Self.sentencesPerRun)
            if !rest.isEmpty { sentences.append("Changed: \(Figure.plural(Double(rest.count), "figure more", "figures more")) of \(run.name): \(Self.names(rest.map(\.metric))).") }
        }
        for run in withoutBaseline { sentences.append("\(run.name) was held against no baseline (\(run.noComparison)): --refresh-baselines makes a run one.") }
        if sentences.count == withoutBaseline.count { sentences.insert("No regression shown in \(Figure.plural(Double(comparisons), "comparison", "comparisons")), and no change point found.", at: 0) }
        return sentences
    }

    /// Of one kind; what one cause did to a run fills a page otherwise.
    private static let sentencesPerRun = 4

    private static func names(_ metrics: [String]) -> String {
        var seen: Set<String> = []
        return metrics.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    static func place(_ name: String, _ point: String) -> String { point.isEmpty ? name : "\(name) at \(point)" }

    static func figures(_ row: RunComparison.Row) -> String {
        "\(Figure.text(row.difference?.baseMean ?? .nan, of: row.metric)) → \(Figure.text(row.difference?.newMean ?? .nan, of: row.metric)), \(row.change)"
    }

    /// Makes the runs the baselines; gives what was replaced, and why not where it was not.
    package func refreshBaselines(under root: String) throws(OutputError) -> [String] {
        var lines: [String] = []
        for run in runs {
            let baseline = Baseline(under: root, scenario: run.scenario, mode: run.mode)
            guard run.ending == .passed, let result = run.result else {
                lines.append("\(run.name): not refreshed, for the run did not pass")
                continue
            }
            // Nights on one machine differ by more than the repeats of one night do, which is all that a comparison sees.
            if run.mode == RunIdentity.Mode.live.rawValue, result.tolerances.isEmpty {
                lines.append("\(run.name): not kept, for a live baseline needs a tolerance in its scenario; the history judges it")
                continue
            }
            try baseline.replace(with: result.path)
            lines.append("\(run.name): \(baseline.folder)")
        }
        return lines
    }
}

extension NightRun {
    /// The ending in a word or two.
    var verdict: String {
        switch ending {
        case .passed: "passed"
        case .failed: "failed"
        case .invalid: "invalid"
        case .violated: "violated"
        case .broken(let code, _): "not run (\(code))"
        }
    }

    /// Of its results, within those of the night.
    var folderName: String { result.map { String($0.path.split(separator: "/").last ?? "") } ?? "" }

    /// What the comparison said, in short.
    var compared: String {
        guard let comparison else { return noComparison }
        let count = comparison.regressions.count
        if count > 0 { return Figure.plural(Double(count), "regression", "regressions") }
        if comparison.familySize == 0 { return "not comparable" }
        let parts = [("worse within tolerance", comparison.rows(.worse).count), ("different", comparison.rows(.different).count), ("better", comparison.rows(.better).count)]
        let said = parts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return said.isEmpty ? "no difference shown" : said.joined(separator: ", ")
    }
}
