import Foundation
import Measurement
import Workload

/// run.json: what was run, where, when and with what result. It alone carries facts of the host.
package struct RunRecord: Sendable {
    package var version: String
    /// Of the sources; empty where it is not known.
    package var commit: String
    package var commandLine: [String]
    package var startedAt: Int64
    package var endedAt: Int64

    package init(version: String, commit: String, commandLine: [String], startedAt: Int64, endedAt: Int64 = 0) {
        self.version = version
        self.commit = commit
        self.commandLine = commandLine
        self.startedAt = startedAt
        self.endedAt = endedAt
    }

    func text(_ report: Report, host: Host) -> String {
        let reasons = report.reasons.map { "    \(JSONText.quoted($0))" }.joined(separator: ",\n")
        let invalid = report.invalid.map { "    \(JSONText.quoted($0))" }.joined(separator: ",\n")
        let notes = report.notes.map { "    \(JSONText.quoted($0))" }.joined(separator: ",\n")
        let traffic = report.points.flatMap { point in
            (report.traffic[point.index] ?? []).map { figure in
                let values = [("asked", figure.asked ?? .nan), ("achieved", point.mean(figure.column)), ("standard_error_of_a_run", figure.error ?? .nan)]
                return "    {\"point\": \(point.index), \"figure\": \(JSONText.quoted(figure.column)), " + values.map { "\"\($0)\": \($1.isFinite ? $1.description : "null")" }.joined(separator: ", ") + "}"
            }
        }.joined(separator: ",\n")
        let pipeline = report.plan.pipeline.map { "    \(JSONText.quoted($0.name)): \(JSONText.quoted($0.text))" }.joined(separator: ",\n")
        return """
            {
              "scenario": \(JSONText.quoted(report.plan.scenario)),
              "mode": \(JSONText.quoted(report.plan.mode.rawValue)),
              "seed": \(report.plan.seed),
              "points": \(report.points.count),
              "repeats": \(report.plan.repeats),
              "runs": \(report.points.reduce(0) { $0 + $1.repeats.count }),
              "verdict": \(JSONText.quoted(report.verdict.rawValue)),
              "exit_code": \(report.verdict.exitCode),
              "reasons": [\(reasons.isEmpty ? "" : "\n\(reasons)\n  ")],
              "invalid": [\(invalid.isEmpty ? "" : "\n\(invalid)\n  ")],
              "notes": [\(notes.isEmpty ? "" : "\n\(notes)\n  ")],
              "pipeline": {\(pipeline.isEmpty ? "" : "\n\(pipeline)\n  ")},
              "traffic": [\(traffic.isEmpty ? "" : "\n\(traffic)\n  ")],
              "started": \(JSONText.quoted(UTC.text(unixNanoseconds: startedAt))),
              "ended": \(JSONText.quoted(UTC.text(unixNanoseconds: endedAt))),
              "elapsed_s": \(Double((endedAt - startedAt) / 1_000_000) / 1000),
              "version": \(JSONText.quoted(version)),
              "commit": \(JSONText.quoted(commit)),
              "command_line": [\(commandLine.map { JSONText.quoted($0) }.joined(separator: ", "))],
              "host": {
                "system": \(JSONText.quoted(host.system)),
                "cpu": \(JSONText.quoted(host.cpu)),
                "cores": \(host.cores),
                "memory_bytes": \(host.memory)
              },
              "resolved_scenario": \(report.plan.resolvedScenario)
            }

            """
    }

    /// The machine that the run was on.
    struct Host {
        var system: String
        var cpu: String
        var cores: Int
        var memory: UInt64

        static func current() -> Host {
            let process = ProcessInfo.processInfo
            let cpuinfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            let model = cpuinfo.split(separator: "\n").first { $0.hasPrefix("model name") }?
                .split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
            return Host(
                system: process.operatingSystemVersionString, cpu: model ?? "unknown",
                cores: process.activeProcessorCount, memory: process.physicalMemory)
        }
    }
}
