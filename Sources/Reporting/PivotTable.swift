import Measurement

/// One figure of all points of a sweep as a table: a column for each value of one axis, a row for each combination of the
/// others.
struct PivotTable {
    struct Row {
        /// The row's values, in the order of `heads`.
        let labels: [String]
        /// By column; nil where there is no such point.
        let cells: [Cell?]
    }

    struct Cell {
        /// Position of the point.
        let point: Int
        let estimate: Estimate
        /// The best of its row, or not shown to differ from it.
        let isBest: Bool
    }

    let entry: Comparison.Entry
    /// Names of the axes that rows are told apart by.
    let heads: [String]
    /// Name of the axis across.
    let across: String
    let columns: [String]
    let rows: [Row]
    /// Rows that there would be without a limit.
    let rowCount: Int

    /// - Parameter rows: at most so many of them.
    init(_ report: Report, _ sweep: SweepAnalysis, _ entry: Comparison.Entry, atMost limit: Int = .max) {
        self.entry = entry
        let (axes, points) = (sweep.axes, report.points)
        let axis = Self.across(sweep)
        let down = Self.down(sweep, without: axis)
        heads = down.map { axes.axes[$0].name }
        across = axis.map { axes.axes[$0].name } ?? ""
        let values = axis.map { axes.axes[$0].scale == nil ? Array(axes.axes[$0].values.indices) : axes.axes[$0].ordered } ?? [0]
        columns = axis.map { axis in values.map { axes.axes[axis].values[$0] } } ?? [entry.title]
        let slices = SweepLayout.slices(axes, by: down, atMost: .max).slices
        rowCount = slices.count
        rows = slices.prefix(limit).map { slice in
            let members = values.map { value in slice.points.first { point in axis.map { axes.coordinates[point][$0] == value } ?? true } }
            let best = Self.best(of: members.compactMap { $0 }, points, entry)
            let labels = slice.points.first.map { point in down.map { axes.axes[$0].values[axes.coordinates[point][$0]] } } ?? []
            return Row(labels: labels, cells: members.map { member in
                member.map { Cell(point: $0, estimate: points[$0].estimate(entry.column), isBest: best.contains($0)) }
            })
        }
    }

    /// The axis across: names rather than numbers, few rather than many.
    static func across(_ sweep: SweepAnalysis) -> Int? {
        if sweep.axes.axes.count == 1 { return nil }
        if let series = sweep.layout.series { return series }
        return sweep.axes.axes.indices.min { (sweep.axes.axes[$0].values.count, $0) < (sweep.axes.axes[$1].values.count, $1) }
    }

    /// The others: panels first, then what is drawn along.
    static func down(_ sweep: SweepAnalysis, without across: Int?) -> [Int] {
        (sweep.layout.panels + [sweep.layout.series, sweep.layout.x].compactMap { $0 }).filter { $0 != across }
    }

    private static func best(of members: [Int], _ points: [PointResult], _ entry: Comparison.Entry) -> Set<Int> {
        guard let more = entry.moreIsBetter, members.count > 1 else { return [] }
        let there = members.filter { !points[$0].mean(entry.column).isNaN }
        guard let best = there.max(by: { a, b in
            let (x, y) = (points[a].mean(entry.column), points[b].mean(entry.column))
            return more ? x < y : x > y
        }) else { return [] }
        let alike = there.filter { point in
            point == best || PairedDifference.between(points, point, best, entry.column).map { !$0.isTold } ?? false
        }
        // Where nothing is worse there is nothing to be marked.
        return alike.count == there.count ? [] : Set(alike)
    }
}

/// The differences of one figure to the first value of the axis across, in the shape of `PivotTable`.
struct DifferenceTable {
    let entry: Comparison.Entry
    let heads: [String]
    let reference: String
    /// What the numbers are multiplied by, and their unit.
    let scale: (factor: Double, unit: String)
    let columns: [String]
    let rows: [(labels: [String], cells: [PairedDifferences.Row?])]
    let rowCount: Int

    /// Nil where only numbers are swept: steps of a scale are no rivals.
    init?(_ report: Report, _ sweep: SweepAnalysis, _ entry: Comparison.Entry, atMost limit: Int = .max) {
        let axes = sweep.axes
        guard let axis = sweep.layout.series ?? (axes.axes.count == 1 ? 0 : nil), axes.axes[axis].scale == nil else { return nil }
        self.entry = entry
        let down = PivotTable.down(sweep, without: axis)
        heads = down.map { axes.axes[$0].name }
        reference = axes.axes[axis].values[0]
        let values = Array(axes.axes[axis].values.indices.dropFirst())
        columns = values.map { axes.axes[axis].values[$0] }
        let differences = sweep.differences.rows.filter { $0.axis == axis && $0.difference.column == entry.column }
        guard let largest = differences.map(\.difference.difference.magnitude).max() else { return nil }
        scale = DifferenceText.scale(entry.column, largest)
        let slices = SweepLayout.slices(axes, by: down, atMost: .max).slices
        rowCount = slices.count
        rows = slices.prefix(limit).map { slice in
            let labels = slice.points.first.map { point in down.map { axes.axes[$0].values[axes.coordinates[point][$0]] } } ?? []
            return (labels, values.map { value in
                slice.points.first { axes.coordinates[$0][axis] == value }.flatMap { sweep.differences.row($0, along: axis, entry.column) }
            })
        }
    }
}
