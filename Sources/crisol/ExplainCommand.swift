import ArgumentParser
import Reporting
import Scenarios
import Workload

/// `crisol explain`: what theory and arithmetic say of a scenario before it is run.
struct ExplainCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "explain",
            abstract: "Say what to expect of a scenario before running it.",
            discussion: """
                Offered load, expected hit ratio (Che's approximation), calls and cost per question, how busy each part is, what \
                saturates first, and whether faults and cache sizes can bite at all. Faults and coalescing are left out of the figures.
                """)
    }

    @Argument(help: "The scenario file.")
    var file: String

    @Option(name: .customLong("set"), help: ArgumentHelp("Write one key before validation; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []

    func run() throws {
        do {
            let file = try ScenarioFile.load(path: file, overrides: set)
            try file.requireModel(for: "what is to be expected")
            for scenario in file.withTheirOwnTraffic { _ = try scenario.recordedTraffic() }
            var loaded: (source: CorpusSource, corpus: Corpus)?
            for point in file.points {
                let source = point.scenario.traffic.corpus
                let corpus = loaded?.source == source ? loaded!.corpus : try Corpus.load(source)
                loaded = (source, corpus)
                try point.scenario.requireItems(corpus.count)
                let label = point.values.map { "\($0.key)=\($0.text)" }.joined(separator: ", ")
                let head = label.isEmpty ? file.scenario.name : "\(file.scenario.name), point \(point.index): \(label)"
                let space = point.index + 1 < file.points.count ? "\n" : ""
                try Terminal.show("\(head)\n\(Explanation(point.scenario, corpus: corpus).text)\n\(space)")
            }
        } catch {
            throw Failure.exit(error)
        }
    }
}
