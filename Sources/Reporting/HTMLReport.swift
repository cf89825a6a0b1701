import Measurement
import Pipeline
import Workload

/// report.html: one page that needs nothing beside itself, no script and no network.
enum HTMLReport {
    static func text(_ report: Report, pictures: [Pictures.Drawn], record: RunRecord) -> String {
        let plan = report.plan
        var body = """
            <header>
            <p class="crumb">Crisol · \(plan.mode == .live ? "live run" : "simulated run") · seed \(plan.seed)</p>
            <h1>\(e(plan.scenario)) <span class="badge \(report.verdict.rawValue)">\(report.verdict.rawValue)</span></h1>
            \(plan.about.isEmpty ? "" : "<p class=\"about\">\(e(plan.about))</p>")
            <p class="lead">\(e(Findings.verdict(report)))</p>
            \(list(report.reasons, class: "reasons", limit: 20))
            \(list(report.notes, class: "notes", limit: 20))
            </header>

            """
        let main = pictures.filter { !$0.script.name.hasPrefix("timeline-") }
        let timelines = pictures.filter { $0.script.name.hasPrefix("timeline-") }
        if let sweep = report.sweep {
            body += "<section><h2>Findings</h2>\n\(list(Findings.sentences(report)))\n<p><small>\(e(SweepFindings(report)?.note() ?? ""))</small></p></section>\n"
            body += StageTable(report)?.html ?? ""
            body += main.map { figure($0) }.joined()
            body += SweepTables.html(report, sweep)
            body += checks(report)
        } else if let point = report.points.first {
            body += "<section><h2>Findings</h2>\n\(cards(point))\n\(list(Findings.sentences(report)))</section>\n"
            body += StageTable(report)?.html ?? ""
            body += checks(report)
            body += main.map { figure($0) }.joined()
        }
        body += theory(report)
        body += traffic(report)
        body += pipeline(report)
        if !timelines.isEmpty {
            body += "<section><details><summary>Over time, point by point</summary>\n\(timelines.map { figure($0) }.joined())</details></section>\n"
        }
        body += points(report)
        body += footer(report, record)
        return HTMLPage.text(title: "\(plan.scenario): \(report.verdict.rawValue)", style: style, body: body)
    }

    // MARK: Parts of the page

    /// The figures that everybody asks for, large.
    private static func cards(_ point: PointResult) -> String {
        let threshold = point.repeats[0].totals.threshold.description
        let wanted: [(String, String, String)] = [
            ("answered_ratio", "answered", "of the questions"),
            ("final_pass_ratio", "pass the threshold", "\(Figure.text(point.estimate("first_pass_ratio"), of: "first_pass_ratio")) at first · threshold \(threshold)"),
            ("answered_without_call_ratio", "without an LLM call", "\(Figure.text(point.estimate("hit_ratio"), of: "hit_ratio")) from the cache"),
            ("latency_p50_ms", "median latency", "of answered questions"),
            ("latency_p95_ms", "p95 latency", "p99 \(Figure.text(point.estimate("latency_p99_ms"), of: "latency_p99_ms"))"),
            ("calls_per_question", "calls a question", "\(Figure.text(point.estimate("regeneration_rate"), of: "regeneration_rate")) regenerated"),
        ]
        let items = wanted.filter { !point.mean($0.0).isNaN }.map { column, title, note in
            let estimate = point.estimate(column)
            let interval = estimate.hasInterval && estimate.halfWidth > 0 ? " <i>± \(e(Figure.halfWidth(estimate, of: column)))</i>" : ""
            return "<div class=\"card\"><b>\(e(Figure.text(estimate.mean, of: column)))\(interval)</b><span>\(e(title))</span><small>\(e(note))</small></div>"
        }
        return "<div class=\"cards\">\(items.joined())</div>"
    }

