import Foundation
import Measurement
import Reporting
import Scenarios
import Workload

/// run.json of a finished run, read again.
struct StoredRun {
    let mode: RunIdentity.Mode
    /// Of the Crisol that made the figures.
    let version: String
    let commit: String
    /// Why the run as a whole is not to be used.
    let invalid: [String]
    /// The scenario as it was run.
    let file: ScenarioFile

    init(_ directory: String) throws {
        let path = "\(directory)/run.json"
        func problem(_ text: String) -> ServiceEnded { ServiceEnded(reason: "\(path) \(text)", exitCode: 65) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw problem("is not there: the run did not come to its end, and its scenario is not known")
        }
        let bytes = Array(data)
        guard let record = try? JSONValue(reading: bytes) else { throw problem("is no run's record") }
        guard let mode = record["mode"]?.text.flatMap(RunIdentity.Mode.init), let version = record["version"]?.text,
            // As text, for a seed may have more digits than a JSON reader's numbers; it is the last of the record's members.
            let start = data.range(of: Data("\n  \"resolved_scenario\": ".utf8))?.upperBound, let end = bytes.lastIndex(of: UInt8(ascii: "}")), start < end
        else { throw problem("has no mode, version and resolved_scenario: it is not this version's") }
        (self.mode, self.version, commit) = (mode, version, record["commit"]?.text ?? "")
        invalid = record["invalid"]?.list?.compactMap(\.text) ?? []
        file = try ScenarioFile.load(bytes: Array(bytes[start..<end]), path: "scenario.yaml", overrides: [], seed: nil, repeats: nil)
    }
}
