import Foundation
import Measurement
import Testing

@testable import Reporting

@Suite final class HistoryTests {
    private let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let day: Int64 = 86_400_000_000_000
    private static let start: Int64 = 1_767_236_400_000_000_000

    /// 60 nights of a live scenario: every metric with noise of 1 %, and changes by so many percent from a night on.
    private func nights(_ seed: UInt64, metrics: [String: (mean: Double, change: Double, from: Int)]) -> History {
        var random = FakeRun.Random(state: seed)
        var rows: [History.Row] = []
        for night in 0..<60 {
            for (metric, plan) in metrics.sorted(by: { $0.key < $1.key }) {
                let noise = (0..<12).reduce(-6.0) { sum, _ in sum + random.next() }
                let value = plan.mean * (1 + 0.01 * noise) * (night >= plan.from ? 1 + plan.change : 1)
                var row = History.Row(time: Self.start + Int64(night) * Self.day, scenario: "made", mode: "live", metric: metric, value: value)
                (row.commit, row.host, row.halfWidth, row.repeats) = ("c\(night)", "a machine", 0.01 * plan.mean, 5)
                rows.append(row)
            }
        }
        return History(rows)
    }

    private static let quiet: [String: (mean: Double, change: Double, from: Int)] = [
        "latency_p50_ms": (300, 0, 60), "latency_p95_ms": (1400, 0, 60), "latency_p99_ms": (2600, 0, 60), "hit_ratio": (0.4, 0, 60),
        "mean_final_score": (0.24, 0, 60), "cost": (0.12, 0, 60), "calls_per_question": (1.4, 0, 60), "goodput_per_s": (30, 0, 60),
    ]

    @Test func aChangePlantedInSixtyNightsIsFoundWithinThree() {
        for (seed, from) in [(1, 15), (2, 30), (3, 44), (4, 56)] as [(UInt64, Int)] {
            var plan = Self.quiet
            plan["latency_p95_ms"]!.change = 0.08
            plan["latency_p95_ms"]!.from = from
            plan["hit_ratio"]!.change = 0.08
            plan["hit_ratio"]!.from = from
            var history = nights(seed, metrics: plan)
            let changes = history.mark()
            #expect(changes.map(\.metric).sorted() == ["hit_ratio", "latency_p95_ms"], "\(seed): \(history.text(changes))")
            for change in changes {
                #expect(change.position == from && change.foundPosition <= from + 2 && change.commit == "c\(from)" && change.lastCommit == "c\(from - 1)")
                #expect(change.direction == (change.metric == "hit_ratio" ? .better : .worse))
                #expect(abs(change.after.mean / change.before.mean - 1.08) < 0.02)
                #expect(change.difference.map { abs($0.difference - 0.08 * change.before.mean) < 2 * $0.halfWidth(level: 0.05) } ?? false)
            }
            let marked = history.rows.filter { !$0.change.isEmpty }
            #expect(marked.count == 2 && marked.allSatisfy { $0.time == Self.start + Int64(from) * Self.day && !$0.found.isEmpty })
        }
    }

    @Test func sixtyNightsOfNoiseHaveNone() {
        for seed in 100..<110 as Range<UInt64> {
            var history = nights(seed, metrics: Self.quiet)
            let changes = history.mark()
            #expect(changes.isEmpty, "seed \(seed): \(history.text(changes))")
        }
    }

    @Test func invalidNightsAndOtherMachinesAreLeftOut() {
        var history = nights(7, metrics: Self.quiet)
        for index in history.rows.indices {
            let night = (history.rows[index].time - Self.start) / Self.day
            if (30...36).contains(night) {
                history.rows[index].value *= 3
                history.rows[index].verdict = night == 33 ? .violated : .invalid
            }
        }
        #expect(history.mark().isEmpty)
        // On a faster machine nothing has got better.
        for index in history.rows.indices where history.rows[index].time > Self.start + 40 * Self.day {
            history.rows[index].host = "another"
            history.rows[index].value *= 0.5
        }
        #expect(history.mark().isEmpty)
    }

    @Test func aSimulatedFigureThatIsAnotherHasChangedAtOnce() {
        var rows = (0..<20).map { History.Row(time: Self.start + Int64($0) * Self.day, scenario: "s", mode: "sim", metric: "cost", value: $0 < 12 ? 1.5 : 1.6) }
        rows.shuffle()
        var history = History(rows)
        let changes = history.mark()
        #expect(changes.count == 1 && changes[0].position == 12 && changes[0].foundPosition == 12 && changes[0].isWorse)
        #expect(changes[0].sentence == "cost is worse since 2026-01-13: 1.50 → 1.60, +6.7 %", "\(changes[0].sentence)")
    }

