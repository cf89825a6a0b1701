import Scoring
import Workload

/// Writes answers whose score by the real scorer comes close to a wanted one.
///
/// For Jaccard and TF-IDF an answer mixes words of the reference with words that it does not have. For each possible choice
/// of shared words the number of other words that gives the wanted score is known in closed form; among
/// the choices that come close enough, the one whose length is nearest to a drawn one is taken. What is
/// written is a pure function of the arguments and the draws.
///
/// Very low scores above 0 would need an answer of many hundred words against a short reference: there
/// the score is the nearest that `longest` words can give. And Jaccard knows few scores near 1 against
/// a reference of few words (with eight: 8/9 and then 1), so there no answer comes closer.
///
/// For BERTScore an answer is the reference with some words replaced, and the scorer is asked up to three times how many it takes.
/// So an answer costs about two encodings and a first one to a reference three: 20 to 30 ms of a processor at 60 tokens, about as
/// much as the judge's score of it, and the kept reference's vectors. Scores below 0.1 before rescaling are not to be had.
package struct AnswerWriter: Sendable {
    /// Words of the longest answer that is written for a score's sake.
    package static let longest = 600
    /// BERTScore of Spanish answers that share no word may be this high.
    private static let lowestInSpanish = 0.4
    /// A score this near is as good as the wanted one.
    private static let tolerance = 0.004
    /// (ln 1.5 + 1)²: what the square of a word's count weighs in TF-IDF where one of the two texts only has
    /// it; where both have it, it weighs 1. See `Scorer`.
    private static let squaredRarity = 1.9753321701094941

    package let metric: Metric
    private let draws: Draws
    /// Nil for the other metrics.
    private let bertScore: BERTScore?

    /// - Parameter scorer: what the answers will be scored by.
    package init(for scorer: Scorer, draws: Draws) {
        metric = scorer.metric
        bertScore = scorer.bertScore
        self.draws = draws
    }

    /// Fails for metrics that cannot be scored here.
    package init(metric: Metric, draws: Draws) throws(ScorerUnavailable) { self.init(for: try Scorer(metric), draws: draws) }

    /// An answer with a score near `target` (from 0 to 1) against `written`, which is whatever text the
    /// scenario scores against and gives the language; the question's text gives it where that has no words.
    package func answer(
        to text: String, against written: String, target: Double, question: UInt64, generation: Int
    ) -> String {
        precondition(target >= 0 && target <= 1, "a score is from 0 to 1, not \(target)")
        var stream = draws.stream(.text, question: question, generation: generation)
        let length = Self.drawnLength(&stream)
        var reference = WordList(written, shortest: metric == .tfidfCosine ? 2 : 1)
        let language = AnswerVocabulary(of: reference.words.isEmpty ? WordList(text, shortest: 1) : reference)
        if let bertScore, !reference.words.isEmpty {
            let target = bertScore.plain(target)
            // To an English model all Spanish words are somewhat alike.
            let rewording = Rewording(of: written, from: target < Self.lowestInSpanish ? AnswerVocabulary.english.words : language.words, &stream)
            return rewording.text(scoring: target) { bertScore.plain(bertScore.result($0, against: written)[bertScore.figure]) }
        }
        let vocabulary = language.words
        stream.shuffle(&reference.words)
        let mix = switch metric {
        case .tfidfCosine: cosineMix(reference, target, length)
        case .jaccard, .bertscoreMinilmL6: jaccardMix(reference, target, length)
        }

        var prose = AnswerProse()
        for word in reference.words.prefix(mix.shared) {
            // Cosine counts how often a word occurs, Jaccard does not.
            for _ in 0..<(metric == .tfidfCosine ? word.count * mix.times : 1) { prose.add(word, of: reference) }
        }
        prose.addOthers(mix.others, from: vocabulary, than: reference, &stream)
        return prose.written(&stream)
    }

    /// How many distinct words of the reference an answer takes, and how many others.
    private struct Mix {
        var shared: Int
        /// How often the answer has a shared word for each time that the reference has it.
        var times = 1
        var others: Int
        var cost: Double
    }

    /// Jaccard = k/(R + n) for k shared words, n others and R words of the reference.
    private func jaccardMix(_ reference: WordList, _ target: Double, _ length: Int) -> Mix {
        let distinct = reference.words.count
        var best = nothingShared(target, length)
        for k in 0..<distinct {
            let shared = Double(k + 1)
            let others = Self.whole(shared / target - Double(distinct))
            let score = shared / (Double(distinct) + others)
            best = better(best, shared: k + 1, others: others, words: shared + others, score, target, length)
        }
        return best
    }

    /// With S the sum of squared counts of the shared words (which the answer has m times as often as the
    /// reference), Q that of all the reference's words, r the squared rarity and n other words:
    /// cosine = m·S/√((S + r(Q − S))·(m²·S + r·n)).
    ///
    /// So m makes the steps between the scores that can be had m² times finer: short references need it.
    private func cosineMix(_ reference: WordList, _ target: Double, _ length: Int) -> Mix {
        let all = reference.words.reduce(0.0) { $0 + Double($1.count * $1.count) }
        var best = nothingShared(target, length)
        for times in 1...4 where best.cost > Self.costOfAnError {
            let m = Double(times)
            var squares = 0.0
            var words = 0.0
            for (k, word) in reference.words.enumerated() {
                squares += Double(word.count * word.count)
                words += m * Double(word.count)
                let norm = squares + Self.squaredRarity * (all - squares)
                let wanted = m * squares / target
                let others = Self.whole((wanted * wanted / norm - m * m * squares) / Self.squaredRarity)
                let score = m * squares / (norm * (m * m * squares + Self.squaredRarity * others)).squareRoot()
                best = better(
                    best, shared: k + 1, times: times, others: others, words: words + others, score, target, length)
            }
        }
        return best
    }

    private func nothingShared(_ target: Double, _ length: Int) -> Mix {
        Mix(shared: 0, others: length, cost: Self.cost(error: target, words: Double(length), length: length))
    }

    private func better(
        _ best: Mix, shared: Int, times: Int = 1, others: Double, words: Double, _ score: Double, _ target: Double,
        _ length: Int
    ) -> Mix {
        let cost = Self.cost(error: abs(score - target), words: words, length: length)
        return cost < best.cost ? Mix(shared: shared, times: times, others: Int(others), cost: cost) : best
    }

    /// What a score beyond the tolerance costs at least: far more than any length.
    private static let costOfAnError = 1e6

    private static func cost(error: Double, words: Double, length: Int) -> Double {
        let lengthCost = abs(words - Double(length)) / Double(length)
        return error <= tolerance ? lengthCost : costOfAnError * (1 + error) + lengthCost
    }

    /// The nearest whole number from 0 to `longest`.
    private static func whole(_ others: Double) -> Double {
        others > 0 ? min(others, Double(longest)).rounded() : 0
    }

    /// Words of an answer: lognormal with median 33 and 95th percentile 100, from 5 to 200.
    private static func drawnLength(_ stream: inout DrawStream) -> Int {
        let sigma = 0.674
        let length = 33 * ExactMath.exp(sigma * stream.normal())
        return Int(min(max(length, 5), 200))
    }
}
