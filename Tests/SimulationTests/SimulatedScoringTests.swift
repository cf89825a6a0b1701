import Measurement
import Scenarios
import Scoring
import Synchronization
import Testing

@testable import Simulation

/// Scores that a live run alone computes are drawn here, without the metric's files.
@Suite struct SimulatedScoringTests {
    private func rows(_ evaluate: String) throws -> [QuestionRow] {
        let yaml = queue(servers: 100, rate: 28, latency: "{distribution: constant, value: 100ms}", questions: 200, warmup: 0)
            .replacing("score: {threshold: 0, max_regenerations: 0, evaluate: sampled}", with: "score: {metric: bertscore-minilm-l6, threshold: 0.5, max_regenerations: 2, evaluate: \(evaluate)}")
        let collected = Mutex<[QuestionRow]>([])
        _ = try SimulatedRun(try ScenarioFile.load(text: yaml).scenario).run(repeat: 0, sink: { rows in
            collected.withLock { $0 += rows }
            return true
        })
        return collected.withLock { $0 }
    }

    @Test func whatIsComputedLiveIsDrawn() throws {
        try BERTScoreFiles.$folder.withValue("/nonexistent") {
            let (live, sampled) = (try rows("computed-live"), try rows("sampled"))
            #expect(live.count == 200 && live.map(\.finalScore) == sampled.map(\.finalScore) && live.map(\.generations) == sampled.map(\.generations))
            // One answer after another, and 20 ms for each.
            #expect(live.allSatisfy { $0.scoringTime == 20_000_000 * Int64($0.generations) })
            #expect(Set(live.map(\.generations)) == [1, 2, 3])
        }
    }
}
