import Foundation
import ONNXRuntime

/// BERTScore: how well each token of one text is matched by some token of the other, by the cosine of their contextual
/// vectors (T. Zhang et al., "BERTScore: Evaluating Text Generation with BERT", ICLR 2020), here those of
/// all-MiniLM-L6-v2 with 8-bit weights. Not comparable with published figures, which are other models'.
///
/// Equal to the authors' `bert-score` with the same weights, one pair at a time, to 1e-4: texts are cut off at 512 tokens; the
/// marks of beginning and end weigh nothing, but may be matched; a text without tokens scores 0. Threads score side by side.
package final class BERTScore: Sendable {
    package struct Result: Sendable, Equatable {
        /// How well the candidate's tokens are matched in the reference.
        package var precision: Double
        /// How well the reference's tokens are matched in the candidate.
        package var recall: Double
        /// Their harmonic mean.
        package var f1: Double

        package init(precision: Double, recall: Double, f1: Double) { (self.precision, self.recall, self.f1) = (precision, recall, f1) }

        package subscript(figure: Figure) -> Double {
            switch figure {
            case .f1: f1
            case .precision: precision
            case .recall: recall
            }
        }
    }

    /// The one of the three numbers that counts.
    package enum Figure: String, CaseIterable, Sendable { case f1, precision, recall }

    /// How a pair's score is made of its tokens' similarities.
    package struct Settings: Sendable, Equatable {
        package var figure: Figure
        /// Whether rare tokens weigh more: by their inverse document frequency among the texts that answers are held against.
        package var idf: Bool
        /// Whether scores are rescaled, so that unrelated texts score about 0.
        package var rescale: Bool

        package init(figure: Figure = .f1, idf: Bool = false, rescale: Bool = false) { (self.figure, self.idf, self.rescale) = (figure, idf, rescale) }
    }

    /// The mean scores of unrelated English texts (scripts/oracles/bertscore_baseline.py). To this model Spanish ones are much alike
    /// one another: 0.40.
    package static let baseline = Result(precision: 0.1592, recall: 0.1592, f1: 0.1577)

    private let encoder: TextEncoder
    /// By token; nil: all weigh the same.
    private let weights: [Int64: Double]?
    /// Of a token that no reference has.
    private let rarest: Double
    private let isRescaled: Bool
    package let figure: Figure

    /// - Parameter references: what inverse document frequencies are counted in, where the settings ask for them: with one added to
    ///   either count, ln((n + 1) / (df + 1)). They are asked for only then.
    package init(_ files: BERTScoreFiles, _ settings: Settings = Settings(), references: () throws -> [String] = { [] }) throws {
        let encoder = try TextEncoder.shared(files)
        self.encoder = encoder
        figure = settings.figure
        isRescaled = settings.rescale
        guard settings.idf else {
            (weights, rarest) = (nil, 1)
            return
        }
        let references = try references()
        var frequency: [Int64: Int] = [:]
        for text in references { for token in Set(encoder.tokens(of: text)) { frequency[token, default: 0] += 1 } }
        let count = Double(references.count + 1)
        weights = frequency.mapValues { Foundation.log(count / Double($0 + 1)) }
        rarest = Foundation.log(count)
    }

    /// Each at most 1; texts that have nothing in common may lie below 0.
    /// - Throws: `EncodingProblem`, where there is not memory enough.
    package func score(_ candidate: String, against reference: String) throws(EncodingProblem) -> Result {
        let own = try encoder.vectors(of: candidate)
        let other = try encoder.keptVectors(of: reference)
        guard own.tokens.count > 2, other.tokens.count > 2 else { return rescaled(Result(precision: 0, recall: 0, f1: 0)) }
        let best = own.best(with: other)
        let precision = mean(best.own, of: own.tokens)
        let recall = mean(best.other, of: other.tokens)
        let f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
        return rescaled(Result(precision: precision, recall: recall, f1: f1))
    }

    private func mean(_ best: [Float], of tokens: [Int64]) -> Double {
        var (sum, weight) = (0.0, 0.0)
        for (similarity, token) in zip(best, tokens) where !encoder.isMark(token) {
            let own = weights.map { $0[token] ?? rarest } ?? 1
            sum += own * Double(similarity)
            weight += own
        }
        return weight > 0 ? sum / weight : 0
    }

    /// (x − b) / (1 − b), each of the three with its own baseline.
    private func rescaled(_ score: Result) -> Result {
        guard isRescaled else { return score }
        func rescaled(_ figure: Figure) -> Double { (score[figure] - Self.baseline[figure]) / (1 - Self.baseline[figure]) }
        return Result(precision: rescaled(.precision), recall: rescaled(.recall), f1: rescaled(.f1))
    }

    /// The score before rescaling that becomes this one.
    package func plain(_ score: Double) -> Double { isRescaled ? Self.baseline[figure] + (1 - Self.baseline[figure]) * score : score }
}
