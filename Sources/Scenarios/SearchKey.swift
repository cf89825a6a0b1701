import Workload

/// A key that a search for the capacity varies: the rate of arrivals, of which more is harder, or a whole
/// number such as `pipeline.workers.llm`, of which more is easier.
package struct SearchKey: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case rate
        /// The values that the key may have.
        case count(ClosedRange<Int>)
    }

    package static let rate = "traffic.arrivals.rate"

    package let path: String
    package let kind: Kind

    package struct Problem: Error, CustomStringConvertible { package let description: String }

    /// - Parameter name: a dotted key, or `rate`.
    package init(_ name: String) throws(Problem) {
        path = name == "rate" ? Self.rate : name
        guard path != Self.rate else {
            kind = .rate
            return
        }
        let steps = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let form = "rate, or a key with a whole number such as pipeline.workers.llm or pipeline.partitions"
        // These are how long and how often is looked, not what is looked at.
        if let first = steps.first, SweepGrid.unsweepable.contains(first) || first == "questions" {
            throw Problem(description: "the key belongs to the run as a whole" + Hint.text(seen: Hint.shown(name), allowed: form))
        }
        let type: ValueType?
        switch ScenarioKeys.root.target(of: steps) {
        case .key(let key, _): type = key.type
        case .item(let item): type = item
        case .unknown(let step, let before, let allowed):
            let near = Validation.nearestPath(to: steps, failing: step, before: before, allowed: allowed)
            throw Problem(description: "unknown key" + Hint.text(seen: Hint.shown(name), allowed: form, meant: near))
        case .later: throw Problem(description: "\(Hint.shown(name)) is not in this version")
        }
        guard case .integer(let range, _)? = type else {
            throw Problem(description: "the key's value is no whole number" + Hint.text(seen: Hint.shown(name), allowed: form))
        }
        kind = .count(range)
    }

    /// A value of the key as a person writes it; nil where it cannot be one. Rates are per second.
    package func value(_ text: String) -> Double? {
        switch kind {
        case .rate: Units.rate(text).flatMap { $0 > 0 ? $0 : nil }
        case .count(let range): Units.integer(text).flatMap { range.contains($0) ? Double($0) : nil }
        }
    }

    /// What such a value looks like.
    package var form: String {
        switch kind {
        case .rate: Units.rateForm
        case .count(let range): "a whole number from \(range.lowerBound)" + (range.upperBound == .max ? "" : " to \(range.upperBound)")
        }
    }

    /// The value as a scenario has it: `37.5/s`, `4`.
    package func text(_ value: Double) -> String {
        switch kind {
        case .rate: value == value.rounded() && value < 1e15 ? "\(Int(value))/s" : "\(value)/s"
        case .count: "\(Int(value))"
        }
    }

    /// A positive value with so many significant digits, as a person would write it down.
    package static func rounded(_ value: Double, digits: Int) -> Double {
        var least = 1.0
        for _ in 1..<digits { least *= 10 }
        var scale = 1.0
        while value * scale < least { scale *= 10 }
        while value * scale >= 10 * least { scale /= 10 }
        return (value * scale).rounded() / scale
    }

    /// Where a search begins by itself: at the scenario's rate, or at the smallest number.
    /// - Throws: where questions do not come at one rate that could be varied.
    package func start(in scenario: Scenario) throws(Problem) -> Double {
        guard case .count(let range) = kind else {
            switch scenario.traffic.arrivals {
            case .constant, .poisson, .gamma, .diurnal: return scenario.traffic.arrivals.ratePerSecond
            case .uniform, .burst, .stages, .trace:
                throw Problem(description: "the scenario's arrivals have no rate that could be varied"
                    + Hint.text(allowed: "traffic.arrivals.process of constant, poisson, gamma or diurnal, such as --set 'traffic.arrivals={process: poisson, rate: 10/s}'"))
            }
        }
        return Double(max(1, range.lowerBound))
    }
}