    /// All figures of each point, of many points those of a few.
    private static func points(_ report: Report) -> String {
        guard let sweep = report.sweep else {
            guard let point = report.points.first else { return "" }
            return "<section><h2>Outcomes</h2>\n\(outcomes(point))</section>\n<section><details><summary>All figures</summary>\n\(details(point))</details></section>\n"
        }
        let shown = report.points.count <= 12 ? report.points : sweep.featured.map { report.points[$0] }
        var text = shown.map { point in
            "<section><details><summary>All figures: \(e(point.title))</summary>\n\(list(Findings.ofPoint(point)))\n\(details(point))</details></section>\n"
        }.joined()
        if shown.count < report.points.count {
            text += "<p><small>All figures of all \(Figure.count(Double(report.points.count))) points are in points.csv, those of each repeat in summary.csv.</small></p>\n"
        }
        return text
    }

    private static func checks(_ report: Report) -> String {
        guard !report.checkRows.isEmpty else { return "" }
        let rows = report.checkRows.map { check in
            "<tr><td><span class=\"badge small \(check.passed ? "passed" : "failed")\">\(check.passed ? "holds" : "fails")</span></td><td><code>\(e(check.check))</code></td>"
                + (report.isSweep ? "<td>\(e(check.place))</td>" : "") + "<td class=\"n\">\(e(check.seen))</td></tr>"
        }
        return "<section><h2>Checks</h2><div class=\"wide\"><table><thead><tr><th></th><th>check</th>\(report.isSweep ? "<th>at</th>" : "")<th class=\"n\">seen</th></tr></thead><tbody>\n"
            + rows.joined(separator: "\n") + "\n</tbody></table></div></section>\n"
    }

    private static func theory(_ report: Report) -> String {
        let rows = report.theoryRows()
        guard !rows.isEmpty else { return "" }
        let cells = rows.map { row in
            "<tr><td>\(e(row.title))</td>\(report.isSweep ? "<td>\(e(row.place))</td>" : "")<td class=\"n\">\(unbroken(e(row.expected)))</td><td class=\"n\">\(unbroken(e(row.seen)))</td><td>\(e(row.source))</td></tr>"
        }
        let table = "<div class=\"wide\"><table><thead><tr><th>figure</th>\(report.isSweep ? "<th>at</th>" : "")<th class=\"n\">theory</th><th class=\"n\">seen</th><th>by</th></tr></thead><tbody>\n\(cells.joined(separator: "\n"))\n</tbody></table></div>"
        return report.isSweep
            ? "<section><details><summary>Theory beside the measurement</summary>\n\(table)</details></section>\n"
            : "<section><h2>Theory beside the measurement</h2>\(table)</section>\n"
    }

    private static func traffic(_ report: Report) -> String {
        let rows = report.trafficRows()
        guard !rows.isEmpty else { return "" }
        let cells = rows.map { row in
            "<tr><td>\(e(row.title))</td>\(report.isSweep ? "<td>\(e(row.place))</td>" : "")<td class=\"n\">\(unbroken(e(row.asked)))</td><td class=\"n\">\(unbroken(e(row.seen)))</td><td class=\"n\">\(e(row.error))</td><td class=\"n\">\(e(row.distance))</td></tr>"
        }
        let table = "<div class=\"wide\"><table><thead><tr><th>figure</th>\(report.isSweep ? "<th>at</th>" : "")<th class=\"n\">asked</th><th class=\"n\">achieved</th><th class=\"n\">chance in one run</th><th class=\"n\">off by</th></tr></thead><tbody>\n\(cells.joined(separator: "\n"))\n</tbody></table></div>"
            + "<p><small>Over the measured window. Chance: the standard deviation of one run of this length; σ: the same of the mean over the repeats. Beyond 3 σ the traffic was not the one asked for.</small></p>"
        return report.isSweep
            ? "<section><details><summary>Traffic: asked and achieved</summary>\n\(table)</details></section>\n"
            : "<section><h2>Traffic: asked and achieved</h2>\(table)</section>\n"
    }

