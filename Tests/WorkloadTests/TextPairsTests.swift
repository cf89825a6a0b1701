import Foundation
import Testing

@testable import Workload

@Suite struct TextPairsTests {
    private func load(_ text: String, as name: String = "pairs.csv", _ answer: String = "llm", _ against: String = "person") throws
        -> (pairs: [TextPairs.Pair], report: CorpusReport)
    {
        let folder = NSTemporaryDirectory() + "pairs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return try TextPairs.load(path: "\(folder)/\(name)", answer: answer, against: against)
    }

    private func problem(_ text: String, as name: String = "pairs.csv", _ answer: String = "llm", _ against: String = "person") -> String {
        do {
            _ = try load(text, as: name, answer, against)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func columnsAreNamedOrNumbered() throws {
        let table = "person,id,llm\n\"one, \"\"two\"\"\\nthree\",1,four\n,2,<br />\n"
        for (answer, against) in [("llm", "person"), ("3", "person"), ("llm", "1")] {
            let pairs = try load(table, answer, against).pairs
            #expect(pairs.map(\.answer) == ["four", ""] && pairs.map(\.against) == ["one, \"two\"\nthree", ""], "\(answer), \(against)")
        }
        let all = try load(table, "3", "1").pairs
        #expect(all.map(\.answer) == ["llm", "four", ""], "with numbers alone every row is data")
    }

    @Test func jsonLinesHaveKeys() throws {
        let pairs = try load("{\"llm\": \"a\\nb\", \"person\": \"\"}\n\n{\"person\": \"c\", \"llm\": \"\\\\n\"}\n", as: "pairs.jsonl").pairs
        #expect(pairs.map(\.answer) == ["a\nb", "\\n"] && pairs.map(\.against) == ["", "c"])
    }

    @Test func badInputSaysWhereAndWhatThereIs() {
        #expect(problem("person,answer\na,b\n").hasSuffix("pairs.csv:1: there is no column llm (columns: person, answer)"))
        #expect(problem("person,llm\n").hasSuffix("holds no pair: there is no row of data in it"))
        #expect(problem("").hasSuffix("holds no pair: there is no row of data in it"))
        #expect(problem("person,llm\na\n").contains("pairs.csv:2: the row has 1 field, no field 2"))
        #expect(problem("\"person,llm\na,b\n").contains("pairs.csv:1: field 1 opens a quote that is never closed"))
        #expect(problem("{\"person\": \"a\", \"answer\": \"b\"}\n", as: "p.jsonl").contains("p.jsonl:1: there is no \"llm\" (keys: person, answer)"))
        #expect(problem("{\"person\": \"a\", \"llm\": 5}\n", as: "p.jsonl").contains("p.jsonl:1: \"llm\" is no text"))
        #expect(problem("[1]\n", as: "p.jsonl").contains("p.jsonl:1: no JSON object"))
    }

    /// A few bad rows are left out and counted, many are an error.
    @Test func badRowsAreCounted() throws {
        let good = (0..<100).map { "a\($0),b\n" }.joined()
        let report = try load("llm,person\n" + good + "alone\n\"open,x\n").report
        #expect(report.rows == 102 && report.badRows == 2 && report.firstBadRows.map(\.line) == [102, 103])
        #expect(problem("llm,person\n" + good + String(repeating: "alone\n", count: 11)).contains("11 of 111 rows are bad, more than the 10 that are put up with"))
    }
}
