import ArgumentParser
import Foundation
import Reporting

/// `crisol report`: the report of a finished run, made again.
struct ReportCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "report",
            abstract: "Make a run's report again.",
            discussion: """
                Writes report.html, report.md, junit.xml and plots into the run's folder, from its repeats.jsonl, run.json and CSVs, \
                which stay as they are: after gnuplot was installed, after a picture was lost, or in a newer Crisol's form. Prints \
                the table that the run ended with and has its exit code. Files that the scenario names must be there.

                Exit codes besides the run's: 64 no run's folder; 65 the results are another version's; 66 no such folder; 74 \
                output cannot be written.
                """)
    }

    @Argument(help: "The run's folder, such as results/quickstart/20260101-120000-42.")
    var directory: String

    func run() throws {
        do {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
                throw ServiceEnded(reason: "\(directory): there is no such folder", exitCode: 66)
            }
            guard let folder = try RunDirectory.reopen(directory) else {
                throw ServiceEnded(reason: "\(directory): the folder is empty: it is no run's", exitCode: 64)
            }
            let stored = try StoredRun(directory)
            let kept = try KeptRepeats(of: folder)
            let record = RunRecord(version: stored.version, commit: stored.commit, commandLine: [], startedAt: 0)
            let report = try kept.writeReport(RunPlan(stored.file, mode: stored.mode), record, in: folder, invalid: stored.invalid)
            let table = ClosingTable.text(report, width: Terminal.width(), colour: Terminal.wantsColour)
            try Terminal.show("\(table)report: \(folder.path)/report.html\n")
            if report.verdict.exitCode != 0 { throw ExitCode(report.verdict.exitCode) }
        } catch {
            throw Failure.exit(error)
        }
    }
}
