import Measurement

/// A night as JUnit: a suite for each run, with a test case for the run itself, each metric and point that was compared, and
/// each change for the worse. What is invalid or not comparable is skipped: nobody's failure.
extension Night {
    package var junit: String {
        var suites = "", total = 0, failed = 0, wrong = 0
        for run in runs {
            var cases = "", count = 0, failures = 0, errors = 0, skipped = 0
            func add(_ group: String, _ name: String, _ inside: String = "") {
                count += 1
                let opening = "    <testcase classname=\"\(Markup.escaped(group))\" name=\"\(Markup.escaped(name))\""
                cases += inside.isEmpty ? "\(opening)/>\n" : "\(opening)>\n      \(inside)\n    </testcase>\n"
            }
            func tag(_ name: String, _ type: String, _ message: String) -> String {
                "<\(name) \(type.isEmpty ? "" : "type=\"\(type)\" ")message=\"\(Markup.escaped(message))\"/>"
            }
            switch run.ending {
            case .passed: add(run.name, "run")
            case .failed(let why): add(run.name, "run", tag("failure", "checks", why)); failures += 1
            case .invalid(let why): add(run.name, "run", tag("skipped", "", "invalid: \(why)")); skipped += 1
            case .violated(let why): add(run.name, "run", tag("failure", "violated", why)); failures += 1
            case .broken(let code, let why): add(run.name, "run", tag("error", "exit code \(code)", why)); errors += 1
            }
            if let comparison = run.comparison {
                for row in comparison.rows {
                    let group = Self.place(run.name, row.place)
                    if row.isRegression {
                        add(group, row.metric, tag("failure", "regression", "\(row.metric) is worse than the baseline, \(Self.figures(row)) (tolerance \(row.toleranceText))"))
                        failures += 1
                    } else if row.verdict == .notComparable {
                        add(group, row.metric, tag("skipped", "", row.why))
                        skipped += 1
                    } else {
                        add(group, row.metric)
                    }
                }
            } else if !run.noComparison.isEmpty {
                add(run.name, "baseline", tag("skipped", "", run.noComparison))
                skipped += 1
            }
            for change in changesForTheWorse where change.scenario == run.scenario && change.mode == run.mode {
                add(Self.place(run.name, change.point), "\(change.metric), history", tag("failure", "change", change.sentence))
                failures += 1
            }
            suites += "  <testsuite name=\"\(Markup.escaped(run.name))\" tests=\"\(count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\">\n\(cases)  </testsuite>\n"
            (total, failed, wrong) = (total + count, failed + failures, wrong + errors)
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="nightly" tests="\(total)" failures="\(failed)" errors="\(wrong)">
            \(suites)</testsuites>

            """
    }
}
