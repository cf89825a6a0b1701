/// What a model answered, and what it cost.
package struct Answer: Sendable, Equatable {
    package var text: String
    package var promptTokens: Int
    package var completionTokens: Int

    package init(text: String, promptTokens: Int, completionTokens: Int) {
        self.text = text
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }
}
