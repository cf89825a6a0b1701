import Measurement
import Scenarios
import Workload

/// What a run was meant to do, as far as its report must know.
package struct RunPlan: Sendable {
    package var scenario: String
    package var about: String
    package var seed: UInt64
    package var mode: RunIdentity.Mode
    /// In the file's order; empty without a sweep.
    package var sweptKeys: [String]
    /// Repeats of each point that were planned; with a stopping rule at most.
    package var repeats: Int
    package var stopping: StoppingRule?
    package var warmup: Nanoseconds
    /// Shaded in the timelines.
    package var faults: [FaultWindow]
    package var checks: [Check]
    /// Whether questions.csv is written.
    package var keepsQuestions: Bool
    /// The scenario as it was resolved, a JSON text, for run.json.
    package var resolvedScenario: String
    /// What was run, in the lines of a profile's table.
    package var pipeline: [PipelineLine]

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
        warmup: Nanoseconds = 0, faults: [FaultWindow] = [], checks: [Check] = [], keepsQuestions: Bool = true,
        resolvedScenario: String = "{}", pipeline: [PipelineLine] = [], stopping: StoppingRule? = nil
    ) {
        self.stopping = stopping
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
        self.pipeline = pipeline
    }

    /// Whether a scenario keeps its questions: as it says; by itself, up to a million of them in the whole run.
    package static func keepsQuestions(_ file: ScenarioFile) -> Bool {
        file.scenario.questionsCSV
            ?? (file.points.reduce(0) { $0 + $1.scenario.expectedQuestions * $1.scenario.repeats } <= 1_000_000)
    }

    /// The plan of a scenario file. Faults are those of the first point.
    package init(_ file: ScenarioFile, mode: RunIdentity.Mode, keepsQuestions: Bool? = nil) {
        let scenario = file.scenario
        self.init(
            scenario: scenario.name, about: scenario.description, seed: scenario.seed, mode: mode, sweptKeys: file.sweepKeys,
            repeats: scenario.repeats, warmup: scenario.warmup,
            faults: scenario.provider.faults.map { FaultWindow(name: $0.kind.rawValue, from: $0.from, until: $0.until) }
                + (mode == .live ? scenario.liveFaults.map { FaultWindow(name: $0.title, from: $0.from, until: $0.until) } : []),
            checks: scenario.checks, keepsQuestions: keepsQuestions ?? Self.keepsQuestions(file), resolvedScenario: file.resolved.json(indent: "  "),
            pipeline: PipelineLine.all(of: file.points.prefix(50).map(\.scenario)), stopping: scenario.stopping)
    }

    /// Where a stopping rule was not met; nil where all points meet it, or there is none.
    func note(onPrecisionOf points: [PointResult]) -> String? {
        guard let stopping else { return nil }
        func isWide(_ point: PointResult) -> Bool { !stopping.isMet(by: point.values(stopping.column)) }
        guard let first = points.first(where: isWide) else { return nil }
        let figure = first.estimate(stopping.column)
        let place = points.count > 1 ? "At \(points.count(where: isWide)) of \(points.count) points (first at \(first.title)) the" : "The"
        let seen = figure.hasInterval ? "it is \(Figure.text(figure, of: stopping.column))" : "there are too few figures for one"
        return "\(place) 95 % interval of \(stopping.column) is wider than ± \(Figure.percent(stopping.relativeHalfWidth)) after \(Figure.plural(Double(first.repeats.count), "repeat", "repeats")): \(seen). For a narrower one raise repeats.max, or make the run longer."
    }
}

extension Check {
    /// The outcome at one point: the mean over its repeats is held against the bound.
    func outcome(at point: PointResult) -> CheckOutcome { outcome(of: point.mean(column)) }

