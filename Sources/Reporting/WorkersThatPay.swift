import Measurement

/// Where more of what works side by side stops paying: LLM workers, judges, partitions.
///
/// Points that differ in one such key alone are compared. A number is enough when every larger one that was tried makes
/// both the 95th percentile of the latency and the throughput better by less than 5 %, and falls short when one of them
/// makes either better by more. Either must be shown: the 95 % interval of the relative difference, repeat by repeat since
/// points of one repeat meet the same traffic and the same luck, lies wholly on one side of the 5 % (all comparisons of a
/// line together: Bonferroni). What is neither is not decided.
struct WorkersThatPay {
    static let keys = [
        "pipeline.workers.llm": "LLM workers", "pipeline.workers.judge": "judges", "pipeline.workers.concurrency": "calls per LLM worker",
        "pipeline.partitions": "partitions",
    ]
    /// An improvement that is worth a worker.
    static let worthwhile = 0.05

    enum Answer: Equatable {
        case fallsShort, enough, undecided
    }

    /// By how much more is better, as a share; the interval is missing with one repeat.
    struct Gain: Equatable {
        let mean: Double
        let halfWidth: Double

        var isShownBelow: Bool { mean + (halfWidth.isNaN ? 0 : halfWidth) < WorkersThatPay.worthwhile }
        var isShownAbove: Bool { mean - (halfWidth.isNaN ? 0 : halfWidth) > WorkersThatPay.worthwhile }
    }

    struct Step {
        /// `4`; `4 with 8` where two keys go together.
        let value: String
        /// `4 LLM workers`; `4 LLM workers with 8 partitions`.
        let described: String
        let point: PointResult
        let answer: Answer
        /// Over the number before it; nil for the first.
        let latency: Gain?
        let throughput: Gain?
    }

    /// One key along its values, all else equal but what goes with it.
    struct Line {
        let what: String
        /// `rate 60/s, judge 2`; empty where nothing else varies.
        let place: String
        let steps: [Step]

        /// The smallest number that is shown to be enough; nil where only the largest may be.
        var enough: Int? { steps.dropLast().firstIndex { $0.answer == .enough } }
    }

    let lines: [Line]

    init(_ report: Report) {
        var lines: [Line] = []
        let points = report.points.filter { $0.verdict != .invalid && $0.verdict != .violated }
        let leaders = KeysTogether.leaders(report.points)
        for (place, key) in report.plan.sweptKeys.enumerated() where leaders.indices.contains(place) {
            let together = leaders.indices.filter { leaders[$0] == leaders[place] }
            // Of keys that go together the first speaks for all.
            guard let name = Self.keys[key], together.first(where: { Self.keys[report.plan.sweptKeys[$0]] != nil }) == place else { continue }
            let others = together.filter { $0 != place }
            let what = ([name] + others.map { Self.keys[report.plan.sweptKeys[$0]] ?? shortKey(report.plan.sweptKeys[$0]) }).joined(separator: " and ")
            var groups: [(rest: [Int], points: [PointResult])] = []
            for point in points where point.swept.count > place {
                let rest = point.swept.indices.filter { $0 != place && leaders[$0] != leaders[place] }
                if let index = groups.firstIndex(where: { group in rest.allSatisfy { group.points[0].swept[$0].value == point.swept[$0].value } }) {
                    groups[index].points.append(point)
                } else {
                    groups.append((rest, [point]))
                }
            }
            for group in groups where group.points.count > 1 {
                let sorted = group.points.sorted { Comparison.number($0.swept[place].value) ?? 0 < Comparison.number($1.swept[place].value) ?? 0 }
                let rest = group.rest.filter { other in Set(report.points.map { $0.swept[other].value }).count > 1 }
                lines.append(Line(
                    what: what, place: rest.map { "\(shortKey(sorted[0].swept[$0].key)) \(sorted[0].names[$0])" }.joined(separator: ", "),
                    steps: Self.steps(sorted, keys: [place] + others, isReproducible: report.plan.mode == .simulated)))
            }
        }
        self.lines = lines
    }

    private static func described(_ point: PointResult, _ key: Int) -> String {
        let path = point.swept[key].key
        return keys[path].map { "\(point.swept[key].value) \($0)" } ?? "\(shortKey(path)) \(point.names[key])"
    }

