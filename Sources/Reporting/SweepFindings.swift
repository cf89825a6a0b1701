import Measurement

/// What a sweep shows, in sentences: who is ahead and by how much, what a key changes, what is left to gain.
struct SweepFindings {
    private let report: Report
    private let sweep: SweepAnalysis
    private let bounds: [PointBound]
    private var axes: SweepAxes { sweep.axes }
    private var points: [PointResult] { report.points }

    init?(_ report: Report) {
        guard let sweep = report.sweep else { return nil }
        self.report = report
        self.sweep = sweep
        bounds = report.cacheBounds
    }

    func sentences() -> [String] {
        let telling = sweep.telling
        var sentences: [String] = []
        if let first = telling.first {
            if namesMatter(to: first) { sentences += aboutNames(first, isFirst: true) }
            sentences += aboutScale(first)
            if first.column == "hit_ratio" { sentences += aboutBounds() }
        }
        for entry in telling.dropFirst().prefix(hasNames ? 4 : 6) { sentences += namesMatter(to: entry) ? aboutNames(entry, isFirst: false) : aboutScale(entry) }
        sentences += aboutSteps()
        if let front = ParetoFront(report) { sentences.append(front.sentence(report, axes)) }
        let same = sweep.comparison.informative.filter { !sweep.comparison.tellsApart($0) || sweep.isChance($0) }
        if !same.isEmpty { sentences.append("The points hardly differ, or not by more than chance, in: \(same.prefix(6).map(\.title).joined(separator: ", ")).") }
        return sentences.map { Findings.capitalised($0) }
    }

    /// How the intervals in the sentences are meant; told once.
    func note() -> String {
        guard report.hasRepeats else { return "One run a point: no figure here has an interval. Set repeats for those." }
        let shared = report.plan.mode == .live ? "the same questions" : "the same questions and the same luck"
        return "Differences are paired: in each repeat the points that are compared met \(shared). What stands after ± is half of a 95 % Student-t interval over \(report.repeatsText), "
            + "each for itself; differences.csv says of each difference whether it is shown beside all others of its figure, too (Holm, 5 % for all of them together)."
    }

    /// Whether what is compared first has names and not numbers.
    private var hasNames: Bool { sweep.layout.series.map { axes.axes[$0].scale == nil } ?? (sweep.layout.x == nil) }

    /// Whether what has names makes a difference to a figure, or nothing else can.
    private func namesMatter(to entry: Comparison.Entry) -> Bool {
        guard hasNames, let axis = sweep.layout.series else { return sweep.layout.x == nil }
        return sweep.layout.x == nil
            || sweep.differences.rows.contains { $0.axis == axis && $0.difference.column == entry.column && $0.difference.difference != 0 && $0.difference.isTold }
    }

    // MARK: Places

    /// `capacity 600 (3 %) and exponent 0.9`.
    private func place(_ point: Int, without left: Int) -> String {
        let words = axes.axes.indices.filter { $0 != left }.map { axis in
            axes.axes[axis].spoken(axes.coordinates[point][axis]) + share(axis, axes.coordinates[point][axis])
        }
        return words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }

    /// A capacity as a share of the different questions, where they are known.
    private func share(_ axis: Int, _ value: Int) -> String {
        guard let items = bounds.first?.items, let scale = axes.axes[axis].scale, scale.path == "pipeline.cache.capacity" else { return "" }
        let share = scale.numbers[value] / Double(items) * 100
        return " (\(share >= 9.95 ? Figure.fixed(share, 0) : Figure.significant(share, digits: share >= 1 && share == share.rounded() ? 1 : 2)) %)"
    }

    /// Names of the other axes, for `12 combinations of capacity and exponent`.
    private func others(than axis: Int) -> String { axes.axes.indices.filter { $0 != axis }.map { axes.axes[$0].name }.joined(separator: " and ") }

    // MARK: Named values

