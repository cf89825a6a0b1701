import ONNXRuntime

/// Computes one metric for pairs of texts, with memory that is reused from pair to pair.
///
/// A scorer belongs to one thread: scoring changes its scratch memory, never a result. The first two metrics
/// compare words as scikit-learn's `TfidfVectorizer` finds them: the text is lower-cased as by Python's
/// `str.lower()`, and a word is a run of characters of Python's `\w`.
///
/// - `jaccard`: words of one character or more; |A ∩ B| / |A ∪ B| over distinct words.
/// - `tfidf-cosine`: words of two characters or more; equal to the cosine of the two rows of
///   `TfidfVectorizer().fit_transform([candidate, reference])` to within 1e-12.
///
/// A pair in which either text has no such word scores 0, also if both have none (where scikit-learn
/// raises an error): an answer without words answers nothing. Both metrics are symmetric, and equal
/// texts with words score exactly 1.
///
/// - `bertscore-minilm-l6`: the figure of `BERTScore` that its settings name, within [0, 1].
package struct Scorer: Sendable {
    package let metric: Metric
    private var candidate = WordList()
    private var reference = WordList()
    private var table = WordTable()

    /// Nil for the others.
    package let bertScore: BERTScore?

    /// - Parameters:
    ///   - settings: BERTScore's; the other metrics have none.
    ///   - references: what idf is counted in; asked for only where the settings want it, and what it throws is thrown on.
    package init(_ metric: Metric, _ settings: BERTScore.Settings, references: () throws -> [String]) throws {
        self.metric = metric
        switch metric {
        case .jaccard, .tfidfCosine: bertScore = nil
        case .bertscoreMinilmL6:
            let files: BERTScoreFiles
            do { files = try BERTScoreFiles() } catch { throw ScorerUnavailable(metric: metric, reason: "\(error)") }
            let texts = settings.idf ? try references() : []
            do { bertScore = try BERTScore(files, settings, references: { texts }) } catch {
                throw ScorerUnavailable(metric: metric, reason: "\(error)")
            }
        }
    }

    /// With BERTScore's usual settings.
    package init(_ metric: Metric) throws(ScorerUnavailable) {
        do { try self.init(metric, BERTScore.Settings(), references: { [] }) } catch {
            throw error as? ScorerUnavailable ?? ScorerUnavailable(metric: metric, reason: "\(error)")
        }
    }

    /// The similarity of two texts, in [0, 1].
    package mutating func score(_ candidate: String, against reference: String) -> Double {
        if let bertScore { return Self.bounded(bertScore.result(candidate, against: reference)[bertScore.figure]) }
        self.candidate.fill(with: candidate)
        self.reference.fill(with: reference)
        switch metric {
        case .jaccard:
            table.compare(self.candidate, self.reference, shortest: 1)
            return jaccard(shared: table.shared(), distinct: table.distinct)
        case .tfidfCosine:
            table.compare(self.candidate, self.reference, shortest: 2)
            return tfidfCosine(table.sums())
        case .bertscoreMinilmL6: preconditionFailure("BERTScore has a scorer of its own")
        }
    }
}

extension Scorer {
    /// BERTScore of texts that have nothing in common may lie below 0.
    package static func bounded(_ score: Double) -> Double { min(1, max(0, score)) }
}

extension BERTScore {
    /// What `score` gives. The model and any text of 512 tokens fit each other, so it fails only where memory has run out, and then
    /// the program ends: a wrong score is worse than none.
    package func result(_ candidate: String, against reference: String) -> Result {
        do throws(EncodingProblem) { return try score(candidate, against: reference) } catch { fatalError("BERTScore: \(error)") }
    }
}

/// P. Jaccard, "Étude comparative de la distribution florale", 1901, over distinct words.
private func jaccard(shared: Int, distinct: Int) -> Double {
    distinct == 0 ? 0 : Double(shared) / Double(distinct)
}

/// The square of the inverse document frequency of a word that only one of two texts has, with smoothing:
/// (ln((1 + 2) / (1 + 1)) + 1)², which is (ln 1.5 + 1)². For a word of both texts it is (ln 1 + 1)² = 1.
private let squaredRarity = 1.9753321701094941

/// With two documents there are only two inverse document frequencies, so the dot product and both norms
/// are sums of whole numbers, exact in any order; rounding begins at the last line.
private func tfidfCosine(_ sums: WordTable.Sums) -> Double {
    guard sums.products > 0 else { return 0 }
    let squaredNorm = Double(sums.sharedOwnSquares) + squaredRarity * Double(sums.ownSquares - sums.sharedOwnSquares)
    let otherSquaredNorm = Double(sums.sharedOtherSquares) + squaredRarity * Double(sums.otherSquares - sums.sharedOtherSquares)
    return min(1, Double(sums.products) / (squaredNorm * otherSquaredNorm).squareRoot())
}
