import ArgumentParser
import Simulation

/// `crisol verify`: random scenarios with random faults against the invariants.
struct VerifyCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify",
            abstract: "Simulate random scenarios with random faults and hold every effect against the invariants.",
            discussion: """
                Scenario number N is the same everywhere: a violation is printed with the command that replays it. \
                Exit code 70 where a rule broke.
                """)
    }

    @Option(help: "How many scenarios.")
    var scenarios: Int = 1000

    @Option(help: "Number of the first one.")
    var first: UInt64 = 0

    @Flag(help: "Print the scenarios instead of simulating them.")
    var printOnly = false

    func validate() throws {
        guard scenarios >= 1 else { throw ValidationError("--scenarios must be at least 1, not \(scenarios)") }
        guard first <= .max - UInt64(scenarios) else { throw ValidationError("--first \(first) leaves no room for \(scenarios) scenarios") }
    }

    func run() throws {
        do { try verify() } catch { throw Failure.exit(error) }
    }

    private func verify() throws {
        Interruption.watch()
        LastWords.watch()
        let progress = ProgressLine()
        var broken = 0
        var done = 0
        for number in first..<first + UInt64(scenarios) {
            if Interruption.isAsked { break }
            progress.show("\(done) of \(scenarios) scenarios, \(broken) broken")
            var scenario = RandomScenario(number: number)
            if printOnly {
                try Terminal.show(scenario.yaml() + "\n")
                continue
            }
            let replay = "  replay: crisol verify --first \(number) --scenarios 1"
            LastWords.are("scenario \(number) ended the process\n\(replay)\n")
            let violations: [String]
            do {
                violations = try scenario.verify(isInterrupted: { Interruption.isAsked })
            } catch {
                violations = ["the scenario cannot be read: \(error)"]
            }
            LastWords.are("")
            if Interruption.isAsked {
                progress.clear()
                Terminal.say("interrupted in scenario \(number)\n\(replay)")
                break
            }
            done += 1
            guard !violations.isEmpty else { continue }
            broken += 1
            progress.clear()
            try Terminal.show("scenario \(number): \(violations.joined(separator: "; "))\n\(replay)\n")
        }
        progress.clear()
        if printOnly { return }
        try Terminal.show("\(done) scenarios, \(broken) with violations\n")
        if broken > 0 { throw ExitCode(70) }
        if done < scenarios { throw ExitCode(2) }
    }
}
