import Measurement
import Scenarios
import Workload

/// A figure of the traffic as a scenario asks for it, to be held against what came.
package struct AskedFigure: Sendable, Equatable, Codable {
    package let column: String
    /// Over the measured window; nil where the process has no such figure of its own.
    package let asked: Double?
    /// By how much one run of this length is off by chance: a standard deviation. Nil where nobody knows.
    package let error: Double?

    /// Those of one point. A trace is read for its own.
    package static func all(of scenario: Scenario, items: Int) -> [AskedFigure] {
        let arrivals = scenario.traffic.arrivals
        let (from, to) = (scenario.warmup, max(scenario.arrivalsEnd, scenario.warmup))
        let seconds = Double(to - from) / 1e9
        let count = arrivals.expectedArrivals(within: to) - arrivals.expectedArrivals(within: from)
        guard seconds > 0, count > 1 else { return [] }
        let isPoisson = if case .poisson = arrivals { true } else { false }
        var figures = [
            AskedFigure(column: "arrival_rate_per_s", asked: count / seconds, error: arrivals.rateError(seconds: seconds, arrivals: count)),
            AskedFigure(
                column: "arrival_cv", asked: arrivals.coefficientOfVariation(from: Instant(nanoseconds: from), to: Instant(nanoseconds: to)),
                error: arrivals.variationError(arrivals: count)),
            // The sample variance of Poisson counts: √(2/(n − 1)), R. A. Fisher, 1950.
            AskedFigure(
                column: "arrival_dispersion", asked: isPoisson ? 1 : nil, error: isPoisson && seconds > 2 ? (2 / (seconds.rounded(.down) - 1)).squareRoot() : nil),
        ]
        let exponent: Double? =
            switch scenario.traffic.popularity {
            case .zipf(let exponent): exponent
            case .uniform: 0
            case .sequential, .trace: nil
            }
        if let exponent {
            figures.append(AskedFigure(
                column: "popularity_exponent", asked: exponent,
                error: ZipfEstimate.standardError(exponent: exponent, items: items, questions: count)))
        }
        return figures
    }
}

extension Report {
    /// What was asked of the traffic beside what came, a row each; at most `limit` of them. Points that met the same
    /// traffic share their rows.
    struct TrafficRow: Equatable {
        let place: String
        let column: String
        let title: String
        let asked: String
        let seen: String
        /// What chance makes of one run.
        let error: String
        /// How far the mean over the repeats is off, in standard deviations of such a mean.
        let distance: String
    }

    func trafficRows(limit: Int = 60) -> [TrafficRow] {
        var groups: [(points: [PointResult], asked: [AskedFigure])] = []
        for point in points {
            let asked = traffic[point.index] ?? []
            if let index = groups.firstIndex(where: { group in
                group.asked == asked && asked.allSatisfy { isEqual(point.values($0.column), group.points[0].values($0.column)) }
            }) {
                groups[index].points.append(point)
            } else if groups.count < limit {
                groups.append(([point], asked))
            }
        }
        var rows: [TrafficRow] = []
        for (members, figures) in groups {
            let labels = members.map(\.title)
            let names = labels.count > 3 ? "\(labels.prefix(2).joined(separator: "; ")) and \(labels.count - 2) more" : labels.joined(separator: "; ")
            let place = !isSweep ? "" : groups.count == 1 ? "all points" : shared(by: members) ?? names
            for figure in figures where rows.count < limit {
                let seen = members[0].estimate(figure.column)
                guard !seen.mean.isNaN else { continue }
                let error = figure.error.map { $0 / Double(seen.count).squareRoot() }
                var distance = "–"
                if let asked = figure.asked, let error, error > 0 { distance = "\(Figure.fixed(abs(seen.mean - asked) / error, 1)) σ" }
                rows.append(TrafficRow(
                    place: place, column: figure.column, title: Self.trafficTitles[figure.column] ?? figure.column,
                    asked: figure.asked.map { Figure.text($0, of: figure.column) } ?? "–", seen: Figure.text(seen, of: figure.column),
                    error: figure.error.map { "± \(Figure.significant($0, digits: 2))" } ?? "–", distance: distance))
            }
        }
        return rows
    }

    /// What these points and no others have in common: `exponent 0.9`.
    private func shared(by members: [PointResult]) -> String? {
        guard let axes = sweep?.axes else { return nil }
        let indices = Set(members.map(\.index))
        let positions = points.indices.filter { indices.contains(points[$0].index) }
        let common = axes.axes.indices.filter { axis in Set(positions.map { axes.coordinates[$0][axis] }).count == 1 }
        guard let first = positions.first, !common.isEmpty, common.count < axes.axes.count,
            points.indices.count(where: { point in common.allSatisfy { axes.coordinates[point][$0] == axes.coordinates[first][$0] } }) == positions.count
        else { return nil }
        return common.map { axes.axes[$0].spoken(axes.coordinates[first][$0]) }.joined(separator: ", ")
    }

    private func isEqual(_ a: [Double], _ b: [Double]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) } }

    private static let trafficTitles = [
        "arrival_rate_per_s": "arrival rate", "arrival_cv": "coefficient of variation of the gaps",
        "arrival_dispersion": "dispersion of the arrivals per second", "popularity_exponent": "Zipf exponent of the popularity",
    ]
}
