import Scenarios

/// Which repeats of which points are still to be run, and how many of each point count.
///
/// A stopping rule looks at a point's repeats in the order of their numbers, whatever order they are finished in: the number
/// that counts is the same on one processor and on many, in one run and in shards.
package struct RepeatSchedule: Sendable {
    package struct Unit: Sendable, Equatable {
        package let point: Int
        package let replication: Int

        package init(point: Int, replication: Int) { (self.point, self.replication) = (point, replication) }
    }

    private struct Progress {
        /// Repeats handed out.
        var taken = 0
        /// The rule's column by repeat, as far as they are finished.
        var values: [Double?] = []
        /// Finished repeats before the first that is not.
        var finished = 0
        /// How many count, once that is known.
        var wanted: Int?
    }

    /// The points' numbers, in order.
    package let points: [Int]
    /// Repeats of a point at most.
    package let most: Int
    private let rule: StoppingRule?
    private var progress: [Progress]
    /// Points before this one need nothing more.
    private var first = 0
    private var underWay = 0
    private var positions: [Int: Int]

    package init(points: [Int], repeats: Int, stopping rule: StoppingRule? = nil) {
        self.points = points
        most = repeats
        self.rule = rule
        progress = Array(repeating: Progress(wanted: rule == nil ? repeats : nil), count: points.count)
        positions = Dictionary(uniqueKeysWithValues: points.enumerated().map { ($1, $0) })
    }

    /// The next repeat to run; nil where there is none any more. Where none is known to be wanted while others are under way,
    /// one is handed out that may turn out not to count.
    package mutating func take() -> Unit? {
        while first < points.count, let wanted = progress[first].wanted, progress[first].taken >= wanted { first += 1 }
        var guess: Int?
        for position in first..<points.count {
            let point = progress[position]
            if point.taken < (point.wanted ?? least(point)) { return hand(position) }
            if point.wanted == nil, point.taken < most, guess == nil { guess = position }
        }
        return underWay > 0 ? guess.map { hand($0) } : nil
    }

    /// Repeats that are wanted whatever the finished ones' successors show.
    private func least(_ point: Progress) -> Int { min(most, max(rule?.atLeast ?? most, point.finished + 1)) }

    private mutating func hand(_ position: Int) -> Unit {
        defer {
            progress[position].taken += 1
            underWay += 1
        }
        return Unit(point: points[position], replication: progress[position].taken)
    }

    /// A repeat that was taken is finished; the results of one are told once.
    package mutating func finished(_ unit: Unit, _ result: RunResult) {
        finished(unit, value: rule.flatMap { result.value($0.column)?.double } ?? .nan)
    }

    /// - Parameter value: of the rule's column.
    mutating func finished(_ unit: Unit, value: Double) {
        underWay -= 1
        guard let rule, let position = positions[unit.point] else { return }
        while progress[position].values.count <= unit.replication { progress[position].values.append(nil) }
        progress[position].values[unit.replication] = value
        while progress[position].wanted == nil, progress[position].finished < progress[position].values.count,
            progress[position].values[progress[position].finished] != nil
        {
            progress[position].finished += 1
            let count = progress[position].finished
            if count >= most || count >= rule.atLeast && rule.isMet(by: progress[position].values.prefix(count).map { $0 ?? .nan }) {
                progress[position].wanted = count
            }
        }
    }

    /// How many repeats of a point count; nil until that is known.
    package func wanted(ofPoint point: Int) -> Int? { positions[point].flatMap { progress[$0].wanted } }

    /// Repeats that will be run, as far as is known: at most.
    package var mostInAll: Int { progress.reduce(0) { $0 + ($1.wanted ?? most) } }
}

extension StoppingRule {
    /// Whether the interval of these figures is narrow enough. Figures that are missing leave it as wide as it can be.
    package func isMet(by values: [Double]) -> Bool {
        let estimate = Estimate(of: values)
        return estimate.count == values.count && estimate.halfWidth <= relativeHalfWidth * estimate.mean.magnitude
    }
}
