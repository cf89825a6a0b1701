import Measurement

/// By how much one point's figure is more than another's, repeat by repeat.
struct PairedDifference: Sendable {
    /// Positions in the report.
    let point: Int
    let against: Int
    let column: String
    /// Repeats in which both have the figure.
    let pairs: Int
    let mean: Double
    let againstMean: Double
    /// mean − againstMean over the pairs.
    let difference: Double
    /// Of the single 95 % interval; 0 where the difference is the same in every repeat, `.nan` with a single pair.
    let halfWidth: Double
    /// How probable so large a difference is where there is none; `.nan` with a single pair.
    let probability: Double
    /// Whether the interval leaves out 0, or there is none to judge by and the figures differ.
    var isTold: Bool { halfWidth.isNaN ? difference != 0 : difference.magnitude > halfWidth }

    /// Repeats of one number meet the same questions and the same luck at every point, however many repeats each has.
    /// - Returns: nil where no repeat has the figure at both points. Repeats that are not to be used are left out.
    static func between(_ points: [PointResult], _ point: Int, _ against: Int, _ column: String) -> PairedDifference? {
        let (a, b) = (points[point], points[against])
        let (x, y) = (a.values(column), b.values(column))
        var news: [Double] = [], bases: [Double] = []
        var other = b.repeats.startIndex
        for index in a.repeats.indices {
            let number = a.repeats[index].identity.replication
            // Both are in the order of their numbers.
            while other < b.repeats.endIndex, b.repeats[other].identity.replication < number { other += 1 }
            guard other < b.repeats.endIndex, b.repeats[other].identity.replication == number else { continue }
            guard a.repeats[index].verdict < .invalid, b.repeats[other].verdict < .invalid, !x[index].isNaN, !y[other].isNaN else { continue }
            news.append(x[index])
            bases.append(y[other])
        }
        guard let first = news.first else { return nil }
        guard news.count > 1 else {
            return PairedDifference(
                point: point, against: against, column: column, pairs: 1, mean: first, againstMean: bases[0], difference: first - bases[0],
                halfWidth: .nan, probability: .nan)
        }
        let test = MeanDifference(paired: bases, with: news, isReproducible: a.repeats[0].identity.mode == .simulated)
        return PairedDifference(
            point: point, against: against, column: column, pairs: news.count, mean: test.newMean, againstMean: test.baseMean,
            difference: test.difference, halfWidth: test.varies ? test.halfWidth(level: 0.05) : 0, probability: test.probability)
    }
}

/// Every point of a sweep held against the one with the first value of a key, all else being equal: the rows of
/// differences.csv.
struct PairedDifferences: Sendable {
    struct Row: Sendable {
        /// Along which the two points differ.
        let axis: Int
        let difference: PairedDifference
        /// Whether there is a difference, beside all others of the same figure: at most 5 % of sweeps in which nothing differs
        /// have one that is shown (Holm).
        var isShown = false
    }

    /// All that the comparisons of one figure can be wrong in together.
    static let familyRate = 0.05

    private(set) var rows: [Row] = []
    /// Rows by point, axis and column.
    private var places: [Key: Int] = [:]
    private struct Key: Hashable { let point, axis: Int; let column: String }

    init(_ points: [PointResult], _ axes: SweepAxes, columns: [String]) {
        for column in columns {
            let start = rows.count
            for point in points.indices {
                for axis in axes.axes.indices where axes.coordinates[point][axis] != 0 {
                    guard let against = axes.neighbour(of: point, along: axis, value: 0),
                        let difference = PairedDifference.between(points, point, against, column)
                    else { continue }
                    places[Key(point: point, axis: axis, column: column)] = rows.count
                    rows.append(Row(axis: axis, difference: difference))
                }
            }
            let judged = (start..<rows.count).filter { !rows[$0].difference.probability.isNaN }
            let holm = HolmCorrection(judged.map { rows[$0].difference.probability }, rate: Self.familyRate)
            for (index, decision) in zip(judged, holm.decisions) { rows[index].isShown = decision.isRejected }
        }
    }

    func row(_ point: Int, along axis: Int, _ column: String) -> Row? {
        places[Key(point: point, axis: axis, column: column)].map { rows[$0] }
    }

    // MARK: differences.csv

    /// After the point's number come its swept values.
    static let header = [
        "against", "key", "value", "against_value", "metric", "pairs", "mean", "against_mean", "difference", "difference_ci95", "p", "shown",
    ]

    func csv(_ points: [PointResult], _ axes: SweepAxes) -> [UInt8] {
        let keys = points.first?.swept.map(\.key) ?? []
        var text = Array(ResultFiles.header(["point"] + keys + Self.header).utf8)
        for row in rows {
            let (difference, axis) = (row.difference, axes.axes[row.axis])
            text.cell(points[difference.point].index)
            for swept in points[difference.point].swept {
                text.comma()
                text.cell(swept.value)
            }
            text.comma()
            text.cell(points[difference.against].index)
            text.comma()
            text.cell(axis.paths.joined(separator: "+"))
            for point in [difference.point, difference.against] {
                text.comma()
                text.cell(axis.values[axes.coordinates[point][row.axis]])
            }
            text.comma()
            text.cell(difference.column)
            text.comma()
            text.cell(difference.pairs)
            for value in [difference.mean, difference.againstMean, difference.difference, difference.halfWidth] {
                text.comma()
                text.cell(value)
            }
            text.comma()
            // Three digits: the rest depends on the processor's library.
            if !difference.probability.isNaN { text.append(contentsOf: Self.probability(difference.probability).utf8) }
            text.comma()
            text.cell(difference.probability.isNaN ? "" : row.isShown ? "yes" : "no")
            text.endRow()
        }
        return text
    }

    static func probability(_ value: Double) -> String {
        value < 1e-9 ? "0" : Figure.significant(value)
    }
}
