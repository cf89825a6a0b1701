import ArgumentParser
import Foundation
import Glibc
import Reporting
import Scenarios

/// `crisol compare`: whether one run is worse than another.
struct CompareCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "compare",
            abstract: "Say of two runs' results what got better, what worse, and how sure that is.",
            discussion: """
                Points are matched by their swept values. Where scenario, seed and mode of both runs are equal, repeats of \
                one number met the same traffic and the same luck: their differences are looked at (Student's t). Else \
                the repeats are independent (Welch's t). All differences together have a family-wise error rate of 2% \
                (Holm): where nothing has changed, any alarm at all comes in at most two comparisons of a hundred. Each \
                interval is at the level at which its difference was judged, and leaves out 0 exactly where one is shown.

                A regression is a metric that is worse by more than the `tolerance` of NEW's scenario allows, such as \
                `tolerance: {latency_p95_ms: 5%, hit_ratio: 0.01}`: a share of BASE's mean, or an amount; 0 where it is \
                not named. The whole interval must lie beyond it. Invalid runs are not comparable, and never a regression.

                Unless --metrics says otherwise: \(MetricDirection.compared.joined(separator: ", ")).

                With --interleave BASE and NEW are programs, or commands whose words are parted by spaces, and scenario files follow. Each round runs \
                both on the scenario, one repeat with a seed of its own, and who goes first changes from round to round (ABBA), so \
                that what the machine does meanwhile meets both alike. Rounds are the repeats of the comparison; one in which a \
                run is invalid counts for neither side and is made up for. How long the runs took, by clock and by processors, is \
                told beside; it is no part of the verdict unless --time-tolerance names it.

                Exit codes: 0 no regression shown; 1 a regression; 2 none shown, and a run is invalid or nothing could be \
                compared; 64 wrong usage; 65 a folder holds no run's results; 66 no such folder or program; 70 a program \
                crashed; 74 output cannot be written.
                """)
    }

    @Argument(help: "The folder of the run to compare with, such as results/quickstart/20260101-120000-42. Its run.json may be missing. With --interleave: the program to compare with.")
    var base: String

    @Argument(help: "The folder of the run in question. With --interleave: the program in question.")
    var new: String

    @Argument(help: "With --interleave: scenario files.")
    var scenarios: [String] = []

    @Flag(help: "Run two programs in turns on the same scenarios, and compare what they come to.")
    var interleave = false

    @Option(help: "With --interleave: how often each program runs each scenario. (default: 10)")
    var rounds: Int?

    @Option(help: "With --interleave: sim or live. (default: sim)")
    var mode: RunCommand.Mode?

    @Option(name: .customLong("set"), parsing: .singleValue, help: ArgumentHelp("With --interleave: write one key before validation; may be repeated.", valueName: "key.path=value"))
    var overrides: [String] = []

    @Option(help: "With --interleave: the first round's seed, in place of the scenario's; each round more takes the next.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("With --interleave: where everything is kept; must be empty or new. (default: results/compare/<time>-<seed>)", valueName: "dir"))
    var out: String?

    @Option(parsing: .singleValue, help: ArgumentHelp("With --interleave: how much longer runs may take, wall_s=10% by the clock or cpu_s=5% of processors, before that is a regression.", valueName: "figure=share"))
    var timeTolerance: [String] = []

    @Option(help: ArgumentHelp("Columns of summary.csv, separated by commas.", valueName: "name,…"))
    var metrics: String = MetricDirection.compared.joined(separator: ",")

    @Option(help: ArgumentHelp("Write all rows to a CSV file.", valueName: "path"))
    var csv: String?

    @Option(help: ArgumentHelp("Write a test case for each metric and point.", valueName: "path"))
    var junit: String?

    func validate() throws {
        _ = try metricList()
        guard interleave else {
            if let stray = scenarios.first { throw ValidationError("two folders are compared; for programs that run a scenario (\(stray)) give --interleave") }
            let given = [("--rounds", rounds != nil), ("--mode", mode != nil), ("--set", !overrides.isEmpty), ("--seed", seed != nil), ("--out", out != nil), ("--time-tolerance", !timeTolerance.isEmpty)]
            if let option = given.first(where: \.1) { throw ValidationError("\(option.0) goes with --interleave: two folders are compared as they are") }
            return
        }
        if scenarios.isEmpty { throw ValidationError("--interleave takes two programs and a scenario file at least: crisol compare --interleave old/crisol new/crisol scenario.yaml") }
        if let rounds, !(2...1000).contains(rounds) { throw ValidationError("--rounds must be from 2 to 1000, not \(rounds)") }
        if mode == .both { throw ValidationError("--mode must be sim or live: give one comparison for each") }
        if scenarios.count > 1, csv != nil || junit != nil {
            throw ValidationError("--csv and --junit take one scenario; of several each finds its comparison.csv and junit.xml in its folder below --out")
        }
        _ = try timeTolerances()
    }

    func run() throws {
        if interleave { return try runInterleaved() }
        do {
            let before = try ResultFolder(base), after = try ResultFolder(new)
            // Without it nobody knows the tolerance, nor whether the run is whole.
            guard after.isFinished else {
                Terminal.say("\(after.path)/run.json is not there: the run did not come to its end")
                throw ExitCode(65)
            }
            let comparison = RunComparison(base: before, new: after, metrics: try metricList())
            if let csv { try comparison.writeCSV(to: csv) }
            if let junit { try comparison.writeJUnit(to: junit) }
            try Terminal.show(comparison.text(width: Terminal.width()))
            if comparison.exitCode != 0 { throw ExitCode(comparison.exitCode) }
        } catch let error as ResultFolder.Problem {
            Terminal.say(error.description)
            throw ExitCode(error.exitCode)
        } catch {
            throw Failure.exit(error)
        }
    }

    // MARK: Two programs in turns

    private func runInterleaved() throws {
        Interruption.watch()
        do {
            let programs = (try TimedProgram(base), try TimedProgram(new))
            // A slip in the last file is found before hours are spent on the first.
            let files = try scenarios.map { try ScenarioFile.load(path: $0, overrides: overrides, seed: seed) }
            for file in files where (mode ?? .sim) == .sim { try file.requireModel(for: "a simulation") }
            let names = files.map(\.scenario.name)
            if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
                throw ValidationError("two of the scenarios are called \(twice): their results need folders of their own names")
            }
            let directory = try place(seed: files[0].scenario.seed)
            // It is no run's folder itself.
            rmdir("\(directory.path)/plots")
            var codes: [Int32] = []
            for (path, file) in zip(scenarios, files) {
                let folder = files.count == 1 ? directory.path : try RunDirectory.use("\(directory.path)/\(file.scenario.name)").path
                rmdir("\(folder)/plots")
                var runs = InterleavedRuns(programs.0, programs.1, .init(
                    scenario: path, mode: mode ?? .sim, overrides: overrides, seed: file.scenario.seed, rounds: rounds ?? 10, folder: folder))
                codes.append(try report(try runs.run(), of: file, in: folder))
            }
            // As of one scenario: a regression comes before what could not be compared.
            let code: Int32 = codes.contains(1) ? 1 : codes.max() ?? 0
            if code != 0 { throw ExitCode(code) }
        } catch let problem as TimedProgram.Problem {
            Terminal.say(problem.description)
            throw ExitCode(problem.exitCode)
        } catch let stopped as InterleavedRuns.Stopped {
            Terminal.say(stopped.text)
            throw ExitCode(stopped.exitCode)
        } catch let error as ResultFolder.Problem {
            Terminal.say(error.description)
            throw ExitCode(error.exitCode)
        } catch let error as ValidationError {
            Self.exit(withError: error)
        } catch {
            throw Failure.exit(error)
        }
    }

    private func place(seed: UInt64) throws(OutputError) -> RunDirectory {
        if let out { return try RunDirectory.use(out) }
        return try RunDirectory.create(under: "results", scenario: "compare", seed: seed, startedAt: Int64(Date().timeIntervalSince1970 * 1e9))
    }

    /// Prints and writes what the rounds of one scenario come to; its exit code.
    private func report(_ outcome: InterleavedRuns.Outcome, of file: ScenarioFile, in folder: String) throws -> Int32 {
        let comparison = RunComparison(base: outcome.base, new: outcome.new, metrics: try metricList())
        let times = RunTimes(outcome.times, tolerances: try timeTolerances())
        try comparison.writeCSV(to: csv ?? "\(folder)/comparison.csv")
        try comparison.writeJUnit(to: junit ?? "\(folder)/junit.xml")
        var text = outcome.notes.map { "\($0)\n" }.joined()
        text += "\n" + comparison.text(width: Terminal.width()) + "\n" + times.text(width: Terminal.width())
        for row in times.regressions { text += "Regression: runs take longer by \(row.figure.rawValue).\n" }
        if outcome.isShort { text += "Too many rounds were invalid: \(outcome.times.count) of \(rounds ?? 10) count.\n" }
        try Terminal.show("\(text)results: \(folder)\n")
        if !times.regressions.isEmpty { return 1 }
        return comparison.exitCode == 0 && outcome.isShort ? 2 : comparison.exitCode
    }

    private func timeTolerances() throws(ValidationError) -> [RunTimes.Figure: Double] {
        var tolerances: [RunTimes.Figure: Double] = [:]
        for text in timeTolerance {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let figure = RunTimes.Figure(rawValue: parts[0]), parts[1].hasSuffix("%"), let share = Double(parts[1].dropLast()), (0...1000).contains(share) else {
                throw ValidationError("--time-tolerance must be wall_s or cpu_s and a share, such as wall_s=10%, not \(text)")
            }
            tolerances[figure] = share / 100
        }
        return tolerances
    }

    private func metricList() throws(ValidationError) -> [String] { try Self.metricList(metrics) }

    /// What --metrics names.
    static func metricList(_ metrics: String) throws(ValidationError) -> [String] {
        var list: [String] = []
        for name in metrics.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard MetricNames.figures.contains(name) else {
                let near = MetricNames.nearest(to: name).map { "; did you mean \($0)?" } ?? ""
                throw ValidationError("--metrics: there is no figure '\(name)' in summary.csv (allowed: its columns that are numbers, such as latency_p95_ms\(near))")
            }
            if !list.contains(name) { list.append(name) }
        }
        return list
    }
}
