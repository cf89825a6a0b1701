import Measurement

/// What a sweep's points cost against what their answers are worth: those of which no other is both cheaper and better.
struct ParetoFront {
    /// The figure to have little of, and the one to have much of.
    let cost: Comparison.Entry
    let quality: Comparison.Entry
    /// Positions of the points that no other dominates, cheapest first.
    let members: [Int]
    /// The others, each with a point that costs no more and is no worse.
    let dominated: [(point: Int, by: Int)]

    /// Nil where the points do not differ in both: then there is nothing to weigh.
    init?(_ report: Report) {
        guard let sweep = report.sweep else { return nil }
        let comparison = sweep.comparison
        func entry(_ column: String) -> Comparison.Entry? { comparison.informative.first { $0.column == column && comparison.tellsApart($0) } }
        guard let cost = entry("cost_per_1000_questions") ?? entry("calls_per_question") else { return nil }
        // What askers get: the score of answers, then whether they pass, then whether there are any. A score that moves by
        // chance alone is no quality.
        let candidates = ["mean_final_score", "final_pass_ratio", "answered_ratio"].compactMap(entry)
        let isJudged = report.hasRepeats
        guard let quality = candidates.first(where: { quality in
            // Without repeats nothing says what chance does.
            Self.spread(quality, report.points) > (isJudged ? 0.02 : 0.1)
                && (!isJudged || sweep.differences.rows.contains { $0.isShown && $0.difference.column == quality.column })
        }) else { return nil }
        self.cost = cost
        self.quality = quality
        (members, dominated) = Self.front(report.points.map { ($0.mean(cost.column), $0.mean(quality.column)) })
    }

    /// By the means: a point is dominated where another costs no more and is no worse, and is better in one of the two. Of
    /// points that are alike in both none is.
    static func front(_ points: [(cost: Double, quality: Double)]) -> (members: [Int], dominated: [(point: Int, by: Int)]) {
        let there = points.indices.filter { !points[$0].cost.isNaN && !points[$0].quality.isNaN }
        // Cheapest first, of equally cheap ones the best: whoever comes then must be better than all before.
        let ordered = there.sorted { a, b in
            points[a].cost != points[b].cost ? points[a].cost < points[b].cost : points[a].quality != points[b].quality ? points[a].quality > points[b].quality : a < b
        }
        var members: [Int] = []
        var dominated: [(point: Int, by: Int)] = []
        for point in ordered {
            if let best = members.last, points[best].quality >= points[point].quality, points[best] != points[point] {
                dominated.append((point, best))
            } else {
                members.append(point)
            }
        }
        return (members, dominated.sorted { $0.point < $1.point })
    }

    /// The range of the means over the largest of them.
    private static func spread(_ entry: Comparison.Entry, _ points: [PointResult]) -> Double {
        let means = points.map { $0.mean(entry.column) }.filter { !$0.isNaN }
        guard let low = means.min(), let high = means.max(), high > 0 else { return 0 }
        return (high - low) / high
    }

    /// In words, for the findings.
    func sentence(_ report: Report, _ axes: SweepAxes) -> String {
        func told(_ point: Int) -> String {
            "\(axes.place(of: point)) (\(Figure.text(report.points[point].estimate(cost.column), of: cost.column)), \(Figure.text(report.points[point].estimate(quality.column), of: quality.column)))"
        }
        let shown = members.count <= 6 ? members.map(told) : members.prefix(3).map(told) + ["… \(members.count - 5) more …"] + members.suffix(2).map(told)
        var text = "\(cost.title) against \(quality.title): no other point is both cheaper and better than \(shown.joined(separator: "; "))"
        if let first = dominated.first {
            let named = dominated.count <= 4 ? dominated.map { axes.place(of: $0.point) }.joined(separator: ", ") : "\(dominated.count) points"
            text += ". Dominated: \(named)"
            if dominated.count <= 4 { text += " (by \(axes.place(of: first.by))\(dominated.count > 1 ? " and others" : ""))" }
        }
        return text + (report.hasRepeats ? ". That goes by the means; where intervals overlap, two points may be alike." : ". With one run a point, chance may decide between near ones.")
    }
}
