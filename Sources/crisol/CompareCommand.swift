import ArgumentParser
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

                Exit codes: 0 no regression shown; 1 a regression; 2 none shown, and a run is invalid or nothing could be \
                compared; 64 wrong usage; 65 a folder holds no run's results; 66 no such folder; 74 output cannot be \
                written.
                """)
    }

    @Argument(help: "The folder of the run to compare with, such as results/quickstart/20260101-120000-42. Its run.json may be missing.")
    var base: String

    @Argument(help: "The folder of the run in question.")
    var new: String

    @Option(help: ArgumentHelp("Columns of summary.csv, separated by commas.", valueName: "name,…"))
    var metrics: String = MetricDirection.compared.joined(separator: ",")

    @Option(help: ArgumentHelp("Write all rows to a CSV file.", valueName: "path"))
    var csv: String?

    @Option(help: ArgumentHelp("Write a test case for each metric and point.", valueName: "path"))
    var junit: String?

    func validate() throws { _ = try metricList() }

    func run() throws {
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

    private func metricList() throws(ValidationError) -> [String] {
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
