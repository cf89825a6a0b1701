/// A similarity of two texts in [0, 1], by its scenario name.
package enum Metric: String, CaseIterable, Sendable, BitwiseCopyable {
    /// Shared distinct words over all distinct words.
    case jaccard
    /// The cosine of the two texts' TF-IDF vectors, fitted on these two texts alone.
    case tfidfCosine = "tfidf-cosine"
    /// BERTScore with the embeddings of all-MiniLM-L6: F1, unless settings say otherwise.
    case bertscoreMinilmL6 = "bertscore-minilm-l6"

    /// Whether it can be computed here: BERTScore needs files that are fetched when they are asked for.
    package var isAvailable: Bool {
        switch self {
        case .jaccard, .tfidfCosine: true
        case .bertscoreMinilmL6: (try? BERTScoreFiles()) != nil
        }
    }
}

/// Why a `Scorer` cannot be made.
package struct ScorerUnavailable: Error, Equatable, Sendable, CustomStringConvertible {
    package let metric: Metric
    let reason: String

    package var description: String {
        let available = Metric.allCases.filter { $0 != metric && $0.isAvailable }.map(\.rawValue).joined(separator: ", ")
        return "metric \(metric.rawValue): \(reason); available without it: \(available)"
    }
}
