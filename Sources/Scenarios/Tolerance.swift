/// How much worse a column of summary.csv may become before a comparison of two runs calls it a regression.
package struct Tolerance: Equatable, Sendable {
    package enum Amount: Equatable, Sendable {
        /// Of the base's mean: `5%` is 0.05.
        case relative(Double)
        /// In the column's own unit: times in milliseconds, ratios as fractions.
        case absolute(Double)
    }

    package var column: String
    package var amount: Amount

    package init(column: String, amount: Amount) {
        self.column = column
        self.amount = amount
    }

    /// An amount as a scenario writes it: `5%` is always a share of the base's mean, for ratios too; a number is in the
    /// column's unit; times also take a duration. Nil where it is none of these, or negative.
    package static func amount(_ text: some StringProtocol, of column: String) -> Amount? {
        if text.last == "%" { return Units.number(text.dropLast()).flatMap { $0 >= 0 ? .relative($0 / 100) : nil } }
        if MetricNames.isTime(column), let span = Units.duration(text) { return .absolute(Double(span) / 1e6) }
        return Units.number(text).flatMap { $0 >= 0 ? .absolute($0) : nil }
    }

    /// The values that a message lists as allowed.
    static func form(of column: String) -> String {
        MetricNames.isTime(column)
            ? "a share of the base's mean such as 5%, or a time such as 200ms or 200 (milliseconds)"
            : "a share of the base's mean such as 5%, or an amount in the column's unit such as 0.01"
    }

    /// The amount in the column's unit where the base has this mean.
    package func value(ofBase mean: Double) -> Double {
        switch amount {
        case .relative(let share): share * mean.magnitude
        case .absolute(let amount): amount
        }
    }
}
