import Foundation
import Glibc
import TestServers
import Testing

/// `crisol serve` from outside, asked by curl.
@Suite struct ServeCommandTests {
    private static let scenario = """
        name: small
        questions: 3
        pipeline:
          partitions: 2
          score: {metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}
          judge: {engine: flink}
        traffic: {arrivals: {process: poisson, rate: 20/s}}

        """
    /// Half of the reference's words, in two lines; and one that is no message.
    private static let answers = """
        {"kind":"responded","question_id":"q-000000001","question_text":"Why?","original_answer":"a b c d","llm_response":"a b"}
        {"kind":"responded","question_id":"q-000000002","question_text":"Why not?","original_answer":"a b c d","llm_response":"e"}
        nonsense

        """

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "crisol-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.scenario.write(toFile: "\(folder)/small.yaml", atomically: false, encoding: .utf8)
        try Self.answers.write(toFile: "\(folder)/answers.ndjson", atomically: false, encoding: .utf8)
        try body(folder)
    }

    private func serve(_ folder: String, _ arguments: [String], hasInput: Bool = false) throws -> Command {
        try Command(
            Program.path, ["serve"] + arguments, hasInput: hasInput, output: "\(folder)/stdout", errors: "\(folder)/stderr")
    }

    private func output(_ folder: String) -> [UInt8] { Array(FileManager.default.contents(atPath: "\(folder)/stdout") ?? Data()) }

    /// Waits up to 60 s.
    private func awaited<Value>(_ value: () throws -> Value?) throws -> Value {
        for _ in 0..<6000 {
            if let value = try value() { return value }
            usleep(10_000)
        }
        return try #require(try value(), "nothing within 60 s")
    }

    private func decide(_ folder: String, port: Int) throws -> [[String: Any]] {
        let asked = try Command.run("/usr/bin/curl", [
            "-sS", "--fail", "--max-time", "60", "--data-binary", "@\(folder)/answers.ndjson", "-H", "Content-Type: application/x-ndjson",
            "http://127.0.0.1:\(port)/decide",
        ])
        #expect(asked.code == 0, "\(asked)")
        return try asked.output.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    /// It meets nobody on topics, and so wants neither broker nor store.
    @Test func aJudgeDecidesForAFlinkJob() throws {
        try inFolder { folder in
            let judge = try serve(folder, ["judge", "\(folder)/small.yaml", "--port", "0"])
            let line = try awaited { () -> String? in
                let text = String(decoding: output(folder), as: UTF8.self)
                return text.hasSuffix("\n") ? text : nil
            }
            #expect(line.hasPrefix("judge is ready at http://127.0.0.1:"))
            let port = try #require(Int(line.dropLast().split(separator: ":").last ?? ""))
            let decisions = try decide(folder, port: port)
            #expect(decisions.map { $0["decision"] as? String } == ["accepted", "regenerated", "malformed"])
            #expect(decisions.map { ($0["messages"] as? [[String: String]])?.compactMap { $0["topic"] } } == [["validated-responses"], ["regeneration-requests"], []])
            kill(judge.processIdentifier, SIGTERM)
            #expect(judge.wait() == 0)
        }
    }

    /// A run's child tells what it saw, and comes back where it was after a sudden death.
    @Test func aRunsJudgeReportsAndComesBackOnItsPort() throws {
        try inFolder { folder in
            let arguments = ["judge", "\(folder)/small.yaml", "--supervised", "--bootstrap-servers", "127.0.0.1:1", "--store", "none"]
            // A frame: a byte that says what it is, and integers of eight.
            func port() throws -> Int {
                try awaited {
                    let bytes = output(folder)
                    return bytes.count >= 9 && bytes[0] == 1 ? bytes[1..<9].reversed().reduce(0) { $0 << 8 | Int($1) } : nil
                }
            }
            let first = try serve(folder, arguments, hasInput: true)
            let there = try port()
            #expect(there > 0)
            let decisions = try decide(folder, port: there)
            // Two were taken from the queue and scored, one is queued for the LLM: five frames of three integers; one malformed.
            _ = try awaited { output(folder).count == 9 + 5 * 25 + 9 ? true : nil }
            kill(first.processIdentifier, SIGKILL)
            _ = first.wait()

            let second = try serve(folder, arguments + ["--port", "\(there)", "--run-started", "1,2"], hasInput: true)
            #expect(try port() == there)
            let again = try decide(folder, port: there)
            #expect(names(again) == names(decisions) && names(again).count == 2)
            second.tell("stop\n")
            #expect(second.wait() == 0)
        }
    }

    private func names(_ decisions: [[String: Any]]) -> [String] {
        decisions.flatMap { $0["messages"] as? [[String: String]] ?? [] }.compactMap {
            (try? JSONSerialization.jsonObject(with: Data(($0["value"] ?? "").utf8)) as? [String: Any])?["message_id"] as? String
        }
    }

    @Test(arguments: [
        ("judge small.yaml --host 0.0.0.0", "--host 0.0.0.0 lets other machines ask: add --token-env"),
        ("judge small.yaml --set pipeline.judge.engine=native", "--bootstrap-servers is missing"),
        ("recorder small.yaml", "--bootstrap-servers is missing"),
        ("recorder small.yaml --bootstrap-servers localhost:1", "--store is missing"),
        ("judge small.yaml --token-env NOBODY", "--token-env NOBODY: there is no such environment variable"),
        ("judges small.yaml", "there is no service 'judges'"),
    ])
    func wrongUsageIsRefused(_ arguments: String, _ reason: String) throws {
        try inFolder { folder in
            let run = try Program(folder).run("exec crisol serve \(arguments)")
            #expect(run.code == 64 && run.errors.contains(reason), "\(run)")
        }
    }
}
