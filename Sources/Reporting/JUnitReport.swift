import Measurement

/// junit.xml: one test case for each check and point, and for each point one for the ledger and one for
/// the run's validity, so that a CI shows what did not hold.
enum JUnitReport {
    private struct Case {
        var group: String
        var name: String
        var failure: (kind: String, text: String)?
    }

    static func text(_ report: Report) -> String {
        var cases: [Case] = []
        for point in report.points {
            let group = report.isSweep ? "\(report.plan.scenario).\(point.label)" : report.plan.scenario
            let violations = point.repeats.flatMap(\.violations)
            let invalid = point.repeats.flatMap(\.invalid)
            cases.append(Case(group: group, name: "ledger", failure: violations.isEmpty ? nil : ("violated", violations.joined(separator: "\n"))))
            cases.append(Case(group: group, name: "validity", failure: invalid.isEmpty ? nil : ("invalid", invalid.joined(separator: "\n"))))
            cases += point.checks.map { self.case($0, group: group) }
        }
        if !report.invalid.isEmpty || report.points.isEmpty {
            let reasons = report.invalid.isEmpty ? report.reasons : report.invalid
            cases.append(Case(group: report.plan.scenario, name: "run", failure: ("invalid", reasons.joined(separator: "\n"))))
        }
        cases += report.overallChecks.map { self.case($0, group: report.plan.scenario) }

        let failures = cases.count { $0.failure != nil }
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="\(cases.count)" failures="\(failures)">
              <testsuite name="\(Markup.escaped(report.plan.scenario))" tests="\(cases.count)" failures="\(failures)" errors="0" skipped="0">

            """
        for item in cases {
            let opening = "    <testcase classname=\"\(Markup.escaped(item.group))\" name=\"\(Markup.escaped(item.name))\""
            if let failure = item.failure {
                text += "\(opening)>\n      <failure type=\"\(failure.kind)\" message=\"\(Markup.escaped(failure.text))\"/>\n    </testcase>\n"
            } else {
                text += "\(opening)/>\n"
            }
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    private static func `case`(_ outcome: CheckOutcome, group: String) -> Case {
        Case(group: group, name: outcome.check, failure: outcome.passed ? nil : ("check", "\(outcome.check): \(outcome.seenText)"))
    }
}
