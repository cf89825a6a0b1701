import Measurement
import Workload

/// A history's change points.
extension History {
    /// A metric that changed for good.
    package struct Change: Sendable {
        package let scenario: String
        package let mode: String
        package let point: String
        package let metric: String
        /// The first night that is changed, and its commit.
        package let first: Int64
        package let commit: String
        /// The last night before it.
        package let last: Int64
        package let lastCommit: String
        /// The night on which it was found.
        package let found: Int64
        /// Positions of the two nights in the series, from 0.
        package let position: Int
        package let foundPosition: Int
        /// Means of the nights since the change before, and of those up to the next one, far-out nights taken for the fence.
        package let before: Estimate
        package let after: Estimate
        /// With its interval; nil where either side is a single night.
        package let difference: MeanDifference?
        package let direction: RunComparison.Verdict

        package var isWorse: Bool { direction == .worse }
        var name: String { [scenario, mode, point, metric].filter { !$0.isEmpty }.joined(separator: "/") }
    }

    /// One metric of one series: the rows that count, by time.
    struct Course {
        let series: Row.Series
        let metric: String
        /// Positions in `rows`.
        var indices: [Int]
    }

    /// Every metric's course, in the order of first appearance.
    var courses: [Course] {
        var places: [[String]: Int] = [:]
        var courses: [Course] = []
        for (index, row) in rows.enumerated() {
            let series = row.series, key = series.key + [row.metric]
            if places[key] == nil {
                places[key] = courses.count
                courses.append(Course(series: series, metric: row.metric, indices: []))
            }
            if row.isUsed { courses[places[key]!].indices.append(index) }
        }
        for index in courses.indices { courses[index].indices.sort { rows[$0].time < rows[$1].time } }
        return courses
    }

    /// Finds all change points anew, marks them in the rows, and gives them by the night on which they were found.
    ///
    /// Every night is judged by what was known then, so marks do not move as nights are added.
    /// - Parameter family: among how many series the rate of false alarms is shared; nil: as many as there were that vary.
    package mutating func mark(family: Int? = nil) -> [Change] {
        let courses = courses
        let shares = Shares(courses, rows: rows, family: family)
        for index in rows.indices { (rows[index].change, rows[index].found) = ("", "") }
        var found: [Change] = []
        for course in courses where course.indices.count > 1 {
            let nights = course.indices.map { rows[$0] }
            let scan = ChangePoints(
                in: nights.map(\.value), levels: nights.map { shares.level(at: $0.time) },
                isReproducible: course.series.mode == RunIdentity.Mode.simulated.rawValue,
                onLogarithms: Self.isProportional(course.metric))
            for (number, change) in scan.changes.enumerated() {
                let from = number == 0 ? 0 : scan.changes[number - 1].first
                let until = number + 1 < scan.changes.count ? scan.changes[number + 1].first : nights.count
                let (before, after) = (ChangePoints.fenced(nights[from..<change.first].map(\.value)), ChangePoints.fenced(nights[change.first..<until].map(\.value)))
                let (a, b) = (Estimate(of: before), Estimate(of: after))
                let direction: RunComparison.Verdict =
                    switch MetricDirection(of: course.metric) {
                    case .none: .different
                    case .lowerIsBetter: b.mean > a.mean ? .worse : .better
                    case .higherIsBetter: b.mean < a.mean ? .worse : .better
                    }
                let (first, last) = (nights[change.first], nights[change.first - 1])
                rows[course.indices[change.first]].change = direction.rawValue
                rows[course.indices[change.first]].found = UTC.text(unixNanoseconds: nights[change.found].time)
                found.append(Change(
                    scenario: first.scenario, mode: first.mode, point: first.point, metric: first.metric, first: first.time, commit: first.commit,
                    last: last.time, lastCommit: last.commit, found: nights[change.found].time, position: change.first, foundPosition: change.found,
                    before: a, after: b, difference: before.count > 1 && after.count > 1 ? MeanDifference(unpaired: before, with: after) : nil,
                    direction: direction))
            }
        }
        return found.enumerated().sorted { ($0.element.found, $0.offset) < ($1.element.found, $1.offset) }.map(\.element)
    }

    /// Noise in times, rates, counts and costs grows with the value; in shares and scores it does not.
    private static func isProportional(_ metric: String) -> Bool {
        switch SummaryColumn.named(metric)?.unit {
        case .milliseconds, .perSecond, .currency, .count, .perQuestion: true
        case .ratio, .score, .number, nil: false
        }
    }

    /// How many series share the rate of false alarms on each night: those that vary. What is the same night after night
    /// raises no false alarm.
    private struct Shares {
        private let family: Int?
        /// When the number changes, and to what.
        private var steps: [(time: Int64, count: Int)] = []

        init(_ courses: [Course], rows: [Row], family: Int?) {
            self.family = family
            guard family == nil else { return }
            var turns: [(time: Int64, by: Int)] = []
            for course in courses {
                var changed = 0, counted = false
                for (position, index) in course.indices.enumerated() {
                    if position > 0, rows[index].value != rows[course.indices[position - 1]].value { changed += 1 }
                    let varies = position == 0 ? course.series.mode == RunIdentity.Mode.live.rawValue : 2 * changed >= position
                    if varies != counted { turns.append((rows[index].time, varies ? 1 : -1)) }
                    counted = varies
                }
            }
            var count = 0
            for turn in turns.sorted(by: { $0.time < $1.time }) {
                count += turn.by
                if steps.last?.time == turn.time { steps[steps.count - 1].count = count } else { steps.append((turn.time, count)) }
            }
        }

        func level(at time: Int64) -> Double {
            let count = family ?? steps.last { $0.time <= time }?.count ?? 1
            return ChangePoints.errorRate / Double(ChangePoints.period) / Double(max(1, count))
        }
    }
}

extension History.Change {
    /// `latency_p95_ms is worse since 2026-02-10 (found 2026-02-12): 392 ms → 436 ms, +11.2 % (+9.8 to +12.6)`.
    package var sentence: String {
        let when = Self.day(first) + (found == first ? "" : " (found \(Self.day(found)))")
        return "\(metric) is \(direction.rawValue) since \(when): \(Figure.text(before.mean, of: metric)) → \(Figure.text(after.mean, of: metric)), \(size)"
    }

    /// The difference of the means with its 95 % interval: of the mean before, ratios in points.
    package var size: String {
        let amount = after.mean - before.mean
        let isRatio = SummaryColumn.named(metric)?.unit == .ratio
        let factor = isRatio ? 100 : before.mean == 0 ? 1 : 100 / before.mean.magnitude
        // What does not vary has no interval.
        let half = difference.map { $0.halfWidth(level: 0.05) } ?? .nan
        let scale = (half.isNaN ? amount.magnitude : half) * factor
        let decimals = scale >= 100 ? 0 : scale >= 1 ? 1 : scale >= 0.1 ? 2 : 3
        func number(_ value: Double) -> String { (value > 0 ? "+" : "") + Figure.fixed(value * factor, decimals) }
        let unit = isRatio ? " points" : before.mean == 0 ? "" : " %"
        return number(amount) + unit + (half.isNaN ? "" : " (\(number(amount - half)) to \(number(amount + half)))")
    }

    static func day(_ time: Int64) -> String { String(UTC.text(unixNanoseconds: time).prefix(10)) }
}
