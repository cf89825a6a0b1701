import LLMClient
import Provider
import Scenarios
import Workload

/// The provider of each run that calls a mock server: its draws, its clock, its counts of calls.
///
/// A run is known by its start, seed and repeat. Another one meets a provider of its own that begins afresh, as it
/// would inside its own process; clients who know nothing of runs share one that began with the server.
struct MockRuns: Sendable {
    struct Run: Sendable {
        let provider: MockProvider
        let writer: AnswerWriter?
        let clock: LiveClock
    }

    /// Which call it is for the draws.
    struct Call: Sendable {
        let run: Run
        let question: UInt64
        let generation: Int
        let call: Int
        /// What answers are scored against; empty where nobody knows.
        let reference: String
    }

    private struct Name: Hashable {
        let started: Int64
        let seed: UInt64
        let replication: Int
    }

    /// How often a text was asked and answered, for clients who do not count.
    private struct Asked {
        var calls = 0
        var answers = 0
    }

    private let scenario: Scenario
    private var runs: [(name: Name, run: Run)] = []
    private let own: Run
    private var asked: [UInt64: Asked] = [:]

    /// Runs that are remembered; the one that called least recently goes first.
    private static let most = 4
    private static let mostTexts = 100_000

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        own = try Self.run(scenario, Draws(seed: scenario.seed, repeat: 0), LiveClock(scale: scenario.timeScale))
    }

    private static func run(_ scenario: Scenario, _ draws: Draws, _ clock: LiveClock) throws -> Run {
        Run(
            provider: try MockProvider(scenario.provider, draws: draws, clock: clock),
            writer: scenario.scoring.isComputedLive ? AnswerWriter(for: try scenario.scoring.scorer(over: .load(scenario.traffic.corpus)), draws: draws) : nil,
            clock: clock)
    }

    /// The call that a request stands for.
    mutating func call(_ request: MockRequest) throws -> Call {
        guard let told = request.call else { return foreign(request.prompt) }
        let name = Name(started: told.runStartedUnixNanoseconds, seed: told.seed, replication: told.replication)
        let run: Run
        if let index = runs.firstIndex(where: { $0.name == name }) {
            run = runs[index].run
            if index != runs.count - 1 { runs.append(runs.remove(at: index)) }
        } else {
            run = try Self.run(
                scenario, Draws(seed: told.seed, repeat: told.replication),
                LiveClock(scale: scenario.timeScale, startedAtUnix: told.runStartedUnixNanoseconds))
            if runs.count == Self.most { runs.removeFirst() }
            runs.append((name, run))
        }
        return Call(run: run, question: told.question, generation: told.generation, call: told.call, reference: told.reference)
    }

    /// Numbers by the text: the same question again is the next call for it, and after an answer the next generation.
    private mutating func foreign(_ text: String) -> Call {
        // The half of the numbers that no run's own questions reach.
        let question = QuestionKey.of(text) | 1 << 63
        if asked.count >= Self.mostTexts { asked.removeAll() }
        let before = asked[question, default: Asked()]
        asked[question, default: Asked()].calls = min(before.calls + 1, Int(UInt16.max))
        return Call(run: own, question: question, generation: before.answers, call: before.calls, reference: "")
    }

    /// Notes that a client who does not count was answered.
    mutating func answered(_ call: Call) {
        guard call.run.clock === own.clock, var counts = asked[call.question] else { return }
        counts.answers = min(counts.answers + 1, counts.calls)
        asked[call.question] = counts
    }
}
