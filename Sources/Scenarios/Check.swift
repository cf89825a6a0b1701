/// A condition on a column of summary.csv: `p95(latency) < 5s`, `any: hit_ratio >= 30%`, `lost == 0`.
///
/// Grammar: [`each:` | `any:` | `mean:`] (METRIC | FUNCTION(METRIC)) OP VALUE. A metric is a figure's
/// column; functions apply to `latency`, `generated_latency` and `failed_latency`. A value is a number, for times
/// a duration (required after a function, else milliseconds without a unit), for ratios also a percentage.
package struct Check: Equatable, Sendable {
    /// Over which of a sweep's points it must hold.
    package enum Scope: String, CaseIterable, Sendable {
        case each, any
        /// The mean over the points.
        case mean
    }

    package enum Comparison: String, CaseIterable, Sendable {
        case atMost = "<=", atLeast = ">=", equal = "==", notEqual = "!=", below = "<", above = ">"

        package func holds(_ a: Double, _ b: Double) -> Bool {
            switch self {
            case .atMost: a <= b
            case .atLeast: a >= b
            case .equal: a == b
            case .notEqual: a != b
            case .below: a < b
            case .above: a > b
            }
        }
    }

    package var scope: Scope
    /// `p95` in `p95(latency)`; nil where the metric is a column itself.
    package var function: String?
    package var metric: String
    package var comparison: Comparison
    /// In the column's unit: times in milliseconds, ratios as fractions.
    package var value: Double
    /// As it was written, without white space around it.
    package var text: String

    /// The column of summary.csv that the check looks at.
    package var column: String { function.map { "\(metric)_\($0)_ms" } ?? metric }

    /// Whether it holds for a figure. A figure that there is none of (nil, not a number) fails every check.
    package func holds(for figure: Double?) -> Bool {
        guard let figure, !figure.isNaN else { return false }
        return comparison.holds(figure, value)
    }

    package struct Problem: Error { package let message: String }
}

extension Check {
    /// Reads a check that stands by itself, as on a command line.
    package init(_ source: String) throws(Problem) { self = try Self.parse(source).get() }

    static func parse(_ source: String) -> Result<Check, Problem> {
        let text = trim(source[...])
        func failure(_ message: String) -> Result<Check, Problem> { .failure(Problem(message: message)) }
        guard text.utf8.count <= 200 else { return failure("the check is too long" + Hint.text(seen: Hint.shown(String(text)), allowed: form)) }

        var rest = text
        var scope = Scope.each
        if let colon = rest.firstIndex(of: ":") {
            let word = String(trim(rest[..<colon]))
            guard let known = Scope(rawValue: word) else {
                let words = Scope.allCases.map(\.rawValue)
                return failure("unknown prefix" + Hint.text(seen: "\(Hint.shown(word)):", allowed: "each:, any:, mean:, or none", meant: Hint.nearest(to: word, in: words).map { "\($0):" }))
            }
            scope = known
            rest = trim(rest[rest.index(after: colon)...])
        }
        guard let start = rest.firstIndex(where: { "<>=!".contains($0) }) else {
            return failure("no comparison in the check" + Hint.text(seen: Hint.shown(String(text)), allowed: form))
        }
        let end = rest[start...].firstIndex { !"<>=!".contains($0) } ?? rest.endIndex
        let sign = String(rest[start..<end])
        guard let comparison = Comparison(rawValue: sign) else {
            return failure("unknown comparison" + Hint.text(seen: sign, allowed: "<, <=, >, >=, ==, !=", meant: ["=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "===": "=="][sign]))
        }
        let subject: (function: String?, metric: String)
        switch parseSubject(trim(rest[..<start])) {
        case .success(let good): subject = good
        case .failure(let problem): return .failure(problem)
        }
        var check = Check(scope: scope, function: subject.function, metric: subject.metric, comparison: comparison, value: 0, text: String(text))
        let written = trim(rest[end...])
        guard let value = parseValue(written, of: check) else {
            return failure("the value does not suit \(check.column)" + Hint.text(seen: Hint.shown(String(written)), allowed: allowedValues(of: check)))
        }
        check.value = value
        return .success(check)
    }

    private static let form = "METRIC OP VALUE or FUNCTION(METRIC) OP VALUE, such as p95(latency) < 5s"

    private static func parseSubject(_ text: Substring) -> Result<(function: String?, metric: String), Problem> {
        func failure(_ message: String) -> Result<(function: String?, metric: String), Problem> { .failure(Problem(message: message)) }
        let latencies = MetricNames.populations.joined(separator: ", ")
        guard let open = text.firstIndex(of: "(") else {
            let name = String(text)
            if MetricNames.figures.contains(name) { return .success((nil, name)) }
            if MetricNames.populations.contains(name) {
                return failure("\(name) needs a function" + Hint.text(seen: name, allowed: MetricNames.functions.map { "\($0)(\(name))" }.joined(separator: ", ")))
            }
            if (MetricNames.leading + MetricNames.trailing).contains(name) { return failure("\(name) is no figure" + Hint.text(seen: name, allowed: "columns of summary.csv that are numbers")) }
            let near = Hint.nearest(to: name, in: MetricNames.figures + MetricNames.populations)
            return failure("unknown metric" + Hint.text(seen: Hint.shown(name), allowed: "a column of summary.csv, or a function of \(latencies)", meant: near))
        }
        let function = String(trim(text[..<open]))
        guard text.last == ")" else { return failure("the parenthesis is not closed" + Hint.text(seen: Hint.shown(String(text)))) }
        let metric = String(trim(text[text.index(after: open)...].dropLast()))
        guard MetricNames.functions.contains(function) else {
            return failure("unknown function" + Hint.text(seen: Hint.shown(function), allowed: MetricNames.functions.joined(separator: ", "), meant: Hint.nearest(to: function, in: MetricNames.functions)))
        }
        guard MetricNames.populations.contains(metric) else {
            if MetricNames.figures.contains(metric) {
                return failure("\(function) does not apply to \(metric): write the column without a function" + Hint.text(allowed: "functions of \(latencies)"))
            }
            return failure("unknown metric" + Hint.text(seen: Hint.shown(metric), allowed: latencies, meant: Hint.nearest(to: metric, in: MetricNames.populations)))
        }
        return .success((function, metric))
    }

    private static func parseValue(_ text: Substring, of check: Check) -> Double? {
        let column = check.column
        if MetricNames.isTime(column) {
            if let span = Units.duration(text) { return Double(span) / 1e6 }
            return check.function == nil ? Units.number(text) : nil
        }
        if MetricNames.isRatio(column), text.last == "%" { return Units.number(text.dropLast()).map { $0 / 100 } }
        return Units.number(text)
    }

    private static func allowedValues(of check: Check) -> String {
        if MetricNames.isTime(check.column) {
            return check.function == nil ? "milliseconds, or a duration such as 5s" : "a duration such as 5s or 800ms"
        }
        return MetricNames.isRatio(check.column) ? "a number such as 0.3, or a percentage such as 30%" : "a number"
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