    private func aboutNames(_ entry: Comparison.Entry, isFirst: Bool) -> [String] {
        guard let axis = sweep.layout.series ?? axes.axes.indices.first else { return [] }
        let rows = judged(sweep.differences.rows.filter { $0.axis == axis && $0.difference.column == entry.column }) { $0.difference }
        guard !rows.isEmpty else { return [] }
        var sentences: [String] = []
        if isFirst {
            sentences += [leaders(entry, axis)].compactMap { $0 }
            for value in axes.axes[axis].values.indices.dropFirst() {
                let own = rows.filter { axes.coordinates[$0.difference.point][axis] == value }
                if let text = contrast(own, axis, value, entry) { sentences.append(text) }
            }
        } else if let widest = rows.filter({ isBetter($0.difference, entry) && $0.difference.isTold }).max(by: { $0.difference.difference.magnitude < $1.difference.difference.magnitude })
            ?? rows.max(by: { $0.difference.difference.magnitude < $1.difference.difference.magnitude })
        {
            let value = axes.coordinates[widest.difference.point][axis]
            let clause = DifferenceText.clause(axes.axes[axis].spoken(value), axes.axes[axis].spoken(0), widest.difference, entry)
            let place = axes.axes.count > 1 ? " at \(place(widest.difference.point, without: axis)), where that matters most" : ""
            sentences.append("\(clause)\(place) (\(means(widest.difference))).")
        }
        return sentences
    }

    /// Those with an interval, where any has one.
    private func judged<Row>(_ rows: [Row], _ difference: (Row) -> PairedDifference) -> [Row] {
        let judged = rows.filter { difference($0).pairs > 1 }
        return judged.isEmpty ? rows : judged
    }

    private func isBetter(_ difference: PairedDifference, _ entry: Comparison.Entry) -> Bool {
        entry.moreIsBetter.map { $0 == (difference.difference > 0) } ?? true
    }

    /// `42.0 ± 0.3 % against 37.9 ± 0.2 %`.
    private func means(_ difference: PairedDifference) -> String {
        let (a, b) = (points[difference.point].estimate(difference.column), points[difference.against].estimate(difference.column))
        return "\(Figure.text(a, of: difference.column)) against \(Figure.text(b, of: difference.column))"
    }

    /// One value against the first one, over all that else is swept.
    private func contrast(_ rows: [PairedDifferences.Row], _ axis: Int, _ value: Int, _ entry: Comparison.Entry) -> String? {
        guard let most = rows.max(by: { $0.difference.difference.magnitude < $1.difference.difference.magnitude }) else { return nil }
        let (a, b) = (axes.axes[axis].spoken(value), axes.axes[axis].spoken(0))
        let clause = DifferenceText.clause(a, b, most.difference, entry)
        guard rows.count > 1 else {
            return "\(clause)\(axes.axes.count > 1 ? " at \(place(most.difference.point, without: axis))" : "") (\(means(most.difference)))."
        }
        guard most.difference.isTold else { return "\(clause) at \(place(most.difference.point, without: axis)), nor anywhere else." }
        let isMore = most.difference.difference > 0
        var text = "\(clause) at \(place(most.difference.point, without: axis)), where they differ most (\(means(most.difference)))"
        let opposite = rows.filter { $0.difference.isTold && ($0.difference.difference > 0) != isMore }
        if let other = opposite.max(by: { $0.difference.difference.magnitude < $1.difference.difference.magnitude }) {
            text += "; at \(opposite.count) of the \(rows.count) combinations of \(others(than: axis)) it is the other way round, by \(DifferenceText.amount(other.difference)) at \(place(other.difference.point, without: axis))"
        } else if let least = rows.filter({ $0.difference.isTold }).min(by: { $0.difference.difference.magnitude < $1.difference.difference.magnitude }), least.difference.point != most.difference.point {
            text += ", and at least \(DifferenceText.amount(least.difference)) at \(place(least.difference.point, without: axis))"
        }
        let untold = rows.count { !$0.difference.isTold }
        if untold > 0 { text += "; at \(untold) of the \(rows.count) \(report.hasRepeats ? "no difference is shown" : "they are equal")" }
        return text + "."
    }

