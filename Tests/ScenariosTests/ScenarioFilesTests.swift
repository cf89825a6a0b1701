import Foundation
import Testing

@testable import Scenarios

/// The scenarios that come with Crisol.
@Suite struct ScenarioFiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        + "/scenarios"
    static let names = [
        "quickstart", "cache-policies", "threshold-tradeoff", "cold-cache", "overload-burst", "quota-exhausted", "circuit-breaker", "live-faults", "llm-openai", "profiles/jaccard-dlq", "profiles/tfidf-accept",
        "profiles/bertscore-best", "profiles/bertscore-flink", "profiles/cosine-feedback",
    ]

    @Test(arguments: names) func loads(_ name: String) throws {
        let file = try ScenarioFile.load(path: "\(Self.folder)/\(name).yaml")
        #expect(file.scenario.name == name.split(separator: "/").last.map(String.init))
        #expect(!file.scenario.description.isEmpty)
        #expect(!file.scenario.checks.isEmpty)
        #expect(try ScenarioFile.load(text: file.resolved.yaml).points.map(\.scenario) == file.points.map(\.scenario))
    }

    /// What a profile's scenario writes out for its readers is what the profile sets.
    @Test(arguments: Profile.names) func aProfilesScenarioShowsTheProfile(_ name: String) throws {
        let path = "\(Self.folder)/profiles/\(name).yaml"
        let alone = try ScenarioFile.load(path: path, overrides: ["pipeline={profile: \(name)}"])
        #expect(try ScenarioFile.load(path: path).scenario == alone.scenario)
    }

    @Test func theOverloadScenarioIsTheContractsExample() throws {
        let file = try ScenarioFile.load(path: "\(Self.folder)/overload-burst.yaml")
        #expect(try ScenarioFile.load(text: contractExample).points.map(\.scenario) == file.points.map(\.scenario))
    }
}
