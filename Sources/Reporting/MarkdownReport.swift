import Measurement

/// report.md: the report for a CI's summary page.
enum MarkdownReport {
    static func text(_ report: Report) -> String {
        let plan = report.plan
        var lines = ["# \(Markup.markdown(plan.scenario)): \(report.verdict.rawValue)", ""]
        if !plan.about.isEmpty { lines += [Markup.markdown(plan.about), ""] }
        lines += [Markup.markdown(Findings.verdict(report)), ""]
        if !report.reasons.isEmpty { lines += report.reasons.prefix(20).map { "- \(Markup.markdown($0))" } + [""] }

        lines += Findings.sentences(report).map { "- \(Markup.markdown($0))" } + [""]
        lines += StageTable(report)?.markdown ?? []
        if let sweep = report.sweep {
            if let findings = SweepFindings(report) { lines += [Markup.markdown(findings.note()), ""] }
            lines += SweepTables.markdown(report, sweep)
        }

        let checks = report.checkRows
        if !checks.isEmpty {
            let places = checks.contains { !$0.place.isEmpty }
            lines.append(places ? "| check | at | seen | |" : "| check | seen | |")
            lines.append(places ? "|---|---|---:|---|" : "|---|---:|---|")
            for check in checks {
                let at = places ? " \(Markup.markdown(check.place)) |" : ""
                lines.append("| `\(check.check.replacing("|", with: "\\|"))` |\(at) \(check.seen) | \(check.passed ? "holds" : "**fails**") |")
            }
            lines.append("")
        }
        let theory = report.theoryRows()
        if !theory.isEmpty {
            let places = report.isSweep
            lines.append(places ? "| figure | at | theory | seen | by |" : "| figure | theory | seen | by |")
            lines.append(places ? "|---|---|---:|---:|---|" : "|---|---:|---:|---|")
            for row in theory {
                let at = places ? " \(Markup.markdown(row.place)) |" : ""
                lines.append("| \(row.title) |\(at) \(row.expected) | \(row.seen) | \(row.source) |")
            }
            lines.append("")
        }
        let traffic = report.trafficRows()
        if !traffic.isEmpty {
            let places = report.isSweep
            lines.append(places ? "| traffic | at | asked | achieved | chance in one run | off by |" : "| traffic | asked | achieved | chance in one run | off by |")
            lines.append(places ? "|---|---|---:|---:|---:|---:|" : "|---|---:|---:|---:|---:|")
            for row in traffic {
                let at = places ? " \(Markup.markdown(row.place)) |" : ""
                lines.append("| \(row.title) |\(at) \(row.asked) | \(row.seen) | \(row.error) | \(row.distance) |")
            }
            lines.append("")
        }
        if !plan.pipeline.isEmpty {
            lines += ["| pipeline | |", "|---|---|"] + plan.pipeline.map { "| \($0.name) | \(Markup.markdown($0.text)) |" } + [""]
        }
        let run = "Seed \(plan.seed), \(plan.mode == .live ? "live" : "simulated")"
        lines.append(report.hasRepeats ? "\(run); figures are means over \(report.repeatsText) with their 95 % Student-t intervals." : "\(run).")
        lines += report.notes.map { "\n\(Markup.markdown($0))" }
        return lines.joined(separator: "\n") + "\n"
    }
}
