import Foundation
import Workload

/// What run.json says of a run beside its figures.
struct RunFacts: Sendable, Equatable {
    let commit: String
    /// The machine, in words; empty where run.json does not say.
    let host: String
    /// The scenario as it was resolved: a JSON text.
    let resolvedScenario: String
    let reasons: [String]

    /// Nil where there is no run.json, or none that can be read.
    init?(folder: String) {
        guard let bytes = FileManager.default.contents(atPath: "\(folder)/run.json"), let record = try? JSONValue(reading: Array(bytes)) else { return nil }
        commit = record["commit"]?.text ?? ""
        reasons = record["reasons"]?.list?.compactMap(\.text) ?? []
        resolvedScenario = record["resolved_scenario"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? "{}"
        guard let machine = record["host"], let cpu = machine["cpu"]?.text else {
            host = ""
            return
        }
        var parts = [cpu, "\(machine["cores"]?.integer ?? 0) cores"]
        if let memory = machine["memory_bytes"]?.integer { parts.append("\((memory + (1 << 29)) >> 30) GiB") }
        host = parts.joined(separator: "; ")
    }
}
