import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif
import Measurement
import Testing
import Workload
@testable import Reporting
@testable import Scenarios

@Suite struct ReportTests {
    private let nasty = "<script>alert(\"1\")</script> & 'co' | `x`"

    private func report(
        checks: [String] = [], points: Int = 1, repeats: Int = 1, scenario: String = "small", invalid: [String] = [], lose: Int = 0,
        values: [String]? = nil, deadLetters: Bool = true
    ) throws -> Report {
        var results: [RunResult] = []
        for point in 0..<points {
            for replication in 0..<repeats {
                let swept = points > 1 ? [RunIdentity.SweptValue(key: "pipeline.some.key", value: values?[point] ?? "value \(point)")] : []
                results.append(FakeRun.result(
                    RunIdentity(scenario: scenario, seed: 7, mode: .simulated, point: point, replication: replication, swept: swept),
                    .init(hitRatio: 0.1 + 0.2 * Double(point), seconds: 4, deadLetters: deadLetters), invalid: invalid, lose: lose))
            }
        }
        let plan = RunPlan(
            scenario: scenario, about: scenario, seed: 7, mode: .simulated, sweptKeys: points > 1 ? ["pipeline.some.key"] : [],
            repeats: repeats, checks: try checks.map { try Check.parse($0).get() }, keepsQuestions: false)
        return Report(plan: plan, results: results)
    }

    // MARK: Checks and verdicts

