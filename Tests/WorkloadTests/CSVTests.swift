import Foundation
import Testing

@testable import Workload

/// A file that is there for one test.
private struct TemporaryFile: ~Copyable {
    let path: String

    init(_ bytes: [UInt8]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString).csv").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func load(_ text: String) throws -> Corpus { try load(Array(text.utf8)) }

private func load(_ bytes: [UInt8]) throws -> Corpus {
    let file = try TemporaryFile(bytes)
    return try Corpus.load(.csv(path: file.path, format: .yahooAnswers))
}

private func badRows(_ text: String) throws -> [BadRow] { try load(text).report.firstBadRows }

/// A good row to have beside the one under test.
private let good = "1,good question,,good answer\n"

struct CSVTests {
    @Test func readsQuotesCommasLineBreaksAndEscapes() throws {
        let corpus = try load(
            """
            "0","why, ""really"", not?","","because\\nof\\n\\nthis <br />and <BR>that&#xd;"
            "5"," title ","and
            content","one
            two"
            7,bare title,,bare answer
            """)
        #expect(corpus.count == 3)
        #expect(corpus.report == CorpusReport(rows: 3))
        #expect(corpus.question(0) == "why, \"really\", not?")
        #expect(corpus.reference(0) == "because\nof\n\nthis  and  that")
        #expect(corpus.question(1) == "title  and\ncontent")
        #expect(corpus.reference(1) == "one\ntwo")
        #expect(corpus.question(2) == "bare title")
        #expect(corpus.reference(2) == "bare answer")
        #expect((0..<3).map(corpus.words) == [3, 3, 2])
        for item in 0..<3 { #expect(corpus.key(item) == QuestionKey.of(corpus.question(item))) }
    }

    @Test func skipsAByteOrderMarkAndTakesWindowsLineEnds() throws {
        let corpus = try load([0xEF, 0xBB, 0xBF] + Array("\"0\",\"q\",\"\",\"a\"\r\n\r\n1,r\u{e9},,b\r\n".utf8))
        #expect(corpus.count == 2)
        #expect(corpus.question(1) == "ré")
        #expect(corpus.reference(1) == "b")
        #expect(corpus.report.badRows == 0)
    }

    @Test func countsLinesThroughQuotedLineBreaks() throws {
        let rows = try badRows("\"0\",\"q\",\"\",\"a\nb\nc\"\n" + good + "0,only,three\n" + good + "\"0\",\"q2\",\"x\r\ny\",\"a\"\n0,,,a\n")
        #expect(rows == [
            BadRow(line: 5, reason: "3 fields instead of 4 (class index, question title, question content, best answer)"),
            BadRow(line: 9, reason: "the question (fields 2 and 3) is empty"),
        ])
    }

    @Test func namesWhatIsWrongWithEachRow() throws {
        let cases = [
            ("0,q,,\n", "the answer (field 4) is empty"),
            ("0,q,,\" \\n<br />\"\n", "the answer (field 4) is empty"),
            ("\"0\",\"q\"x,\"\",\"a\"\n", "field 2 goes on after its closing quote (a quote inside a field must be doubled)"),
            ("0,q\"uoted,,a\n", "field 2 holds a quote but does not begin with one"),
            ("sports,q,,a\n", "the class index (field 1) is 'sports', not a whole number"),
            (",q,,a\n", "the class index (field 1) is '', not a whole number"),
            ("0,q,,a,\n", "5 fields instead of 4 (class index, question title, question content, best answer)"),
        ]
        for (row, reason) in cases {
            #expect(try badRows(good + row + good) == [BadRow(line: 2, reason: reason)])
        }
    }

    @Test func invalidUTF8IsABadRow() throws {
        for (field, name) in [(1, "question title (field 2)"), (2, "question content (field 3)"), (3, "answer (field 4)")] {
            var fields = ["0", "title", "content", "answer"].map { Array($0.utf8) }
            fields[field] += [0xC3, 0x28]
            let row = Array(fields.joined(separator: [0x2C]))
            let report = try load(Array(good.utf8) + row).report
            #expect(report.firstBadRows == [BadRow(line: 2, reason: "the \(name) is not valid UTF-8")])
        }
    }

