import Provider
import Scoring
import Workload

extension Scenario.Scoring {
    /// What scores the scenario's answers.
    ///
    /// - Parameter corpus: where BERTScore's idf is counted; asked for only where the scenario wants that.
    /// - Throws: `ScorerUnavailable` where the metric is not to be had here, and what the corpus throws.
    package func scorer(over corpus: @autoclosure () throws -> Corpus) throws -> Scorer {
        try Scorer(metric, bertScore) {
            let corpus = try corpus()
            return (0..<corpus.count).map { item in
                switch against {
                case .question: corpus.question(item)
                case .reference: corpus.reference(item)
                }
            }
        }
    }
}