    private static func steps(_ points: [PointResult], keys: [Int], isReproducible: Bool) -> [Step] {
        let comparisons = points.count * (points.count - 1)
        let level = 0.05 / Double(comparisons)
        func gain(_ column: String, _ a: PointResult, _ b: PointResult, sign: Double) -> Gain {
            let pairs = zip(a.values(column), b.values(column)).filter { !$0.isNaN && !$1.isNaN }
            guard pairs.count > 1 else {
                guard let (x, y) = pairs.first, x != 0 else { return Gain(mean: .nan, halfWidth: .nan) }
                return Gain(mean: sign * (y - x) / x, halfWidth: .nan)
            }
            let difference = MeanDifference(paired: pairs.map(\.0), with: pairs.map(\.1), isReproducible: isReproducible)
            return Gain(mean: sign * difference.difference / difference.baseMean, halfWidth: (difference.varies ? difference.halfWidth(level: level) : 0) / difference.baseMean)
        }
        func latency(_ a: PointResult, _ b: PointResult) -> Gain { gain("latency_p95_ms", a, b, sign: -1) }
        func throughput(_ a: PointResult, _ b: PointResult) -> Gain { gain("throughput_per_s", a, b, sign: 1) }
        return points.indices.map { index in
            let point = points[index]
            let gains = points[(index + 1)...].flatMap { [latency(point, $0), throughput(point, $0)] }
            let answer: Answer = gains.contains(where: \.isShownAbove) ? .fallsShort : gains.allSatisfy(\.isShownBelow) ? .enough : .undecided
            return Step(
                value: keys.map { point.names[$0] }.joined(separator: " with "), described: keys.map { described(point, $0) }.joined(separator: " with "),
                point: point, answer: answer, latency: index == 0 ? nil : latency(points[index - 1], point),
                throughput: index == 0 ? nil : throughput(points[index - 1], point))
        }
    }

    // MARK: Words

    /// A sentence for each line, at most twelve.
    var sentences: [String] { lines.prefix(12).map(Self.sentence) }

    private static func sentence(_ line: Line) -> String {
        let place = line.place.isEmpty ? "" : " at \(line.place)"
        let last = line.steps[line.steps.count - 1]
        guard let enough = line.enough else {
            let before = line.steps[line.steps.count - 2]
            let change = "from \(before.value) to \(last.value), \(change(last))"
            return before.answer == .fallsShort
                ? "More \(line.what) pay up to the most that were tried\(place): \(change)."
                : "Whether \(before.described) are enough\(place), these repeats do not tell, but more repeats would: \(change)."
        }
        let step = line.steps[enough]
        let next = line.steps[enough + 1]
        var text = "\(step.described) are enough\(place): "
        if enough > 0 { text += "from \(line.steps[enough - 1].value) to \(step.value), \(change(step)); " }
        text += "from \(step.value) to \(next.value), \(change(next))"
        let open = line.steps[..<enough].filter { $0.answer == .undecided }.map(\.value)
        if !open.isEmpty { text += ". Whether \(open.joined(separator: " or ")) would do, these repeats do not tell" }
        return text + "."
    }

    private static func change(_ step: Step) -> String {
        "\(text(step.latency!, "the 95th percentile of the latency", fall: true)) and \(text(step.throughput!, "the throughput", fall: false))"
    }

    /// `the throughput rises by 4.1 % (3.9 to 4.3)`.
    private static func text(_ gain: Gain, _ what: String, fall: Bool) -> String {
        guard !gain.mean.isNaN else { return "\(what) is not known" }
        let change = fall ? -gain.mean : gain.mean
        let amount = Figure.percent(change.magnitude)
        guard gain.mean != 0 else { return "\(what) stays as it is" }
        let (low, high) = (change.magnitude - gain.halfWidth, change.magnitude + gain.halfWidth)
        let interval = gain.halfWidth.isNaN || gain.halfWidth == 0 ? "" : " (\(Figure.fixed(low * 100, 1)) to \(Figure.fixed(high * 100, 1)))"
        return "\(what) \(change < 0 ? "falls" : "rises") by \(amount)\(interval)"
    }
}
