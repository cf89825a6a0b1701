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

    /// Held against the authors' own package with the same weights. The last pairs are long, and say nothing new with weights.
    @Test(arguments: [
        (BERTScore.Settings(), BERTScorePackage.plain, 200), (BERTScore.Settings(idf: true), BERTScorePackage.idf, 192),
        (BERTScore.Settings(rescale: true), BERTScorePackage.rescaled, 60), (BERTScore.Settings(idf: true, rescale: true), BERTScorePackage.idfRescaled, 60),
    ])
    func pairsScoreAsInThePackageBertScore(settings: BERTScore.Settings, expected: [(precision: Double, recall: Double, f1: Double)], count: Int) throws {
        #expect(expected.count == 200)
        let references = try BERTScoreOracle.pairs.map { try Self.text($0.reference) }
        let scorer = try BERTScore(BERTScoreFiles(), settings) { references }
        for number in 0..<count {
            let pair = BERTScoreOracle.pairs[number]
            let score = try scorer.score(try Self.text(pair.candidate), against: references[number])
            for (own, other) in [(score.precision, expected[number].precision), (score.recall, expected[number].recall), (score.f1, expected[number].f1)]
            where !other.isNaN {
                #expect(abs(own - other) <= 1e-4, "pair \(number): \(own), not \(other)")
            }
        }
    }

    /// What every reference has weighs nothing: ln(3/3).
    @Test func tokensOfEveryReferenceWeighNothing() throws {
        let references = ["the cold day", "the warm day"]
        let score = try BERTScore(BERTScoreFiles(), .init(idf: true)) { references }.score("the", against: references[0])
        #expect(score.precision == 0)
    }

    @Test func theFigureIsThatOfTheSettings() throws {
        let all = try BERTScore(BERTScoreFiles()).score("a cold night", against: "the cold day in winter")
        #expect(all.precision != all.recall)
        for figure in BERTScore.Figure.allCases {
            var scorer = try Scorer(.bertscoreMinilmL6, .init(figure: figure)) { [] }
            #expect(scorer.score("a cold night", against: "the cold day in winter") == all[figure])
        }
        // Less alike than unrelated texts are: not below 0.
        var rescaled = try Scorer(.bertscoreMinilmL6, .init(rescale: true)) { [] }
        #expect(rescaled.score("", against: "the cold day") == 0)
    }

    /// Threads share the model and the kept references, and get what one alone gets.
    @Test func threadsScoreSideBySide() async throws {
        let scorer = try BERTScore(BERTScoreFiles())
        let texts = ["a cold night", "the cold day in winter", "why is the sky blue?", "blue light is scattered most", "", "🙂"]
        let pairs = texts.flatMap { first in texts.map { (first, $0) } }
        let alone = try pairs.map { try scorer.score($0.0, against: $0.1) }
        try await withThrowingTaskGroup(of: [BERTScore.Result].self) { group in
            for _ in 0..<4 { group.addTask { try pairs.map { try scorer.score($0.0, against: $0.1) } } }
            for try await together in group { #expect(together == alone) }
        }
    }
}

struct KeptVectorsTests {
    private func vectors(_ tokens: Int) -> TokenVectors {
        TokenVectors(tokens: Array(repeating: 1, count: tokens), vectors: Array(repeating: 0.5, count: tokens * 64))
    }

    /// 256 bytes a token: the oldest goes where the third has no room.
    @Test func theOldestMakesRoom() {
        let kept = KeptVectors(room: 2560)
        var made: [String] = []
        func ask(_ text: String, _ tokens: Int) {
            _ = kept.vectors(of: text) { () -> TokenVectors in
                made.append(text)
                return vectors(tokens)
            }
        }
        ask("a", 5)
        ask("b", 5)
        ask("a", 5)
        #expect(made == ["a", "b"])
        ask("c", 1)
        ask("b", 5)
        #expect(made == ["a", "b", "c"])
        ask("a", 5)
        #expect(made == ["a", "b", "c", "a"])
    }

    @Test func theBestMatchIsFoundBothWays() {
        let own = TokenVectors(tokens: [1, 2], vectors: [3, 4] + Array(repeating: 0, count: 62) + [0, 2] + Array(repeating: 0, count: 62))
        let other = TokenVectors(tokens: [3], vectors: [1] + Array(repeating: 0, count: 63))
        let best = own.best(with: other)
        #expect(best.own == [0.6, 0] && best.other == [0.6])
    }
}
