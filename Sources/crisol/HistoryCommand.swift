import ArgumentParser
import Measurement
import Reporting

/// `crisol history`: when a history's figures changed for good.
struct HistoryCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "history",
            abstract: "Say when the figures of a history of nightly runs changed for good.",
            discussion: """
                FILE is what `crisol nightly` keeps: a CSV with a row for each night, scenario, mode, point and metric. Needed \
                are the columns time, scenario, mode, metric and value; point, half_width, verdict, commit and host are heeded \
                where they are there. Nights whose run was invalid are left out.

                Each night is judged by what was known then: the largest two-sample t over all splits since the last change \
                (Hawkins, Qiu and Kang 2003), with limits by Bonferroni (Worsley 1979). All series that vary share a rate of \
                false alarms of 2% in 60 nights; change points are found on the third night at the earliest. A simulated \
                figure that was the same for three nights and is another now has changed at once.

                Exit codes: 0 read; 1 a change for the worse was found on the last night; 64 wrong usage; 65 the file is no \
                history; 66 no such file; 74 output cannot be written.
                """)
    }

    @Argument(help: "The history, such as results/nightly/history.csv.")
    var file: String

    @Option(help: ArgumentHelp("Write the history with its change points marked, changes.csv, pictures, and otava.csv and otava.yaml for Apache Otava to a folder, new or empty.", valueName: "dir"))
    var out: String?

    @Option(help: ArgumentHelp("Among how many series the rate of false alarms is shared. (default: those in the file that vary)", valueName: "n"))
    var family: Int?

    func validate() throws {
        if let family, !(1...1_000_000).contains(family) { throw ValidationError("--family must be from 1 to 1000000, not \(family)") }
    }

    func run() throws {
        do {
            var history = try History(path: file)
            let changes = history.mark(family: family)
            if let out {
                for note in try history.writeFiles(changes, to: try RunDirectory.use(out)) { Terminal.say(note) }
            }
            try Terminal.show(history.text(changes))
            if changes.contains(where: { $0.isWorse && $0.found == history.lastNight }) { throw ExitCode(1) }
        } catch let error as History.Problem {
            Terminal.say(error.description)
            throw ExitCode(error.isMissing ? 66 : 65)
        } catch {
            throw Failure.exit(error)
        }
    }
}
