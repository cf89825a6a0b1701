import Foundation
import Glibc
import Live
import Measurement
import Reporting
import Scenarios
import Simulation
import Storage
import Synchronization
import Workload

/// What all units of a run share.
struct UnitSettings: Sendable {
    let file: ScenarioFile
    let mode: RunIdentity.Mode
    var bootstrapServers: String?
    /// nil: an SQLite file among the results.
    var store: StoreLocation?
    var log: Log
    /// The run's folder.
    let folder: String
    let parts: RunParts
    let keepsQuestions: Bool
}

/// Corpora by where they come from: points tend to share one, and it is loaded once.
final class CorpusShelf: Sendable {
    private let shelf = Mutex<[(source: CorpusSource, corpus: Corpus)]>([])

    /// - Parameter say: is told once what is wrong with a corpus that can be used all the same.
    func corpus(of source: CorpusSource, say: (String) -> Void) throws -> Corpus {
        try shelf.withLock { shelf in
            if let known = shelf.first(where: { $0.source == source }) { return known.corpus }
            let corpus = try Corpus.load(source)
            let report = corpus.report
            if report.badRows > 0 {
                say("corpus: \(report.rows) rows read, \(report.badRows) of them bad and left out:")
                for row in report.firstBadRows { say("  line \(row.line): \(row.reason)") }
                if report.badRows > report.firstBadRows.count { say("  and \(report.badRows - report.firstBadRows.count) more") }
            }
            // A sweep over corpora goes from one to the next; those before are not met again soon.
            if shelf.count >= 4 { shelf.removeFirst() }
            shelf.append((source, corpus))
            return corpus
        }
    }
}

/// Runs units, one after another, on one thread.
struct UnitRunner {
    private let settings: UnitSettings
    private let corpora: CorpusShelf
    private let progress: ProgressLine
    /// The point of the latest unit, made ready: the next one is a repeat of it as a rule.
    private var ready: (point: ScenarioFile.Point, corpus: Corpus, simulated: SimulatedRun)?

    init(_ settings: UnitSettings, corpora: CorpusShelf, progress: ProgressLine) {
        (self.settings, self.corpora, self.progress) = (settings, corpora, progress)
    }

    /// Runs a unit and files it among the parts.
    /// - Returns: nil where the run was interrupted before the unit came to anything.
    mutating func run(_ unit: RepeatSchedule.Unit) throws -> RunPart? {
        if let part = try settings.parts.part(point: unit.point, replication: unit.replication) { return part }
        guard !Interruption.isAsked else { return nil }
        let (point, corpus, simulated) = try ready(unit.point)
        let writer = try settings.parts.writer(point: unit.point, replication: unit.replication, keepsQuestions: settings.keepsQuestions)
        let sink = writer.questionSink(RunOutput.place(unit.point, unit.replication))
        let identity = identity(point, unit.replication)
        let result =
            switch settings.mode {
            case .simulated: try simulated.run(repeat: unit.replication, identity: identity, sink: sink, isInterrupted: { Interruption.isAsked })
            case .live: try runLive(point, identity, corpus, sink)
            }
        try writer.closeRows(result)
        var part = RunPart(result)
        if unit.replication == 0 {
            if point.scenario.hasProviderModel { part.theory = Explanation(point.scenario, corpus: corpus).theory }
            part.traffic = AskedFigure.all(of: point.scenario, items: corpus.count)
            if result.invalid.isEmpty, let note = point.scenario.endedEarly(asked: result.totals.asked) {
                let place = settings.file.points.count > 1 ? " (at \(point.values.map(\.text).joined(separator: ", ")))" : ""
                part.notes = [note.prefix(1).uppercased() + note.dropFirst() + place + "."]
            }
        }
        // One that was cut short is shown and not kept: whoever goes on with the run begins it anew.
        if !Interruption.isAsked || result.invalid.isEmpty { try writer.finish(part) }
        return part
    }