    /// Who is ahead where.
    private func leaders(_ entry: Comparison.Entry, _ axis: Int) -> String? {
        guard let more = entry.moreIsBetter, axes.axes[axis].values.count > 2 || axes.axes.count > 1 else { return nil }
        // By the values that are ahead together: mostly one.
        var wins: [[Int]: Int] = [:]
        var contests = 0, unclear = 0
        for start in points.indices where axes.coordinates[start][axis] == 0 {
            let rivals = axes.axes[axis].values.indices.compactMap { axes.neighbour(of: start, along: axis, value: $0) }.filter { !points[$0].mean(entry.column).isNaN }
                .sorted { a, b in
                    let (x, y) = (points[a].mean(entry.column), points[b].mean(entry.column))
                    return more ? x > y : x < y
                }
            guard rivals.count > 1 else { continue }
            contests += 1
            let best = rivals.prefix { points[$0].mean(entry.column) == points[rivals[0]].mean(entry.column) }
            wins[best.map { axes.coordinates[$0][axis] }.sorted(), default: 0] += 1
            if best.count < rivals.count, let lead = PairedDifference.between(points, rivals[0], rivals[best.count], entry.column), !lead.isTold { unclear += 1 }
        }
        guard contests > 0 else { return nil }
        let ranked = wins.sorted { a, b in a.value != b.value ? a.value > b.value : a.key.lexicographicallyPrecedes(b.key) }
        func name(_ values: [Int]) -> String { values.map { axes.axes[axis].spoken($0) }.joined(separator: " and ") }
        let head = "\(entry.title), \(more ? "highest" : "lowest")"
        if contests == 1 {
            let lead = unclear > 0 ? "; its lead over the next one is within the interval" : ""
            return "\(head): \(name(ranked[0].key))\(lead)."
        }
        let named = ranked.map { "\(name($0.key)) at \($0.value)" }.joined(separator: ", ")
        let lead = unclear > 0 ? " At \(unclear) of them the lead over the next one is within its interval." : ""
        return "\(head) over the \(contests) combinations of \(others(than: axis)): \(named).\(lead)"
    }

    // MARK: Numbers

    /// From the smallest value of the numeric axis to the largest.
    private func aboutScale(_ entry: Comparison.Entry) -> [String] {
        guard let axis = sweep.layout.x else { return [] }
        let ordered = axes.axes[axis].ordered
        guard let low = ordered.first, let high = ordered.last, low != high else { return [] }
        let changes = judged(points.indices.filter { axes.coordinates[$0][axis] == low }.compactMap { start in
            axes.neighbour(of: start, along: axis, value: high).flatMap { PairedDifference.between(points, $0, start, entry.column) }
        }) { $0 }
        guard let most = changes.max(by: { $0.difference.magnitude < $1.difference.magnitude }),
            let least = changes.min(by: { $0.difference.magnitude < $1.difference.magnitude })
        else { return [] }
        let name = axes.axes[axis]
        let tail = "as \(name.name) goes from \(name.values[low])\(share(axis, low)) to \(name.values[high])\(share(axis, high))"
        func told(_ difference: PairedDifference) -> String {
            let (from, to) = (points[difference.against].estimate(entry.column), points[difference.point].estimate(entry.column))
            return "\(difference.difference > 0 ? "up" : "down") by \(DifferenceText.amount(difference)), from \(Figure.text(from, of: entry.column)) to \(Figure.text(to, of: entry.column))"
        }
        guard most.isTold else { return ["\(entry.title): no change is shown \(tail) (\(DifferenceText.amount(most)))."] }
        guard changes.count > 1, least.point != most.point else { return ["\(entry.title): \(told(most)), \(tail)."] }
        let other = least.isTold ? told(least) : "no change is shown (\(DifferenceText.amount(least)))"
        return ["\(entry.title), \(tail): \(told(most)), with \(place(most.point, without: axis)), where that matters most; \(other), with \(place(least.point, without: axis)), where it matters least."]
    }

