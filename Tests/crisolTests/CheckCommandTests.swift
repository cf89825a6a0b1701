import ArgumentParser
import Foundation
import Testing

@testable import crisol

@Suite struct Checking {
    private let scenario = "name: a\nduration: 90s\nrepeats: 2\ntraffic: {arrivals: {process: poisson, rate: 5/s}}\n"

    private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
        let file = FileManager.default.temporaryDirectory.appending(path: "crisol-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try body(file.path)
    }

    @Test func aGoodFileIsOneLine() throws {
        try withFile(scenario) { path in
            let (text, code) = CheckCommand.check(path, overrides: [])
            #expect(text == "\(path): ok, 1 point × 2 repeats, 90s of traffic, built-in corpus, 0 checks")
            #expect(code == 0)
        }
    }

    @Test func sweepsNameTheirCorpora() throws {
        try withFile(scenario + "sweep: {traffic.corpus.synthetic: [5, 6], pipeline.cache.policy: [lru, fifo]}\n") { path in
            let (text, code) = CheckCommand.check(path, overrides: ["questions=1"])
            #expect(text == "\(path): ok, 4 points × 2 repeats, 1 question, synthetic corpus of 5 and synthetic corpus of 6, 0 checks")
            #expect(code == 0)
        }
    }

    @Test func badFilesHaveTheContractsExitCodes() throws {
        #expect(CheckCommand.check("nowhere.yaml", overrides: []) == ("nowhere.yaml: there is no such file", 66))
        try withFile(scenario) { path in
            #expect(CheckCommand.check(path, overrides: ["seed=x"]).exitCode == 65)
            #expect(CheckCommand.check(path, overrides: ["seed"]).exitCode == 64)
            #expect(CheckCommand.check(path, overrides: ["traffic.corpus.csv=nowhere.csv"]).exitCode == 66)
            // A corpus of nothing but bad rows: this scenario file.
            #expect(CheckCommand.check(path, overrides: ["traffic.corpus.csv=\(path)"]).exitCode == 65)
        }
    }

    @Test func usageErrorsAre64() {
        for arguments in [["check"], ["check", "--nonsense", "a.yaml"], ["chekc"], ["schema", "more"]] {
            do {
                _ = try Crisol.parseAsRoot(arguments)
                Issue.record("\(arguments) was accepted")
            } catch {
                #expect(Crisol.exitCode(for: error).rawValue == 64)
            }
        }
    }
}