    @Test func checksHoldForEachAnyOrMean() throws {
        let report = try report(
            checks: ["hit_ratio > 0.2", "any: hit_ratio > 0.4", "mean: hit_ratio < 0.4", "any: hit_ratio > 0.9", "p95(latency) < 1h", "lost == 0"],
            points: 3, repeats: 2)
        #expect(report.points.map { $0.checks.map(\.passed) } == [[false, true, true], [true, true, true], [true, true, true]])
        #expect(report.overallChecks.map(\.passed) == [true, true, false])
        #expect(report.verdict == .failed && report.points.map(\.verdict) == [.failed, .passed, .passed])
        let seen = report.points[0].checks[0].seenText
        #expect(report.reasons == [
            "check hit_ratio > 0.2 failed: \(seen) at value 0", "check any: hit_ratio > 0.9 failed: seen \(report.overallChecks[2].seenText)",
        ])
    }

    @Test(arguments: ["p95(failed_latency) < 1h", "p95(failed_latency) > 0ms", "cost != 1", "any: cost >= 0", "mean: score_gain_regenerated < 2"])
    func aCheckWithoutDataDoesNotPass(text: String) throws {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1))
        let result = recorder.finish(at: .zero, identity: RunIdentity(scenario: "empty", seed: 1, mode: .simulated))
        let plan = RunPlan(scenario: "empty", seed: 1, mode: .simulated, checks: [try Check.parse(text).get()])
        let report = Report(plan: plan, results: [result])
        #expect(report.verdict == .failed)
        #expect(report.reasons == ["check \(text) failed: seen no data"])
    }

    @Test func theMostSeriousVerdictWins() throws {
        #expect(try report().verdict == .passed)
        #expect(try report(checks: ["asked < 1"]).verdict.exitCode == 1)
        #expect(try report(checks: ["asked < 1"], invalid: ["late"]).verdict.exitCode == 2)
        #expect(try report(checks: ["asked < 1"], invalid: ["late"], lose: 1).verdict.exitCode == 70)
        let lossy = try report(points: 2, repeats: 2, invalid: ["late"], lose: 1)
        #expect(lossy.reasons.first == "value 0, repeat 0: 1 of 200 questions were lost: neither settled nor in flight")
    }

    @Test func pooledPercentilesStandBesideTheMeanOfRepeats() throws {
        let point = try report(repeats: 3).points[0]
        var merged = point.repeats[0].latency
        merged.merge(point.repeats[1].latency)
        merged.merge(point.repeats[2].latency)
        let pooled = try #require(PointResult.pooledFigures.first { $0.name == "latency_p95_pooled_ms" })
        #expect(pooled.read(point) == Double(try #require(merged.value(atPercentile: 95))) / 1e6)
        let each = point.repeats.compactMap { $0.latency.value(atPercentile: 95) }.map { Double($0) / 1e6 }
        #expect(point.estimate("latency_p95_ms") == Estimate(of: each) && point.estimate("latency_p95_ms").hasInterval)
    }

    @Test func columnsAreThoseThatChecksMaySpeakOf() {
        #expect(SummaryColumn.all.map(\.name) == MetricNames.figures)
        #expect(ResultFiles.summaryHeader(sweptKeys: ["a.b"]) == MetricNames.leading + ["a.b"] + MetricNames.figures + MetricNames.trailing)
    }

    // MARK: Documents

    @Test func pageAndJUnitAreWellFormed() throws {
        let report = try report(checks: ["hit_ratio > 0.2", "lost == 0"], points: 3, repeats: 2, scenario: nasty, invalid: [nasty + "\u{0}\nline"], values: [nasty, "é", "x\ty"])
        let junit = JUnitReport.text(report)
        let document = try XMLDocument(xmlString: junit)
        let cases = try document.nodes(forXPath: "//testcase")
        // Ledger, validity and two checks at three points.
        #expect(cases.count == 12)
        #expect(try document.nodes(forXPath: "//failure").count == 3 + 1)
        #expect((cases[2] as? XMLElement)?.attribute(forName: "name")?.stringValue == "hit_ratio > 0.2")

        let page = HTMLReport.text(report, pictures: [], record: FakeRun.record)
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("://"))
        #expect(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;"))
        // Read as XML, the page closes what it opens.
        let strict = page.replacing("<!DOCTYPE html>\n", with: "").replacing("<meta charset=\"utf-8\">", with: "")
            .replacing("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", with: "")
        _ = try XMLDocument(xmlString: strict)
    }

    @Test func markdownIsNotBrokenByNames() throws {
        let text = MarkdownReport.text(try report(checks: ["lost == 0"], points: 2, scenario: nasty, values: ["a|b", "<b>"]))
        #expect(text.contains("| a\\|b |") && text.contains("| &lt;b> |") && !text.contains("<script>"))
        let table = text.split(separator: "\n").filter { $0.hasPrefix("| a") || $0.hasPrefix("| &lt") || $0.hasPrefix("| key") || $0.hasPrefix("|---") }
        let bars = table.prefix(4).map { $0.replacing("\\|", with: "").filter { $0 == "|" }.count }
        #expect(Set(bars).count == 1)
    }

    @Test func thePageAnswersTheQuestionsOfOneRun() throws {
        let sentences = Findings.sentences(try report()).joined(separator: "\n")
        for words in [
            "200 questions were asked", "none lost", "passed the threshold of 0.2 with the first answer", "needed no LLM call of their own", "95 % within",
            "on average. Most of it", "were generated again", "dead letters", "The calls cost",
        ] { #expect(sentences.contains(words), "\(words)") }
    }

    @Test func nothingRunsWithoutResults() throws {
        let report = Report(plan: RunPlan(scenario: "none", seed: 1, mode: .simulated), results: [])
        #expect(report.verdict == .invalid && report.reasons == ["no run was finished"])
        #expect(try XMLDocument(xmlString: JUnitReport.text(report)).nodes(forXPath: "//failure").count == 1)
        _ = HTMLReport.text(report, pictures: [], record: FakeRun.record)
        _ = MarkdownReport.text(report)
        _ = ClosingTable.text(report)
    }

    // MARK: The terminal

    @Test func noLineOfTheClosingTableWraps() throws {
        let long = String(repeating: "a very long value ", count: 9)
        for report in [
            try report(checks: ["p95(generated_latency) < 5s", "lost == 0"], points: 3, repeats: 2, invalid: [long + long], values: [long, "b", "c\u{1B}[31m"]),
            try report(checks: ["asked < 1"]), try report(points: 16, scenario: long),
        ] {
            for width in [20, 80, 120] {
                let text = ClosingTable.text(report, width: width)
                #expect(text.split(separator: "\n").allSatisfy { $0.count <= max(80, width) }, "\(text)")
                #expect(!text.contains("\u{1B}"))
            }
        }
        let wide = ClosingTable.text(try report(points: 2), width: 160), narrow = ClosingTable.text(try report(points: 2), width: 80)
        #expect(wide.split(separator: "\n")[0].count > narrow.split(separator: "\n")[0].count)
        #expect(ClosingTable.text(try report(), colour: true).contains("\u{1B}[1;32m"))
    }

    @Test func figuresForPeople() {
        #expect(Figure.percent(0.41234) == "41.2 %" && Figure.percent(1) == "100 %" && Figure.percent(0.99999) == "> 99.9 %")
        #expect(Figure.percent(0.0001) == "0.01 %" && Figure.percent(0.00001) == "< 0.01 %" && Figure.percent(0) == "0 %")
        #expect(Figure.milliseconds(0.04) == "40.0 µs" && Figure.milliseconds(999) == "999 ms" && Figure.milliseconds(2345) == "2.35 s" || Figure.milliseconds(2345) == "2.34 s")
        #expect(Figure.milliseconds(600_000) == "10.0 min" && Figure.milliseconds(86_400_000) == "24.0 h")
        #expect(Figure.count(1_234_567) == "1,234,567" && Figure.count(-12) == "−12" && Figure.count(.nan) == "–")
        #expect(Figure.significant(0.012044) == "0.0120" && Figure.significant(99.96) == "100" && Figure.significant(1234.4) == "1,234")
        #expect(Figure.text(Estimate(of: [0.41, 0.42, 0.43]), of: "hit_ratio") == "42.0 ± 2.5 %")
        #expect(Figure.text(Estimate(of: [2700, 2740, 2780]), of: "latency_p95_ms") == "2.74 ± 0.10 s")
        #expect(Plot.step(upTo: 250) == 100 && Plot.step(upTo: 18) == 5 && Plot.step(upTo: 0.3) == 0.1 && Plot.step(upTo: 1) == 0.5)
    }
}