    @Test func anUnclosedQuoteCostsOneLineOnly() throws {
        let corpus = try load(good + "0,\"open,,a\n" + good + good)
        #expect(corpus.count == 3)
        #expect(corpus.report.firstBadRows == [BadRow(line: 2, reason: "field 2 opens a quote that is never closed")])
        #expect(try badRows(good + "0,q,,\"open").map(\.line) == [2])
    }

    @Test func aQuoteLeftOpenForAMegabyteIsNotReadOn() throws {
        let filler = String(repeating: "0,q,,a\n", count: 200_000)
        let report = try load("0,\"open,,a\n" + filler).report
        #expect(report.rows == 200_001)
        #expect(report.firstBadRows == [BadRow(line: 1, reason: "field 2 opens a quote that is not closed within 1048576 bytes")])
    }

    @Test func lastLineNeedsNoLineBreak() throws {
        #expect(try load(good + "0,q,,a").count == 2)
        #expect(try badRows(good + "0,q,a,") == [BadRow(line: 2, reason: "the answer (field 4) is empty")])
    }

    @Test func equalQuestionsAreCountedAndKept() throws {
        let corpus = try load("0,Same?,,a\n0,same?,,b\n0,other,,c\n0,SAME?,,d\n")
        #expect(corpus.count == 4)
        #expect(corpus.report.duplicates == 2)
    }

    @Test func tooManyBadRowsStopTheLoad() throws {
        let ten = String(repeating: "bad\n", count: 10)
        #expect(try load(good + ten).report.badRows == 10)
        let error = #expect(throws: CorpusError.self) { try load(good + ten + "bad\n") }
        #expect(error?.exitCode == 65)
        #expect(error?.report.badRows == 11)
        #expect(error?.report.firstBadRows.count == 10)
        #expect(error?.description.contains(": 11 of 12 rows are bad, more than the 10 that are put up with\n") == true)
        #expect(error?.description.contains(".csv:2: 1 field instead of 4") == true)
        // 1 % of 2,000 rows are 20.
        let many = String(repeating: good, count: 1980)
        #expect(try load(many + ten + ten).report.badRows == 20)
        #expect(throws: CorpusError.self) { try load(many + ten + ten + "bad\n") }
    }

    @Test func aFileWithoutQuestionsIsAnError() {
        for text in ["", "\n\n", "bad\n"] {
            let error = #expect(throws: CorpusError.self) { try load(text) }
            #expect(error?.exitCode == 65)
        }
    }

    @Test func aMissingFileIsAnErrorOfItsOwn() {
        let error = #expect(throws: CorpusError.self) {
            try Corpus.load(.csv(path: "no/such/file.csv", format: .yahooAnswers))
        }
        #expect(error?.exitCode == 66)
        #expect(error?.description == "corpus no/such/file.csv cannot be read: No such file or directory")
        let folder = #expect(throws: CorpusError.self) { try Corpus.load(.csv(path: "/", format: .yahooAnswers)) }
        #expect(folder?.description == "corpus / cannot be read: Is a directory")
    }

    static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("../shared/data/yahoo_answers_sample.csv").standardized.path

    @Test(.enabled(if: FileManager.default.fileExists(atPath: sample), "the sample of Yahoo! Answers is not on this machine"))
    func theRealSampleLoadsWhole() throws {
        let corpus = try Corpus.load(.csv(path: Self.sample, format: .yahooAnswers))
        let lines = try String(contentsOfFile: Self.sample, encoding: .utf8).utf8.count { $0 == UInt8(ascii: "\n") }
        #expect(corpus.report.rows == lines)
        #expect(corpus.report.badRows == 0, "\(corpus.report.firstBadRows)")
        #expect(corpus.count == lines)
        for item in stride(from: 0, to: corpus.count, by: 97) {
            #expect(corpus.key(item) == QuestionKey.of(corpus.question(item)))
            #expect(!corpus.reference(item).contains("<br"))
        }
    }
}
