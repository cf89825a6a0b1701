import SeededChance
import Testing
import Workload

@testable import Scenarios

/// Good scenarios with random slips: whatever they are, they load or are refused; nothing traps or hangs.
@Suite struct Mutations {
    private static let tokens = [
        "[", "]", "{", "}", ":", ",", "-", "#", "&a ", "*a", "<<: ", "!!str ", "|", ">", "\"", "'", "\n", "  ", "\t", "%", "? ", "~", "null",
        "true", "0", "-1", "1e400", ".inf", ".nan", "99999999999999999999", "5/s", "1ns", "3650d", "none", "name", "sweep", "pipeline",
        "faults:\n", "\u{0}", "é", "\u{FEFF}", "---\n", "...\n", "pipeline.cache.policy", "0x10", "1_000",
    ]

    @Test(arguments: 0..<8) func neverTrap(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        let good = Array(contractExample.utf8)
        for _ in 0..<60 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                let end = min(bytes.count, at + Int.random(in: 0...12, using: &random))
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(at..<end)
                case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random)!.utf8, at: at)
                }
            }
            do throws(ScenarioError) {
                let file = try ScenarioFile.load(bytes: bytes, path: "f.yaml", overrides: [], seed: nil, repeats: nil)
                #expect(file.points.count >= 1)
            } catch {
                #expect(!error.diagnostics.isEmpty)
                #expect((65...66).contains(error.exitCode))
            }
        }
    }

    /// Any key with any of these values, by --set: refused, or a scenario that the models accept.
    @Test func keysWithRandomValuesMakeSoundScenarios() {
        var random = SplitMix(state: 7)
        let values = ["0", "1", "-1", "0.5", "1e9", "5s", "0s", "1ns", "5/s", "1GiB", "true", "none", "never", "unlimited", "[]", "{}", "[1s, 2s]", "lru", "uniform", "''", "{500: overload}"]
        let paths = Validation.paths
        for _ in 0..<400 {
            let overrides = (0..<2).map { _ in "\(paths.randomElement(using: &random)!)=\(values.randomElement(using: &random)!)" }
            guard let file = try? ScenarioFile.load(text: contractExample, overrides: overrides) else { continue }
            let scenario = file.scenario
            #expect(scenario.provider.problem == nil, "\(overrides)")
            #expect(scenario.traffic.arrivals.problem == nil, "\(overrides)")
            #expect(scenario.traffic.popularity.problem == nil, "\(overrides)")
            #expect(scenario.traffic.corpus.problem == nil, "\(overrides)")
        }
    }
}
