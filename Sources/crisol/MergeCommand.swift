import ArgumentParser
import Foundation
import Measurement
import Reporting
import Scenarios
import Storage

/// `crisol merge`: one run from the shards of a sweep.
struct MergeCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "merge",
            abstract: "Make one run of the shards of a sweep.",
            discussion: """
                Takes the folders of `crisol run --shard 1/N` … `N/N`, in any order, and writes what the unsharded run would have \
                written: the files are the same byte for byte, but for run.json and the report's last lines, which say where \
                and when.
                """)
    }

    @Argument(help: "The shards' folders.")
    var folders: [String]

    @Option(help: ArgumentHelp("Where to write; must be empty or new. (default: results/<scenario>/<time>-<seed>)", valueName: "dir"))
    var out: String?

    func run() throws {
        do {
            let exitCode = try merge()
            if exitCode != 0 { throw ExitCode(exitCode) }
        } catch let error as ValidationError {
            // With this command's usage below it.
            Self.exit(withError: error)
        } catch {
            throw Failure.exit(error)
        }
    }

    private func merge() throws -> Int32 {
        let startedAt = Int64(Date().timeIntervalSince1970 * 1e9)
        let shards = try shards()
        let plan = shards[0].plan
        let file = try ScenarioFile.load(text: plan.scenario, path: "\(shards[0].folder)/plan.json")
        // Nothing is written where something is missing.
        let parts = try parts(of: file, shards)
        let directory =
            if let out { try RunDirectory.use(out) } else {
                try RunDirectory.create(under: "results", scenario: file.scenario.name, seed: file.scenario.seed, startedAt: startedAt)
            }
        let output = try RunOutput(directory, plan: RunPlan(file, mode: plan.mode))
        for (unit, shard) in parts {
            guard let part = try shard.part(point: unit.point, replication: unit.replication) else { continue }
            try output.add(part, rowsFrom: shard)
        }
        var record = RunRecord(
            version: Version.text, commit: Version.commit(), commandLine: StoreLocation.withoutPasswords(CommandLine.arguments), startedAt: startedAt)
        record.endedAt = Int64(Date().timeIntervalSince1970 * 1e9)
        let report = try output.finish(record)
        let table = ClosingTable.text(report, width: Terminal.width(), colour: Terminal.wantsColour)
        try Terminal.show("\(table)report: \(directory.path)/report.html\n")
        return report.verdict.exitCode
    }

    /// The repeats that count, each with the shard that has it. What a shard has run beyond them, on a guess, does not.
    private func parts(of file: ScenarioFile, _ shards: [RunParts]) throws -> [(unit: RepeatSchedule.Unit, shard: RunParts)] {
        var schedule = RepeatSchedule(file, shard: .whole)
        var parts: [(unit: RepeatSchedule.Unit, shard: RunParts)] = []
        while let unit = schedule.take() {
            let shard = shards[unit.point % shards.count]
            guard shard.has(point: unit.point, replication: unit.replication) else {
                throw ValidationError(
                    "\(shard.folder): repeat \(unit.replication) of point \(unit.point) is missing: the shard has not come to its end; go on with it (crisol run … --resume) first")
            }
            // Only a stopping rule looks into the results, which are read once more for the report.
            if file.scenario.stopping != nil, let part = try shard.part(point: unit.point, replication: unit.replication) {
                schedule.finished(unit, part.result)
            }
            parts.append((unit, shard))
        }
        return parts
    }

    /// The shards in the order of their numbers, each once.
    private func shards() throws -> [RunParts] {
        let given = try folders.map { folder throws(OutputError) in try RunParts(of: folder) }
        let count = given[0].plan.shard.count
        var byNumber: [RunParts?] = Array(repeating: nil, count: count)
        for shard in given {
            if let difference = given[0].plan.difference(from: shard.plan) {
                throw ValidationError("\(shard.folder) is no shard of the run in \(given[0].folder): \(difference)")
            }
            guard shard.plan.shard.count == count else {
                throw ValidationError("\(shard.folder) is shard \(shard.plan.shard), and \(given[0].folder) is \(given[0].plan.shard): all must be of one number of shards")
            }
            if let other = byNumber[shard.plan.shard.number - 1] {
                throw ValidationError("\(other.folder) and \(shard.folder) are both shard \(shard.plan.shard)")
            }
            byNumber[shard.plan.shard.number - 1] = shard
        }
        let missing = byNumber.indices.filter { byNumber[$0] == nil }.map { "\($0 + 1)/\(count)" }
        guard missing.isEmpty else {
            throw ValidationError("\(missing.count == 1 ? "a shard is" : "shards are") missing: \(missing.joined(separator: ", "))")
        }
        return byNumber.compactMap { $0 }
    }
}
