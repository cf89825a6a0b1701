import Measurement
import Workload

/// A night as one page that needs nothing beside itself.
extension Night {
    func html(pictures: [Pictures.Drawn]) -> String {
        func e(_ text: String) -> String { Markup.escaped(text) }
        let day = UTC.text(unixNanoseconds: time).prefix(16).replacing("T", with: " ")
        var body = """
            <p class="crumb">Crisol · \(day) UTC\(commit.isEmpty ? "" : " · commit \(e(String(commit.prefix(12))))")</p>
            <h1>Nightly <span class="badge \(exitCode == 0 ? "good" : "bad")">\(e(verdict))</span></h1>
            <ul>\(sentences.prefix(60).map { "<li>\(e($0))</li>" }.joined(separator: "\n"))</ul>
            <table><thead><tr><th>run</th><th>verdict</th><th>against the baseline</th><th>changes found tonight</th></tr></thead><tbody>

            """
        for run in runs {
            let found = changesFoundTonight.filter { $0.scenario == run.scenario && $0.mode == run.mode }
            let isWorse = !(run.comparison?.regressions.isEmpty ?? true)
            let name = run.result == nil ? e(run.name) : "<a href=\"\(e(run.folderName))/report.html\">\(e(run.name))</a>"
            body += "<tr><td>\(name)</td><td class=\"\(run.ending == .passed ? "" : "warn")\">\(e(run.verdict))</td><td class=\"\(isWorse ? "warn" : "")\">\(e(run.compared))</td>"
                + "<td>\(found.prefix(6).map { e("\(Self.place($0.metric, $0.point)): \($0.direction.rawValue)") }.joined(separator: "<br>"))\(found.count > 6 ? "<br>…" : "")</td></tr>\n"
        }
        body += "</tbody></table>\n"
        let shown = runs.flatMap { run in (run.comparison?.rows ?? []).filter { [.worse, .different, .better].contains($0.verdict) }.map { (run, $0) } }
        if !shown.isEmpty {
            body += "<h2>What differs from the baselines</h2>\n<table><thead><tr><th>metric</th><th>of</th><th class=\"n\">baseline</th><th class=\"n\">tonight</th><th class=\"n\">difference</th><th></th></tr></thead><tbody>\n"
            for (run, row) in shown.prefix(200) {
                let figures = [row.difference?.baseMean, row.difference?.newMean].map { Figure.text($0 ?? .nan, of: row.metric) }
                body += "<tr><td>\(e(row.metric))</td><td>\(e(Self.place(run.name, row.point)))</td><td class=\"n\">\(e(figures[0]))</td><td class=\"n\">\(e(figures[1]))</td><td class=\"n\">\(e(row.change))</td><td class=\"\(row.isRegression ? "warn" : "")\">\(row.isRegression ? "regression" : row.verdict.rawValue)</td></tr>\n"
            }
            body += "</tbody></table>\n"
        }
        if !changes.isEmpty {
            body += "<h2>Change points</h2>\n<table><thead><tr><th>found</th><th>of</th><th>change</th></tr></thead><tbody>\n"
            for change in changes.reversed().prefix(50) {
                body += "<tr><td>\(History.Change.day(change.found))</td><td>\(e(Self.place("\(change.scenario)/\(change.mode)", change.point)))</td><td class=\"\(change.isWorse ? "warn" : "")\">\(e(change.sentence))\(change.commit.isEmpty || change.commit == change.lastCommit ? "" : e("; commits \(change.lastCommit.prefix(12))..\(change.commit.prefix(12))"))</td></tr>\n"
            }
            body += "</tbody></table>\n"
        }
        for picture in pictures {
            let drawing = picture.svg.map { HTMLPage.element(of: $0, name: picture.script.name) }
                ?? "<p class=\"crumb\">Not drawn; the script is plots/\(e(picture.script.name)).gp.</p>"
            body += "<h2>\(e(picture.script.title))</h2>\n<figure><div class=\"picture\">\(drawing)</div><figcaption>\(e(picture.script.caption))</figcaption></figure>\n"
        }
        let notes = runs.flatMap { run in run.notes.map { "\(run.name): \($0)" } }
        body += notes.isEmpty ? "" : "<ul class=\"crumb\">\(notes.map { "<li>\(e($0))</li>" }.joined())</ul>\n"
        body += "<footer>\(e(method)) Figures: comparisons.csv, history.csv, changes.csv; otava.csv and otava.yaml are for Apache Otava.</footer>\n"
        return HTMLPage.text(title: "Nightly \(day): \(verdict)", style: Self.style, body: body)
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1c2126; --soft: #5b6570; --line: #dfe3e8; --back: #ffffff; --good: #00704f; --bad: #b5400a; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a3adb8; --line: #39414a; --back: #15191d; --good: #2fb98a; --bad: #f08a4b; } }
        body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 24px 20px 48px; }
        h1 { font-size: 1.8rem; margin: 0 0 8px; } h2 { font-size: 1.2rem; margin: 36px 0 12px; }
        .crumb, figcaption, footer { color: var(--soft); font-size: .9rem; }
        .badge { border-radius: 6px; padding: 1px 10px; font-size: .95rem; vertical-align: middle; color: var(--back); }
        .badge.good { background: var(--good); } .badge.bad { background: var(--bad); }
        .warn { color: var(--bad); font-weight: 600; }
        table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        .n { text-align: right; white-space: nowrap; }
        a { color: inherit; }
        figure { margin: 0; } .picture { background: #fff; border-radius: 8px; padding: 8px; overflow-x: auto; }
        .picture svg { display: block; width: 100%; min-width: 560px; height: auto; }
        footer { margin-top: 40px; border-top: 1px solid var(--line); padding-top: 10px; }
        """
}

extension Night {
    /// Writes report.md, report.html, junit.xml, comparisons.csv, and the history with its tables and pictures; gives what
    /// there is to say of the pictures.
    package func write(to directory: RunDirectory) throws(OutputError) -> [String] {
        try OutputFile.write(comparisonsCSV, to: directory.file("comparisons.csv"))
        try OutputFile.write(junit, to: directory.file("junit.xml"))
        try OutputFile.write(markdown, to: directory.file("report.md"))
        try history.write(to: directory.file("history.csv"))
        try history.writeTables(changes, to: directory)
        let (pictures, notes) = try history.drawn(changes, in: directory)
        try OutputFile.write(html(pictures: pictures), to: directory.file("report.html"))
        return notes
    }
}
