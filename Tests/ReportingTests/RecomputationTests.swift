import Foundation
import Measurement
import Pipeline
import Testing
import Workload
@testable import Reporting

/// The summary's figures once more, from questions.csv alone and by the columns' definitions.
@Suite struct RecomputationTests {
    private struct Question {
        var intended: Double
        var outcome: Outcome?
        var generations: Int
        var retries: Int
        var first: Double?
        var final: Double?
        var latency: Double?
        var parts: [Double?]
    }

    private func questions(of text: String) -> [Question] {
        text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Question(
                intended: Double(cells[4])!, outcome: Outcome(rawValue: cells[5]), generations: Int(cells[6])!,
                retries: Int(cells[7])! + Int(cells[8])! + Int(cells[17])!, first: Double(cells[9]), final: Double(cells[10]),
                latency: Double(cells[11]), parts: cells[12...16].map(Double.init))
        }
    }

    @Test(arguments: [0, 2_500_000_000])
    func fromQuestionsAlone(warmup: Int64) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = try RunOutput(RunDirectory.use(folder), plan: RunPlan(scenario: "again", seed: 5, mode: .simulated))
        let faults = [RunPlan.FaultWindow(name: "overload", from: Instant(nanoseconds: 3_000_000_000), until: Instant(nanoseconds: 5_000_000_000))]
        let result = FakeRun.result(
            RunIdentity(scenario: "again", seed: 5, mode: .simulated),
            .init(seconds: 10, faults: faults, warmup: Instant(nanoseconds: warmup)), sink: output.questionSink(point: 0, replication: 0))
        try output.add(result)
        let all = questions(of: try String(contentsOfFile: "\(folder)/questions.csv", encoding: .utf8))
        let start = Double(warmup) / 1e6
        let measured = all.filter { $0.intended >= start }
        let answered = measured.filter { $0.outcome?.isAnswered == true }
        let scored = measured.filter { $0.generations > 0 && $0.first != nil }
        let generated = answered.filter { $0.outcome == .accepted || $0.outcome == .acceptedBestEffort }

        func expect(_ column: String, _ expected: Double, within tolerance: Double = 1e-9, line: Int = #line) throws {
            let seen = try #require(result.value(column)).double
            #expect(abs(seen - expected) <= tolerance * max(1, abs(expected)), "\(column): \(seen), recomputed \(expected)")
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

        try expect("asked", Double(all.count))
        for outcome in Outcome.allCases where outcome != .pending { try expect(outcome.rawValue, Double(all.count { $0.outcome == outcome })) }
        try expect("measured", Double(measured.count))
        try expect("hit_ratio", Double(measured.count { $0.outcome == .cacheHit }) / Double(measured.count))
        try expect("answered_ratio", Double(answered.count) / Double(measured.count))
        try expect("generations", Double(measured.reduce(0) { $0 + $1.generations }))
        try expect("extra_generations", Double(measured.reduce(0) { $0 + $1.generations } - scored.count))
        try expect("retries", Double(measured.reduce(0) { $0 + $1.retries }))
        try expect("calls", Double(measured.reduce(0) { $0 + $1.generations + $1.retries } + measured.count { $0.outcome == .deadLetterOverload }))
        try expect("retries_needed_then_successful", Double(answered.count { $0.retries > 0 }))
        try expect("regeneration_rate", Double(scored.count { $0.generations > 1 }) / Double(scored.count))
        try expect("mean_first_score", mean(scored.map { $0.first! }))
        try expect("mean_final_score", mean(scored.map { $0.final! }))
        try expect("score_gain_regenerated", mean(scored.filter { $0.generations > 1 }.map { $0.final! - $0.first! }))
        try expect("first_pass_ratio", Double(scored.count { $0.first! >= 0.2 }) / Double(scored.count))
        try expect("latency_mean_ms", mean(answered.map { $0.latency! }))
        try expect("generated_latency_max_ms", generated.map { $0.latency! }.max()!)
        for (name, percentile) in [("p50", 50.0), ("p95", 95), ("p999", 99.9)] {
            let sorted = answered.map { $0.latency! }.sorted()
            try expect("latency_\(name)_ms", sorted[Histogram.rank(ofPercentile: percentile, count: sorted.count) - 1], within: 1e-3)
        }
        for (index, part) in ["queue", "provider", "backoff", "scoring", "storage"].enumerated() {
            try expect("generated_\(part)_mean_ms", mean(generated.map { $0.parts[index]! }))
        }
        let last = all.map(\.intended).max()!
        let inWindow = all.filter { $0.outcome?.isAnswered == true && $0.intended + $0.latency! >= start && $0.intended + $0.latency! < last }
        try expect("throughput_per_s", Double(inWindow.count) / ((last - start) / 1000))
        let good = inWindow.count { $0.final.map { $0 >= 0.2 } ?? ($0.outcome != .acceptedBestEffort) }
        try expect("goodput_per_s", Double(good) / ((last - start) / 1000))
    }

    @Test func everyColumnIsDefined() {
        let lines = ColumnReference.markdown.split(separator: "\n")
        #expect(lines.count == SummaryColumn.all.count + 2)
        #expect(lines.contains { $0.hasPrefix("| `hit_ratio` | ratio | ") })
    }
}