    private static func pipeline(_ report: Report) -> String {
        let lines = report.plan.pipeline
        guard !lines.isEmpty else { return "" }
        let rows = lines.map { "<tr><th>\(e($0.name))</th><td>\(e($0.text))</td></tr>" }
        return "<section><details><summary>Pipeline: what was run</summary>\n<div class=\"wide\"><table><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table></div></details></section>\n"
    }

    private static func outcomes(_ point: PointResult) -> String {
        let names = Outcome.allCases.filter { $0 != .pending }.map(\.rawValue) + ["in_flight", "lost"]
        let rows = names.filter { point.perRepeat($0) != 0 || $0 == "lost" }.map {
            let share = Estimate(of: zip(point.values($0), point.values("asked")).map { $0 / $1 })
            return "<tr><td>\($0)</td><td class=\"n\">\(Figure.count(point.perRepeat($0)))</td><td class=\"n\">\(e(Figure.text(share, of: "answered_ratio")))</td></tr>"
        }
        return "<div class=\"wide\"><table class=\"narrow\"><thead><tr><th>outcome</th><th class=\"n\">questions</th><th class=\"n\">share</th></tr></thead><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table></div>"
    }

    private static func details(_ point: PointResult) -> String {
        let rows = SummaryColumn.all.compactMap { column -> String? in
            let estimate = point.estimate(column.name)
            guard !estimate.mean.isNaN else { return nil }
            return "<tr><td><code>\(column.name)</code></td><td class=\"n\">\(e(Figure.text(estimate, of: column.name)))</td><td>\(e(column.meaning))</td></tr>"
        }
        let pooled = point.repeats.count < 2 ? [] : PointResult.pooledFigures.compactMap { figure -> String? in
            let value = figure.read(point)
            guard !value.isNaN else { return nil }
            return "<tr><td><code>\(figure.name)</code></td><td class=\"n\">\(e(Figure.milliseconds(value)))</td><td>The same percentile of all repeats' questions together.</td></tr>"
        }
        return "<div class=\"wide\"><table><thead><tr><th>figure</th><th class=\"n\">value</th><th>meaning</th></tr></thead><tbody>\n\((rows + pooled).joined(separator: "\n"))\n</tbody></table></div>"
    }

    private static func figure(_ picture: Pictures.Drawn) -> String {
        let script = picture.script
        let drawing = picture.svg.map { inlined($0, name: script.name, label: "\(script.title). \(script.caption)") }
            ?? "<p class=\"missing\">Not drawn; the script is plots/\(script.name).gp.</p>"
        return "<section><h2>\(e(script.title))</h2>\n<figure>\(drawing)<figcaption>\(e(script.caption))</figcaption></figure></section>\n"
    }

    /// The picture for those who see it and for those who do not.
    private static func inlined(_ svg: String, name: String, label: String) -> String {
        var element = HTMLPage.element(of: svg, name: name)
        guard !element.isEmpty else { return "" }
        // gnuplot names every picture "Gnuplot" for screen readers.
        if let open = element.range(of: "<title>"), let close = element.range(of: "</title>") {
            element.replaceSubrange(open.upperBound..<close.lowerBound, with: e(label))
        }
        return "<div class=\"picture\" role=\"img\" aria-label=\"\(e(label))\">\(element)</div>"
    }

    private static func footer(_ report: Report, _ record: RunRecord) -> String {
        let plan = report.plan
        // No moment and no machine: the same figures make the same page, wherever and in however many pieces they were run.
        var facts = ["Crisol \(record.version)\(record.commit.isEmpty ? "" : " (\(record.commit))")"]
        if report.hasRepeats { facts.append("\(report.repeatsText) a point; intervals are 95 % Student-t") }
        if plan.warmup > 0 { facts.append("questions of the first \(Figure.milliseconds(Double(plan.warmup) / 1e6)) are in the ledger, not in the statistics") }
        return "<footer>\n<p>\(facts.map(e).joined(separator: " · "))</p>\n"
            + "<p>The figures are in summary.csv and points.csv\(report.isSweep ? ", differences between points in differences.csv" : ""), single questions in questions.csv, seconds in timeseries.csv; run.json says when and where they came about; plots/ holds the pictures and their gnuplot scripts.</p>\n</footer>\n"
    }

