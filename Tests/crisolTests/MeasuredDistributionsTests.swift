import Foundation
import Testing

/// Latencies, scores and lengths from the user's files, through the program.
@Suite struct MeasuredDistributionsTests {
    private static let scenario = """
        name: measured
        questions: 3000
        drain: 1h
        traffic: {arrivals: {process: poisson, rate: 100/s}}
        pipeline:
          cache: {policy: none, coalesce: false}
          score: {threshold: 0, max_regenerations: 0, evaluate: sampled}
          workers: {llm: 1, concurrency: 1000}
        provider:
          latency: {distribution: empirical, file: data/took.csv, column: took, unit: s}
          quality: {distribution: empirical, file: data/took.csv, column: 1}

        """

    /// Humps with ties: (score, seconds).
    private static let rows: [(score: Double, took: Double)] = (0..<400).map { row in
        let took = row < 300 ? Double(200 + row % 50) / 1000 : Double(200 + row) / 100
        return (Double(row % 37) / 40, took)
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(folder)/sub/data", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/sub/measured.yaml", atomically: false, encoding: .utf8)
        let table = "score,took\n" + Self.rows.map { "\($0.score),\($0.took)\n" }.joined()
        try table.write(toFile: "\(folder)/sub/data/took.csv", atomically: false, encoding: .utf8)
        try body(folder)
    }

    private func column(_ name: String, of path: String) throws -> [Double] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let place = try #require(lines[0].firstIndex { $0 == name })
        return lines.dropFirst().compactMap { Double($0[place]) }
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        func share(_ values: [Double], atMost x: Double) -> Double {
            let count = values.count { $0 <= x + 1e-9 }
            return Double(count) / Double(values.count)
        }
        var largest = 0.0
        for x in Set(b) { largest = max(largest, abs(share(a, atMost: x) - share(b, atMost: x))) }
        return largest
    }

    @Test func aRunDrawsFromTheFileBesideTheScenario() throws {
        try inFolder { folder in
            let program = Program(folder)
            let check = try program.run("crisol check sub/measured.yaml")
            #expect(check.code == 0, "\(check)")
            let run = try program.run("crisol run sub/measured.yaml --out new")
            #expect(run.code == 0, "\(run)")
            let bound = 1.95 / 3000.0.squareRoot()
            #expect(distance(try column("provider_ms", of: "\(folder)/new/questions.csv"), Self.rows.map { $0.took * 1000 }) < bound)
            #expect(distance(try column("final_score", of: "\(folder)/new/questions.csv"), Self.rows.map(\.score)) < bound)
            let mean = Self.rows.reduce(0) { $0 + $1.took } / 400
            let explained = try program.run("crisol explain sub/measured.yaml")
            #expect(explained.output.contains(" calls under way, \(String(format: "%.2f", mean)) s each\n"), "\(explained)")
            // In --set paths are relative to the working folder.
            let set = try program.run("crisol check sub/measured.yaml --set provider.latency.file=sub/data/took.csv")
            #expect(set.code == 0, "\(set)")
        }
    }

    @Test func whatIsWrongWithTheFileIsToldAtOnce() throws {
        try inFolder { folder in
            let program = Program(folder)
            try "score,took\n0.5,1\n0.5,never\n".write(toFile: "\(folder)/sub/data/took.csv", atomically: false, encoding: .utf8)
            for command in ["check", "run --out new", "explain"] {
                let bad = try program.run("crisol \(command) sub/measured.yaml")
                #expect(bad.code == 65 && bad.errors == "sub/measured.yaml:10:44: provider.latency.file: sub/data/took.csv:3:5: field 2 is 'never', not a number\n", "\(bad)")
            }
            let missing = try program.run("crisol check sub/measured.yaml --set provider.latency.file=data/took.csv")
            #expect(missing.code == 66 && missing.errors.contains("provider.latency.file: there is no such file (seen: data/took.csv)"), "\(missing)")
        }
    }

    @Test func aTracesLengthsAreThoseOfItsCalls() throws {
        try inFolder { folder in
            var trace = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
            for row in 0..<50 { trace += "2023-11-16 18:15:\(row < 10 ? "0" : "")\(row).0000000,\(100 + row),\(7 * row)\n" }
            try trace.write(toFile: "\(folder)/trace.csv", atomically: false, encoding: .utf8)
            let scenario = """
                name: lengths
                duration: 1h
                traffic: {arrivals: {process: trace, file: trace.csv, format: azure-llm}}
                pipeline: {cache: {policy: none, coalesce: false}, score: {threshold: 1, max_regenerations: 1, evaluate: sampled}}
                provider: {price: {prompt: 1000000, completion: 1000000}}

                """
            try scenario.write(toFile: "\(folder)/lengths.yaml", atomically: false, encoding: .utf8)
            let program = Program(folder)
            // Two generations a question, each of the recorded length.
            let run = try program.run("crisol run lengths.yaml --out new")
            #expect(run.code == 0, "\(run)")
            let prompts = 2 * (0..<50).reduce(0) { $0 + 100 + $1 }
            let completions = 2 * (0..<50).reduce(0) { $0 + 7 * $1 }
            #expect(try column("prompt_tokens", of: "\(folder)/new/summary.csv") == [Double(prompts)])
            #expect(try column("completion_tokens", of: "\(folder)/new/summary.csv") == [Double(completions)])
            #expect(try column("cost", of: "\(folder)/new/summary.csv") == [Double(prompts + completions)])
            // What is written about lengths outdoes the trace.
            let drawn = try program.run("crisol run lengths.yaml --out drawn --set provider.tokens.median=30 --set provider.tokens.p99=30")
            #expect(drawn.code == 0, "\(drawn)")
            #expect(try column("completion_tokens", of: "\(folder)/drawn/summary.csv") == [3000])
        }
    }
}
