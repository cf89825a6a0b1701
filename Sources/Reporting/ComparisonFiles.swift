import Measurement

/// A comparison for machines: a long CSV, and JUnit.
extension RunComparison {
    /// One row per metric and point.
    package static let csvHeader = [
        "metric", "point", "verdict", "regression", "method", "base_repeats", "new_repeats", "base_mean", "new_mean", "difference",
        "low", "high", "confidence", "p", "better_when", "tolerance", "why",
    ]

    package func writeCSV(to path: String) throws(OutputError) {
        var text: [UInt8] = Array(ResultFiles.header(Self.csvHeader).utf8)
        for row in rows { row.append(to: &text) }
        try OutputFile.write(String(decoding: text, as: UTF8.self), to: path)
    }

    /// One test case per metric and point: a regression fails, what is not comparable is skipped. An invalid run is an
    /// error of its own, so that a CI tells it from a regression.
    package func writeJUnit(to path: String) throws(OutputError) {
        let name = Markup.escaped(new.scenario)
        let failures = regressions.count, skipped = rows(.notComparable).count
        let errors = hasInvalidRuns || familySize == 0 ? 1 : 0
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="\(rows.count + 1)" failures="\(failures)" errors="\(errors)">
              <testsuite name="\(name) compared" tests="\(rows.count + 1)" failures="\(failures)" errors="\(errors)" skipped="\(skipped)">

            """
        func add(_ group: String, _ name: String, _ inside: String) {
            let opening = "    <testcase classname=\"\(Markup.escaped(group))\" name=\"\(Markup.escaped(name))\""
            text += inside.isEmpty ? "\(opening)/>\n" : "\(opening)>\n      \(inside)\n    </testcase>\n"
        }
        for row in rows {
            let group = row.place.isEmpty ? new.scenario : "\(new.scenario).\(row.place)"
            if row.isRegression {
                add(group, row.metric, "<failure type=\"regression\" message=\"\(Markup.escaped("\(row.metric) is worse, \(row.change) (tolerance \(row.toleranceText)): \(row.why)"))\"/>")
            } else if row.verdict == .notComparable {
                add(group, row.metric, "<skipped message=\"\(Markup.escaped(row.why))\"/>")
            } else {
                add(group, row.metric, "")
            }
        }
        let reason = rows(.notComparable).first?.why ?? "there is no point"
        add(new.scenario, "validity", errors == 0 ? "" : "<error type=\"invalid\" message=\"\(Markup.escaped(reason))\"/>")
        try OutputFile.write(text + "  </testsuite>\n</testsuites>\n", to: path)
    }
}

extension RunComparison.Row {
    /// Its line in a CSV, under `RunComparison.csvHeader`.
    func append(to text: inout [UInt8]) {
        text.cell(metric)
        for cell in [place, verdict.rawValue, isRegression ? "true" : "false", difference?.method.rawValue ?? ""] {
            text.comma()
            text.cell(cell)
        }
        for count in [difference?.baseCount, difference?.newCount] {
            text.comma()
            if let count { text.cell(count) }
        }
        let mean = difference?.difference ?? .nan
        // What does not vary has its ends in one place.
        let half = difference.map { $0.varies ? halfWidth : verdict == .noDifference && $0.difference != 0 ? .nan : 0 } ?? .nan
        for number in [difference?.baseMean ?? .nan, difference?.newMean ?? .nan, mean, mean - half, mean + half, 1 - level, difference?.probability ?? .nan] {
            text.comma()
            text.cell(number)
        }
        text.comma()
        text.cell(MetricDirection(of: metric).rawValue)
        text.comma()
        if difference != nil { text.cell(tolerance) }
        text.comma()
        text.cell(why)
        text.endRow()
    }
}
