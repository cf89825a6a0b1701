import Measurement

/// Each percentile's mean over a point's repeats with its 95 % Student-t interval: what the latency picture draws where there
/// are repeats (latency-means.csv).
struct LatencyMeans {
    static let file = "latency-means.csv"
    static let header = ["point", "population", "percentile", "repeats", "latency_ms", "latency_ms_ci95"]

    private(set) var csv = Array(ResultFiles.header(Self.header).utf8)
    private var places: [Place: Range<Int>] = [:]
    private struct Place: Hashable { let point: Int; let population: Population }

    init(_ points: [PointResult]) {
        var count = 0
        for point in points {
            for population in Population.allCases {
                let repeats = point.repeats.map { $0.histogram(population) }.filter { !$0.isEmpty }.map { $0.values(atPercentiles: ResultFiles.percentiles) }
                guard !repeats.isEmpty else { continue }
                places[Place(point: point.index, population: population)] = count..<count + ResultFiles.percentiles.count
                count += ResultFiles.percentiles.count
                for (index, percentile) in ResultFiles.percentiles.enumerated() {
                    let estimate = Estimate(of: repeats.map { Double($0[index]) / 1e6 })
                    csv.cell(point.index)
                    csv.comma()
                    csv.cell(population.rawValue)
                    csv.comma()
                    csv.cell(percentile)
                    csv.comma()
                    csv.cell(estimate.count)
                    csv.comma()
                    csv.cell(estimate.mean)
                    csv.comma()
                    csv.cell(estimate.halfWidth)
                    csv.endRow()
                }
            }
        }
    }

    /// Below the header, from 0; nil where there are no such questions.
    func rows(of point: Int, _ population: Population) -> Range<Int>? { places[Place(point: point, population: population)] }
}
