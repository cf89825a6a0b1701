/// Computes one metric for pairs of texts, with memory that is reused from pair to pair.
///
/// A scorer belongs to one thread: scoring changes its scratch memory, never a result. Both metrics compare
/// words as scikit-learn's `TfidfVectorizer` finds them: the text is lower-cased as by Python's
/// `str.lower()`, and a word is a run of characters of Python's `\w`.
///
/// - `jaccard`: words of one character or more; |A ∩ B| / |A ∪ B| over distinct words.
/// - `tfidf-cosine`: words of two characters or more; equal to the cosine of the two rows of
///   `TfidfVectorizer().fit_transform([candidate, reference])` to within 1e-12.
///
/// A pair in which either text has no such word scores 0, also if both have none (where scikit-learn
/// raises an error): an answer without words answers nothing. Both metrics are symmetric, and equal
/// texts with words score exactly 1.
package struct Scorer: Sendable {
    /// A text whose words have been found, to score many candidates against.
    package struct Reference: Sendable {
        let metric: Metric
        let words: WordBag
    }

    package let metric: Metric
    private var candidate = WordBag()
    private var reference = WordBag()

    package init(_ metric: Metric) throws(ScorerUnavailable) {
        guard metric.isAvailable else { throw ScorerUnavailable(metric: metric) }
        self.metric = metric
    }

    /// The similarity of two texts, in [0, 1].
    package mutating func score(_ candidate: String, against reference: String) -> Double {
        self.candidate.fill(with: candidate, shortest: shortestWord)
        self.reference.fill(with: reference, shortest: shortestWord)
        return similarity(self.candidate, self.reference)
    }

    /// Finds the words of a reference once, for scoring many candidates by a scorer of the same metric.
    package func prepare(_ reference: String) -> Reference {
        var words = WordBag()
        words.fill(with: reference, shortest: shortestWord)
        return Reference(metric: metric, words: words)
    }

    /// The similarity of a text and a prepared reference: the very number that the two texts give.
    package mutating func score(_ candidate: String, against reference: Reference) -> Double {
        precondition(reference.metric == metric, "a reference prepared for \(reference.metric), scored by \(metric)")
        self.candidate.fill(with: candidate, shortest: shortestWord)
        return similarity(self.candidate, reference.words)
    }

    private var shortestWord: Int { metric == .tfidfCosine ? 2 : 1 }

    private func similarity(_ a: borrowing WordBag, _ b: borrowing WordBag) -> Double {
        switch metric {
        case .jaccard: jaccard(a, b)
        case .tfidfCosine: tfidfCosine(a, b)
        case .bertscoreMinilmL6: preconditionFailure("no scorer is made for an unavailable metric")
        }
    }
}

/// P. Jaccard, "Étude comparative de la distribution florale", 1901, over distinct words.
private func jaccard(_ a: borrowing WordBag, _ b: borrowing WordBag) -> Double {
    let shared = a.overlap(with: b).distinct
    let all = a.distinct + b.distinct - shared
    return all == 0 ? 0 : Double(shared) / Double(all)
}

/// The square of the inverse document frequency of a word that only one of two texts has, with smoothing:
/// (ln((1 + 2) / (1 + 1)) + 1)², which is (ln 1.5 + 1)². For a word of both texts it is (ln 1 + 1)² = 1.
private let squaredRarity = 1.9753321701094941

/// With two documents there are only two inverse document frequencies, so the dot product and both norms
/// are sums of whole numbers, exact in any order; rounding begins at the last line.
private func tfidfCosine(_ a: borrowing WordBag, _ b: borrowing WordBag) -> Double {
    let overlap = a.overlap(with: b)
    guard overlap.product > 0 else { return 0 }
    let squaredNorm = Double(overlap.ownSquares) + squaredRarity * Double(a.squares - overlap.ownSquares)
    let otherSquaredNorm = Double(overlap.otherSquares) + squaredRarity * Double(b.squares - overlap.otherSquares)
    return min(1, Double(overlap.product) / (squaredNorm * otherSquaredNorm).squareRoot())
}
