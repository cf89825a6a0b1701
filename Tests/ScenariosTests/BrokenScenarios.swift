import Scoring
import Testing

@testable import Scenarios

/// A scenario that must be refused, with the exact text and the exit code.
struct BrokenScenario: Sendable, CustomTestStringConvertible {
    let name: String
    let exitCode: Int32
    let overrides: [String]
    let yaml: String
    let text: String

    init(_ name: String, exitCode: Int32, overrides: [String] = [], _ yaml: String, says text: String) {
        self.name = name
        self.exitCode = exitCode
        self.overrides = overrides
        self.yaml = yaml
        self.text = text
    }

    var testDescription: String { name }
}

@Suite struct BrokenScenarios {
    @Test(arguments: brokenReading + brokenValues + brokenCombinations)
    func areRefusedInTheseWords(_ broken: BrokenScenario) {
        // As on a machine without BERTScore's model.
        BERTScoreFiles.$folder.withValue("/nonexistent") {
            let error = #expect(throws: ScenarioError.self, "\(broken.name)") { try ScenarioFile.load(text: broken.yaml, path: "f.yaml", overrides: broken.overrides) }
            #expect(error?.description == broken.text)
            #expect(error?.exitCode == broken.exitCode)
        }
    }

    @Test func thereAreManyAndNoneTwice() {
        let all = brokenReading + brokenValues + brokenCombinations
        #expect(all.count >= 100)
        #expect(Set(all.map(\.name)).count == all.count)
    }
}

/// Files that are hostile or no text at all: an error in bounded time, never a crash.
@Suite struct HostileFiles {
    private let good = "name: a\nduration: 1m\ntraffic: {arrivals: {process: poisson, rate: 5/s}}\n"

    private func refusal(_ bytes: [UInt8]) -> String {
        do throws(ScenarioError) {
            _ = try ScenarioFile.load(bytes: bytes, path: "f.yaml", overrides: [], seed: nil, repeats: nil)
            return "loaded"
        } catch {
            return "\(error.exitCode) \(error.diagnostics[0].text)"
        }
    }

    @Test func deepNesting() {
        #expect(
            refusal(Array(repeating: UInt8(ascii: "["), count: 500_000))
                == "65 f.yaml:1:1: too many opening brackets for a scenario (allowed: up to 1000 of [ and {)")
        let stairs = (0..<300).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(refusal(Array(stairs.utf8)) == "65 f.yaml:202:1: the line is indented too deep (allowed: up to 200 columns)")
        #expect(
            refusal(Array(String(repeating: "- ", count: 500).utf8))
                == "65 f.yaml:1:1: the line is indented too deep (allowed: up to 200 columns)")
        // The deepest that is read at all.
        #expect(
            refusal(Array((String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)).utf8))
                == "65 f.yaml:1:1: the file must be a mapping of keys such as name, duration and traffic (seen: a list)")
    }

    @Test func aliasesThatExpandWithoutEnd() {
        var laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, previous) in zip("bcdefghijk", "abcdefghij") {
            laughs += "\(name): &\(name) [\(Array(repeating: "*\(previous)", count: 10).joined(separator: ", "))]\n"
        }
        #expect(refusal(Array(laughs.utf8)) == "65 f.yaml:1:1: the file's aliases expand to more than 250000 values")
    }

    @Test func tooLarge() {
        #expect(
            refusal(Array(repeating: UInt8(ascii: "a"), count: 2 << 20))
                == "65 f.yaml:1:1: the file is too large for a scenario (seen: 2097152 bytes; allowed: up to 1048576 bytes)")
    }

    @Test func noUTF8AndControlCharacters() {
        #expect(
            refusal(Array(good.utf8) + Array("description: caf".utf8) + [0xE9])
                == "65 f.yaml:4:1: the file is not UTF-8 text: save it in that encoding")
        #expect(refusal(Array("name: ñandú\nduration: 1m\u{7}\n".utf8)) == "65 f.yaml:2:13: not valid YAML: control characters are not allowed")
        #expect(refusal([0]) == "65 f.yaml:1:1: not valid YAML: control characters are not allowed")
    }

    @Test func byteOrderMarkAndWindowsLineEndsAreFine() {
        #expect(refusal([0xEF, 0xBB, 0xBF] + Array(good.replacing("\n", with: "\r\n").utf8)) == "loaded")
    }

    @Test func manyErrorsAreCounted() throws {
        let keys = (0..<5000).map { "k\($0): 1" }.joined(separator: "\n")
        let error = try #require(throws: ScenarioError.self) { try ScenarioFile.load(text: keys, path: "f.yaml") }
        #expect(error.diagnostics.count == 101)
        #expect(error.diagnostics.last?.text == "f.yaml: and 4903 more errors")
    }

    @Test func filesThatAreNotThere() throws {
        func refused(_ path: String) throws -> String {
            let error = try #require(throws: ScenarioError.self) { try ScenarioFile.load(path: path) }
            return "\(error.exitCode) \(error.description)"
        }
        #expect(try refused("nowhere/at-all.yaml") == "66 nowhere/at-all.yaml: there is no such file")
        #expect(try refused("/") == "66 /: is a folder, not a scenario file")
        #expect(try refused("/dev/zero") == "65 /dev/zero: the file is too large for a scenario (allowed: up to 1048576 bytes)")
    }
}