    @Test func theFileIsReadAsItWasWritten() throws {
        var history = nights(1, metrics: Self.quiet)
        history.rows[3].point = "pipeline.cache.policy=lru, \"1\"\n"
        history.rows[4].value = .nan
        history.rows[5].verdict = .invalid
        _ = history.mark()
        let path = "\(folder)/new/history.csv"
        try history.write(to: path)
        let again = try History(path: path)
        #expect(again.csv == history.csv && again.rows.count == history.rows.count && again.rows[3] == history.rows[3])
        try Data("metric,value,mode,scenario,time\ncost,1.5,sim,s,2026-01-31T03:00:00Z\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try History(path: path).rows.map(\.value) == [1.5])
    }

    @Test func whatIsNoHistoryIsToldByLine() throws {
        let path = "\(folder)/h.csv"
        func problem(_ text: String) -> String {
            try? Data(text.utf8).write(to: URL(fileURLWithPath: path))
            do {
                _ = try History(path: path)
                return ""
            } catch { return "\(error)" }
        }
        let header = "time,scenario,mode,metric,value\n"
        #expect(problem("time,scenario\n").contains("h.csv:1: there is no column mode (needed: time, scenario, mode, metric, value)"))
        #expect(problem(header + "tonight,s,sim,cost,1\n").contains("h.csv:2: time must be a moment such as 2026-01-31T03:00:00Z (seen: tonight)"))
        #expect(problem(header + "2026-01-31T03:00:00Z,s,simulated,cost,1\n").contains("mode must be sim or live"))
        #expect(problem(header + "2026-01-31T03:00:00Z,s,sim,costs,1\n").contains("did you mean cost?"))
        #expect(problem(header + "2026-01-31T03:00:00Z,s,sim,cost,much\n").contains("value must be a number or empty (seen: much)"))
        #expect(problem(header + "2026-01-31T03:00:00Z,s,sim,cost,1\n2026-01-31T03:00:00Z,s,sim,cost,2\n").contains("h.csv:3: this night's cost is there already, in line 2"))
        #expect(throws: History.Problem(description: "\(folder)/no.csv: there is no such file", isMissing: true)) { try History(path: "\(self.folder)/no.csv") }
    }

    @Test func everyMetricIsDrawnWhateverItsPointIsCalled() throws {
        var plan = Self.quiet
        plan["cost"] = (0, 0, 60)
        plan["latency_p95_ms"] = (1400, 0.2, 30)
        var history = nights(3, metrics: plan)
        for index in history.rows.indices { history.rows[index].point = "pipeline.cache.policy=`x` 'y' \"z\" %d \\n" }
        history.rows += history.rows.map { var row = $0; row.point = "pipeline.cache.policy=lru"; return row }
        history.rows.append(History.Row(time: Self.start, scenario: "../once", mode: "sim", metric: "cost", value: 2))
        let changes = history.mark()
        #expect(changes.count == 2)
        #expect(try history.writeFiles(changes, to: RunDirectory.use("\(folder)/out")) == [])
        // A single night is no course to draw.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/out/plots").sorted() == ["history-made-live.gp", "history-made-live.svg"])
    }

    @Test func otavaGetsARowForEachNightAndNoGaps() throws {
        var history = nights(1, metrics: Self.quiet)
        history.rows.removeAll { $0.metric == "cost" && $0.time == Self.start }
        history.rows.append(History.Row(time: Self.start, scenario: "other", mode: "sim", metric: "cost", value: 2))
        let (csv, yaml) = history.otava()
        let lines = csv.split(separator: "\n")
        #expect(lines.count == 62 && lines[0].hasPrefix("time,branch,commit,calls_per_question,") && lines[1].hasPrefix("2026-01-01T03:00:00.000Z,made/live,c0,"))
        #expect(yaml.contains("  \"made/live\":\n    type: csv\n    file: otava.csv\n    time_column: time\n"))
        // One night has no cost, so that test must not ask for it.
        let tests = yaml.components(separatedBy: "other/sim")
        #expect(!tests[0].contains("cost:") && tests[1].contains("cost: {direction: -1, scale: 1, column: cost}") && tests[0].contains("hit_ratio: {direction: 1,"))
    }
}
