import Workload

// Answers of OpenAI's chat completions API (`POST /v1/chat/completions`), which many servers speak: whole, and
// streamed as server-sent events.

enum OpenAIAnswer {
    static func whole() -> WholeAnswer {
        WholeAnswer { value throws(AnswerProblem) in
            guard let choices = value["choices"]?.list else { throw .malformed("it has no list of choices") }
            guard let message = choices.first?["message"], case .object = message else { throw .malformed("its first choice has no message") }
            var answer = Answer(text: try text(message["content"]) ?? "")
            // A model that will not answer says why in a field of its own.
            if answer.text.isEmpty, let refusal = message["refusal"]?.text { answer.text = refusal }
            count(value["usage"], &answer)
            return answer
        }
    }

    /// A message's or a delta's text: a string, a list of parts, or null; nil where there is none.
    static func text(_ content: JSONValue?) throws(AnswerProblem) -> String? {
        switch content {
        case nil, .null: return nil
        case .text(let text): return text
        case .list(let parts): return parts.compactMap { $0["text"]?.text }.joined()
        case .boolean, .number, .object: throw .malformed("its content is no text")
        }
    }

    static func count(_ usage: JSONValue?, _ answer: inout Answer) {
        guard let usage else { return }
        answer.promptTokens = usage["prompt_tokens"]?.tokens ?? answer.promptTokens
        answer.completionTokens = usage["completion_tokens"]?.tokens ?? answer.completionTokens
    }
}

/// A streamed answer: one JSON object an event, `[DONE]` at the end.
///
/// The first delta often has only a role, its content null or missing; `usage` comes in the last chunk, which has no
/// choices, or never. Servers that leave `[DONE]` out end with a `finish_reason`.
struct OpenAIStream: AnswerReader {
    private var events = ServerSentEvents(limit: WholeAnswer.maximumBytes)
    private var answer = Answer(text: "")
    private var refusal = ""
    private var bytes = 0
    private var isDone = false
    private var hasEnded = false

    var isComplete: Bool { isDone }

    mutating func append(_ more: [UInt8]) throws(AnswerProblem) {
        let complete: [ServerSentEvents.Event]
        do throws(ServerSentEvents.TooLong) { complete = try events.append(more) } catch {
            throw .tooLong(limit: WholeAnswer.maximumBytes)
        }
        for event in complete where !isDone { try take(event) }
    }

    private mutating func take(_ event: ServerSentEvents.Event) throws(AnswerProblem) {
        if event.data == "[DONE]" {
            isDone = true
            return
        }
        let chunk = try JSONValue(answering: Array(event.data.utf8))
        if let refusal = ErrorBody(chunk) { throw .refused(refusal) }
        guard case .object = chunk else { throw .malformed("a chunk is no object") }
        OpenAIAnswer.count(chunk["usage"], &answer)
        guard let choice = chunk["choices"]?.list?.first else { return }
        if let text = try OpenAIAnswer.text(choice["delta"]?["content"]) { try add(text) }
        if let text = choice["delta"]?["refusal"]?.text, bytes + refusal.utf8.count + text.utf8.count <= Answer.maximumBytes { refusal += text }
        if choice["finish_reason"]?.text != nil { hasEnded = true }
    }

    private mutating func add(_ text: String) throws(AnswerProblem) {
        bytes += JSONValue.length(of: text)
        guard bytes <= Answer.maximumBytes else { throw .tooLong(limit: Answer.maximumBytes) }
        answer.text += text
    }

    mutating func finish() throws(AnswerProblem) -> Answer {
        guard isDone || hasEnded else { throw .truncated }
        if answer.text.isEmpty { answer.text = refusal }
        return try answer.bounded()
    }
}
