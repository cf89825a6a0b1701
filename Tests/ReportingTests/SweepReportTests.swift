import Foundation
import Measurement
import Testing
import Workload
@testable import Reporting

/// What a sweep's report is made from: its axes, differences pair by pair, the Pareto front, and pages that stay readable.
@Suite struct SweepReportTests {
    // MARK: Made-up points

    /// A repeat in which so many of the questions were cache hits; the others took one call each.
    private func result(_ point: Int, _ number: Int, _ swept: [(String, String)], hits: Int, questions: Int = 1000, bound: Int? = nil) -> RunResult {
        var recorder = RunRecorder(.init(threshold: 0.2, callCapacity: 4, price: .init(prompt: 1, completion: 1)))
        for question in 0..<UInt64(questions) {
            let at = Instant(nanoseconds: Int64(question) * 10_000_000)
            recorder.asked(question, intendedAt: at)
            var row = QuestionRow(inFlight: question, key: question, intendedAt: at)
            row.outcome = question < UInt64(hits) ? .cacheHit : .accepted
            row.latency = question < UInt64(hits) ? 0 : 500_000_000
            if question >= UInt64(hits) {
                (row.generations, row.firstScore, row.finalScore) = (1, 0.5, 0.5)
                recorder.callStarted(isRetry: false, intendedAt: at, at: at)
                recorder.callEnded(.none, generation: 0, intendedAt: at, promptTokens: 40, completionTokens: 120, at: at)
            }
            recorder.settled(row, at: at)
        }
        var result = recorder.finish(
            at: Instant(nanoseconds: Int64(questions) * 10_000_000),
            identity: RunIdentity(
                scenario: "made-up", seed: 1, mode: .simulated, point: point, replication: number,
                swept: swept.map { RunIdentity.SweptValue(key: $0, value: $1) }))
        result.cacheBound = bound.map { CacheBound(hits: $0, questions: questions, items: 2000) }
        return result
    }

    private func report(_ results: [RunResult]) -> Report {
        let keys = results[0].identity.swept.map(\.key)
        return Report(plan: RunPlan(scenario: "made-up", seed: 1, mode: .simulated, sweptKeys: keys, repeats: 7, keepsQuestions: false), results: results)
    }

    private var paired: Report {
        report(pairedHits.enumerated().flatMap { point, row in
            row.hits.map { result(point, $0.number, [("pipeline.cache.policy", row.policy), ("pipeline.cache.capacity", row.capacity)], hits: $0.hits) }
        })
    }

    /// A grid of single runs without much in them.
    private func grid(_ lists: [(key: String, values: [String])], questions: Int = 10) -> Report {
        var combinations: [[(String, String)]] = [[]]
        for list in lists { combinations = combinations.flatMap { before in list.values.map { before + [(list.key, $0)] } } }
        return report(combinations.enumerated().flatMap { point, swept in
            (0..<2).map { result(point, $0, swept, hits: (point * 7 + $0) % (questions - 1), questions: questions, bound: questions - 1) }
        })
    }

    private static let policies = (key: "pipeline.cache.policy", values: ["lru", "lfu", "fifo", "sieve", "s3fifo", "wtinylfu"])
    private static let capacities = (key: "pipeline.cache.capacity", values: ["200", "600", "2000", "6000"])
    private static let exponents = (key: "traffic.popularity.exponent", values: ["0.7", "0.9", "1.1"])

    // MARK: Differences

    @Test func differencesAreThoseOfScipy() throws {
        let report = paired
        let sweep = try #require(report.sweep)
        let rows = sweep.differences.rows.filter { $0.difference.column == "hit_ratio" }
        #expect(rows.count == pairedDifferences.count)
        for expected in pairedDifferences {
            let row = try #require(sweep.differences.row(expected.point, along: expected.axis, "hit_ratio"), "\(expected)")
            let seen = row.difference
            #expect(seen.pairs == expected.pairs, "\(expected)")
            #expect(abs(seen.difference - expected.difference) < 1e-12, "\(expected)")
            guard let halfWidth = expected.halfWidth, let probability = expected.probability, let isShown = expected.isShown else {
                #expect(seen.halfWidth.isNaN && seen.probability.isNaN && !row.isShown, "\(expected)")
                continue
            }
            #expect(abs(seen.halfWidth - halfWidth) < 1e-9 && abs(seen.probability - probability) < 1e-9 * max(1, probability), "\(expected)")
            #expect(row.isShown == isShown && seen.isTold == (expected.difference.magnitude > halfWidth), "\(expected)")
        }
        // Some are shown and some are not: the table can tell them apart.
        #expect(Set(rows.map(\.isShown)) == [true, false])
    }

