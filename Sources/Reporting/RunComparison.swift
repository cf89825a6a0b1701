import Measurement
import Scenarios

/// Two runs held against each other: for every metric at every point the difference, and whether it is one.
///
/// Points are matched by their swept values, repeats by their numbers. All differences that can be tested are one
/// family, whose error rate Holm's procedure bounds; each interval has the level at which its difference was judged,
/// so that it leaves out 0 exactly where a difference is shown.
package struct RunComparison: Sendable {
    /// The probability of calling any difference shown, over all metrics and points, where there is none.
    package static let errorRate = 0.02

    package enum Verdict: String, Sendable, CaseIterable {
        case worse
        /// Of a metric that has no better direction.
        case different
        case notComparable = "not comparable"
        case noDifference = "no difference shown"
        case better
    }

    /// A metric at a point.
    package struct Row: Sendable {
        package let metric: String
        /// The point's swept values: `lru, 1024`; empty where there is only one point.
        package let point: String
        /// The same with their keys: `pipeline.cache.policy=lru, …`.
        package let place: String
        package var verdict: Verdict
        /// Why it is the verdict, in words.
        package var why: String
        /// Nil where nothing can be compared.
        package var difference: MeanDifference?
        /// Half the width of the difference's interval, and one less its confidence; `.nan` where there is none.
        package var halfWidth = Double.nan
        package var level = Double.nan
        /// By how much the metric may get worse, in its own unit.
        package var tolerance = 0.0
        package var toleranceText = "0"
        /// Worse, and shown to be so by more than the tolerance.
        package var isRegression = false

        /// The difference as a share of the base's mean; `.nan` where that is 0.
        var relative: Double { difference.map { $0.baseMean == 0 ? .nan : $0.difference / $0.baseMean.magnitude } ?? .nan }
    }

    package let base: ResultFolder
    package let new: ResultFolder
    /// Regressions first, then what is worse, different, not comparable, not shown to differ, better.
    package let rows: [Row]
    /// How many differences were tested together.
    package let familySize: Int
    /// What has to be known to read the rows.
    package let notes: [String]
    /// The family-wise error rate that the differences were judged by.
    package let rate: Double
    /// Whether both runs or some points of them are invalid.
    package let hasInvalidRuns: Bool

    /// - Parameter rate: the family-wise error rate; less where the comparison is one of several.
    package init(base: ResultFolder, new: ResultFolder, metrics: [String], rate: Double = RunComparison.errorRate) {
        self.rate = rate
        self.base = base
        self.new = new
        let matcher = RepeatMatcher(base: base, new: new)
        notes = matcher.notes
        var rows: [Row] = []
        var isInvalid = !base.invalid.isEmpty || !new.invalid.isEmpty
        for pair in matcher.points {
            let swept = (pair.new ?? pair.base)?.swept ?? []
            let label = swept.map(\.value).joined(separator: ", ")
            let place = swept.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            if pair.isInvalid { isInvalid = true }
            for metric in metrics {
                var row = Row(metric: metric, point: label, place: place, verdict: .notComparable, why: "")
                if let tolerance = new.tolerances.last(where: { $0.column == metric }) { row.toleranceText = Self.text(of: tolerance) }
                switch matcher.difference(of: metric, at: pair) {
                case .success(let difference):
                    row.difference = difference
                    row.tolerance = new.tolerances.last { $0.column == metric }?.value(ofBase: difference.baseMean) ?? 0
                case .failure(let obstacle): row.why = obstacle.reason
                }
                rows.append(row)
            }
        }
        hasInvalidRuns = isInvalid
        let tested = rows.indices.filter { rows[$0].difference != nil }
        familySize = tested.count
        let holm = HolmCorrection(tested.map { rows[$0].difference!.probability }, rate: rate)
        for (index, decision) in zip(tested, holm.decisions) { rows[index].judge(decision) }
        self.rows = rows.enumerated().sorted { a, b in
            let (x, y) = (a.element.rank, b.element.rank)
            return x != y ? x < y : a.element.size != b.element.size ? a.element.size > b.element.size : a.offset < b.offset
        }.map(\.element)
    }

    package var regressions: [Row] { rows.filter(\.isRegression) }
    package func rows(_ verdict: Verdict) -> [Row] { rows.filter { $0.verdict == verdict } }

    /// 1: a regression. 2: none was shown, and a run or a point of one is invalid, or nothing could be compared. 0: else.
    package var exitCode: Int32 { !regressions.isEmpty ? 1 : hasInvalidRuns || familySize == 0 ? 2 : 0 }

    private static func text(of tolerance: Tolerance) -> String {
        switch tolerance.amount {
        case .relative(let share): Figure.percent(share)
        case .absolute(let amount): Figure.text(amount, of: tolerance.column)
        }
    }
}

