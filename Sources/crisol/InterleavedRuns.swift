import Foundation
import Measurement
import Reporting
import Scenarios

/// Two programs that run one scenario in turns, so that whatever the machine does meanwhile meets both alike.
///
/// A round is one run of either, of one repeat with a seed of its own. Which goes first changes from round to round
/// (ABBA…): a machine that grows slower steadily is as hard on the one as on the other. Rounds in which a run is invalid
/// count for neither side, and are made up for as long as patience lasts.
struct InterleavedRuns {
    struct Options {
        var scenario: String
        var mode: RunCommand.Mode
        var overrides: [String]
        var seed: UInt64
        var rounds: Int
        /// Where everything is kept.
        var folder: String
    }

    struct Stopped: Error {
        let text: String
        let exitCode: Int32
    }

    /// A round that counts.
    private struct Round {
        let number: Int
        let folders: [ResultFolder]
        let times: [RunTimes.Time]
    }

    private static let sides = ["base", "new"]

    private let programs: [TimedProgram]
    private let options: Options
    private let progress = ProgressLine()
    private var rounds: [Round] = []
    private var invalid: [String] = []
    private var log = RoundLog()

    init(_ base: TimedProgram, _ new: TimedProgram, _ options: Options) {
        programs = [base, new]
        self.options = options
    }

    /// What the rounds come to.
    struct Outcome {
        let base: ResultFolder
        let new: ResultFolder
        let times: [(base: RunTimes.Time, new: RunTimes.Time)]
        /// What is to be known of the programs and of rounds that were left out.
        let notes: [String]
        /// Whether rounds are missing that were asked for.
        let isShort: Bool
    }

    /// Runs all rounds.
    /// - Throws: `Stopped` where a program cannot be run or fails, or somebody asks to end.
    mutating func run() throws -> Outcome {
        defer { progress.clear() }
        let most = options.rounds + max(2, options.rounds / 2)
        var number = 0
        while rounds.count < options.rounds, number < most {
            try runRound(number)
            number += 1
        }
        guard rounds.count >= 2 else {
            throw Stopped(text: "of \(number) rounds \(rounds.count) can be used, and a comparison needs two: \(invalid.first ?? "")", exitCode: 2)
        }
        func folder(_ side: Int) throws -> ResultFolder {
            try ResultFolder(rounds: rounds.map { ($0.number, $0.folders[side]) }, path: "\(options.folder)/\(Self.sides[side])")
        }
        var notes = (0...1).map { "\(Self.sides[$0]) is \(programs[$0].given)\(version(side: $0))" }
        if !invalid.isEmpty { notes.append("\(invalid.count) of \(number) rounds were invalid and count for neither side, such as \(invalid[0])") }
        return Outcome(
            base: try folder(0), new: try folder(1), times: rounds.map { ($0.times[0], $0.times[1]) }, notes: notes, isShort: rounds.count < options.rounds)
    }

    private mutating func runRound(_ number: Int) throws {
        var folders: [ResultFolder?] = [nil, nil]
        var times: [RunTimes.Time?] = [nil, nil]
        var doubts: [String] = []
        let seed = options.seed &+ UInt64(number)
        for (order, side) in [number % 2, 1 - number % 2].enumerated() {
            progress.show("round \(number + 1): \(Self.sides[side]); \(rounds.count) of \(options.rounds) done")
            let name = "\(String(format: "%03d", number))-\(Self.sides[side])"
            let path = "\(options.folder)/\(name)", printed = "\(path).log"
            let ending = try programs[side].run(
                ["run", options.scenario, "--mode", options.mode.rawValue, "--repeats", "1", "--seed", String(seed), "--out", path]
                    + options.overrides.flatMap { ["--set", $0] }, output: printed)
            let code = try self.code(of: ending, side: side, printed: printed)
            guard FileManager.default.fileExists(atPath: "\(path)/summary.csv") else {
                throw Stopped(text: "\(Self.sides[side]) (\(programs[side].given)) ended with exit code \(code) and left no results in \(path): is it crisol?", exitCode: 70)
            }
            let folder = try ResultFolder(path)
            guard folder.isFinished else { throw Stopped(text: "\(path)/run.json is not there, though \(programs[side].given) ended with \(code)", exitCode: 70) }
            if let why = folder.doubts { doubts.append("round \(number), \(Self.sides[side]): \(why[0])") }
            (folders[side], times[side]) = (folder, ending.time)
            log.add(
                round: number, order: order, program: Self.sides[side], seed: seed, exitCode: code, isUsable: folder.doubts == nil, time: ending.time,
                folder: name)
            // After each run: what was measured is not lost with the comparison.
            try log.write(to: "\(options.folder)/rounds.csv")
        }
        if doubts.isEmpty {
            rounds.append(Round(number: number, folders: folders.map { $0! }, times: times.map { $0! }))
        } else {
            invalid.append(doubts.joined(separator: "; "))
        }
    }

    /// The exit code of a run that has results: 0, 1 where a check failed, 2 where it is invalid.
    private func code(of ending: TimedProgram.Ending, side: Int, printed: String) throws -> Int32 {
        if Interruption.isAsked { throw Stopped(text: "interrupted in round \(rounds.count + invalid.count + 1); what was run is in \(options.folder)", exitCode: 2) }
        let given = programs[side].given
        let said = (try? String(contentsOfFile: printed, encoding: .utf8))?.split(separator: "\n").suffix(5).joined(separator: "\n") ?? ""
        switch ending.kind {
        case .exited(let code) where (0...2).contains(code): return code
        case .exited(let code):
            // What the contract has a code for is told with it; another is no code of crisol's.
            let isKnown = [64, 65, 66, 69, 70, 74].contains(code)
            throw Stopped(text: "\(Self.sides[side]) (\(given)) ended with exit code \(code); its last words (all in \(printed)):\n\(said)", exitCode: isKnown ? code : 70)
        case .signalled(let number):
            throw Stopped(text: "\(Self.sides[side]) (\(given)) died of signal \(number) (\(String(cString: strsignal(number)))); its last words (all in \(printed)):\n\(said)", exitCode: 70)
        }
    }

    /// `, version 0.1.0, commit 1a2b3c4`, as its own run.json says.
    private func version(side: Int) -> String {
        guard let round = rounds.first, let record = ResultFolder.builder(of: round.folders[side].path) else { return "" }
        return ", version \(record.version)" + (record.commit.isEmpty ? "" : ", commit \(record.commit.prefix(12))")
    }
}
