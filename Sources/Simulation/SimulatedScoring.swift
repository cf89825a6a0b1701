import Pipeline
import Provider
import Scenarios
import Scoring
import Workload

/// Scores for simulated answers: drawn from the quality model, or computed by the real scorer over
/// texts that are made to the model's wish.
struct SimulatedScoring {
    private let isComputed: Bool
    private let against: Scenario.Scoring.Against
    private let corpus: Corpus
    private var scorer: Scorer?
    private var writer: AnswerWriter?

    init(_ scoring: Scenario.Scoring, corpus: Corpus, draws: Draws) throws {
        isComputed = scoring.isComputedInSimulation
        against = scoring.against
        self.corpus = corpus
        if isComputed {
            let scorer = try scoring.scorer(over: corpus)
            self.scorer = scorer
            writer = AnswerWriter(for: scorer, draws: draws)
        }
    }

    mutating func score(_ question: Envelope<SimulatedTexts>) -> Double {
        let quality = question.payload.quality
        guard isComputed else { return quality }
        let item = Int(question.payload.item)
        let asked = corpus.question(item)
        let reference =
            switch against {
            case .question: asked
            case .reference: corpus.reference(item)
            }
        guard
            let answer = writer?.answer(
                to: asked, against: reference, target: quality, question: question.question,
                generation: Int(question.generation)),
            let score = scorer?.score(answer, against: reference)
        else { preconditionFailure("computed scores have a scorer and a writer") }
        return score
    }
}