    private mutating func ready(_ index: Int) throws -> (point: ScenarioFile.Point, corpus: Corpus, simulated: SimulatedRun) {
        if let ready, ready.point.index == index { return ready }
        let point = settings.file.points[index]
        let corpus = try corpora.corpus(of: point.scenario.traffic.corpus) { [progress] line in
            progress.clear()
            Terminal.say(line)
        }
        let next = (point, corpus, SimulatedRun(point.scenario, corpus: corpus))
        ready = next
        return next
    }

    private func identity(_ point: ScenarioFile.Point, _ replication: Int) -> RunIdentity {
        RunIdentity(
            scenario: point.scenario.name, seed: point.scenario.seed, mode: settings.mode, point: point.index, replication: replication,
            swept: point.values.map { RunIdentity.SweptValue(key: $0.key, value: $0.text) })
    }

    // MARK: Live

    /// Questions of a live repeat up to which all that its services say is kept.
    private static let loggedQuestions = 10_000

    /// What a run's own processes are started with: the point's scenario in a file that only this user can read.
    private static func launch(_ point: ScenarioFile.Point) throws -> ProcessLaunch {
        let path = NSTemporaryDirectory() + "crisol-\(getpid())-\(point.index)-\(UInt32.random(in: 0 ... .max)).yaml"
        guard FileManager.default.createFile(atPath: path, contents: Data(point.resolved.yaml.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw OutputError(path: path, what: "cannot be created", errno: errno)
        }
        return ProcessLaunch(executable: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), scenarioFile: path)
    }

    private func runLive(_ point: ScenarioFile.Point, _ identity: RunIdentity, _ corpus: Corpus, _ sink: QuestionSink?) throws -> RunResult {
        let scenario = point.scenario
        let store = try store(of: point, identity.replication)
        let launch = try scenario.live.processes ? Self.launch(point) : nil
        defer { if let launch { unlink(launch.scenarioFile) } }
        var plan = LivePlan(identity: identity, scenario: scenario, bootstrapServers: settings.bootstrapServers, store: store, processes: launch)
        // Some ten lines a question: what a person may want to read one day.
        if scenario.expectedQuestions <= Self.loggedQuestions {
            let path = "\(settings.folder)/log\(suffix(of: point, identity.replication)).jsonl"
            try Self.takeAway(path)
            plan.log = Log(level: settings.log.level, file: try Log.File(path: path))
        } else {
            plan.log = settings.log
        }
        let draws = Draws(seed: scenario.seed, repeat: identity.replication)
        let run = try LiveRun(
            plan, corpus: corpus,
            popularity: Popularity(reading: scenario.traffic.popularity, count: corpus.count, draws: draws, drift: scenario.traffic.drift),
            measurement: RunRecorder(RecorderConfiguration(scenario, items: corpus.count, sink: sink)))
        if settings.bootstrapServers == nil {
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

    /// What a repeat left behind that was cut short would be taken for this one's.
    private static func takeAway(_ file: String) throws(OutputError) {
        if unlink(file) != 0, errno != ENOENT { throw OutputError(path: file, what: "cannot be taken away", errno: errno) }
    }

    /// What tells the files of one repeat from another's.
    private func suffix(of point: ScenarioFile.Point, _ replication: Int) -> String {
        settings.file.points.count == 1 && point.scenario.repeats == 1 ? "" : "-\(point.index)-\(replication)"
    }

    /// Each repeat has a store of its own: a file, or a run's rows in the database that was given.
    private func store(of point: ScenarioFile.Point, _ replication: Int) throws -> StoreLocation {
        let suffix = suffix(of: point, replication)
        switch settings.store {
        case nil:
            let path = "\(settings.folder)/store\(suffix).sqlite"
            for file in [path, "\(path)-wal", "\(path)-shm"] { try Self.takeAway(file) }
            return .sqlite(path: path)
        case .sqlite(let path): return .sqlite(path: path)
        case .postgres(_, let run)?:
            let folder = settings.folder.split(separator: "/").suffix(2).joined(separator: "/")
            return settings.store!.named(run: (run == StoreLocation.defaultRun ? folder : run) + suffix)
        }
    }
}
