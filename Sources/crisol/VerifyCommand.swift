import ArgumentParser
import Dispatch
import Foundation
import Simulation

/// `crisol verify`: random scenarios with random faults against the invariants.
struct VerifyCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify",
            abstract: "Simulate random scenarios with random faults and hold every effect against the invariants.",
            discussion: """
                Scenario number N is the same everywhere: a violation is printed with the command that replays it, in the \
                order of the numbers. Exit code 70 where a rule broke.
                """)
    }

    @Option(help: "How many scenarios.")
    var scenarios: Int = 1000

    @Option(help: "Number of the first one.")
    var first: UInt64 = 0

    @Option(help: "Threads. (default: one for each processor)")
    var jobs: Int?

    @Flag(help: "Print the scenarios instead of simulating them.")
    var printOnly = false

    func validate() throws {
        guard scenarios >= 1 else { throw ValidationError("--scenarios must be at least 1, not \(scenarios)") }
        guard first <= .max - UInt64(scenarios) else { throw ValidationError("--first \(first) leaves no room for \(scenarios) scenarios") }
        if let jobs, jobs < 1 || jobs > LastWords.speakers { throw ValidationError("--jobs must be from 1 to \(LastWords.speakers), not \(jobs)") }
    }

    func run() throws {
        Interruption.watch()
        do {
            if printOnly { try printAll() } else { try verify() }
        } catch {
            throw Failure.exit(error)
        }
    }

    private func printAll() throws {
        for number in first..<first + UInt64(scenarios) where !Interruption.isAsked {
            var scenario = RandomScenario(number: number)
            try Terminal.show(scenario.yaml() + "\n")
        }
    }

    private func verify() throws {
        LastWords.watch()
        let verification = Verification(first: first, count: UInt64(scenarios))
        let threads = min(jobs ?? ProcessInfo.processInfo.activeProcessorCount, scenarios, LastWords.speakers)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            while let numbers = verification.take(), Self.verify(numbers, for: verification, on: thread) {}
        }
        let (done, broken) = try verification.finish()
        try Terminal.show("\(done) scenarios, \(broken) with violations\n")
        if broken > 0 { throw ExitCode(70) }
        if done < UInt64(scenarios) { throw ExitCode(2) }
    }

    /// Simulates a batch of scenarios; false where the run is to end.
    private static func verify(_ numbers: Range<UInt64>, for verification: Verification, on thread: Int) -> Bool {
        var findings: [String] = []
        var isInterrupted = false
        for number in numbers {
            isInterrupted = Interruption.isAsked
            if isInterrupted { break }
            let replay = "  replay: crisol verify --first \(number) --scenarios 1"
            LastWords.are("scenario \(number) ended the process\n\(replay)\n", speaker: thread)
            let violations: [String]
            do {
                violations = try RandomScenario(number: number).verify(isInterrupted: {
                    isInterrupted = Interruption.isAsked
                    return isInterrupted
                })
            } catch {
                violations = ["the scenario cannot be read: \(error)"]
            }
            LastWords.are("", speaker: thread)
            if isInterrupted {
                // One that is still at it may be one that never ends: whoever lost patience wants its number.
                verification.say("interrupted in scenario \(number)\n\(replay)")
                break
            }
            verification.isDone(broken: !violations.isEmpty)
            if !violations.isEmpty { findings.append("scenario \(number): \(violations.joined(separator: "; "))\n\(replay)\n") }
        }
        return verification.give(findings, of: numbers) && !isInterrupted
    }
}