    @Test func theFileHasARowForEachDifference() throws {
        let report = paired
        let sweep = try #require(report.sweep)
        let lines = String(decoding: sweep.differences.csv(report.points, sweep.axes), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "point,pipeline.cache.policy,pipeline.cache.capacity,against,key,value,against_value,metric,pairs,mean,against_mean,difference,difference_ci95,p,shown")
        let hits = lines.filter { $0.contains(",hit_ratio,") }
        #expect(hits.count == pairedDifferences.count && lines.allSatisfy { $0.isEmpty || $0.split(separator: ",", omittingEmptySubsequences: false).count == 15 })
        // lfu with 20 entries has one repeat in common with lru: a difference, and nothing to judge it by.
        let single = try #require(hits.first { $0.hasPrefix("3,lfu,20,1,pipeline.cache.policy,lfu,lru,hit_ratio,1,") })
        #expect(single.hasSuffix(",,,"))
    }

    @Test func sentencesSayByHowMuch() throws {
        let sentences = Findings.sentences(paired)
        // Point 2 of the table: 0.0412 ± 0.0076. At 20 entries there is a single pair, which says nothing of chance.
        #expect(sentences.contains { $0.hasPrefix("LFU answers 4.1 ± 0.8 points more from the cache than LRU at capacity 10 (") }, "\(sentences)")
        let told = sentences.joined(separator: "\n")
        #expect(told.contains("FIFO") && told.contains("no difference is shown"), "\(told)")
    }

    @Test func whatMakesNoDifferenceIsNotToldOf() {
        // Two names that are alike to the last question: what the capacity does is told, and no word is lost on the names.
        let rows = [("lru", "10", 20), ("lru", "20", 40), ("twin", "10", 20), ("twin", "20", 40)]
        let report = report(rows.enumerated().flatMap { point, row in
            (0..<3).map { result(point, $0, [("pipeline.cache.policy", row.0), ("pipeline.cache.capacity", row.1)], hits: row.2 + $0, questions: 100) }
        })
        let sentences = Findings.sentences(report)
        #expect(sentences.contains { $0.hasPrefix("Cache hits") && $0.contains("capacity goes from 10") }, "\(sentences)")
        #expect(!sentences.contains { $0.contains("exactly the same") || $0.contains("twin has") }, "\(sentences)")
    }

    @Test func amountsKeepTheDigitsThatTheirIntervalHas() {
        func difference(_ value: Double, _ width: Double, _ column: String) -> PairedDifference {
            PairedDifference(point: 1, against: 0, column: column, pairs: 5, mean: 0, againstMean: 0, difference: value, halfWidth: width, probability: 0.01)
        }
        #expect(DifferenceText.amount(difference(0.0412, 0.0031, "hit_ratio")) == "4.1 ± 0.3 points")
        #expect(DifferenceText.amount(difference(-0.0412, 0.00144, "hit_ratio")) == "4.12 ± 0.14 points")
        #expect(DifferenceText.amount(difference(131.4, 13.2, "latency_p95_ms")) == "131 ± 13 ms")
        #expect(DifferenceText.amount(difference(3131, 240, "latency_p95_ms")) == "3.1 ± 0.2 s")
        #expect(DifferenceText.amount(difference(0.5, .nan, "calls_per_question")) == "0.500")
        #expect(DifferenceText.signed(difference(-0.0412, 0.0031, "hit_ratio"), in: (100, " points")) == "−4.1 ± 0.3")
        let entry = Comparison.entries.first { $0.column == "hit_ratio" }!
        #expect(DifferenceText.clause("LFU", "LRU", difference(0.0412, 0.0031, "hit_ratio"), entry) == "LFU answers 4.1 ± 0.3 points more from the cache than LRU")
        #expect(DifferenceText.clause("LFU", "LRU", difference(0.002, 0.0031, "hit_ratio"), entry) == "between LFU and LRU no difference is shown in cache hits (0.2 ± 0.3 points)")
        #expect(DifferenceText.clause("LFU", "LRU", difference(0, 0, "hit_ratio"), entry) == "LFU and LRU have exactly the same cache hits")
    }

