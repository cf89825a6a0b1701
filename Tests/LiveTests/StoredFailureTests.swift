import Pipeline
import Testing
import Workload

@testable import Live

@Suite struct StoredFailureTests {
    /// failed_questions says why in words: a follower has no score of its own.
    @Test func aScoreThatIsNotThereIsNotShown() {
        var question = Envelope(
            question: 1, key: 2, payload: LiveTexts(questionID: "q-000000001", question: "why?", reference: "because"),
            intendedAt: .zero)
        question.outcome = .deadLetterScore
        #expect(Wire.scoreMessage(of: question) == "joined an equal question in flight, whose answers stayed below the threshold")
        question.score = 0.25
        #expect(Wire.scoreMessage(of: question) == "score 0.25 below the threshold")
    }
}
