import Testing
@testable import Scoring

@Suite struct ScorerTests {
    @Test func equalTextsScoreOneAndDisjointTextsZero() throws {
        for metric in [Metric.jaccard, .tfidfCosine] {
            var scorer = try Scorer(metric)
            #expect(scorer.score("The sky is blue", against: "the SKY, is: blue!") == 1)
            #expect(scorer.score("El cielo está azul", against: "EL CIELO ESTÁ AZUL") == 1)
            #expect(scorer.score("one two", against: "three four") == 0)
        }
    }
}
