import Foundation
import Testing

@testable import Workload

@Suite struct KeyTraceTests {
    private func read(_ text: String, column: KeyTrace.Column? = nil) throws -> KeyTrace {
        let file = FileManager.default.temporaryDirectory.appending(path: "trace-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        do {
            return try KeyTrace.read(file.path, column: column)
        } catch {
            throw KeyTraceError(description: error.description.replacing(file.path, with: "t"), exitCode: error.exitCode)
        }
    }

    private func error(_ text: String, column: KeyTrace.Column? = nil) -> KeyTraceError? {
        #expect(throws: KeyTraceError.self) { try read(text, column: column) }
    }

    @Test func linesAreKeysByTheirFirstRequest() throws {
        let trace = try read("b\na\r\n\nb\nä b\nb")
        #expect(trace.keys == [0, 1, 0, 2, 0])
        #expect(trace.counts == [3, 1, 1])
        #expect(trace.popularity == nil)
    }

    @Test func columnsByNameAndNumber() throws {
        let rows = "time,\"key, quoted\",size\n1,x,3\n2,\"a\nb\",3\r\n3,\"x\",\"\"\n"
        #expect(try read(rows, column: .named("key, quoted")).keys == [0, 1, 0])
        #expect(try read(rows, column: .number(2)).keys == [0, 1, 2, 1])
    }

    @Test func linesMayCrossThePiecesInWhichTheyAreRead() throws {
        let trace = try read((0..<20_000).map { "key number \($0 % 7000)" }.joined(separator: "\n"))
        #expect(trace.counts.count == 7000)
        #expect(trace.keys == (0..<20_000).map { UInt32($0 % 7000) })
    }

    @Test func errorsNameFileAndLine() throws {
        #expect(error("a,b\n1,2\n", column: .named("c")) == KeyTraceError(description: "t:1: there is no column c (columns: a, b)", exitCode: 65))
        #expect(error("a,b\n1,2\n\n3\n", column: .named("b")) == KeyTraceError(description: "t:4: the row has 1 fields, and the key is in field 2", exitCode: 65))
        #expect(error("\n\n") == KeyTraceError(description: "t: there is no request in it", exitCode: 65))
        #expect(error("a\n1\n\"2\n3", column: .number(1)) == KeyTraceError(description: "t:3: a quote is opened and never closed", exitCode: 65))
        #expect(error("a\n\"x\"y\n", column: .number(1))?.description.hasPrefix("t:2: field 1 goes on") == true)
        #expect(error(String(repeating: "x", count: 1 << 21))?.description == "t:1: the line is longer than 1048576 bytes")
        let missing = #expect(throws: KeyTraceError.self) { try KeyTrace.read("/nowhere/trace") }
        #expect(missing == KeyTraceError(description: "/nowhere/trace: there is no such file", exitCode: 66))
        let folder = #expect(throws: KeyTraceError.self) { try KeyTrace.read("/") }
        #expect(folder == KeyTraceError(description: "/: Is a directory", exitCode: 66))
    }

    @Test func generatedTracesFollowTheirPopularity() throws {
        let trace = KeyTrace.zipf(exponent: 1, keys: 50, requests: 20_000, seed: 3)
        #expect(trace.keys.count == 20_000 && trace.counts.reduce(0, +) == 20_000)
        #expect(trace.popularity == PopularityModel.zipf(exponent: 1).probabilities(count: 50))
        let share = Double(try #require(trace.counts.max())) / 20_000
        #expect(abs(share - trace.popularity![0]) < 0.015)
        #expect(trace.keys == KeyTrace.zipf(exponent: 1, keys: 50, requests: 20_000, seed: 3).keys)
        #expect(trace.keys != KeyTrace.zipf(exponent: 1, keys: 50, requests: 20_000, seed: 4).keys)
    }
}
