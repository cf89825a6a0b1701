import Measurement

/// One cell of a sweep: its repeats and what they come to.
package struct PointResult: Sendable {
    package let index: Int
    package let swept: [RunIdentity.SweptValue]
    package let repeats: [RunResult]
    /// The swept values for people: of blocks, only what tells the points apart.
    var names: [String]
    /// The names in a row: `lru, 1024`.
    var title: String { names.isEmpty ? "all" : names.joined(separator: ", ") }
    /// The checks' results at this point; empty until they are evaluated.
    package var checks: [CheckOutcome] = []
    /// By `SummaryColumn.all`.
    private let values: [[Double]]

    /// The repeats must be of one point, and at least one.
    package init(repeats: [RunResult]) {
        precondition(!repeats.isEmpty, "a point has at least one repeat")
        index = repeats[0].identity.point
        swept = repeats[0].identity.swept
        names = swept.map(\.value)
        self.repeats = repeats
        values = SummaryColumn.all.map { column in repeats.map { column.read($0).double } }
    }

    /// What tells the point from the others, short: `lru, 1024`.
    package var label: String { swept.isEmpty ? "all" : swept.map(\.value).joined(separator: ", ") }

    /// A figure over the repeats.
    package func estimate(_ name: String) -> Estimate { Estimate(of: values(name)) }

    /// A column's figures by repeat. The name must be a column's: it is written in the source.
    func values(_ name: String) -> [Double] {
        guard let position = SummaryColumn.position(of: name) else { preconditionFailure("no summary column is called \(name)") }
        return values[position]
    }
    func mean(_ name: String) -> Double { estimate(name).mean }
    /// A count of one repeat, on average: what every sentence speaks of.
    func perRepeat(_ name: String) -> Double { values(name).reduce(0, +) / Double(repeats.count) }

    /// All repeats' spans in one histogram.
    package func pooled(_ population: Population) -> Histogram {
        var merged = repeats[0].histogram(population)
        for result in repeats.dropFirst() { merged.merge(result.histogram(population)) }
        return merged
    }

    /// Percentiles of the merged histograms, by column name.
    static let pooledFigures: [(name: String, read: @Sendable (PointResult) -> Double)] = [
        ("latency", Population.latency), ("generated_latency", .generated), ("failed_latency", .failed),
    ].flatMap { prefix, population in
        [("p50", 50.0), ("p90", 90), ("p95", 95), ("p99", 99), ("p999", 99.9)].map { figure, percentile in
            (
                "\(prefix)_\(figure)_pooled_ms",
                { @Sendable point in
                    point.pooled(population).value(atPercentile: percentile).map { Double($0) / 1e6 } ?? .nan
                }
            )
        }
    }

    /// The worst of its repeats and its checks.
    package var verdict: Verdict {
        let ofRuns = repeats.map(\.verdict).max() ?? .passed
        return max(ofRuns, checks.contains { !$0.passed } ? .failed : .passed)
    }

    /// The verdict of one repeat: its own validity, and the checks of the whole point.
    package func verdict(of result: RunResult) -> Verdict {
        max(result.verdict, checks.contains { !$0.passed } ? .failed : .passed)
    }
}

/// A check at one point, or over all of them where it says `any:` or `mean:`.
package struct CheckOutcome: Sendable, Equatable {
    /// As written in the scenario.
    package let check: String
    /// The summary column that it looks at.
    package let column: String
    /// `.nan` where there was no data: such a check does not pass.
    package let seen: Double
    package let passed: Bool

    package init(check: String, column: String, seen: Double, passed: Bool) {
        self.check = check
        self.column = column
        self.seen = seen
        self.passed = passed && !seen.isNaN
    }

    /// The value seen in the column's unit, or that there was none.
    package var seenText: String { seen.isNaN ? "no data" : Figure.text(seen, of: column) }
}
