import Workload

// Answers of Ollama's `/api/generate` and `/api/chat`: one JSON object, or, streamed, one a line.

enum OllamaAnswer {
    static func whole() -> WholeAnswer {
        WholeAnswer { value throws(AnswerProblem) in
            guard case .object = value else { throw .malformed("it is no object") }
            guard let text = try text(value) else { throw .malformed("it has neither a response nor a message") }
            guard value["done"]?.boolean != false else { throw .truncated }
            var answer = Answer(text: text)
            count(value, &answer)
            return answer
        }
    }

    /// `response` of `/api/generate` or `message.content` of `/api/chat`; nil where there is neither.
    static func text(_ value: JSONValue) throws(AnswerProblem) -> String? {
        guard let content = value["response"] ?? value["message"]?["content"] else { return nil }
        if content.isNull { return "" }
        guard let text = content.text else { throw .malformed("its content is no text") }
        return text
    }

    static func count(_ value: JSONValue, _ answer: inout Answer) {
        answer.promptTokens = value["prompt_eval_count"]?.tokens ?? answer.promptTokens
        answer.completionTokens = value["eval_count"]?.tokens ?? answer.completionTokens
    }
}

/// A streamed answer: newline-delimited JSON, the last object with `done: true` and the counts.
struct OllamaStream: AnswerReader {
    private var line: [UInt8] = []
    private var answer = Answer(text: "")
    private var bytes = 0
    private var isDone = false

    var isComplete: Bool { isDone }

    mutating func append(_ more: [UInt8]) throws(AnswerProblem) {
        for byte in more where !isDone {
            if byte == 0x0A {
                try endLine()
            } else {
                guard line.count < WholeAnswer.maximumBytes else { throw .tooLong(limit: WholeAnswer.maximumBytes) }
                line.append(byte)
            }
        }
    }

    private mutating func endLine() throws(AnswerProblem) {
        defer { line.removeAll(keepingCapacity: true) }
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
        let value = try JSONValue(answering: line)
        if let refusal = ErrorBody(value) { throw .refused(refusal) }
        guard case .object = value else { throw .malformed("a line is no object") }
        if let text = try OllamaAnswer.text(value) {
            bytes += JSONValue.length(of: text)
            guard bytes <= Answer.maximumBytes else { throw .tooLong(limit: Answer.maximumBytes) }
            answer.text += text
        }
        OllamaAnswer.count(value, &answer)
        if value["done"]?.boolean == true { isDone = true }
    }

    mutating func finish() throws(AnswerProblem) -> Answer {
        // The last line need not end.
        if !isDone { try endLine() }
        guard isDone else { throw .truncated }
        return try answer.bounded()
    }
}
