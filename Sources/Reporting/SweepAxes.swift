import Measurement

/// The directions in which a sweep's points lie. Each swept key with several values is one; keys whose values go
/// together, so that not every combination of them is there, are one direction.
struct SweepAxes: Sendable {
    struct Axis: Sendable {
        /// Its keys, as dotted paths.
        let paths: [String]
        /// `capacity`; `partitions and llm`.
        let name: String
        /// For people, in the file's order: the first is what the others are held against.
        let values: [String]
        /// What orders the values: a key of theirs that has numbers of one unit, with those numbers; nil where none has.
        let scale: Scale?

        struct Scale: Sendable {
            let path: String
            let numbers: [Double]
        }

        /// The values' places, smallest number first; in the file's order where they are no numbers.
        var ordered: [Int] {
            guard let numbers = scale?.numbers else { return Array(values.indices) }
            return values.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        }

        /// The value in a sentence: `LRU`, `capacity 600`.
        func spoken(_ value: Int) -> String {
            let text = values[value]
            if paths == ["pipeline.cache.policy"] { return Self.policies[text] ?? text }
            return scale != nil || ["true", "false"].contains(text) ? "\(name) \(text)" : text
        }

        private static let policies = [
            "none": "no cache", "lru": "LRU", "lfu": "LFU", "fifo": "FIFO", "sieve": "SIEVE", "s3fifo": "S3-FIFO", "wtinylfu": "W-TinyLFU",
        ]
    }

    /// In the order of their first keys.
    let axes: [Axis]
    /// Of each point its place on each axis.
    let coordinates: [[Int]]
    private let places: [[Int]: Int]

