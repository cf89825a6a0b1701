import ArgumentParser
import Foundation
import Measurement
import Scenarios
import Simulation
import Storage

/// `crisol trace`: one question's life, from what a run has written.
struct TraceCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "trace",
            abstract: "Show one question's life from a run's results.",
            discussion: """
                From questions.csv: how it ended and where its time went. From a live run's log.jsonl (kept up to 10,000 questions \
                a repeat): each message that a service took or sent. From store.sqlite: its texts. A simulated run is simulated \
                again, from the scenario in its run.json, to tell the same of it; files that the scenario names must be there.

                Exit codes: 0 found; 64 wrong usage; 65 the results are not a run's, or do not have the question; 66 no such folder.
                """)
    }

    @Argument(help: "The run's folder, such as results/quickstart/20260101-120000-42.")
    var directory: String

    @Argument(help: "The question's name, such as q-000000017.")
    var question: String

    @Option(help: "The point of a sweep.")
    var point = 0

    @Option(name: .customLong("repeat"), help: "The repeat.")
    var replication = 0

    func run() throws {
        Interruption.watch()
        do {
            try Terminal.show(try life())
        } catch {
            throw Failure.exit(error)
        }
    }

    private func life() throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
            throw ServiceEnded(reason: "\(directory): there is no such folder", exitCode: 66)
        }
        let row = try row()
        var text = "\(question): \(row["outcome"] ?? "")\n\n"
        func line(_ name: String, _ value: String) { text += name.padding(toLength: 16, withPad: " ", startingAt: 0) + value + "\n" }
        let intended = Double(row["intended_ms"] ?? "") ?? 0
        line("asked at", "\(milliseconds(intended)) of the run")
        if let latency = row["latency_ms"], !latency.isEmpty {
            let parts = ["queue", "provider", "backoff", "scoring", "storage"].compactMap { part in
                Double(row["\(part)_ms"] ?? "").flatMap { $0 > 0 ? "\(part) \(milliseconds($0))" : nil }
            }
            line("ended after", milliseconds(Double(latency) ?? 0) + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")))
        }
        line("generations", row["generations"] ?? "")
        line("retries", "overload \(row["overload_retries"] ?? ""), quota \(row["quota_retries"] ?? ""), other \(row["error_retries"] ?? "")")
        if let first = row["first_score"], !first.isEmpty { line("score", "first \(first), final \(row["final_score"] ?? "")") }
        line("key", row["question_key"] ?? "")
        text += try texts() + (try isSimulated() ? simulatedMessages(endedAs: row["outcome"] ?? "") : messages())
        return text
    }

    // MARK: questions.csv

    private func row() throws -> [String: String] {
        let path = "\(directory)/questions.csv"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ServiceEnded(reason: "\(path) is not there: the run was made without (questions_csv), or this is no run's folder", exitCode: 65)
        }
        var rows = data.split(separator: UInt8(ascii: "\n")).makeIterator()
        // No field of the file has a comma or a quote in it.
        func fields(_ line: Data) -> [String] {
            line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let header = rows.next().map(fields), let name = header.firstIndex(of: "question_id"), header.starts(with: ["point", "repeat"]) else {
            throw ServiceEnded(reason: "\(path) has no header with point, repeat and question_id", exitCode: 65)
        }
        let sought = Data(",\(question),".utf8)
        var others: [String] = []
        while let line = rows.next() {
            guard line.range(of: sought) != nil else { continue }
            let row = fields(line)
            guard row.count == header.count, row[name] == question else { continue }
            if row[0] == "\(point)", row[1] == "\(replication)" { return Dictionary(zip(header, row), uniquingKeysWith: { a, _ in a }) }
            others.append("--point \(row[0]) --repeat \(row[1])")
        }
        if let other = others.first {
            throw ServiceEnded(reason: "\(path): point \(point), repeat \(replication) has no question \(question); there is one with \(other)", exitCode: 65)
        }
        throw ServiceEnded(reason: "\(path) has no question \(question) (they are called q-000000000, q-000000001, …)", exitCode: 65)
    }

    /// `file.ext` of a run with one repeat, `file-0-0.ext` of others.
    private func file(_ name: String, _ ext: String) -> String? {
        ["\(directory)/\(name).\(ext)", "\(directory)/\(name)-\(point)-\(replication).\(ext)"].first { FileManager.default.fileExists(atPath: $0) }
    }

    // MARK: The store

    private func texts() throws -> String {
        guard let path = file("store", "sqlite") else { return "" }
        let store = try StoreLocation.sqlite(path: path).open()
        defer { store.close() }
        if let result = try store.result(of: question) {
            return "\nquestion\n  \(result.question)\nanswer (\(result.attempts) calls, \(result.completionTokens) tokens)\n  \(result.answer)\n"
        }
        if let failure = try store.failure(of: question) {
            return "\nquestion\n  \(failure.question)\nlast error\n  \(failure.lastError)\n"
        }
        return ""
    }

    // MARK: log.jsonl

    private struct Line: Decodable {
        let time: String
        let service: String
        let text: String
        let trace_id: String?
        let message_id: String?
    }

    private func messages() throws -> String {
        guard let path = file("log", "jsonl"), let data = FileManager.default.contents(atPath: path) else { return "" }
        let sought = Data("\"trace_id\":\"\(question)\"".utf8)
        let decoder = JSONDecoder()
        // A process that was killed may have left half a line.
        let lines = data.split(separator: UInt8(ascii: "\n")).filter { $0.range(of: sought) != nil }
            .compactMap { try? decoder.decode(Line.self, from: $0) }.filter { $0.trace_id == question }
        guard !lines.isEmpty else { return "" }
        // Processes append as they come; what they did has an order in time.
        let ordered = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        return "\n" + ordered.map { line in
            "\(line.time)  \(line.service.padding(toLength: 15, withPad: " ", startingAt: 0)) \(line.text)  \(line.message_id ?? "")\n"
        }.joined()
    }

    // MARK: run.json, and the simulation again

    /// A live run that was killed leaves its log, and no run.json.
    private func isSimulated() throws -> Bool { try file("log", "jsonl") == nil && StoredRun(directory).mode == .simulated }

    private func simulatedMessages(endedAs outcome: String) throws -> String {
        guard let number = UInt64(question.dropFirst(2)) else { throw ServiceEnded(reason: "\(question) is no question's name", exitCode: 65) }
        let scenarios = try StoredRun(directory).file
        guard scenarios.points.indices.contains(point) else { throw ServiceEnded(reason: "\(directory): its scenario has no point \(point)", exitCode: 65) }
        let steps = try SimulatedRun(scenarios.points[point].scenario).life(of: number, repeat: replication, isInterrupted: { Interruption.isAsked })
        let ended = steps.last?.outcome?.rawValue ?? "in_flight"
        guard ended == outcome else {
            throw ServiceEnded(
                reason: "\(directory): simulated again the question ends as \(ended), not as \(outcome): the run is another version's, or a file that its scenario names has changed",
                exitCode: 65)
        }
        return "\n" + steps.map { step in
            let time = milliseconds(Double(step.at.nanoseconds) / 1e6)
            return "\(time.padding(toLength: 14, withPad: " ", startingAt: 0)) \(step.service.padding(toLength: 15, withPad: " ", startingAt: 0)) \(step.text)\n"
        }.joined()
    }

    private func milliseconds(_ value: Double) -> String {
        value >= 10_000 ? "\((value / 10).rounded() / 100) s" : "\((value * 100).rounded() / 100) ms"
    }
}