    private static func list(_ items: [String], class name: String = "findings", limit: Int = .max) -> String {
        guard !items.isEmpty else { return "" }
        let more = items.count > limit ? "<li>and \(items.count - limit) more</li>" : ""
        return "<ul class=\"\(name)\">\n\(items.prefix(limit).map { "<li>\(e(unbroken($0)))</li>" }.joined(separator: "\n"))\n\(more)</ul>"
    }

    /// Figures keep their units on the same line.
    private static func unbroken(_ text: String) -> String {
        var text = text
        for unit in ["%", "ms", "s", "min", "h", "µs", "ns", "±"] {
            for end in [" ", ",", ".", ";", ")", ":"] { text = text.replacing(" \(unit)\(end)", with: "\u{A0}\(unit)\(end)") }
        }
        return text.replacing("± ", with: "±\u{A0}")
    }

    private static func e(_ text: String) -> String { Markup.escaped(text) }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1c2126; --soft: #5b6570; --line: #dfe3e8; --back: #ffffff; --raised: #f5f7f9; --best: #e3f3ec;
          --good: #00704f; --bad: #b5400a; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a3adb8; --line: #39414a; --back: #15191d; --raised: #1f252b; --best: #163a2d;
          --good: #2fb98a; --bad: #f08a4b; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 24px 20px 48px; }
        h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 36px 0 12px; }
        .crumb, .about, footer, figcaption, small { color: var(--soft); }
        .crumb { margin: 0 0 4px; font-size: .9rem; }
        .about { margin: 0 0 12px; max-width: 70ch; }
        .lead { font-size: 1.1rem; margin: 12px 0; }
        .badge { display: inline-block; border-radius: 6px; padding: 1px 10px; font-size: .95rem; font-weight: 600; vertical-align: middle; color: var(--back); background: var(--bad); }
        .badge.passed { background: var(--good); }
        .badge.small { font-size: .8rem; padding: 0 7px; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 0 0 16px; }
        .card { background: var(--raised); border-radius: 8px; padding: 12px 14px; display: flex; flex-direction: column; }
        .card b { font-size: 1.5rem; line-height: 1.2; }
        .card i { font-size: .9rem; font-style: normal; font-weight: 400; color: var(--soft); white-space: nowrap; }
        .card small { margin-top: 2px; }
        ul { margin: 12px 0; padding-left: 1.2em; max-width: 85ch; }
        li { margin: 5px 0; }
        .reasons li { color: var(--bad); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
        table.narrow { width: auto; min-width: 320px; }
        th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--soft); font-weight: 600; font-size: .85rem; vertical-align: bottom; }
        .n { text-align: right; white-space: nowrap; }
        thead .n { white-space: normal; }
        td:first-child:has(.badge) { width: 1%; }
        td small { display: block; }
        td.best { background: var(--best); font-weight: 600; }
        figure { margin: 0; }
        .picture { background: #fff; border-radius: 8px; padding: 8px; overflow-x: auto; }
        .picture svg { display: block; width: 100%; min-width: 560px; height: auto; }
        figcaption { font-size: .9rem; margin-top: 6px; }
        .soft { color: var(--soft); }
        .missing { color: var(--soft); font-style: italic; }
        summary { cursor: pointer; font-weight: 600; padding: 8px 0; }
        code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; }
        footer { margin-top: 40px; border-top: 1px solid var(--line); padding-top: 10px; font-size: .9rem; }
        """
}
