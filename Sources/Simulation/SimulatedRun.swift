import Measurement
import Provider
import Scenarios
import Workload

/// One point of a scenario, made ready to be simulated as often as it has repeats.
package struct SimulatedRun {
    private let scenario: Scenario
    private let corpus: Corpus

    /// Loads the corpus. Points that share one may share its loading: see `init(_:corpus:)`.
    package init(_ scenario: Scenario) throws(CorpusError) {
        self.init(scenario, corpus: try Corpus.load(scenario.traffic.corpus))
    }

    package init(_ scenario: Scenario, corpus: Corpus) {
        self.scenario = scenario
        self.corpus = corpus
    }

    /// Simulates one repeat.
    /// - Parameters:
    ///   - identity: what the result is named by; nil: the scenario's only point.
    ///   - checked: whether every effect is held against the invariants.
    ///   - sink: takes the questions' rows; nil: none are kept.
    package func run(
        repeat: Int, identity: RunIdentity? = nil, checked: Bool = false, sink: QuestionSink? = nil, trace: QuestionTrace? = nil,
        isInterrupted: () -> Bool = { false }
    ) throws -> RunResult {
        let draws = Draws(seed: scenario.seed, repeat: `repeat`)
        let simulator = try Simulator(
            scenario, repeat: `repeat`, corpus: corpus,
            popularity: Popularity(reading: scenario.traffic.popularity, count: corpus.count, draws: draws, drift: scenario.traffic.drift),
            measurement: RunRecorder(RecorderConfiguration(scenario, items: corpus.count, sink: sink)), checked: checked, trace: trace)
        let identity =
            identity
            ?? RunIdentity(scenario: scenario.name, seed: scenario.seed, mode: .simulated, point: 0, replication: `repeat`, swept: [])
        var result = simulator.run(identity: identity, isInterrupted: isInterrupted)
        // Where caches are compared, they are held against the best that there could be.
        if identity.swept.contains(where: { $0.key.hasPrefix("pipeline.cache") }), result.invalid.isEmpty {
            result.cacheBound = try ClairvoyantReplay.bound(of: scenario, corpus: corpus, repeat: `repeat`)
        }
        return result
    }

    /// Simulates one repeat for the sake of one question, up to its end.
    package func life(of question: UInt64, repeat: Int, isInterrupted: () -> Bool = { false }) throws -> [QuestionTrace.Step] {
        let told = Told()
        _ = try run(
            repeat: `repeat`, trace: QuestionTrace(question) { told.steps.append($0) },
            isInterrupted: { isInterrupted() || told.steps.last?.outcome != nil })
        return told.steps
    }

    private final class Told { var steps: [QuestionTrace.Step] = [] }
}