    init(_ points: [PointResult]) {
        let keys = points.first?.swept.indices ?? 0..<0
        guard points.allSatisfy({ $0.swept.count == keys.count }) else {
            (axes, coordinates, places) = ([], points.map { _ in [] }, [:])
            return
        }
        // Numbers for each key's values, in the order in which they come.
        let numbered = keys.map { key in Self.numbered(points.map { $0.swept[key].value }) }
        var groups: [[Int]] = []
        for key in keys where numbered[key].count > 1 {
            let tied = groups.indices.filter { group in groups[group].contains { Self.areTied(numbered[key], numbered[$0]) } }
            let merged = tied.flatMap { groups[$0] } + [key]
            for group in tied.reversed() { groups.remove(at: group) }
            groups.append(merged)
        }
        groups.sort { $0[0] < $1[0] }
        var axes: [Axis] = []
        var coordinates = points.map { _ in [Int]() }
        for group in groups {
            let of = Self.numbered(points.map { point in group.map { point.swept[$0].value } })
            let members = of.firsts.map { points[$0] }
            var scale: Axis.Scale?
            for key in group where scale == nil {
                if let numbers = Self.numbers(members.map { $0.swept[key].value }), Set(numbers).count == numbers.count {
                    scale = Axis.Scale(path: points[0].swept[key].key, numbers: numbers)
                }
            }
            axes.append(Axis(
                paths: group.map { points[0].swept[$0].key }, name: group.map { shortKey(points[0].swept[$0].key) }.joined(separator: " and "),
                values: members.map { point in group.map { point.names[$0] }.joined(separator: ", ") }, scale: scale))
            for index in points.indices { coordinates[index].append(of.numbers[index]) }
        }
        self.axes = axes
        self.coordinates = coordinates
        places = Dictionary(coordinates.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The position of the point that lies there, if one does.
    func point(at coordinates: [Int]) -> Int? { places[coordinates] }

    /// The point that differs from this one in its value on one axis alone.
    func neighbour(of point: Int, along axis: Int, value: Int) -> Int? {
        var there = coordinates[point]
        there[axis] = value
        return places[there]
    }

    /// What a point is called when some axes go without saying: `exponent 0.9, capacity 600`.
    func place(of point: Int, without left: Set<Int> = []) -> String {
        let words = axes.indices.filter { !left.contains($0) }.map { axes[$0].spoken(coordinates[point][$0]) }
        return words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }

    // MARK: Values

    private struct Numbered {
        var numbers: [Int] = []
        /// Where each value comes for the first time.
        var firsts: [Int] = []
        var count: Int { firsts.count }
    }

    private static func numbered<Value: Hashable>(_ values: [Value]) -> Numbered {
        var known: [Value: Int] = [:]
        var result = Numbered()
        for (index, value) in values.enumerated() {
            let number = known[value] ?? known.count
            if number == known.count {
                known[value] = number
                result.firsts.append(index)
            }
            result.numbers.append(number)
        }
        return result
    }

    /// Whether one key's value settles the other's. A combination that is merely missing, as in a run that was cut short,
    /// makes no tie.
    private static func areTied(_ a: Numbered, _ b: Numbered) -> Bool {
        let most = max(a.count, b.count)
        return most < a.count * b.count && Set(zip(a.numbers, b.numbers).map { $0 * b.count + $1 }).count == most
    }

    /// The numbers that values begin with, where all have one and the same unit follows.
    private static func numbers(_ texts: [String]) -> [Double]? {
        let numbers = texts.compactMap(Comparison.number)
        return numbers.count == texts.count && Set(texts.map { Comparison.unit(of: $0) }).count == 1 ? numbers : nil
    }
}

/// Which axis is drawn how: along one, a line for each value of another, a panel for each combination of the rest.
struct SweepLayout: Sendable {
    static let mostSeries = 8

    let x: Int?
    let series: Int?
    let panels: [Int]

    init(_ axes: SweepAxes, topic: Comparison.Topic) {
        let sought: String? =
            switch topic {
            case .cache: "capacity"
            case .score: "threshold"
            case .general: nil
            }
        let numeric = axes.axes.indices.filter { axes.axes[$0].scale != nil }
        let x = numeric.first { axis in sought.map { axes.axes[axis].scale!.path.hasSuffix($0) } ?? false }
            ?? numeric.max { (axes.axes[$0].values.count, $1) < (axes.axes[$1].values.count, $0) }
        let rest = axes.axes.indices.filter { $0 != x && axes.axes[$0].values.count <= Self.mostSeries }
        let names = rest.filter { axes.axes[$0].scale == nil }
        self.x = x
        series = names.max { (axes.axes[$0].values.count, $1) < (axes.axes[$1].values.count, $0) }
            ?? rest.min { (axes.axes[$0].values.count, $0) < (axes.axes[$1].values.count, $1) }
        panels = axes.axes.indices.filter { [series, x] in $0 != x && $0 != series }
    }

    /// Points that share their values on some axes.
    struct Slice: Sendable {
        /// `exponent 0.9`; empty where nothing is shared.
        let title: String
        /// Positions of points.
        let points: [Int]
    }

    /// The points by their values on the given axes, at most `limit` groups: beyond that, of the last axes only the value
    /// with the most points is taken, of several such the one in the middle.
    static func slices(_ axes: SweepAxes, by shared: [Int], atMost limit: Int) -> (slices: [Slice], isWhole: Bool) {
        var open = shared
        var fixed: [Int: Int] = [:]
        while open.reduce(1, { $0 * axes.axes[$1].values.count }) > limit, let axis = open.popLast() {
            var counts = [Int](repeating: 0, count: axes.axes[axis].values.count)
            for point in axes.coordinates where fixed.allSatisfy({ point[$0.key] == $0.value }) { counts[point[axis]] += 1 }
            let fullest = axes.axes[axis].ordered.filter { counts[$0] == counts.max() }
            fixed[axis] = fullest[fullest.count / 2]
        }
        var order: [[Int]] = []
        var members: [[Int]: [Int]] = [:]
        for point in axes.coordinates.indices where fixed.allSatisfy({ axes.coordinates[point][$0.key] == $0.value }) {
            let values = shared.map { axes.coordinates[point][$0] }
            if members[values] == nil { order.append(values) }
            members[values, default: []].append(point)
        }
        let ranks = shared.map { axis in Dictionary(uniqueKeysWithValues: axes.axes[axis].ordered.enumerated().map { ($1, $0) }) }
        func rank(_ values: [Int]) -> [Int] { zip(values, ranks).map { $1[$0]! } }
        order.sort { rank($0).lexicographicallyPrecedes(rank($1)) }
        let slices = order.map { values in
            Slice(title: zip(shared, values).map { axes.axes[$0].spoken($1) }.joined(separator: ", "), points: members[values]!)
        }
        return (slices, fixed.isEmpty)
    }
}
