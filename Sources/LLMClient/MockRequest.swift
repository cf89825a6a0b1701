import Workload

/// What a client asks of a server with OpenAI's or Ollama's interface, read from the body of its request.
package struct MockRequest: Sendable, Equatable {
    /// The text of the last message of a user, or the prompt.
    package var prompt: String
    package var model: String
    package var stream: Bool
    /// Whether a stream's last chunk is to have the counts of tokens (`stream_options.include_usage`).
    package var includesUsage: Bool
    /// Which call of a run it is; nil from clients who know nothing of runs.
    package var call: MockCall?

    /// Why a body is no request, for its sender.
    package struct Problem: Error, Equatable {
        package var message: String
    }

    package enum Interface: Sendable, CaseIterable { case openAIChat, ollamaChat, ollamaGenerate }

    package init(_ body: [UInt8], of interface: Interface) throws(Problem) {
        let value: JSONValue
        do throws(JSONProblem) { value = try JSONValue(reading: body) } catch { throw Problem(message: "the body is no JSON: \(error)") }
        guard case .object = value else { throw Problem(message: "the body must be a JSON object") }
        switch interface {
        case .openAIChat, .ollamaChat:
            guard let messages = value["messages"]?.list, !messages.isEmpty else { throw Problem(message: "messages must be a list with one message or more") }
            let asked = messages.last { $0["role"]?.text == "user" } ?? messages[messages.count - 1]
            guard let text = try? OpenAIAnswer.text(asked["content"]) else { throw Problem(message: "a message's content must be a text, or a list of parts with texts") }
            prompt = text
        case .ollamaGenerate:
            guard let text = value["prompt"]?.text else { throw Problem(message: "prompt must be a text") }
            prompt = text
        }
        model = value["model"]?.text ?? "mock"
        // Ollama streams unless it is told not to.
        stream = value["stream"]?.boolean ?? (interface != .openAIChat)
        includesUsage = value["stream_options"]?["include_usage"]?.boolean ?? false
        if let told = value[MockCall.name] {
            guard let call = MockCall(told) else { throw Problem(message: "\(MockCall.name) must have run, seed, repeat, question, generation, call and reference, as a worker of Crisol writes them") }
            self.call = call
        }
    }
}