    /// The outcome over all points, for `any:` and `mean:`.
    func outcome(over points: [PointResult]) -> CheckOutcome {
        let means = points.map { $0.mean(column) }
        switch scope {
        case .each:
            return outcome(of: means.first { !holds(for: $0) } ?? means.first ?? .nan)
        case .any:
            return outcome(of: means.first { holds(for: $0) } ?? means.first { !$0.isNaN } ?? .nan)
        case .mean:
            // A point without data leaves nothing to take the mean of.
            return outcome(of: means.isEmpty ? .nan : means.reduce(0, +) / Double(means.count))
        }
    }

    private func outcome(of seen: Double) -> CheckOutcome {
        CheckOutcome(check: text, column: column, seen: seen, passed: holds(for: seen))
    }
}

/// All that a finished run has to say: what every file of the report is made from.
package struct Report: Sendable {
    package let plan: RunPlan
    package let points: [PointResult]
    /// Nil where there are no points to compare.
    package let sweep: SweepAnalysis?
    /// Of the checks that hold over all points (`any:`, `mean:`).
    package let overallChecks: [CheckOutcome]
    /// Why there is something to be said beside the figures (no gnuplot, for one).
    package var notes: [String] = []
    /// What theory foretells, by point; empty where nobody asked it.
    package var theory: [Int: [TheoryFigure]] = [:]
    /// What was asked of the traffic, by point.
    package var traffic: [Int: [AskedFigure]] = [:]
    /// Where each point's first repeat stands in timeseries.csv: rows below the header, from 0.
    var secondsRows: [Int: Range<Int>] = [:]
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
        for key in grouped.first?.swept.indices ?? 0..<0 where grouped.allSatisfy({ $0.swept.count > key }) {
            for (index, name) in BlockNames.names(of: grouped.map { $0.swept[key].value }).enumerated() { grouped[index].names[key] = name }
        }
        for index in grouped.indices {
            let point = grouped[index]
            grouped[index].checks = plan.checks.filter { $0.scope == .each }.map { $0.outcome(at: point) }
        }
        points = grouped
        sweep = grouped.count > 1 ? SweepAnalysis(grouped, keys: plan.sweptKeys) : nil
        overallChecks = plan.checks.filter { $0.scope != .each }.map { $0.outcome(over: grouped) } + Self.recovery(of: results)
        if let empty = grouped.first(where: { $0.perRepeat("asked") == 0 && $0.verdict < .invalid }) {
            let place = grouped.count > 1 ? " (first at \(empty.title))" : ""
            notes.append("No question was asked\(place): the run was over before the first arrival; make it longer or the rate higher.")
        }
        if let note = plan.note(onPrecisionOf: grouped) { notes.append(note) }
        if let empty = grouped.first(where: { $0.perRepeat("measured") == 0 && $0.perRepeat("asked") > 0 }) {
            let place = grouped.count > 1 ? " (first at \(empty.title))" : ""
            notes.append("No question arrived after the warm-up\(place), so there are no statistics: make the run longer or the warm-up shorter.")
        }
    }

    /// Whether every run got over its live faults in time: a check that such runs have by themselves.
    private static func recovery(of results: [RunResult]) -> [CheckOutcome] {
        let recoveries = results.compactMap(\.recovery)
        guard let worst = recoveries.max(by: { !$1.holds && $0.holds || $0.holds == $1.holds && $0.took < $1.took }) else { return [] }
        // Shown as a column of that unit is.
        return [CheckOutcome(
            check: "recovery after live faults < \(Scenario.text(of: worst.limit))", column: "latency_max_ms", seen: Double(worst.took) / 1e6,
            passed: worst.holds)]
    }

    /// A figure of theory beside the measurement, for people.
    struct TheoryRow {
        let place: String
        let title: String
        let expected: String
        let seen: String
        let source: String
    }

    /// A row for each figure and point; of many points one for each figure, at the point where it is furthest off.
    func theoryRows(atMost limit: Int = 40) -> [TheoryRow] {
        let all = points.flatMap { point in (theory[point.index] ?? []).filter { !point.mean($0.column).isNaN }.map { (point: point, figure: $0) } }
        func row(_ point: PointResult, _ figure: TheoryFigure, _ place: String) -> TheoryRow {
            TheoryRow(
                place: place, title: figure.column, expected: Figure.text(figure.expected, of: figure.column),
                seen: Figure.text(point.estimate(figure.column), of: figure.column), source: figure.source)
        }
        guard all.count > limit else { return all.map { row($0.point, $0.figure, isSweep ? $0.point.title : "") } }
        var columns: [String] = []
        for (_, figure) in all where !columns.contains(figure.column) { columns.append(figure.column) }
        return columns.compactMap { column in
            let own = all.filter { $0.figure.column == column }
            let worst = own.max { a, b in
                (a.point.mean(column) - a.figure.expected).magnitude < (b.point.mean(column) - b.figure.expected).magnitude
            }
            return worst.map { row($0.point, $0.figure, "\($0.point.title), furthest off of \(Figure.plural(Double(own.count), "point", "points"))") }
        }
    }

    package var isSweep: Bool { points.count > 1 }
    package var hasRepeats: Bool { points.contains { $0.repeats.count > 1 } }
    /// `5 repeats`; `5 to 20 repeats`, where points have more or fewer.
    var repeatsText: String {
        let counts = points.map(\.repeats.count)
        guard let least = counts.min(), let most = counts.max() else { return "no repeats" }
        return least == most ? (most == 1 ? "1 repeat" : "\(most) repeats") : "\(least) to \(most) repeats"
    }

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
        }
        for (number, check) in plan.checks.filter({ $0.scope == .each }).enumerated() {
            let failing = points.filter { !$0.checks[number].passed }
            guard !failing.isEmpty else { continue }
            let seen = failing.prefix(4).map { isSweep ? "\($0.checks[number].seenText) at \($0.title)" : "seen \($0.checks[number].seenText)" }
            let rest = failing.count > 4 ? " and at \(failing.count - 4) more points" : ""
            failures.append("check \(check.text) failed: \(seen.joined(separator: "; "))\(rest)")
        }
        failures += overallChecks.filter { !$0.passed }.map { "check \($0.check) failed: seen \($0.seenText)" }
        var seen: Set<String> = []
        return (violations + invalidity + failures).filter { seen.insert($0).inserted }
    }

    /// The checks as rows for people. In a sweep the points at which a check holds share a row.
    struct CheckRow {
        let passed: Bool
        let check: String
        /// Empty without a sweep.
        let place: String
        let seen: String
    }

    var checkRows: [CheckRow] {
        var rows: [CheckRow] = []
        for (number, check) in plan.checks.filter({ $0.scope == .each }).enumerated() {
            func row(_ point: PointResult) -> CheckRow {
                let outcome = point.checks[number]
                return CheckRow(passed: outcome.passed, check: check.text, place: isSweep ? point.title : "", seen: outcome.seenText)
            }
            let failing = points.filter { !$0.checks[number].passed }
            rows += failing.prefix(12).map(row)
            if failing.count > 12 {
                rows.append(CheckRow(passed: false, check: check.text, place: "\(failing.count - 12) more points", seen: ""))
            }
            let holding = points.filter { $0.checks[number].passed }
            if holding.count < 3 {
                rows += holding.map(row)
            } else {
                let seen = holding.map { $0.checks[number].seen }
                let (low, high) = (Figure.text(seen.min()!, of: check.column), Figure.text(seen.max()!, of: check.column))
                rows.append(CheckRow(
                    passed: true, check: check.text, place: failing.isEmpty ? "all \(holding.count) points" : "\(holding.count) points",
                    seen: low == high ? low : "\(low) to \(high)"))
            }
        }
        return rows + overallChecks.map { CheckRow(passed: $0.passed, check: $0.check, place: isSweep ? "over all points" : "", seen: $0.seenText) }
    }

    private func place(of point: PointResult, _ result: RunResult) -> String {
        var parts: [String] = []
        if isSweep { parts.append(point.title) }
        if point.repeats.count > 1 { parts.append("repeat \(result.identity.replication)") }
        return parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    }
}
