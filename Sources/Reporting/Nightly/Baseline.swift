import Foundation
import Measurement
import Workload

/// The run that later ones are held against: `<folder>/<scenario>/<mode>/summary.csv`, with a run.json of what a
/// comparison needs, small enough to be committed.
package struct Baseline: Sendable {
    let folder: String

    package init(under root: String, scenario: String, mode: String) {
        folder = "\(root)/\(RunDirectory.folderName(of: scenario))/\(mode)"
    }

    package enum Found: Sendable {
        case comparison(RunComparison)
        /// Why there is none.
        case none(String)
    }

    /// Whether the run can be held against the baseline. What a live run measures depends on the machine; what is
    /// simulated does not.
    func obstacle(to run: RunFacts?, mode: String) -> String? {
        let isLive = mode == RunIdentity.Mode.live.rawValue
        guard FileManager.default.fileExists(atPath: "\(folder)/summary.csv") else { return isLive ? "the history judges it" : "no baseline: \(folder) is not there" }
        guard isLive else { return nil }
        let here = run?.host ?? "", there = RunFacts(folder: folder)?.host ?? ""
        return here == there && !here.isEmpty ? nil : "the baseline is of another machine (\(there.isEmpty ? "not named" : there); here: \(here))"
    }

    /// Makes a finished run the baseline.
    func replace(with run: String) throws(OutputError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw OutputError(path: folder, what: "cannot be made", errno: errno)
        }
        guard let summary = FileManager.default.contents(atPath: "\(run)/summary.csv"), let bytes = FileManager.default.contents(atPath: "\(run)/run.json"),
            let record = try? JSONValue(reading: Array(bytes)), let facts = RunFacts(folder: run)
        else { throw OutputError(path: run, what: "holds no finished run", errno: ENOENT) }
        let isLive = record["mode"]?.text == RunIdentity.Mode.live.rawValue
        // No moment, no command line and, where it does not matter, no machine: the same figures make the same file.
        var lines = ["scenario", "mode", "verdict", "version", "commit"].compactMap { name in record[name]?.text.map { "  \"\(name)\": \(JSONText.quoted($0))" } }
        lines.append("  \"reasons\": [\(facts.reasons.map { JSONText.quoted($0) }.joined(separator: ", "))]")
        if isLive, let host = record["host"] { lines.append("  \"host\": \(String(decoding: host.bytes, as: UTF8.self))") }
        lines.append("  \"resolved_scenario\": \(facts.resolvedScenario)")
        try OutputFile.write(String(decoding: summary, as: UTF8.self), to: "\(folder)/summary.csv")
        try OutputFile.write("{\n\(lines.joined(separator: ",\n"))\n}\n", to: "\(folder)/run.json")
    }
}
