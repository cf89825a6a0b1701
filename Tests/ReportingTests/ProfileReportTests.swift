import Foundation
import Measurement
import Scenarios
import Simulation
import Testing
import Workload
@testable import Reporting

/// Every profile's scenario runs, and its report shows the profile's table, line by line.
@Suite struct ProfileReportTests {
    private static let names = [
        "profile", "metric, against", "accept when score ≥", "generations at most", "then", "overload", "quota", "provider status → class", "lookup",
        "store", "LLM workers, judge", "topic: questions", "topic: llm-requests", "topic: llm-responses", "topic: errors-overload", "topic: errors-quota",
        "topic: regeneration-requests", "topic: validated-responses", "topic: low-quality-responses", "topic: dead-letters",
    ]

    /// The table of the systems that Crisol reproduces, a column each. A store that this version has not is named
    /// behind the one in its place.
    static let table: [[String]] = [
        [
            "jaccard-dlq", "jaccard, question; computed", "0.62", "2", "dead_letter", "exponential, 1s · 2ⁿ, cap 1m; 3 retries",
            "exponential, 1s · 2ⁿ, cap 1m; 3 retries", "402 quota, 429 overload, 503 overload", "store", "sqlite for PostgreSQL", "1 × 16 calls, native",
            "preguntas", "llm.requests", "llm_respuestas", "llm_errors", "llm_errors", "preguntas.retry", "resultados_validados", "–", "dlq",
        ],
        [
            "tfidf-accept", "tfidf-cosine, reference; computed", "0.65", "3", "accept_last", "exponential, 1s · 2ⁿ, cap 30s; 5 retries",
            "exponential, 1s · 2ⁿ, cap 30s; 5 retries", "402 quota, 429 overload, 503 overload", "lru 1024, TTL 1h; then store", "sqlite for PostgreSQL",
            "1 × 16 calls, native", "questions_in", "llm_requests", "llm_responses", "llm_errors", "llm_errors", "regeneration_requests",
            "validated_responses", "–", "dead_letters",
        ],
        [
            "bertscore-best", "bertscore-minilm-l6, reference; computed live, sampled in simulations", "0.75", "4", "accept_best", "2s, 4s, 8s; 3 retries",
            "Retry-After, else fixed 1m; 5 retries", "402 quota, 429 overload, 503 overload", "lru 1024; then store", "sqlite for PostgreSQL",
            "1 × 16 calls, native", "questions-pending", "questions-pending", "llm-responses-success", "llm-responses-error-overload",
            "llm-responses-error-quota", "questions-pending", "validated-responses", "low-quality-responses", "dead-letters",
        ],
        [
            "bertscore-flink", "bertscore-minilm-l6, reference; computed live, sampled in simulations", "0.75", "4", "dead_letter", "exponential, 5s · 2ⁿ, cap 1m; 3 retries",
            "fixed 1m; 5 retries", "429 quota, 503 overload", "lru 1024; then store", "sqlite for PostgreSQL", "2 × 16 calls, flink over HTTP",
            "questions-pending", "llm-requests", "llm-responses-success", "errors-overload", "errors-quota", "questions-pending", "validated-responses",
            "low-quality-responses", "llm-responses-error",
        ],
        [
            "cosine-feedback", "tfidf-cosine, reference; computed", "0.2", "4", "accept_best", "exponential, 2s · 2ⁿ, cap 1m; 5 retries",
            "fixed 1m; 5 retries", "402 quota, 429 overload, 503 overload", "lru 1024; then store", "sqlite", "1 × 16 calls, native", "questions",
            "llm-requests", "llm-responses", "errors-overload", "errors-quota", "questions", "validated-responses", "low-quality-responses", "dead-letters",
        ],
    ]

    @Test(arguments: table) func theReportShowsTheTable(column: [String]) throws {
        let path = "\(ForecastTests.folder)/profiles/\(column[0]).yaml"
        let file = try ScenarioFile.load(path: path, overrides: ["duration=2m"], repeats: 1)
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = try RunOutput(RunDirectory.use(folder), plan: RunPlan(file, mode: .simulated))
        let corpus = try Corpus.load(file.scenario.traffic.corpus)
        try output.add(try SimulatedRun(file.scenario, corpus: corpus).run(repeat: 0, checked: true, sink: output.questionSink(point: 0, replication: 0)))
        let report = try output.finish(FakeRun.record, drawing: false)
        #expect(report.verdict == .passed, "\(report.reasons)")

        let page = try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
        let summary = try String(contentsOfFile: "\(folder)/report.md", encoding: .utf8)
        let record = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/run.json"))) as? [String: Any])
        let lines = try #require(record["pipeline"] as? [String: String])
        #expect(lines.count == Self.names.count && column.count == Self.names.count)
        for (name, text) in zip(Self.names, column) {
            #expect(lines[name] == text, "\(name): \(lines[name] ?? "missing")")
            #expect(page.contains("<tr><th>\(Markup.escaped(name))</th><td>\(Markup.escaped(text))</td></tr>"), "\(name)")
            #expect(summary.contains("| \(name) | \(Markup.markdown(text)) |"), "\(name)")
        }

        // What the lines say is what was done: no question has more generations, and what is used up ends as said.
        let rows = try String(contentsOfFile: "\(folder)/questions.csv", encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let most = try #require(Int(column[3]))
        let threshold = try #require(Double(column[2]))
        let outcomes = Set(rows.map { $0[5] })
        #expect(rows.map { Int($0[6]) ?? 0 }.max() == most)
        #expect(outcomes.contains("dead_letter_score") == (column[4] == "dead_letter"))
        #expect(outcomes.contains("accepted_best_effort") == (column[4] != "dead_letter"))
        #expect(outcomes.contains("cache_hit") == column[8].hasPrefix("lru"))
        #expect(!outcomes.contains("coalesced"))
        for row in rows where row[5] == "accepted" { #expect(Double(row[10])! >= threshold) }
        for row in rows where row[5] == "accepted_best_effort" || row[5] == "dead_letter_score" {
            #expect(Double(row[10])! < threshold && Int(row[6]) == most)
        }
    }
}
