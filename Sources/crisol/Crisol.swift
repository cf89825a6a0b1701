import ArgumentParser

@main
struct Crisol: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "crisol",
            abstract: "A test bench for asynchronous LLM question-answering pipelines.")
    }
}