    // MARK: Axes

    @Test func keysThatGoTogetherAreOneAxis() throws {
        let rows = [("a", "1", "5 s"), ("b", "2", "5 s"), ("c", "2", "5 s"), ("a", "1", "10 s"), ("b", "2", "10 s"), ("c", "2", "10 s")]
        let report = report(rows.enumerated().map { result($0, 0, [("x.name", $1.0), ("x.size", $1.1), ("y.wait", $1.2)], hits: 10 * $0, questions: 100) })
        let axes = try #require(report.sweep).axes
        #expect(axes.axes.map(\.name) == ["name and size", "wait"])
        #expect(axes.axes[0].values == ["a, 1", "b, 2", "c, 2"] && axes.axes[0].scale == nil)
        #expect(axes.axes[1].scale?.numbers == [5, 10])
        #expect(axes.neighbour(of: 4, along: 1, value: 0) == 1 && axes.neighbour(of: 4, along: 0, value: 2) == 5)
    }

    @Test func aPointThatIsMissingMakesNoTie() throws {
        let lists = [Self.policies, Self.capacities]
        let whole = grid(lists)
        let cut = self.report(whole.points.dropLast(5).flatMap(\.repeats))
        let axes = try #require(cut.sweep).axes
        #expect(axes.axes.map(\.values.count) == [5, 4])
        #expect(axes.point(at: [4, 3]) == nil && axes.point(at: [4, 2]) == 18)
        // What is not there is not compared.
        #expect(try #require(cut.sweep).differences.rows.allSatisfy { $0.difference.point < 19 })
        #expect(!Findings.sentences(cut).isEmpty && !ClosingTable.text(cut).isEmpty)
    }

    @Test func unitsMakeAScaleOnlyWhereTheyAreOne() throws {
        let mixed = report(["500ms", "1s", "2s"].enumerated().map { result($0, 0, [("a.b", $1)], hits: 10 * $0, questions: 100) })
        #expect(try #require(mixed.sweep).axes.axes[0].scale == nil)
        let same = report(["2s", "1s", "10s"].enumerated().map { result($0, 0, [("a.b", $1)], hits: 10 * $0, questions: 100) })
        #expect(try #require(same.sweep).axes.axes[0].ordered == [1, 0, 2])
    }

    // MARK: Pareto front

    @Test(arguments: 1...20) func theFrontIsThatOfAllPairs(seed: UInt64) {
        var random = FakeRun.Random(state: seed)
        // Few values, so that some points are alike in one figure or in both.
        let points = (0..<40).map { _ in (cost: (random.next() * 8).rounded(), quality: (random.next() * 8).rounded()) }
        let (members, dominated) = ParetoFront.front(points)
        for index in points.indices {
            let isDominated = points.contains { $0.cost <= points[index].cost && $0.quality >= points[index].quality && $0 != points[index] }
            #expect(members.contains(index) == !isDominated && dominated.contains { $0.point == index } == isDominated, "\(points)")
        }
        #expect(dominated.allSatisfy { points[$0.by].cost <= points[$0.point].cost && points[$0.by].quality >= points[$0.point].quality && members.contains($0.by) })
        #expect(members.map { points[$0].cost } == members.map { points[$0].cost }.sorted())
    }

    @Test func whatIsMissingIsOnNoFront() {
        let (members, dominated) = ParetoFront.front([(1, .nan), (2, 3), (.nan, 9), (3, 2)])
        #expect(members == [1] && dominated.map(\.point) == [3])
    }

    // MARK: Pages

