import ArgumentParser
import Foundation
import Measurement
import Reporting
import Scenarios
import Workload

/// `crisol nightly`: runs a list of scenarios and says whether anything got worse.
struct NightlyCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "nightly",
            abstract: "Run a list of scenarios, hold them against baselines and history, and report.",
            discussion: """
                LIST has a line for each scenario: its path (from the list's folder), then options of `crisol run`, as they \
                apply: --mode sim, live or both, --repeats, --seed, --set; and --fails where its checks are meant not to hold.

                Simulated runs are judged by the baselines, BASELINES/<scenario>/<mode>/: the same code gives the same \
                figures on any machine. Live runs are judged by the history, and by the baseline where that is of the same \
                machine. What counts as a regression is as in `crisol compare`, with one family-wise error rate of 2% for \
                all comparisons of the night; changes in the history are as in `crisol history`.

                Writes report.md, report.html, junit.xml, comparisons.csv, history.csv, changes.csv, otava.csv and otava.yaml \
                (for Apache Otava), the pictures of the history, and each run with its log, to --out; adds the night to \
                --history; and appends report.md to --summary.

                Exit codes, the first that applies: 70 a question was lost or an invariant broke; 1 a regression, a change for \
                the worse found this night, or a check that does not hold; 64, 65, 66, 69, 74 of a run that could not be made; \
                0 else, also where runs are invalid: they are told, and not judged. 2 the night itself was interrupted.
                """)
    }

    @Argument(help: "The list of scenarios.")
    var list: String = "scenarios/nightly.list"

    @Option(help: ArgumentHelp("Where to write; must be empty or new. (default: results/nightly/<time>)", valueName: "dir"))
    var out: String?

    @Option(help: ArgumentHelp("The folder of baselines.", valueName: "dir"))
    var baselines: String = "results/baseline"

    @Option(help: ArgumentHelp("The history, which this night is added to.", valueName: "file"))
    var history: String = "results/nightly/history.csv"

    @Option(help: ArgumentHelp("Nights that the history keeps, the latest.", valueName: "n"))
    var keep = 400

    @Option(help: ArgumentHelp("Append the report to this file. (default: $GITHUB_STEP_SUMMARY where that is set)", valueName: "file"))
    var summary: String?

    @Option(help: ArgumentHelp("Figures to compare and to keep, columns of summary.csv, separated by commas.", valueName: "name,…"))
    var metrics: String = MetricDirection.compared.joined(separator: ",")

    @Option(help: ArgumentHelp("Only this scenario; may be repeated.", valueName: "name"))
    var only: [String] = []

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key of every scenario before validation; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    @Option(help: "Repeats of each point, in place of the list's.")
    var repeats: Int?

    @Flag(help: "Make tonight's runs the baselines, and show what differs from those before. The night is not added to the history. Live runs become baselines where their scenario has a tolerance.")
    var refreshBaselines = false

    func validate() throws {
        _ = try CompareCommand.metricList(metrics)
        if !(2...100_000).contains(keep) { throw ValidationError("--keep must be from 2 to 100000, not \(keep)") }
        if let repeats, !(1...10_000).contains(repeats) { throw ValidationError("--repeats must be from 1 to 10000, not \(repeats)") }
    }

    func run() throws {
        Interruption.watch()
        do {
            let list = try ScenarioList(path: list, only: only, overrides: set, repeats: repeats)
            let nights = try readHistory()
            // No two nights begin in the same second.
            let time = max(Int64(Date().timeIntervalSince1970) * 1_000_000_000, (nights.lastNight ?? 0) + 1_000_000_000)
            let digits = UTC.text(unixNanoseconds: time).prefix(19).filter(\.isNumber)
            if !refreshBaselines {
                // What cannot be written is told before the night, not after it.
                try nights.write(to: history)
                try append("")
            }
            let directory = try RunDirectory.use(out ?? "results/nightly/\(digits.prefix(8))-\(digits.suffix(6))")
            var runs: [NightRun] = []
            for entry in list.entries {
                for mode in entry.options.mode.runs {
                    var attempt = try run(entry, mode, in: directory)
                    // What kept a live run from its schedule may have passed.
                    if mode == .live, case .invalid = attempt.ending { attempt = try run(entry, mode, in: directory, again: true) }
                    runs.append(attempt)
                }
            }
            let night = Night(
                runs, at: time, commit: Version.commit(), baselines: baselines, history: nights, metrics: try CompareCommand.metricList(metrics))
            for note in try night.write(to: directory) { Terminal.say(note) }
            if refreshBaselines {
                try refresh(night, directory)
                return
            }
            try night.history.write(to: history)
            try append(night.markdown + "\n")
            try Terminal.show(night.sentences.map { "\($0)\n" }.joined() + "\(directory.path)/report.html\n")
            annotate(night)
            if night.exitCode != 0 { throw ExitCode(night.exitCode) }
        } catch let error as ValidationError {
            Self.exit(withError: error)
        } catch let error as History.Problem {
            Terminal.say(error.description)
            throw ExitCode(65)
        } catch {
            throw Failure.exit(error)
        }
    }

    private func readHistory() throws(History.Problem) -> History {
        do throws(History.Problem) {
            var nights = try History(path: history)
            nights.keep(nights: keep - 1)
            return nights
        } catch {
            if error.isMissing { return History() }
            throw error
        }
    }

    // MARK: Runs

    /// Runs one scenario in one mode as a process of its own, so that nothing that befalls it befalls the night.
    private func run(_ entry: ScenarioList.Entry, _ mode: RunIdentity.Mode, in directory: RunDirectory, again: Bool = false) throws -> NightRun {
        let name = "\(RunDirectory.folderName(of: entry.scenario))-\(mode.rawValue)\(again ? "-again" : "")"
        let folder = directory.file(name), log = directory.file("\(name).log")
        var arguments = ["run", entry.path, "--mode", mode.rawValue, "--out", folder]
        if let repeats = entry.options.repeats { arguments += ["--repeats", "\(repeats)"] }
        if let seed = entry.options.seed { arguments += ["--seed", "\(seed)"] }
        for assignment in entry.options.set { arguments += ["--set", assignment] }
        Terminal.say("nightly: \(entry.scenario)/\(mode.rawValue)\(again ? ", once more, for the run was invalid" : "")")

        guard FileManager.default.createFile(atPath: log, contents: nil), let output = FileHandle(forWritingAtPath: log) else {
            throw OutputError(path: log, what: "cannot be created", errno: errno)
        }
        defer { try? output.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        var isTold = false
        while process.isRunning {
            // Whoever asks the night to end may have asked only this process.
            if Interruption.isAsked, !isTold {
                process.terminate()
                isTold = true
            }
            usleep(20_000)
        }
        if Interruption.isAsked {
            Terminal.say("nightly: interrupted; nothing is added to \(history)")
            throw ExitCode(2)
        }
        let code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        let said = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").suffix(3).joined(separator: " / ") ?? ""
        return NightRun(scenario: entry.scenario, mode: mode.rawValue, folder: folder, exitCode: code, said: said, shouldFail: entry.options.fails)
    }

    // MARK: What comes of it

    private func refresh(_ night: Night, _ directory: RunDirectory) throws {
        try Terminal.show(night.sentences.map { "\($0)\n" }.joined() + "\nBaselines:\n" + night.refreshBaselines(under: baselines).map { "  \($0)\n" }.joined()
            + "What differs from those before: \(directory.path)/report.md\n")
        let endings = night.runs.map(\.ending)
        guard endings.allSatisfy({ $0 == .passed }) else {
            throw ExitCode(endings.contains { if case .violated = $0 { true } else { false } } ? 70 : 1)
        }
    }

    private func append(_ markdown: String) throws {
        guard let path = summary ?? ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return }
        let file = fopen(path, "a")
        guard let file, fputs(markdown, file) >= 0, fclose(file) == 0 else { throw OutputError(path: path, what: "cannot be appended to", errno: errno) }
    }

    /// What GitHub shows beside a job.
    private func annotate(_ night: Night) {
        guard ProcessInfo.processInfo.environment["GITHUB_ACTIONS"] == "true" else { return }
        let kind = night.exitCode == 0 ? "warning" : "error"
        guard night.exitCode != 0 || !night.invalid.isEmpty else { return }
        for sentence in night.sentences.prefix(10) { Terminal.say("::\(kind) title=Nightly::\(sentence)") }
    }
}
