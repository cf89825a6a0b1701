import Foundation
import Testing

/// `crisol trace` of simulated runs.
@Suite struct TraceCommandTests {
    private static let scenario = """
        name: traced
        questions: 400
        seed: 18446744073709551615
        pipeline:
          cache: {policy: lru, capacity: 16, coalesce: true}
          score: {metric: jaccard, against: reference, threshold: 0.4, max_regenerations: 2, on_exhausted: dead_letter}
          retry:
            overload: {backoff: fixed, delay: 300ms, max_retries: 2}
        traffic:
          arrivals: {process: poisson, rate: 40/s}
          corpus: {csv: corpus.csv, format: yahoo-answers}
        provider:
          latency: {distribution: constant, value: 200ms}
          quality: {mean: 0.45, spread: 0.2}
        faults:
          - {inject: overload, probability: 0.5, for: 10m}
        sweep:
          pipeline.workers.llm: [1, 3]

        """

    @Test func aSimulatedRunTellsEachQuestionsMessages() throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ text: String, _ name: String) throws { try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8) }
        let corpus = (0..<80).map { "1,what is number \($0)?,,it is the number \($0) and no other one\n" }.joined()
        try write(corpus, "corpus.csv")
        try write(Self.scenario, "traced.yaml")
        let run = try Program(folder).run("exec crisol run traced.yaml --out out --repeats 2")
        #expect(run.code == 0, "\(run)")
        func trace(_ row: [String], in results: String = "out") throws -> Program.Ending {
            try Program(folder).run("exec crisol trace \(results) \(row[2]) --point \(row[0]) --repeat \(row[1])")
        }

        let rows = try String(contentsOfFile: "\(folder)/out/questions.csv", encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        // Of each outcome one, as different as there are: by point, repeat and retries.
        var seen: Set<[String]> = []
        let chosen = rows.filter { seen.insert([$0[0], $0[1], $0[5], $0[7]]).inserted }
        #expect(Set(chosen.map { $0[5] }).isSuperset(of: ["cache_hit", "coalesced", "accepted", "dead_letter_overload"]))
        for row in chosen {
            let told = try trace(row)
            let lines = told.output.split(separator: "\n")
            #expect(told.code == 0 && lines.last?.hasSuffix(": \(row[5])") == true, "\(row): \(told)")
            #expect(lines.contains { $0.hasSuffix("generator       sends asked to questions") })
            func count(_ text: String) -> String { String(lines.count { $0.contains(text) }) }
            #expect(count("ended with status 200") == row[6] && count("ended with status 503") >= row[7], "\(row): \(told)")
            if row[0] == "0" { #expect(!told.output.contains("llm-worker.1")) }
        }

        // An answer that goes through batches says so, each time.
        let batched = try Program(folder).run("exec crisol run traced.yaml --out batched --set 'sweep={}' --set simulation.batch_delay=25ms --repeats 1")
        #expect(batched.code == 0, "\(batched)")
        let regenerated = try #require(
            try String(contentsOfFile: "\(folder)/batched/questions.csv", encoding: .utf8).split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }.first { $0[5] == "accepted" && $0[6] == "2" })
        let told = try trace(regenerated, in: "batched")
        #expect(told.output.split(separator: "\n").count { $0.hasSuffix("judge.0         takes it into a batch: 25.0 ms on the way") } == 2, "\(told)")

        // What does not allow it is told.
        let row = chosen[0]
        try write(String(corpus.split(separator: "\n", omittingEmptySubsequences: false)[0]) + "\n", "corpus.csv")
        let changed = try rows.lazy.filter { $0[5] == "accepted" }.prefix(20).map { try trace($0) }.first { $0.code != 0 }
        #expect(changed?.code == 65 && changed?.errors.contains("a file that its scenario names has changed") == true, "\(changed as Any)")
        try FileManager.default.removeItem(atPath: "\(folder)/corpus.csv")
        let missing = try trace(row)
        #expect(missing.code == 66 && missing.errors.contains("corpus.csv"), "\(missing)")
        try FileManager.default.removeItem(atPath: "\(folder)/out/run.json")
        let unfinished = try trace(row)
        #expect(unfinished.code == 65 && unfinished.errors.contains("run.json is not there"), "\(unfinished)")
    }
}