    @Test func allPicturesOfASweepAreDrawn() throws {
        let folder = NSTemporaryDirectory() + "crisol-sweep-report-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var results: [RunResult] = []
        for (p, policy) in ["lru", "it's \"odd\", {here}", "fifo"].enumerated() {
            for (c, capacity) in Self.capacities.values.enumerated() {
                for (e, exponent) in Self.exponents.values.enumerated() {
                    for number in 0..<2 {
                        results.append(result(
                            (p * 4 + c) * 3 + e, number, [("pipeline.cache.policy", policy), ("pipeline.cache.capacity", capacity), ("traffic.popularity.exponent", exponent)],
                            hits: 5 + 10 * p + 12 * c + 8 * e + number, questions: 100, bound: 90))
                    }
                }
            }
        }
        let plan = RunPlan(
            scenario: "pictures", seed: 1, mode: .simulated, sweptKeys: results[0].identity.swept.map(\.key), repeats: 2, keepsQuestions: false)
        let output = try RunOutput(RunDirectory.use(folder), plan: plan)
        for result in results { try output.add(result) }
        let report = try output.finish(FakeRun.record)
        #expect(report.notes.isEmpty, "\(report.notes)")
        for name in ["hit-ratio", "difference", "comparison", "heat-map", "latency"] {
            let picture = try String(contentsOfFile: "\(folder)/plots/\(name).svg", encoding: .utf8)
            #expect(picture.contains("</svg>") && !picture.contains("NaN"), "\(name)")
        }
        let bounds = try String(contentsOfFile: "\(folder)/cache-bounds.csv", encoding: .utf8).split(separator: "\n")
        #expect(bounds.count == 1 + 36)
        // 5 and 6 of 100 were hits, 90 might have been: 84.5 points less, ± 12.71 · 0.5 (t of one degree of freedom, √½ over √2).
        let cells = bounds[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(cells[4] == "2000" && cells[7] == "0.9" && cells[8] == "0")
        #expect(abs(Double(cells[9])! - 0.845) < 1e-12 && abs(Double(cells[10])! - 0.0635310) < 1e-6)
    }

    @Test func seventyTwoPointsFitATerminal() throws {
        let report = grid([Self.policies, Self.capacities, Self.exponents])
        for width in [80, 120] {
            let text = ClosingTable.text(report, width: width)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { ClosingTable.columns(String($0)) <= width } && lines.count < 40, "\(text)")
            // Each policy has a column, each pair of the other two a line.
            #expect(lines[1].contains("wtinylfu") && lines.count { $0.hasPrefix("0.7 ") } == 4, "\(text)")
        }
    }

    @Test func aThousandPointsMakeAPageThatCanBeRead() throws {
        let report = grid([
            ("pipeline.score.threshold", (0..<10).map { "0.\($0)1" }), ("pipeline.workers.llm", (1...10).map(String.init)),
            ("pipeline.cache.capacity", (1...10).map { String(10 * $0) }),
        ])
        #expect(report.points.count == 1000)
        let page = HTMLReport.text(report, pictures: [], record: FakeRun.record), text = MarkdownReport.text(report)
        #expect(page.utf8.count < 1_500_000 && text.utf8.count < 200_000, "\(page.utf8.count) and \(text.utf8.count)")
        #expect(page.contains("All figures of all 1,000 points are in points.csv") && page.contains("These are the first 60 of 100 rows; points.csv has all points."))
        #expect(text.contains("These are the first 60 of 100 rows"))
        let closing = ClosingTable.text(report)
        #expect(closing.split(separator: "\n").count < 50 && closing.split(separator: "\n").allSatisfy { ClosingTable.columns(String($0)) <= 80 }, "\(closing)")
        #expect(closing.contains("of the 10 values of") && closing.contains("and 76 more rows, in report.html"), "\(closing)")
    }

    @Test func pointsThatAreAlikeStillHaveFigures() {
        let report = report((0..<12).flatMap { point in
            (0..<2).map { result(point, $0, [("a.name", "n\(point % 3)"), ("b.size", "\(point / 3)")], hits: 30, questions: 100) }
        })
        let (page, text) = (HTMLReport.text(report, pictures: [], record: FakeRun.record), MarkdownReport.text(report))
        // The 70 of 100 that were no hits took half a second.
        #expect(page.contains("500 ms") && text.contains("500 ms") && text.contains("The points hardly differ"), "\(text)")
        #expect(ClosingTable.text(report).contains("500 ms"))
    }

    @Test func repeatsAreCountedAsTheyAre() {
        #expect(paired.repeatsText == "1 to 7 repeats")
        #expect(grid([Self.policies]).repeatsText == "2 repeats")
    }
}
