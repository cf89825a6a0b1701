import Foundation
import Measurement
import Scenarios
import Testing
import Workload
@testable import Reporting

@Suite struct RunOutputTests {
    private let base = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
    private let identity = RunIdentity(scenario: "small", seed: 3, mode: .simulated)

    private func withFolder(_ body: (String) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try body(base)
    }

    private func error(_ body: () throws -> Void) -> OutputError? {
        do { try body() } catch { return error as? OutputError }
        return nil
    }

    @Test func aRunsFolderIsNamedAfterScenarioTimeAndSeed() throws {
        try withFolder { base in
            // 2025-01-01T00:00:00Z
            let first = try RunDirectory.create(under: "\(base)/results", scenario: "quick/../start", seed: 42, startedAt: 1_735_689_600_000_000_000)
            #expect(first.path == "\(base)/results/quick-..-start/20250101-000000-42")
            let second = try RunDirectory.create(under: "\(base)/results", scenario: "quick/../start", seed: 42, startedAt: 1_735_689_600_000_000_000)
            #expect(second.path == "\(base)/results/quick-..-start/20250101-000000-42-2")
        }
    }

    @Test func anOutFolderMustBeNewOrEmpty() throws {
        try withFolder { base in
            let new = try RunDirectory.use("\(base)/new/deep/")
            #expect(new.path == "\(base)/new/deep")
            _ = FileManager.default.createFile(atPath: "\(base)/file", contents: nil)
            let full = error { _ = try RunDirectory.use("\(base)/new/deep") }
            #expect(full?.exitCode == 64)
            #expect(full?.description == "\(base)/new/deep: is not empty; --out takes a new or an empty folder, so that no run overwrites another")
            let file = error { _ = try RunDirectory.use("\(base)/file") }
            #expect(file?.exitCode == 64 && file?.description == "\(base)/file: is not a folder; --out takes a new or an empty folder")
            let beneath = error { _ = try RunDirectory.use("\(base)/file/below") }
            #expect(beneath?.exitCode == 74 && beneath?.description == "\(base)/file/below: cannot be made: Not a directory")
        }
    }

    /// Root may write anywhere; a folder below /proc can be made by nobody.
    @Test func aFolderThatCannotBeMadeIsAnError() {
        let seen = error { _ = try RunDirectory.use("/proc/crisol-results") }
        #expect(seen?.exitCode == 74 && seen?.description == "/proc/crisol-results: cannot be made: No such file or directory")
    }

    @Test func aFullDiskIsAnErrorAtTheNextFlush() throws {
        let file = try OutputFile(path: "/dev/full")
        try file.write("row\n")
        let seen = error { try file.flush() }
        #expect(seen?.exitCode == 74 && seen?.description == "/dev/full: cannot be written: No space left on device")
    }

    @Test func aFullDiskStopsTheRun() throws {
        try withFolder { base in
            let directory = try RunDirectory.use("\(base)/run")
            try FileManager.default.createSymbolicLink(atPath: "\(base)/run/questions.csv", withDestinationPath: "/dev/full")
            // Even the header does not fit.
            let seen = error { _ = try RunOutput(directory, plan: RunPlan(scenario: "small", seed: 3, mode: .simulated)) }
            #expect(seen?.exitCode == 74)
        }
    }

    @Test func filesAreThereWhileTheRunGoesOn() throws {
        try withFolder { base in
            let directory = try RunDirectory.use("\(base)/run")
            let plan = RunPlan(scenario: "small", seed: 3, mode: .simulated, sweptKeys: ["provider.concurrency_limit"], repeats: 2)
            let output = try RunOutput(directory, plan: plan)
            func lines(_ name: String) throws -> [Substring] { try String(contentsOfFile: directory.file(name), encoding: .utf8).split(separator: "\n") }
            #expect(try lines("summary.csv").count == 1 && lines("questions.csv").count == 1)
            for point in 0..<2 {
                for replication in 0..<2 {
                    let identity = RunIdentity(
                        scenario: "small", seed: 3, mode: .simulated, point: point, replication: replication,
                        swept: [.init(key: "provider.concurrency_limit", value: "\(point + 4)")])
                    try output.add(FakeRun.result(identity, .init(seconds: 3), sink: output.questionSink(point: point, replication: replication)))
                }
                // The last point's summary waits for further repeats.
                #expect(try lines("summary.csv").count == 1 + 2 * point)
                #expect(try lines("questions.csv").count == 1 + 2 * 150 * (point + 1))
            }
            let report = try output.finish(FakeRun.record, drawing: false)
            #expect(try lines("summary.csv").count == 5 && lines("points.csv").count == 3)
            #expect(try lines("questions.csv").last?.hasPrefix("1,1,q-") == true)
            #expect(report.verdict == .passed && report.points.map(\.repeats.count) == [2, 2])
        }
    }

    @Test func sameRunSameBytes() throws {
        try withFolder { base in
            for name in ["a", "b"] {
                let output = try RunOutput(RunDirectory.use("\(base)/\(name)"), plan: RunPlan(scenario: "small", seed: 3, mode: .simulated))
                try output.add(FakeRun.result(identity, .init(seconds: 5), sink: output.questionSink(point: 0, replication: 0)))
                _ = try output.finish(FakeRun.record, drawing: false)
            }
            for file in ["summary.csv", "points.csv", "questions.csv", "timeseries.csv", "latency.csv", "report.md", "junit.xml", "plots/latency.gp"] {
                #expect(FileManager.default.contentsEqual(atPath: "\(base)/a/\(file)", andPath: "\(base)/b/\(file)"), "\(file)")
            }
        }
    }

    @Test func anInterruptedRunKeepsWhatItHas() throws {
        try withFolder { base in
            let output = try RunOutput(RunDirectory.use("\(base)/run"), plan: RunPlan(scenario: "small", seed: 3, mode: .simulated))
            let report = try output.finish(FakeRun.record, invalid: ["interrupted before the first run was over"], drawing: false)
            #expect(report.verdict == .invalid && report.verdict.exitCode == 2)
            #expect(report.reasons == ["interrupted before the first run was over"])
        }
    }

    @Test func runRecordIsJSON() throws {
        try withFolder { base in
            let output = try RunOutput(RunDirectory.use("\(base)/run"), plan: RunPlan(scenario: "q\"uote\\\u{1}ñ", seed: .max, mode: .live))
            try output.add(FakeRun.result(identity, .init(seconds: 2), invalid: ["late\nby much"], lose: 2))
            _ = try output.finish(FakeRun.record, drawing: false)
            let object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(base)/run/run.json"))) as? [String: Any])
            #expect(object["scenario"] as? String == "q\"uote\\\u{1}ñ" && object["mode"] as? String == "live")
            #expect(object["exit_code"] as? Int == 70 && (object["seed"] as? NSNumber)?.uint64Value == .max)
            #expect(object["reasons"] as? [String] == ["2 of 100 questions were lost: neither settled nor in flight", "late\nby much"])
        }
    }
}
