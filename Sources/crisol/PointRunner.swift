import Foundation
import Glibc
import Live
import Measurement
import Reporting
import Scenarios
import Simulation
import Storage
import Workload

/// Runs the points of a scenario with their repeats, one after another, in one mode.
struct PointRunner {
    let file: ScenarioFile
    let mode: RunIdentity.Mode
    let bootstrapServers: String?
    /// nil: an SQLite file among the results.
    let store: StoreLocation?
    let log: Log
    let output: RunOutput
    /// Why the run as a whole is not to be used, where it ended early.
    private(set) var unfinished: [String] = []

    /// What theory says of the points that were begun.
    private(set) var theory: [Int: [TheoryFigure]] = [:]

    /// What was asked of the traffic of those points.
    private(set) var traffic: [Int: [AskedFigure]] = [:]

    /// What readers of the figures must know beside them.
    private(set) var notes: [String] = []

    private let progress = ProgressLine()
    private var loaded: (source: CorpusSource, corpus: Corpus)?

    init(
        file: ScenarioFile, mode: RunIdentity.Mode, bootstrapServers: String?, store: StoreLocation?, log: Log, output: RunOutput
    ) {
        self.log = log
        self.file = file
        self.mode = mode
        self.bootstrapServers = bootstrapServers
        self.store = store
        self.output = output
    }

    mutating func runAll() throws {
        defer { progress.clear() }
        var done = 0
        let total = file.points.reduce(0) { $0 + $1.scenario.repeats }
        for point in file.points {
            let corpus = try corpus(of: point.scenario.traffic.corpus)
            if point.scenario.hasProviderModel { theory[point.index] = Explanation(point.scenario, corpus: corpus).theory }
            traffic[point.index] = AskedFigure.all(of: point.scenario, items: corpus.count)
            let simulated = SimulatedRun(point.scenario, corpus: corpus)
            for replication in 0..<point.scenario.repeats {
                if Interruption.isAsked {
                    unfinished = ["the run was interrupted: \(done) of \(total) repeats were run"]
                    return
                }
                progress.show("\(file.scenario.name): \(done + 1) of \(total)")
                let result =
                    switch mode {
                    case .simulated: try simulate(point, replication, simulated)
                    case .live: try runLive(point, replication, corpus)
                    }
                try output.add(result)
                if replication == 0, result.invalid.isEmpty, let note = point.scenario.endedEarly(asked: result.totals.asked) {
                    let place = file.points.count > 1 ? " (at \(point.values.map(\.text).joined(separator: ", ")))" : ""
                    notes.append(note.prefix(1).uppercased() + note.dropFirst() + place + ".")
                }
                done += 1
            }
        }
    }

    /// Points tend to share a corpus: it is loaded once.
    private mutating func corpus(of source: CorpusSource) throws -> Corpus {
        if let loaded, loaded.source == source { return loaded.corpus }
        let corpus = try Corpus.load(source)
        let report = corpus.report
        if report.badRows > 0 {
            progress.clear()
            Terminal.say("corpus: \(report.rows) rows read, \(report.badRows) of them bad and left out:")
            for row in report.firstBadRows { Terminal.say("  line \(row.line): \(row.reason)") }
            if report.badRows > report.firstBadRows.count { Terminal.say("  and \(report.badRows - report.firstBadRows.count) more") }
        }
        loaded = (source, corpus)
        return corpus
    }

    private func identity(_ point: ScenarioFile.Point, _ replication: Int) -> RunIdentity {
        RunIdentity(
            scenario: point.scenario.name, seed: point.scenario.seed, mode: mode, point: point.index, replication: replication,
            swept: point.values.map { RunIdentity.SweptValue(key: $0.key, value: $0.text) })
    }

    private func simulate(_ point: ScenarioFile.Point, _ replication: Int, _ run: SimulatedRun) throws -> RunResult {
        try run.run(
            repeat: replication, identity: identity(point, replication),
            sink: output.questionSink(point: point.index, replication: replication), isInterrupted: { Interruption.isAsked })
    }

    /// What a run's own processes are started with: the point's scenario in a file that only this user can read.
    private static func launch(_ point: ScenarioFile.Point) throws -> ProcessLaunch {
        let path = NSTemporaryDirectory() + "crisol-\(getpid())-\(point.index)-\(UInt32.random(in: 0 ... .max)).yaml"
        guard FileManager.default.createFile(atPath: path, contents: Data(point.resolved.yaml.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw OutputError(path: path, what: "cannot be created", errno: errno)
        }
        return ProcessLaunch(executable: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), scenarioFile: path)
    }

    private func runLive(_ point: ScenarioFile.Point, _ replication: Int, _ corpus: Corpus) throws -> RunResult {
        let scenario = point.scenario
        let store = store(of: point, replication)
        let launch = try scenario.live.processes ? Self.launch(point) : nil
        defer { if let launch { unlink(launch.scenarioFile) } }
        var plan = LivePlan(
            identity: identity(point, replication), scenario: scenario, bootstrapServers: bootstrapServers, store: store,
            processes: launch)
        // Some ten lines a question: what a person may want to read one day.
        if scenario.expectedQuestions <= Self.loggedQuestions {
            plan.log = Log(level: log.level, file: try Log.File(path: "\(output.directory.path)/log\(suffix(of: point, replication)).jsonl"))
        } else {
            plan.log = log
        }
        let draws = Draws(seed: scenario.seed, repeat: replication)
        let recorder = RunRecorder(
            RecorderConfiguration(scenario, items: corpus.count, sink: output.questionSink(point: point.index, replication: replication)))
        let run = try LiveRun(
            plan, corpus: corpus, popularity: Popularity(reading: scenario.traffic.popularity, count: corpus.count, draws: draws, drift: scenario.traffic.drift),
            measurement: recorder)
        if bootstrapServers == nil {
            progress.clear()
            Terminal.say("embedded broker at \(run.bootstrapServers) while this repeat runs; store \(store)")
        }
        defer {
            for complaint in run.complaints {
                progress.clear()
                Terminal.say("\(scenario.server!.baseURL): \(complaint)")
            }
        }
        return run.run(
            isInterrupted: { Interruption.isAsked },
            watch: { now in
                progress.show(
                    "\(scenario.name): \(now.now.nanoseconds / 1_000_000_000) s, \(now.asked) asked, \(now.settled) settled"
                        + (now.isDraining ? ", draining" : ""))
            })
    }

    /// Each repeat has a store of its own: a file, or a run's rows in the database that was given.
    /// Questions of a live repeat up to which all that its services say is kept.
    private static let loggedQuestions = 10_000

    /// What tells the files of one repeat from another's.
    private func suffix(of point: ScenarioFile.Point, _ replication: Int) -> String {
        file.points.count == 1 && point.scenario.repeats == 1 ? "" : "-\(point.index)-\(replication)"
    }

    private func store(of point: ScenarioFile.Point, _ replication: Int) -> StoreLocation {
        let suffix = suffix(of: point, replication)
        switch store {
        case nil: return .sqlite(path: "\(output.directory.path)/store\(suffix).sqlite")
        case .sqlite(let path): return .sqlite(path: path)
        case .postgres(_, let run)?:
            let folder = output.directory.path.split(separator: "/").suffix(2).joined(separator: "/")
            return store!.named(run: (run == StoreLocation.defaultRun ? folder : run) + suffix)
        }
    }
}
