import ArgumentParser
import Foundation
import Live
import Measurement
import Reporting
import Scenarios
import Storage

/// `crisol run`: runs a scenario and reports on it.
struct RunCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "run",
            abstract: "Run a scenario, simulated or live, and write its report.",
            discussion: """
                Writes summary.csv, questions.csv, timeseries.csv, latency.csv, run.json, plots, report.html, report.md and \
                junit.xml into results/<scenario>/<time>-<seed>/, and prints a table that compares the points.
                """)
    }

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case sim, live, both

        var runs: [RunIdentity.Mode] {
            switch self {
            case .sim: [.simulated]
            case .live: [.live]
            case .both: [.simulated, .live]
            }
        }
    }

    @Argument(help: "The scenario file.")
    var file: String

    @Option(help: "sim: in virtual time. live: over Kafka and SQLite or PostgreSQL in real time. both: one after the other, a folder each.")
    var mode: Mode = .sim

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key before validation; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    @Option(help: "The seed, in place of the scenario's.")
    var seed: UInt64?

    @Option(help: "Repeats of each point, in place of the scenario's.")
    var repeats: Int?

    @Option(help: ArgumentHelp("Where to write; must be empty or new, or see --resume. (default: results/<scenario>/<time>-<seed>)", valueName: "dir"))
    var out: String?

    @Flag(help: "Go on with the run in --out that was interrupted or killed: repeats that it finished are not run again.")
    var resume = false

    @Option(help: ArgumentHelp("One share of a sweep's points, such as 2/4; crisol merge makes one run of all shares.", valueName: "i/n"))
    var shard: String?

    @Option(help: "Repeats that are simulated side by side. (default: one for each processor)")
    var jobs: Int?

    @Option(help: ArgumentHelp("Live: a Kafka to use in place of the embedded broker.", valueName: "host:port,…"))
    var bootstrapServers: String?

    @Option(help: ArgumentHelp(
        "Live: a store to use in place of an SQLite file in the results: a file's path, or postgres://… with crisol_run=NAME for the name of its rows.",
        valueName: "path|url"))
    var store: String?

    @Option(help: "Live: the lowest level of what services say on standard error: \(Log.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
    var logLevel = Log.Level.error

    func validate() throws {
        if let repeats, !(1...10_000).contains(repeats) { throw ValidationError("--repeats must be from 1 to 10000, not \(repeats)") }
        if let shard, Shard(shard) == nil { throw ValidationError("--shard must be I/N with I from 1 to N, such as 2/4, not \(shard)") }
        if resume, out == nil { throw ValidationError("--resume goes with --out: the folder of the run to go on with") }
        if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be from 1 to 1024, not \(jobs)") }
        if bootstrapServers != nil, mode == .sim {
            throw ValidationError("--bootstrap-servers goes with --mode live or both: a simulation has no broker")
        }
        if store != nil, mode == .sim { throw ValidationError("--store goes with --mode live or both: a simulation has no store") }
    }

    func run() throws {
        Interruption.watch()
        do {
            let file = try ScenarioFile.load(path: file, overrides: set, seed: seed, repeats: repeats)
            let store = try store.map { text throws(StoreError) in try StoreLocation(text) }
            if case .sqlite(let path)? = store, file.points.count > 1 || file.scenario.repeats > 1 {
                throw ValidationError("--store \(path): an SQLite file holds one run, and this is a sweep or has repeats: leave --store out (each gets a file of its own) or give postgres://…")
            }
            // Before the first point is run and a folder made.
            if mode != .live { try file.requireModel(for: "a simulation") }
            if mode != .sim {
                if file.points.contains(where: { $0.scenario.judge.engine == .flink }) { _ = try FlinkInstallation() }
                try file.requireMetric()
            }
            for scenario in file.withTheirOwnTraffic { _ = try scenario.recordedTraffic() }
            try refuseOrNoteLiveFaults(file)
            var worst: Int32 = 0
            for mode in mode.runs where !Interruption.isAsked {
                worst = max(worst, try run(file, mode, store))
            }
            if worst != 0 { throw ExitCode(worst) }
        } catch {
            throw Failure.exit(error)
        }
    }

    /// Live faults are no business of a simulation's, and nobody's Kafka is taken down but our own.
    private func refuseOrNoteLiveFaults(_ file: ScenarioFile) throws {
        let faults = file.points.flatMap(\.scenario.liveFaults)
        let ofBroker = faults.first { fault in
            switch fault.kind {
            case .brokerDown, .brokerSlow: true
            case .storeDown, .kill: false
            }
        }
        if bootstrapServers != nil, let ofBroker {
            Terminal.say("faults.\(ofBroker.place): \(ofBroker.name) is for the embedded broker: leave --bootstrap-servers out, or the fault")
            throw ExitCode(64)
        }
        let ofMock = faults.first { if case .kill(.mockLLM, _) = $0.kind { true } else { false } }
        if let ofMock, file.points.contains(where: { $0.scenario.server != nil }) {
            Terminal.say("faults.\(ofMock.place): mock-llm is not the run's where provider.base_url names one: leave the fault out, or provider.base_url")
            throw ExitCode(65)
        }
        if mode != .live, !faults.isEmpty {
            var seen: Set<String> = []
            let names = faults.map(\.title).filter { seen.insert($0).inserted }
            Terminal.say("the simulation leaves out what only a live run has: \(names.joined(separator: ", "))")
        }
    }

    /// Runs all points in one mode; the exit code that its verdict stands for.
    private func run(_ file: ScenarioFile, _ mode: RunIdentity.Mode, _ store: StoreLocation?) throws -> Int32 {
        let startedAt = Int64(Date().timeIntervalSince1970 * 1e9)
        let shard = shard.flatMap(Shard.init) ?? .whole
        guard shard.count <= file.points.count else {
            throw ValidationError("--shard \(shard): the sweep has \(file.points.count) points, which is fewer than shards")
        }
        let plan = RunParts.Plan(version: Version.full, mode: mode, scenario: file.resolved.yaml, shard: shard)
        let (directory, parts) = try place(file, plan, startedAt)
        var record = RunRecord(
            version: Version.text, commit: Version.commit(), commandLine: StoreLocation.withoutPasswords(CommandLine.arguments), startedAt: startedAt)
        let output = try RunOutput(directory, plan: RunPlan(file, mode: mode))
        let settings = UnitSettings(
            file: file, mode: mode, bootstrapServers: bootstrapServers, store: store, log: Log(level: logLevel), folder: directory.path,
            parts: parts, keepsQuestions: RunPlan.keepsQuestions(file))
        let unfinished: [String]
        do {
            unfinished = try PointRunner(
                settings, shard: shard, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, output: output
            ).runAll()
        } catch {
            // A run that could not start leaves no folder that looks like one; rows that are there stay.
            if !(error is OutputError), !output.hasResults, !resume { directory.discard() }
            throw error
        }
        record.endedAt = Int64(Date().timeIntervalSince1970 * 1e9)
        let report = try output.finish(record, invalid: unfinished)
        if unfinished.isEmpty, shard == .whole { parts.discard() }
        let table = ClosingTable.text(report, width: Terminal.width(), colour: Terminal.wantsColour)
        try Terminal.show("\(table)report: \(directory.path)/report.html\n")
        if !unfinished.isEmpty { Terminal.say("to go on: the same command with --out \(directory.path) --resume") }
        return report.verdict.exitCode
    }

    /// The run's folder and the parts in it: new, or those of the run to go on with.
    private func place(_ file: ScenarioFile, _ plan: RunParts.Plan, _ startedAt: Int64) throws -> (RunDirectory, RunParts) {
        guard let out else {
            let directory = try RunDirectory.create(
                under: "results", scenario: file.scenario.name, seed: file.scenario.seed, startedAt: startedAt)
            return (directory, try RunParts.begin(in: directory, plan))
        }
        let path = mode == .both ? "\(out)/\(plan.mode.rawValue)" : out
        // A job that is started again gives the same command whether it had begun before or not.
        guard resume, let directory = try RunDirectory.reopen(path) else {
            let directory = try RunDirectory.use(path)
            return (directory, try RunParts.begin(in: directory, plan))
        }
        let parts = try RunParts(of: path)
        if let difference = plan.difference(from: parts.plan) {
            throw ValidationError("--resume: the run in \(path) is not this one: \(difference)")
        }
        guard parts.plan.shard == plan.shard else {
            throw ValidationError("--resume: the run in \(path) is shard \(parts.plan.shard), and this is \(plan.shard)")
        }
        return (directory, parts)
    }
}
