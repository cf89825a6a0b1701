import Measurement

/// What the report of a sweep is made from, worked out once.
package struct SweepAnalysis: Sendable {
    let axes: SweepAxes
    let comparison: Comparison
    let layout: SweepLayout
    let differences: PairedDifferences

    init(_ points: [PointResult], keys: [String]) {
        axes = SweepAxes(points)
        // What a key with a single value is about is not what the sweep is about.
        comparison = Comparison(points, keys: axes.axes.isEmpty ? keys : axes.axes.flatMap(\.paths))
        layout = SweepLayout(axes, topic: comparison.topic)
        differences = PairedDifferences(points, axes, columns: comparison.informative.map(\.column))
    }

    /// A few points that stand for all: those that differ in their name alone, in the middle of all else; where nothing has
    /// names, those along the numeric key.
    var featured: [Int] {
        let most = 8
        guard let along = layout.series ?? layout.x else { return Array(axes.coordinates.indices.prefix(most)) }
        let rest = axes.axes.indices.filter { $0 != along }
        let (slices, _) = SweepLayout.slices(axes, by: rest, atMost: 1)
        let points = slices.first?.points ?? []
        guard points.count > most else { return points }
        return (0..<most).map { points[$0 * (points.count - 1) / (most - 1)] }
    }

    /// Whether the points differ little in a figure, and where they do not by more than chance does.
    func isChance(_ entry: Comparison.Entry) -> Bool {
        let own = differences.rows.filter { $0.difference.column == entry.column && !$0.difference.probability.isNaN }
        return !own.isEmpty && !own.contains(where: \.isShown) && !comparison.tellsApart(entry, by: 0.05)
    }

    /// Figures that the points differ in, the topic's first; of several that are the same everywhere the first.
    var telling: [Comparison.Entry] {
        var entries: [Comparison.Entry] = []
        var told: [[Double]] = []
        for entry in comparison.informative where comparison.tellsApart(entry) && !isChance(entry) {
            let means = comparison.points.map { $0.mean(entry.column) }
            if told.contains(means) { continue }
            told.append(means)
            entries.append(entry)
        }
        return entries
    }
}

/// A cache that knows the future and Che's approximation, beside what a point's cache answered.
struct PointBound: Sendable {
    /// Position in the report.
    let point: Int
    let clairvoyant: Estimate
    /// Clairvoyant less the point's hit ratio, in the same repeats.
    let shortfall: Estimate
    /// Where it applies.
    let che: Double?
    /// Different questions that there are.
    let items: Int
}

extension Report {
    /// By position; empty where caches are not compared.
    var cacheBounds: [PointBound] {
        points.indices.compactMap { position in
            let point = points[position]
            let bounds = point.repeats.map(\.cacheBound)
            guard let first = bounds.compactMap({ $0 }).first else { return nil }
            let ratios = bounds.map { $0?.hitRatio ?? .nan }
            return PointBound(
                point: position, clairvoyant: Estimate(of: ratios),
                shortfall: Estimate(of: zip(ratios, point.values("hit_ratio")).map { $0 - $1 }),
                che: theory[point.index]?.first { $0.column == "hit_ratio" }?.expected, items: first.items)
        }
    }

    /// Writes the tables of a sweep that its pictures and sentences come from.
    func writeSweepTables(to directory: RunDirectory) throws(OutputError) {
        guard let sweep else { return }
        let differences = try OutputFile(path: directory.file("differences.csv"))
        let rows = sweep.differences.csv(points, sweep.axes)
        try differences.write { $0.append(contentsOf: rows) }
        try differences.close()
        let bounds = cacheBounds
        guard !bounds.isEmpty else { return }
        let file = try OutputFile(path: directory.file("cache-bounds.csv"))
        try file.write(ResultFiles.header(["point"] + plan.sweptKeys + PointBound.figures))
        for bound in bounds { try file.write { bound.row(points[bound.point], into: &$0) } }
        try file.close()
    }
}

extension PointBound {
    static let figures = [
        "items", "hit_ratio", "hit_ratio_ci95", "clairvoyant_hit_ratio", "clairvoyant_hit_ratio_ci95", "below_clairvoyant", "below_clairvoyant_ci95",
        "che_hit_ratio",
    ]

    func row(_ point: PointResult, into row: inout [UInt8]) {
        row.cell(point.index)
        for swept in point.swept {
            row.comma()
            row.cell(swept.value)
        }
        row.comma()
        row.cell(items)
        for estimate in [point.estimate("hit_ratio"), clairvoyant, shortfall] {
            row.comma()
            row.cell(estimate.mean)
            row.comma()
            row.cell(estimate.halfWidth)
        }
        row.comma()
        row.cell(che ?? .nan)
        row.endRow()
    }
}
