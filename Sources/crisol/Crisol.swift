import ArgumentParser

@main
struct Crisol: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "crisol",
            abstract: "A test bench for asynchronous LLM question-answering pipelines.",
            discussion: """
                Exit codes: 0 passed; 1 a check failed; 2 the run is not to be used (interrupted, behind its schedule, a guard \
                tripped); 64 wrong usage; 65 bad scenario or data; 66 no such input file; 69 a server is not there; 70 a \
                question was lost or an invariant broke; 74 output cannot be written.
                """,
            version: Version.text,
            subcommands: [RunCommand.self, MergeCommand.self, ReportCommand.self, ExplainCommand.self, CheckCommand.self, SchemaCommand.self, VerifyCommand.self, CacheReplayCommand.self, CapacityCommand.self, CalibrateCommand.self, BrokerCommand.self, ServeCommand.self, TraceCommand.self, CompareCommand.self, NightlyCommand.self, HistoryCommand.self])
    }

    static func main() {
        Terminal.openClosedStreams()
        main(nil)
    }
}
