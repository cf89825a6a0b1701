import Foundation
import Testing

@testable import Workload

/// Traces and JSON Lines: files that are read line by line.
struct TraceTests {
    private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString).txt").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private static let azure = """
        TIMESTAMP,ContextTokens,GeneratedTokens
        2023-11-16 18:15:46.6805900,374,44
        2023-11-16 18:15:50.9951690,396,109\r
        2023-11-16 18:15:50.0000000,10,1

        yesterday,10,1
        2023-11-16 18:15:51.0000000,-1,1
        2023-11-16 18:15:51.0000000,1
        2023-11-16 18:15:51.2224670,879,55
        """

    @Test func readsAzureTraces() throws {
        let trace = try withFile(Self.azure) { try Trace.load(TraceSource(path: $0, format: .azureLLM)) }
        #expect(trace.moments == [0, 3_319_410_000, 4_314_579_000, 4_541_877_000])
        // Lengths stay with their moments.
        #expect(trace.promptTokens == [374, 10, 396, 879] && trace.completionTokens == [44, 1, 109, 55])
        #expect(trace.meanPromptTokens == 414.75 && trace.meanCompletionTokens == 52.25)
        #expect(trace.report.badRows == 3)
        #expect(trace.report.firstBadRows == [
            BadRow(line: 6, reason: "the time (field 1) is 'yesterday', not like 2023-11-16 18:15:46.6805900"),
            BadRow(line: 7, reason: "ContextTokens (field 2) is '-1', not a whole number"),
            BadRow(line: 8, reason: "2 fields instead of 3 (TIMESTAMP, ContextTokens, GeneratedTokens)"),
        ])
        #expect(trace.arrivals(within: 4_314_579_000) == 2)
    }

    @Test func readsMooncakeTracesAtASpeedAndEnds() throws {
        let text = """
            {"timestamp": 1000, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]}
            {"timestamp": 1003, "input_length": 1, "output_length": 1, "hash_ids": []}
            {"timestamp": 4000, "input_length": 1}
            {"timestamp": "5", "input_length": 1, "output_length": 1}
            """
        try withFile(text) { path in
            let source = TraceSource(path: path, format: .mooncake, speed: 2)
            let trace = try Trace.load(source)
            #expect(trace.moments[..<2] == [0, 1_500_000])
            #expect(trace.report.firstBadRows.map(\.reason) == ["the key \"output_length\" is missing", "\"timestamp\" is no number from 0 to 1e12"])
            #expect(trace.moments.count == 2)
            #expect(trace.promptTokens == [6758, 1] && trace.completionTokens == [500, 1])
            var arrivals = try Arrivals(reading: .trace(source), draws: Draws(seed: 1, repeat: 0))
            #expect((0..<4).map { _ in arrivals.next() } == [.zero, Instant(nanoseconds: 1_500_000), .never, .never])
            #expect(ArrivalProcess.trace(source).expectedArrivals(within: 1_500_000) == 1)
        }
    }

    /// Equal lists of blocks are equal prompts, whatever they begin with: every conversation begins with the system's.
    @Test func promptsAreToldApartByAllTheirBlocks() throws {
        func line(_ milliseconds: Int, _ blocks: String) -> String {
            "{\"timestamp\": \(milliseconds), \"input_length\": 9, \"output_length\": 9\(blocks)}\n"
        }
        let rows = [(0, "0, 1, 2"), (30, "0,3"), (10, "0,  1"), (20, "0,1,2"), (40, "0, 3")]
        let text = rows.map { line($0.0, ", \"hash_ids\": [\($0.1)]") }.joined()
        try withFile(text) { path in
            let source = TraceSource(path: path, format: .mooncake)
            let trace = try Trace.load(source)
            #expect(trace.moments == [0, 10_000_000, 20_000_000, 30_000_000, 40_000_000])
            #expect(trace.prompts == [0, 1, 0, 2, 2] && trace.distinctPrompts == 3)
            let draws = Draws(seed: 1, repeat: 0)
            var popularity = try Popularity(reading: .trace(source), count: 3, draws: draws)
            #expect((0..<5).map { popularity.item(ofQuestion: $0, at: .zero) } == [0, 1, 0, 2, 2])
            #expect(PopularityModel.trace(source).probabilities(count: 4) == [0.4, 0.2, 0.4, 0])
            let small = #expect(throws: CorpusError.self) { try Popularity(reading: .trace(source), count: 2, draws: draws) }
            #expect(small?.exitCode == 65 && small?.description.hasSuffix("the trace asks for 3 different prompts and the corpus has 2: take a larger one, such as corpus: {synthetic: 3}") == true)
        }
        for blocks in ["", ", \"hash_ids\": []"] {
            try withFile(text + line(50, blocks)) { path in
                let source = TraceSource(path: path, format: .mooncake)
                let trace = try Trace.load(source)
                #expect(trace.moments.count == 6)
                #expect(throws: CorpusError.self) { try Popularity(reading: .trace(source), count: 9, draws: Draws(seed: 1, repeat: 0)) }
            }
        }
        try withFile(line(0, ", \"hash_ids\": [1, \"a\"]") + line(0, ", \"hash_ids\": 5") + text) { path in
            let report = try Trace.load(TraceSource(path: path, format: .mooncake)).report
            #expect(report.firstBadRows == [1, 2].map { BadRow(line: $0, reason: "\"hash_ids\" is no list of numbers") })
        }
    }

    @Test func badTracesAreRefused() throws {
        func load(_ text: String) throws -> CorpusError? {
            try withFile(text) { path in
                #expect(throws: CorpusError.self) { try Trace.load(TraceSource(path: path, format: .azureLLM)) }
            }
        }
        #expect(try load("TIMESTAMP,ContextTokens,GeneratedTokens\n")?.description.hasSuffix("holds no request") == true)
        #expect(try load(String(repeating: "x\n", count: 11))?.exitCode == 65)
        let missing = #expect(throws: CorpusError.self) { try Trace.load(TraceSource(path: "no/such.csv", format: .azureLLM)) }
        #expect(missing?.exitCode == 66)
        #expect(missing?.description == "trace no/such.csv cannot be read: No such file or directory")
    }

    private static let shared = "../shared/data/traces"
    private static let isThere = FileManager.default.fileExists(atPath: shared)

    @Test(.enabled(if: isThere, "../shared/data/traces is missing"), arguments: [
        ("azure_llm_2023_conv.csv", TraceFormat.azureLLM, 19_366), ("mooncake_conversation.jsonl", .mooncake, 12_031),
    ]) func readsTheRealTraces(_ name: String, _ format: TraceFormat, _ count: Int) throws {
        let trace = try Trace.load(TraceSource(path: "\(Self.shared)/\(name)", format: format))
        #expect(trace.moments.count == count)
        #expect(trace.report.badRows == 0)
        #expect((3480...3600).contains(trace.span / 1_000_000_000))
        // Counted with another program: tuples of hash_ids in a set.
        #expect(trace.distinctPrompts == (format == .mooncake ? 11_913 : 0))
    }

    @Test func readsJSONLinesCorpora() throws {
        let text = """
            {"question": "¿Qué es \\u00e9sto\\n?", "id": [1, {"a": null}], "answer": "Una \\"cita\\" \\ud83d\\ude00 \\/"}

            {"answer": "two", "question": "one", "answer": "three"}
            {"question": "no answer"}
            {"question": 5, "answer": "x"}
            {"question": " ", "answer": "x"}
            [1]
            {"question": "a", "answer": "b"} x
            {"question": "a", "answer": "\\ud83d"}
            {"question": "a", "answer": tru}
            {"question": "a"
            """
        let corpus = try withFile(text) { try Corpus.load(.jsonl(path: $0, question: "question", answer: "answer")) }
        #expect(corpus.count == 2)
        #expect(corpus.question(0) == "¿Qué es ésto\n?")
        #expect(corpus.reference(0) == "Una \"cita\" 😀 /")
        #expect(corpus.reference(1) == "three")
        #expect(corpus.words(0) == 4)
        #expect(corpus.key(1) == QuestionKey.of("one"))
        #expect(corpus.report.rows == 10)
        #expect(corpus.report.firstBadRows == [
            BadRow(line: 4, reason: "the key \"answer\" is missing"),
            BadRow(line: 5, reason: "\"question\" is no text"),
            BadRow(line: 6, reason: "\"question\" is empty"),
            BadRow(line: 7, reason: "no JSON object: another kind of value at byte 0"),
            BadRow(line: 8, reason: "no JSON object: something stands behind the value at byte 33"),
            BadRow(line: 9, reason: "no JSON object: half of a surrogate pair at byte 35"),
            BadRow(line: 10, reason: "no JSON object: no value begins like this at byte 31"),
            BadRow(line: 11, reason: "no JSON object: the text ends early at byte 16"),
        ])
    }
}

struct DriftTests {
    @Test func aShareOfTheRanksChangesAtEachChange() {
        let draws = Draws(seed: 3, repeat: 0)
        var drifting = Popularity(.zipf(exponent: 1), count: 1000, draws: draws, drift: PopularityDrift(every: 1_000_000_000, share: 0.1))
        let still = Popularity(.zipf(exponent: 1), count: 1000, draws: draws)
        func changed(at second: Int64) -> Int {
            (0..<1000).count { drifting.holder(of: $0, at: Instant(nanoseconds: second * 1_000_000_000)) != $0 }
        }
        #expect(drifting.item(ofQuestion: 5, at: Instant(nanoseconds: 999_999_999)) == still.item(ofQuestion: 5))
        #expect(changed(at: 0) == 0)
        let once = changed(at: 1)
        #expect((80...100).contains(once))
        // After k changes about 1 − 0.9^k.
        #expect((600...720).contains(changed(at: 10)))
        #expect(changed(at: 100) > 980)
        // It stays a ranking: every item has one rank.
        #expect(Set((0..<1000).map { drifting.holder(of: $0, at: Instant(nanoseconds: 100_000_000_000)) }).count == 1000)
    }

    @Test func impossibleDriftsAreNamed() {
        #expect(PopularityDrift(every: 1, share: 0.5).problem == "the ranking changes every 1s to 36 years")
        #expect(PopularityDrift(every: 1_000_000_000, share: 0).problem == "the share must be above 0 and at most 1, not 0.0")
    }
}
