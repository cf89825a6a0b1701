import Foundation
import Measurement
import Testing

@testable import Reporting

@Suite final class NightTests {
    private let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let day: Int64 = 86_400_000_000_000
    private static let start: Int64 = 1_767_236_400_000_000_000

    /// A finished run's folder, with one p95 a repeat.
    private func made(_ name: String, _ scenario: String, mode: String = "sim", p95: [Double], verdict: String = "passed", reason: String = "", cpu: String = "one", tolerance: String = "{}") throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let rows = p95.enumerated().map { "0,\($0),\(scenario),7,\(mode),100,\($1),\(verdict)\n" }.joined()
        try Data("point,repeat,scenario,seed,mode,asked,latency_p95_ms,verdict\n\(rows)".utf8).write(to: URL(fileURLWithPath: "\(path)/summary.csv"))
        try Data("""
            {"scenario": "\(scenario)", "mode": "\(mode)", "verdict": "\(verdict)", "reasons": [\(reason.isEmpty ? "" : "\"\(reason)\"")], "version": "1", "commit": "c0ffee",
             "host": {"system": "Linux", "cpu": "\(cpu)", "cores": 2, "memory_bytes": 8589934592}, "resolved_scenario": {"name": "\(scenario)", "tolerance": \(tolerance)}}
            """.utf8).write(to: URL(fileURLWithPath: "\(path)/run.json"))
        return path
    }

    private func run(_ name: String, _ scenario: String, mode: String = "sim", p95: [Double] = [100, 110, 120, 130, 140], verdict: String = "passed", reason: String = "", cpu: String = "one", tolerance: String = "{}", code: Int32 = 0, fails: Bool = false) throws -> NightRun {
        let path = try made(name, scenario, mode: mode, p95: p95, verdict: verdict, reason: reason, cpu: cpu, tolerance: tolerance)
        return NightRun(scenario: scenario, mode: mode, folder: path, exitCode: code, said: "", shouldFail: fails)
    }

    private func night(_ runs: [NightRun], at number: Int = 0, history: History = History()) -> Night {
        Night(runs, at: Self.start + Int64(number) * Self.day, commit: "c0ffee", baselines: "\(folder)/base", history: history, metrics: ["latency_p95_ms"])
    }

    private let slower = [200.0, 210.5, 220.2, 230.1, 240]

    @Test func oneRegressionIsEnoughAndNoInvalidRunIsOne() throws {
        let good = try night([run("a", "a"), run("b", "b"), run("c", "c")])
        #expect(good.exitCode == 0 && good.comparisons == 0)
        _ = try good.refreshBaselines(under: "\(folder)/base")

        let seen = try night([run("a2", "a", p95: slower), run("b2", "b"), run("c2", "c", p95: slower, verdict: "invalid", reason: "late", code: 2)])
        #expect(seen.exitCode == 1 && seen.regressions.map(\.run.name) == ["a/sim"] && seen.invalid.map(\.name) == ["c/sim"])
        // Three comparisons, the one that came to nothing included, share one rate.
        #expect(seen.runs.allSatisfy { $0.comparison?.rate == RunComparison.errorRate / 3 })
        #expect(seen.junit.contains("tests=\"6\" failures=\"1\" errors=\"0\"") && seen.junit.contains("<skipped message=\"invalid: late\"/>"))
        #expect(seen.sentences.contains("c/sim is invalid and was not judged: late.") && seen.markdown.hasPrefix("# ❌ Nightly: regression\n"))

        let quiet = try night([run("a3", "a"), run("c3", "c", p95: slower, verdict: "invalid", reason: "late", code: 2)])
        #expect(quiet.exitCode == 0 && quiet.markdown.hasPrefix("# ⚠️ Nightly: passed\n") && quiet.junit.contains("failures=\"0\" errors=\"0\""))
        // What is invalid is in the history, and counts for nothing there.
        #expect(quiet.history.rows.filter { !$0.isUsed }.map(\.scenario) == ["c"])
    }

    @Test func theWorstThatCameOfARunDecides() throws {
        let bad = NightRun(scenario: "x", mode: "sim", folder: "\(folder)/nowhere", exitCode: 65, said: "x.yaml:3: no such key", shouldFail: false)
        #expect(night([bad]).exitCode == 65 && night([bad]).junit.contains("errors=\"1\"") && bad.ending == .broken(65, "x.yaml:3: no such key"))
        let failed = try run("f", "f", verdict: "failed", reason: "p95(latency) < 1s: 2 s", code: 1)
        #expect(night([bad, failed]).exitCode == 1 && night([failed]).sentences == ["f/sim failed its checks: p95(latency) < 1s: 2 s."])
        let crashed = NightRun(scenario: "y", mode: "live", folder: "\(folder)/nowhere", exitCode: 139, said: "", shouldFail: false)
        #expect(night([bad, failed, crashed]).exitCode == 70)
        #expect(try night([run("v", "v", verdict: "violated", reason: "lost 3", code: 70)]).sentences == ["v/sim broke its ledger or an invariant: lost 3."])
        // What is meant to fail does, or is told.
        #expect(try night([run("g", "g", verdict: "failed", reason: "p95", code: 1, fails: true)]).exitCode == 0)
        #expect(try night([run("h", "h", fails: true)]).exitCode == 1)
        // None of these becomes a baseline.
        let refused = try night([failed, bad]).refreshBaselines(under: "\(folder)/base")
        #expect(refused == ["f/sim: not refreshed, for the run did not pass", "x/sim: not refreshed, for the run did not pass"])
    }

    @Test func aLiveBaselineIsOfOneMachine() throws {
        let tolerance = "{\"latency_p95_ms\": \"5%\"}"
        #expect(try night([run("l0", "l", mode: "live")]).refreshBaselines(under: "\(folder)/base")[0].hasPrefix("l/live: not kept, for a live baseline needs a tolerance"))
        #expect(try night([run("l1", "l", mode: "live", tolerance: tolerance)]).refreshBaselines(under: "\(folder)/base") == ["l/live: \(folder)/base/l/live"])
        let here = try night([run("l2", "l", mode: "live", p95: slower, tolerance: tolerance)])
        #expect(here.exitCode == 1)
        let there = try night([run("l3", "l", mode: "live", p95: slower, cpu: "another")])
        #expect(there.exitCode == 0 && there.runs[0].noComparison == "the baseline is of another machine (one; 2 cores; 8 GiB; here: another; 2 cores; 8 GiB)")
    }

    /// Live nights have no baseline here: the history judges them, once, on the night on which it finds the change.
    @Test func theHistoryJudgesLiveRuns() throws {
        for (factor, tolerance, isRed) in [(1.3, "{}", true), (0.7, "{}", false), (1.3, "{\"latency_p95_ms\": \"50%\"}", false)] {
            var history = History(), codes: [Int32] = []
            for number in 0..<16 {
                let mean = (100 + [0.4, -0.9, 1.1, -0.3, 0.2, -0.6, 0.8][number % 7]) * (number >= 12 ? factor : 1)
                let name = "n\(factor)-\(tolerance.count)-\(number)"
                let night = try night([run(name, "l", mode: "live", p95: [mean - 1, mean, mean + 1], tolerance: tolerance)], at: number, history: history)
                history = night.history
                codes.append(night.exitCode)
                if number == 14 { #expect(night.changesFoundTonight.map(\.position) == [12], "\(night.sentences)") }
                if number == 14, isRed { #expect(night.junit.contains("name=\"latency_p95_ms, history\"") && night.sentences[0].hasPrefix("Change for the worse: l/live: latency_p95_ms is worse since 2026-01-13")) }
            }
            #expect(codes == (0..<16).map { $0 == 14 && isRed ? 1 : 0 })
        }
    }

    @Test func whatABaselineKeepsIsTheSameEverywhere() throws {
        _ = try night([run("one", "s")]).refreshBaselines(under: "\(folder)/base")
        let first = try String(contentsOfFile: "\(folder)/base/s/sim/run.json", encoding: .utf8)
        _ = try night([run("two", "s", cpu: "another")]).refreshBaselines(under: "\(folder)/base")
        #expect(try String(contentsOfFile: "\(folder)/base/s/sim/run.json", encoding: .utf8) == first && !first.contains("host"))
        #expect(try ResultFolder("\(folder)/base/s/sim").isFinished)
        // A scenario of another wording is told.
        let seen = try night([run("three", "s", tolerance: "{\"cost\": 1}")])
        #expect(seen.runs[0].notes == ["the scenario is not the one of the baseline: what differs may be its doing"])
    }
}