extension RunComparison.Row {
    fileprivate mutating func judge(_ decision: HolmCorrection.Decision) {
        guard let difference else { return }
        level = decision.level
        halfWidth = difference.halfWidth(level: level)
        guard decision.isRejected else {
            verdict = .noDifference
            if difference.difference == 0 && !difference.varies {
                why = "equal in every repeat"
            } else if !difference.varies {
                why = "the same difference in every repeat, and too few repeats to tell that from chance"
            } else {
                why = "the interval holds 0"
            }
            return
        }
        why = difference.varies ? "the interval leaves out 0" : "the same difference in every repeat"
        let loss: Double
        switch MetricDirection(of: metric) {
        case .none:
            verdict = .different
            why += "; neither more nor less of it is better"
            return
        case .lowerIsBetter: loss = difference.difference
        case .higherIsBetter: loss = -difference.difference
        }
        guard loss > 0 else {
            verdict = .better
            return
        }
        verdict = .worse
        // What is shown of the loss is the near end of its interval.
        isRegression = loss - (halfWidth.isNaN ? 0 : halfWidth) > tolerance
        if isRegression {
            why = tolerance > 0 ? "the whole interval is beyond the tolerance" : why
        } else {
            why = loss <= tolerance ? "within the tolerance" : "the interval begins within the tolerance"
        }
    }

    fileprivate var rank: Int {
        if isRegression { return 0 }
        return switch verdict {
        case .worse: 1
        case .different: 2
        case .notComparable: 3
        case .noDifference: 4
        case .better: 5
        }
    }

    /// What orders rows of one kind: the share by which they differ.
    fileprivate var size: Double {
        guard verdict != .notComparable, let difference, difference.difference != 0 else { return 0 }
        return relative.isNaN ? .infinity : relative.magnitude
    }
}

/// Finds what belongs together in two runs, and says where nothing does.
private struct RepeatMatcher {
    struct Pair {
        var base: ResultFolder.Point?
        var new: ResultFolder.Point?

        var isInvalid: Bool { [base, new].contains { $0?.repeats.contains { $0.verdict >= .invalid } ?? false } }
    }

    struct Obstacle: Error { let reason: String }

    let base: ResultFolder
    let new: ResultFolder
    let points: [Pair]