    /// What each step of a threshold gains in score and costs in calls, where that is what was swept alone.
    private func aboutSteps() -> [String] {
        guard sweep.comparison.topic == .score, let axis = sweep.layout.x, axes.axes.count == 1, axes.axes[axis].values.count > 2 else { return [] }
        let ordered = axes.axes[axis].ordered.compactMap { axes.point(at: [$0]) }
        let steps = zip(ordered, ordered.dropFirst()).compactMap { from, to -> (gain: PairedDifference, price: PairedDifference)? in
            guard let gain = PairedDifference.between(points, to, from, "mean_final_score"),
                let price = PairedDifference.between(points, to, from, "calls_per_question")
            else { return nil }
            return (gain, price)
        }
        // What a call more buys: best where it buys most.
        let priced = steps.filter { $0.price.isTold && $0.price.difference > 0 }
        guard let best = priced.max(by: { $0.gain.difference / $0.price.difference < $1.gain.difference / $1.price.difference }),
            let worst = priced.min(by: { $0.gain.difference / $0.price.difference < $1.gain.difference / $1.price.difference }), best.gain.point != worst.gain.point
        else { return [] }
        func step(_ difference: PairedDifference) -> String {
            "from \(axes.axes[axis].values[axes.coordinates[difference.against][axis]]) to \(axes.axes[axis].values[axes.coordinates[difference.point][axis]])"
        }
        func told(_ step: (gain: PairedDifference, price: PairedDifference)) -> String {
            let gain = step.gain.isTold ? "the mean final score \(step.gain.difference > 0 ? "rises" : "falls") by \(DifferenceText.amount(step.gain))" : "no change of the mean final score is shown (\(DifferenceText.amount(step.gain)))"
            return "\(gain) for \(DifferenceText.amount(step.price)) LLM calls per question more"
        }
        return ["the step \(step(best.gain)) buys most: \(told(best)); the step \(step(worst.gain)) least: \(told(worst))."]
    }

    // MARK: Bounds

    private func aboutBounds() -> [String] {
        guard let axis = sweep.layout.series ?? sweep.layout.x else { return [] }
        var sentences: [String] = []
        // The best of each group of points that met the same questions with the same capacity.
        var best: [[Int]: PointBound] = [:]
        for bound in bounds where !bound.shortfall.mean.isNaN {
            var key = axes.coordinates[bound.point]
            key[axis] = axes.axes[axis].paths == ["pipeline.cache.policy"] ? 0 : key[axis]
            if best[key].map({ bound.shortfall.mean < $0.shortfall.mean }) ?? true { best[key] = bound }
        }
        let ranked = best.values.sorted { ($0.shortfall.mean, $0.point) < ($1.shortfall.mean, $1.point) }
        if let least = ranked.first, let most = ranked.last {
            func told(_ bound: PointBound) -> String {
                let at = place(bound.point, without: axes.axes[axis].paths == ["pipeline.cache.policy"] ? axis : -1)
                let policy = axes.axes[axis].paths == ["pipeline.cache.policy"] ? "\(axes.axes[axis].spoken(axes.coordinates[bound.point][axis]))" : "the cache"
                return "\(inPoints(bound.shortfall)) more than \(policy)\(at.isEmpty ? "" : " at \(at)")"
            }
            var text = "a cache that knows the future (Belady), filled at once, would answer \(told(most))"
            if least.point != most.point { text += ", and \(told(least))" }
            sentences.append(text + ": about what is left for better policies. Fills take as long as answers do here, so that it is out of reach, and no strict bound.")
        }
        let che = bounds.compactMap { bound in bound.che.map { (bound.point, $0 - points[bound.point].mean("hit_ratio")) } }
        if let worst = che.max(by: { $0.1.magnitude < $1.1.magnitude }) {
            sentences.append(
                "Che's approximation is off by at most \(Figure.fixed(worst.1.magnitude * 100, 2)) points at the \(che.count) points to which it applies (\(axes.place(of: worst.0))).")
        }
        return sentences
    }

    private func inPoints(_ estimate: Estimate) -> String {
        estimate.hasInterval
            ? "\(Figure.fixed(estimate.mean * 100, 1)) ± \(Figure.fixed(estimate.halfWidth * 100, 1)) points" : "\(Figure.fixed(estimate.mean * 100, 1)) points"
    }
}
