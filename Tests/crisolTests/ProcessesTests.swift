import Foundation
import Testing

/// Services as processes of the built program, killed while a run goes on.
@Suite(.serialized) struct ProcessesTests {
    /// Every service dies twice. Ledgers are asserted, and no timings: on a busy machine all of it is late.
    private static let scenario = """
        name: killed
        seed: 3
        duration: 12s
        drain: 120s
        traffic:
          arrivals: {process: poisson, rate: 25/s}
          popularity: {distribution: zipf, exponent: 0.8}
          corpus: {synthetic: 300}
        pipeline:
          cache: {policy: lru, capacity: 64, coalesce: true}
          score: {metric: jaccard, against: reference, threshold: 0.4, max_regenerations: 2, on_exhausted: dead_letter}
          retry:
            overload: {backoff: exponential, base: 300ms, factor: 2, cap: 2s, max_retries: 12}
            quota: {backoff: fixed, delay: 1s, max_retries: 60}
            error: {backoff: exponential, base: 300ms, factor: 2, cap: 2s, max_retries: 12}
          workers: {llm: 1, concurrency: 16}
        provider:
          latency: {distribution: lognormal, median: 100ms, p99: 400ms}
          quality: {mean: 0.45, spread: 0.2, retry_correlation: 0.3}
        checks: [lost == 0, in_flight == 0, dead_letter_error == 0]
        live: {processes: true}
        faults:
          - {inject: overload, at: 1s, for: 11s, probability: 0.3}
          - {inject: quota, at: 1s, for: 11s, probability: 0.2, retry_after: 1s}

        """

    private func kills(_ services: [String]) -> String {
        services.enumerated().map { place, service in
            [1300 + 700 * place, 6700 + 700 * place].enumerated().map { time, at in
                "  - {inject: kill, service: \(service), at: \(at + 130 * time)ms, restart_after: \(100 + 60 * place)ms}\n"
            }.joined()
        }.joined()
    }

    @Test(arguments: ["kafka", "http"]) func servicesThatAreKilledLoseNoQuestionAndRecordNoneTwice(via: String) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let services = [via == "http" ? "storage-api" : "cache", "llm-worker", "judge", "retry-overload", "retry-quota", "recorder", "mock-llm"]
        try (Self.scenario + kills(services)).write(toFile: "\(folder)/killed.yaml", atomically: false, encoding: .utf8)
        let run = try Program(folder).run("exec crisol run killed.yaml --mode live --out new --set traffic.via=\(via)")
        // A machine that is too slow for the schedule makes the figures unusable, and loses nothing.
        let reasons = run.output.split(separator: "\n").filter { $0.hasPrefix("- ") && !$0.hasPrefix("- the traffic source") }
        #expect((run.code == 0 || run.code == 2) && reasons.isEmpty, "\(run)")
        #expect(run.output.contains("ok    lost == 0") && run.output.contains("ok    in_flight == 0"), "\(run)")
        // Calls that met a dead mock-llm were tried again until it was back.
        #expect(run.output.contains("ok    dead_letter_error == 0"), "\(run)")

        let rows = try String(contentsOfFile: "\(folder)/new/questions.csv", encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count > 200)
        #expect(Set(rows.map { $0[2] }).count == rows.count, "a question has two ends")
    }

    /// Waits of a minute, twenty times as fast: whoever waits with them is killed half-way, twice, and what waited is
    /// sent on when it is due and no earlier.
    @Test func waitsOfAMinuteSurviveTheDeathOfWhoKeepsThem() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try """
        name: waits
        seed: 5
        duration: 60s
        drain: 30m
        time_scale: 20
        traffic:
          arrivals: {process: poisson, rate: 4/s}
          popularity: {distribution: uniform}
          corpus: {synthetic: 5000}
        pipeline:
          retry:
            quota: {backoff: fixed, delay: 60s, max_retries: 20}
          workers: {llm: 1, concurrency: 64}
        provider:
          latency: {distribution: constant, value: 200ms}
        checks: [lost == 0, in_flight == 0, quota_errors >= 100, retry_after_waits >= 100, retry_after_cut_short == 0, retry_after_obedience >= 1]
        live: {processes: true}
        faults:
          - {inject: quota, at: 0s, for: 40s, retry_after: 60s}
          - {inject: kill, service: retry-quota, at: 35s, restart_after: 4s}
          - {inject: kill, service: retry-quota, at: 65s, restart_after: 10s}

        """.write(toFile: "\(folder)/waits.yaml", atomically: false, encoding: .utf8)
        let run = try Program(folder).run("exec crisol run waits.yaml --mode live --out new")
        let reasons = run.output.split(separator: "\n").filter { $0.hasPrefix("- ") && !$0.hasPrefix("- the traffic source") }
        #expect((run.code == 0 || run.code == 2) && reasons.isEmpty, "\(run)")
        #expect(!run.output.contains("FAIL"), "\(run)")
    }
}
