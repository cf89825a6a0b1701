import Foundation
import TestServers
import Testing

@Suite struct NightlyCommandTests {
    private static let scenario = """
        name: asked
        seed: 3
        questions: 400
        drain: 5m
        traffic:
          arrivals: {process: poisson, rate: 20/s}
          corpus: {synthetic: 200}
        pipeline:
          cache: {policy: lru, capacity: 50}
          score: {evaluate: sampled}
        provider:
          latency: {distribution: exponential, mean: 200ms}
        checks:
          - lost == 0

        """

    @Test func aRegressionTurnsTheNightRedAndARefreshGreenAgain() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(folder)/lists", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/lists/asked.yaml", atomically: false, encoding: .utf8)
        try "# two\nasked.yaml --repeats 8\nasked.yaml --repeats 4 --fails --set name=meant --set 'checks=[hit_ratio > 99%]'\n"
            .write(toFile: "\(folder)/lists/list", atomically: false, encoding: .utf8)
        let program = Program(folder)
        func nightly(_ options: String) throws -> Program.Ending { try program.run("exec crisol nightly lists/list --baselines base --history h.csv \(options)") }
        func text(_ file: String) throws -> String { try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) }

        let none = try nightly("--out none")
        #expect(try none.code == 0 && text("none/report.md").contains("no baseline: base/asked/sim is not there"), "\(none)")
        #expect(try none.output.contains("asked/sim was held against no baseline (no baseline: base/asked/sim is not there)") && text("none/report.md").hasPrefix("# ⚠️ "))
        let first = try nightly("--out first --refresh-baselines")
        #expect(first.code == 0 && first.output.contains("  asked/sim: base/asked/sim\n  meant/sim: base/meant/sim\n"), "\(first)")
        let quiet = try nightly("--out quiet --summary summary.md")
        #expect(quiet.code == 0 && quiet.output == "No regression shown in 2 comparisons, and no change point found.\nquiet/report.html\n", "\(quiet)")
        #expect(try nightly("--out quieter").code == 0)
        #expect(try text("summary.md").hasPrefix("# ✅ Nightly: passed\n") && text("summary.md").contains("meant/sim: its checks fail, as they are meant to: "))

        let planted = "--set provider.latency.mean=212ms"
        let red = try nightly("--out red --only asked \(planted) --summary summary.md")
        #expect(red.code == 1 && red.output.contains("Regression: latency_p95_ms of asked/sim is worse than the baseline, "), "\(red)")
        #expect(red.output.contains("Changed: asked/sim: latency_p95_ms is worse since "))
        #expect(try text("summary.md").contains("# ❌ Nightly: regression\n"))
        let junit = try text("red/junit.xml")
        #expect(junit.contains("<testcase classname=\"asked/sim\" name=\"latency_p95_ms\">\n      <failure type=\"regression\" message=\"latency_p95_ms is worse") && junit.contains("errors=\"0\""))
        #expect(!junit.contains("<failure type=\"regression\" message=\"hit_ratio"))
        #expect(try text("red/comparisons.csv").contains("asked,sim,latency_p95_ms,,worse,true,paired,8,8,"))
        let page = try text("red/report.html")
        #expect(page.contains("<span class=\"badge bad\">regression</span>") && page.contains("Nightly") && page.contains("latency_p95_ms"))

        #expect(try nightly("--out refreshed --only asked \(planted) --refresh-baselines").code == 0)
        let green = try nightly("--out green --only asked \(planted)")
        #expect(green.code == 0 && green.output.hasPrefix("No regression shown in 1 comparison"), "\(green)")
        // Five nights: the refreshes are none.
        let history = try text("h.csv")
        #expect(Set(history.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first }).count == 5)
        #expect(history.contains(",latency_p95_ms,") && history.contains(",regression,3,,worse,"), "\(history)")
        let later = try program.run("exec crisol history h.csv --out later")
        #expect(try later.code == 0 && later.output.contains("latency_p95_ms is worse since ") && text("later/changes.csv").contains("asked,sim,,latency_p95_ms,worse,"), "\(later)")
        #expect(try text("later/otava.yaml").contains("\"asked/sim\":"))
    }

    @Test func theScriptHandsItsOptionsOn() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/asked.yaml", atomically: false, encoding: .utf8)
        try "asked.yaml --repeats 2\n".write(toFile: "\(folder)/list", atomically: false, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../scripts/nightly").standardized.path
        let ending = try Command.run("/bin/bash", [script, "--crisol", Program.path, "\(folder)/list", "--out", "\(folder)/out", "--baselines", "\(folder)/base", "--history", "\(folder)/h.csv"])
        #expect(ending.code == 0 && ending.output.hasSuffix("\(folder)/out/report.html\n"), "\(ending)")
        #expect(try Command.run("/bin/bash", [script, "--crisol", "\(folder)/none"]).code == 66)
    }

    /// What cannot be simulated: more questions than can be sent in their time.
    @Test func anInvalidRunIsToldAndNotJudged() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/asked.yaml", atomically: false, encoding: .utf8)
        try "asked.yaml --repeats 2\nasked.yaml --mode live --set traffic.arrivals.rate=10000000/s --set questions=3000 --set provider.latency.mean=1ms\n"
            .write(toFile: "\(folder)/list", atomically: false, encoding: .utf8)
        let program = Program(folder)
        let night = try program.run("GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=summary.md exec crisol nightly list --history h.csv --out out --baselines base")
        #expect(night.code == 0 && night.output.contains("asked/live is invalid and was not judged: "), "\(night)")
        #expect(night.errors.contains("::warning title=Nightly::asked/live is invalid"))
        func text(_ file: String) throws -> String { try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) }
        #expect(try text("summary.md").hasPrefix("# ⚠️ Nightly: passed\n"))
        let junit = try text("out/junit.xml")
        #expect(junit.contains("failures=\"0\" errors=\"0\"") && junit.contains("<testcase classname=\"asked/live\" name=\"run\">\n      <skipped message=\"invalid: "))
        #expect(try text("h.csv").contains(",live,,latency_p50_ms,") && text("h.csv").contains(",invalid,"))
    }

    @Test func aListThatIsWrongIsToldByLine() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/asked.yaml", atomically: false, encoding: .utf8)
        let program = Program(folder)
        func ending(_ list: String, _ options: String = "") throws -> Program.Ending {
            try list.write(toFile: "\(folder)/list", atomically: false, encoding: .utf8)
            return try program.run("exec crisol nightly list --out out \(options)")
        }
        func expect(_ list: String, _ code: Int32, _ message: String, options: String = "") throws {
            let seen = try ending(list, options)
            #expect(seen.code == code && seen.errors.contains(message), "\(seen)")
        }
        try expect("# nothing\n\n", 65, "list: there is no scenario in it (a line is a scenario's path")
        try expect("asked.yaml\nasked.yaml --set 'seed=1\n", 65, "list:2: a quotation mark is not closed")
        try expect("asked.yaml --repeat 3\n", 65, "list:1: ")
        try expect("asked.yaml --mode simulated\n", 65, "list:1: ")
        try expect("missing.yaml\n", 66, "list:1: ")
        try expect("asked.yaml --set cache.policy=lru\n", 65, "list:1: ")
        try expect("asked.yaml\nasked.yaml --mode both\n", 65, "list:2: asked in mode sim is in line 1 already")
        try expect("asked.yaml\n", 64, "there is no such scenario in list (there are asked)", options: "--only ask")
        try expect("asked.yaml\n", 64, "did you mean latency_p95_ms?", options: "--metrics latency_p95")
        try "time\n".write(toFile: "\(folder)/h.csv", atomically: false, encoding: .utf8)
        try expect("asked.yaml\n", 65, "h.csv:1: there is no column scenario", options: "--history h.csv")
        try expect("asked.yaml\n", 74, "nowhere/summary.md: cannot be appended to", options: "--history ok.csv --summary nowhere/summary.md")
        try expect("asked.yaml\n", 74, "asked.yaml/h.csv.new: cannot be created", options: "--history asked.yaml/h.csv")
        #expect(try program.run("exec crisol nightly nowhere").code == 66)
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/out"))
    }
}
