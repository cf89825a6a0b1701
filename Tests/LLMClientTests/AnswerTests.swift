import Testing

@testable import LLMClient

@Suite struct AnswerTests {
    @Test func answersAreComparedByTextAndTokens() {
        let answer = Answer(text: "Madrid", promptTokens: 7, completionTokens: 1)
        #expect(answer == Answer(text: "Madrid", promptTokens: 7, completionTokens: 1))
        #expect(answer != Answer(text: "Madrid", promptTokens: 7, completionTokens: 2))
    }
}
