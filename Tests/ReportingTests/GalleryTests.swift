import Foundation
import Measurement
import Testing
import Workload
@testable import Reporting
@testable import Scenarios

/// Whole reports of made-up runs. Set CRISOL_GALLERY to a folder to keep them and look at them.
@Suite struct GalleryTests {
    private func write(_ name: String, plan: RunPlan, results: [(QuestionSink?) -> RunResult]) throws -> (Report, String) {
        let gallery = ProcessInfo.processInfo.environment["CRISOL_GALLERY"]
        let folder = gallery.map { "\($0)/\(name)" } ?? NSTemporaryDirectory() + "crisol-\(name)-\(UUID().uuidString)"
        if gallery != nil { try? FileManager.default.removeItem(atPath: folder) }
        defer { if gallery == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let output = try RunOutput(RunDirectory.use(folder), plan: plan)
        for result in results { try output.add(result(output.questionSink(point: 0, replication: 0))) }
        let report = try output.finish(FakeRun.record, drawing: gallery != nil)
        if gallery != nil { print(ClosingTable.text(report)) }
        for file in ["summary.csv", "points.csv", "latency.csv", "timeseries.csv", "run.json", "report.html", "report.md", "junit.xml"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file)")
        }
        return (report, try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8))
    }

    private func second(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func oneRun() throws {
        let faults = [RunPlan.FaultWindow(name: "overload", from: second(20), until: second(30))]
        let checks = [
            try Check.parse("p95(latency) < 5s").get(),
            try Check.parse("hit_ratio > 0.30").get(),
            try Check.parse("lost == 0").get(),
        ]
        let plan = RunPlan(
            scenario: "overload-burst", about: "An overload of 10 s in the middle of steady traffic.", seed: 42, mode: .simulated,
            faults: faults, checks: checks)
        let (report, page) = try write("one", plan: plan, results: [{
            FakeRun.result(RunIdentity(scenario: "overload-burst", seed: 42, mode: .simulated), .init(faults: faults), sink: $0)
        }])
        #expect(report.points.count == 1 && report.points[0].checks.count == 3)
        #expect(page.contains("overload-burst"))
    }

    private func sweep(_ name: String, keys: [String], values: [[String]], repeats: Int, character: @escaping ([String]) -> FakeRun.Shape) throws -> Report {
        var results: [(QuestionSink?) -> RunResult] = []
        for (point, texts) in values.enumerated() {
            for replication in 0..<repeats {
                let swept = zip(keys, texts).map { RunIdentity.SweptValue(key: $0, value: $1) }
                let identity = RunIdentity(scenario: name, seed: 42, mode: .simulated, point: point, replication: replication, swept: swept)
                results.append { _ in FakeRun.result(identity, character(texts)) }
            }
        }
        let plan = RunPlan(
            scenario: name, about: "Which of them, and what does it cost?", seed: 42, mode: .simulated, sweptKeys: keys, repeats: repeats,
            checks: [try Check.parse("any: hit_ratio > 0.30").get(),
                     try Check.parse("dead_letter_score < 10").get()],
            keepsQuestions: false)
        return try write(name, plan: plan, results: results).0
    }

    @Test func policies() throws {
        let ratios = ["lru": 0.38, "lfu": 0.42, "fifo": 0.35]
        let report = try sweep("policies", keys: ["pipeline.cache.policy"], values: [["lru"], ["lfu"], ["fifo"]], repeats: 3) {
            .init(hitRatio: ratios[$0[0]]!, seconds: 20)
        }
        let sweep = try #require(report.sweep)
        #expect(sweep.comparison.topic == .cache && sweep.layout.x == nil && sweep.layout.series == 0)
    }

    @Test func policiesByCapacity() throws {
        let ratios = ["lru": 0.38, "lfu": 0.42, "fifo": 0.35]
        var values: [[String]] = []
        for policy in ["lru", "lfu", "fifo"] { for capacity in ["64", "256", "1024", "4096"] { values.append([policy, capacity]) } }
        let report = try sweep("capacity", keys: ["pipeline.cache.policy", "pipeline.cache.capacity"], values: values, repeats: 3) {
            .init(hitRatio: ratios[$0[0]]! * (["64": 0.4, "256": 0.8, "1024": 1.1, "4096": 1.6][$0[1]]!), seconds: 10)
        }
        let sweep = try #require(report.sweep)
        #expect(sweep.layout.x == 1 && sweep.layout.series == 0 && sweep.layout.panels.isEmpty)
        #expect(sweep.axes.axes.map(\.values) == [["lru", "lfu", "fifo"], ["64", "256", "1024", "4096"]])
    }

    @Test func thresholds() throws {
        let report = try sweep("thresholds", keys: ["pipeline.score.threshold"], values: ["0.10", "0.15", "0.20", "0.25", "0.30"].map { [$0] }, repeats: 3) {
            .init(threshold: Double($0[0])!, seconds: 20)
        }
        let sweep = try #require(report.sweep)
        #expect(sweep.comparison.topic == .score && sweep.layout.x == 0 && sweep.layout.series == nil)
    }
}
