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

        static let nothing = Result(precision: 0, recall: 0, f1: 0)
    }

    /// What makes scores of one corpus easier to tell apart.
    package struct Options: Sendable, Equatable {
        /// Weighs tokens by their inverse document frequency in these references, plus one for either count: ln((n + 1) / (df + 1)).
        package var references: [String]?
        /// The score of unrelated texts: scores become (score − baseline) / (1 − baseline), below 0 where texts are even less alike.
        package var baseline: Double?

        package init(references: [String]? = nil, baseline: Double? = nil) { (self.references, self.baseline) = (references, baseline) }
    }

    static let width = 384
    static let mostTokens = 512
    /// Vectors of references that are kept, in bytes: those of some 700 answers.
    private static let keptBytes = 64 << 20

    private let wordPiece: WordPiece
    private let encoder: TokenEncoder
    private let kept = KeptVectors(room: keptBytes)
    private let weights: [Int64: Double]?
    /// Of a token that no reference has.
    private let rarest: Double
    private let baseline: Double?

    package init(_ files: BERTScoreFiles, options: Options = Options()) throws {
        wordPiece = try WordPiece(vocabulary: files.vocabulary())
        encoder = try TokenEncoder(library: files.library, model: files.model, width: Self.width, longest: Self.mostTokens)
        baseline = options.baseline
        guard let references = options.references else {
            (weights, rarest) = (nil, 1)
            return
        }
        var frequency: [Int64: Int] = [:]
        for text in references { for token in Set(wordPiece.tokens(of: text, most: Self.mostTokens)) { frequency[token, default: 0] += 1 } }
        let count = Double(references.count + 1)
        weights = frequency.mapValues { Foundation.log(count / Double($0 + 1)) }
        rarest = Foundation.log(count)
    }

    /// - Throws: `EncodingProblem`, where there is not memory enough.
    package func score(_ candidate: String, against reference: String) throws(EncodingProblem) -> Result {
        let own = try encode(candidate)
        let other = try kept.vectors(of: reference) { () throws(EncodingProblem) in try encode(reference) }
        guard own.tokens.count > 2, other.tokens.count > 2 else { return .nothing }
        let best = own.best(with: other)
        let precision = mean(best.own, of: own.tokens)
        let recall = mean(best.other, of: other.tokens)
        let f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
        return Result(precision: rescaled(precision), recall: rescaled(recall), f1: rescaled(f1))
    }

    private func mean(_ best: [Float], of tokens: [Int64]) -> Double {
        var (sum, weight) = (0.0, 0.0)
        for (similarity, token) in zip(best, tokens) where !wordPiece.isMark(token) {
            let own = weights.map { $0[token] ?? rarest } ?? 1
            sum += own * Double(similarity)
            weight += own
        }
        return weight > 0 ? sum / weight : 0
    }

    private func rescaled(_ score: Double) -> Double { baseline.map { (score - $0) / (1 - $0) } ?? score }

    private func encode(_ text: String) throws(EncodingProblem) -> TokenVectors {
        let tokens = wordPiece.tokens(of: text, most: Self.mostTokens)
        return TokenVectors(tokens: tokens, vectors: tokens.count > 2 ? try encoder.vectors(of: tokens) : [])
    }
}