    init(base: ResultFolder, new: ResultFolder) {
        self.base = base
        self.new = new
        var rest = Dictionary(base.points.map { (Self.key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let matched = new.points.map { Pair(base: rest.removeValue(forKey: Self.key($0)), new: $0) }
        points = matched + base.points.filter { rest[Self.key($0)] != nil }.map { Pair(base: $0, new: nil) }
    }

    private static func key(_ point: ResultFolder.Point) -> [String] { point.swept.flatMap { [$0.key, $0.value] } }

    /// Whether repeats of one number met the same traffic and the same luck.
    var arePairs: Bool { base.seed == new.seed && base.scenario == new.scenario && base.mode == new.mode }

    var notes: [String] {
        var notes: [String] = []
        if !base.isFinished { notes.append("\(base.path) has no run.json: that it came to its end, and was valid as a whole, is taken for granted") }
        if base.scenario != new.scenario { notes.append("the runs are of different scenarios: \(base.scenario) and \(new.scenario)") }
        if base.mode != new.mode { notes.append("the runs are of different modes: \(base.mode) and \(new.mode)") }
        return notes
    }

    func difference(of metric: String, at pair: Pair) -> Result<MeanDifference, Obstacle> {
        func obstacle(_ reason: String) -> Result<MeanDifference, Obstacle> { .failure(Obstacle(reason: reason)) }
        for (name, folder) in [("new", new), ("base", base)] where !folder.invalid.isEmpty {
            return obstacle("the \(name) run is invalid: \(folder.invalid.prefix(2).joined(separator: "; "))")
        }
        guard let before = pair.base else { return obstacle("the base run has no such point") }
        guard let after = pair.new else { return obstacle("the new run has no such point") }
        for (name, folder, point) in [("new", new, after), ("base", base, before)] {
            let bad = point.repeats.filter { $0.verdict >= .invalid }
            guard let worst = bad.map(\.verdict).max() else { continue }
            let numbers = bad.prefix(5).map { String($0.number) }.joined(separator: ", ") + (bad.count > 5 ? ", …" : "")
            let because = folder.reasons.first.map { ": \($0)" } ?? ""
            return obstacle("the \(name) run is \(worst.rawValue) here (repeat \(numbers))\(because)")
        }
        for (name, folder) in [("base", base), ("new", new)] where !folder.columns.contains(metric) {
            return obstacle("the \(name) run's summary.csv has no column \(metric)")
        }
        let x = before.repeats.compactMap { run in run.figures[metric].map { (run.number, $0) } }
        let y = after.repeats.compactMap { run in run.figures[metric].map { (run.number, $0) } }
        if x.isEmpty && y.isEmpty { return obstacle("neither run has a figure for it") }
        if x.isEmpty { return obstacle("the base run has no figure for it") }
        if y.isEmpty { return obstacle("the new run has no figure for it") }
        if arePairs {
            let numbered = Dictionary(x, uniquingKeysWith: { first, _ in first })
            let pairs = y.compactMap { number, value in numbered[number].map { ($0, value) } }
            guard pairs.count > 1 else {
                return obstacle("\(pairs.isEmpty ? "no repeat has" : "only one repeat has") a figure in both runs: an interval needs two")
            }
            return .success(MeanDifference(paired: pairs.map(\.0), with: pairs.map(\.1), isReproducible: base.mode == RunIdentity.Mode.simulated.rawValue))
        }
        for (name, count) in [("base", x.count), ("new", y.count)] where count < 2 {
            return obstacle("the \(name) run has only one repeat with a figure: an interval needs two")
        }
        return .success(MeanDifference(unpaired: x.map(\.1), with: y.map(\.1)))
    }
}

extension RunComparison {
    /// The confidence of the intervals: `99.71 to 99.82%`; empty where there are none.
    var confidence: String {
        let levels = rows.filter { $0.difference?.varies ?? false }.map { 100 * (1 - $0.level) }
        guard let low = levels.min(), let high = levels.max() else { return "" }
        let (from, to) = (Figure.fixed(low, 2), Figure.fixed(high, 2))
        return "; intervals of \(from == to ? to : "\(from) to \(to)")%"
    }

    /// How repeats were held against each other, for people.
    package var method: String {
        let pairs = rows.compactMap(\.difference).filter { $0.method == .paired }
        if let some = pairs.first {
            return "\(some.newCount) paired repeats (scenario \(new.scenario), seed \(new.seed), mode \(new.mode)), Student's t"
        }
        guard let some = rows.compactMap(\.difference).first else { return "no figures side by side" }
        let differing = [("scenario", base.scenario != new.scenario), ("seed", base.seed != new.seed), ("mode", base.mode != new.mode)].filter(\.1).map(\.0)
        return "\(some.baseCount) and \(some.newCount) repeats, unpaired (another \(differing.joined(separator: " and "))), Welch's t"
    }
}
