import Foundation
import Testing
@testable import Scoring

/// Held against onnxruntime and tokenizers in Python; skipped where the model is not there.
@Suite(.enabled(if: (try? BERTScoreFiles()) != nil, "scripts/setup --bertscore fetches model and runtime"))
struct BERTScoreTests {
    private static func text(_ json: String) throws -> String { try JSONDecoder().decode(String.self, from: Data(json.utf8)) }

    @Test func pairsScoreAsInPython() throws {
        let scorer = try BERTScore(try BERTScoreFiles())
        #expect(BERTScoreOracle.pairs.count == 200)
        for (number, pair) in BERTScoreOracle.pairs.enumerated() {
            let score = try scorer.score(try Self.text(pair.candidate), against: try Self.text(pair.reference))
            let off = max(abs(score.precision - pair.precision), abs(score.recall - pair.recall), abs(score.f1 - pair.f1))
            #expect(off <= 1e-5, "pair \(number): \(score), not \(pair.precision), \(pair.recall), \(pair.f1)")
        }
    }

    @Test func weightsAndBaseline() throws {
        let files = try BERTScoreFiles()
        let plain = try BERTScore(files).score("a cold night", against: "the cold day")
        let rescaled = try BERTScore(files, options: .init(baseline: 0.3)).score("a cold night", against: "the cold day")
        #expect(abs(rescaled.f1 - (plain.f1 - 0.3) / 0.7) < 1e-12 && abs(rescaled.recall - (plain.recall - 0.3) / 0.7) < 1e-12)
        // What every reference has weighs nothing: ln(3/3).
        let weighted = try BERTScore(files, options: .init(references: ["the cold day", "the warm day"])).score("the", against: "the cold day")
        #expect(weighted.precision == 0)
    }
}
