import Testing

@testable import LLMClient

@Suite struct AnswerTests {
    /// What a reader makes of a body, in one piece, byte by byte and cut anywhere: always the same.
    private func read(_ body: String, _ reader: () -> any AnswerReader) throws -> Answer {
        let bytes = Array(body.utf8)
        func read(_ pieces: [[UInt8]]) -> Result<Answer, any Error> {
            Result {
                var reader = reader()
                for piece in pieces { try reader.append(piece) }
                return try reader.finish()
            }
        }
        let whole = read([bytes])
        var others = [read(bytes.map { [$0] })]
        for cut in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 40)) { others.append(read([Array(bytes[..<cut]), Array(bytes[cut...])])) }
        for other in others { #expect("\(other)" == "\(whole)") }
        return try whole.get()
    }

    private func problem(_ body: String, _ reader: () -> any AnswerReader) -> AnswerProblem? {
        do {
            _ = try read(body, reader)
            return nil
        } catch { return error as? AnswerProblem }
    }

    // MARK: OpenAI

    private let openAI: () -> any AnswerReader = { OpenAIAnswer.whole() }
    private let openAIStream: () -> any AnswerReader = { OpenAIStream() }

    @Test func openAIAnswersWhole() throws {
        #expect(
            try read(
                #"{"id":"c-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Madrid.\n\u00a1S\u00ed!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#,
                openAI) == Answer(text: "Madrid.\n¡Sí!", promptTokens: 9, completionTokens: 12))
        #expect(try read(#"{"choices":[{"message":{"content":"a"}}]}"#, openAI) == Answer(text: "a"))
        #expect(try read(#"{"choices":[{"message":{"content":null}}],"usage":null,"error":null}"#, openAI) == Answer(text: ""))
        #expect(try read(#"{"choices":[{"message":{"content":null,"refusal":"No."}}]}"#, openAI) == Answer(text: "No."))
        #expect(try read(#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"image"},{"text":"b"}]}}]}"#, openAI) == Answer(text: "ab"))
        #expect(try read(#"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1,"completion_tokens":1e99}}"#, openAI) == Answer(text: "a"))
    }

    @Test func whatIsNoOpenAIAnswer() {
        #expect(problem("", openAI) == .truncated)
        #expect(problem(#"{"choices":[{"message":{"content":"a"#, openAI) == .truncated)
        #expect(problem("{}", openAI) == .malformed("it has no list of choices"))
        #expect(problem("[]", openAI) == .malformed("it has no list of choices"))
        #expect(problem(#"{"choices":[]}"#, openAI) == .malformed("its first choice has no message"))
        #expect(problem(#"{"choices":[{"message":{"content":7}}]}"#, openAI) == .malformed("its content is no text"))
        #expect(problem("<html>", openAI) == .malformed("a value should stand here at byte 0"))
        #expect(
            problem(#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#, openAI)
                == .refused(ErrorBody(message: "slow down", code: "rate_limit_exceeded", type: "requests")))
        let long = String(repeating: "a", count: Answer.maximumBytes + 1)
        #expect(problem(#"{"choices":[{"message":{"content":"\#(long)"}}]}"#, openAI) == .tooLong(limit: Answer.maximumBytes))
    }

    private func chunk(_ delta: String, finish: String = "null", more: String = "") -> String {
        #"data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]\#(more)}"# + "\n\n"
    }

    @Test func openAIAnswersInPieces() throws {
        let first = chunk(#"{"role":"assistant","content":null}"#)
        let text = chunk(#"{"content":"Ma"}"#) + ": ping\n\n" + chunk(#"{"content":"dríd"}"#)
        let end = chunk("{}", finish: #""stop""#)
        let usage = #"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"# + "\n\n"
        let done = "data: [DONE]\n\n"
        #expect(try read(first + text + end + usage + done, openAIStream) == Answer(text: "Madríd", promptTokens: 9, completionTokens: 2))
        #expect(try read(first + text + end + done, openAIStream) == Answer(text: "Madríd"))
        #expect(try read(text + end, openAIStream) == Answer(text: "Madríd"), "some servers leave [DONE] out")
        #expect(try read(text + done + "data: rubbish\n\n", openAIStream) == Answer(text: "Madríd"), "nothing counts behind the end")
        #expect(try read((first + text + end + done).replacingOccurrences(of: "\n", with: "\r\n"), openAIStream) == Answer(text: "Madríd"))
        #expect(problem(first + text, openAIStream) == .truncated)
        #expect(problem(first + String(text.dropLast(4)), openAIStream) == .truncated)
        #expect(problem("", openAIStream) == .truncated)
        #expect(problem(text + "data: {\n\n" + done, openAIStream) == .truncated)
        #expect(problem(text + "data: {]\n\n" + done, openAIStream) == .malformed("a name in quotation marks should stand here at byte 1"))
        #expect(
            problem(text + #"data: {"error":{"message":"overloaded","code":503}}"# + "\n\n", openAIStream)
                == .refused(ErrorBody(message: "overloaded", status: 503)))
        let piece = chunk(#"{"content":"\#(String(repeating: "a", count: 1000))"}"#)
        var reader = OpenAIStream()
        #expect(throws: AnswerProblem.tooLong(limit: Answer.maximumBytes)) {
            for _ in 0..<1000 { try reader.append(Array(piece.utf8)) }
        }
    }

    // MARK: Ollama

    private let ollama: () -> any AnswerReader = { OllamaAnswer.whole() }
    private let ollamaStream: () -> any AnswerReader = { OllamaStream() }

    @Test func ollamaAnswersWholeAndInLines() throws {
        #expect(
            try read(#"{"model":"m","response":"Madrid","done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}"#, ollama)
                == Answer(text: "Madrid", promptTokens: 9, completionTokens: 2))
        #expect(try read(#"{"message":{"role":"assistant","content":"Madrid"},"done":true}"#, ollama) == Answer(text: "Madrid"))
        let lines = #"{"response":"Ma","done":false}"# + "\n\r\n" + #"{"response":"drid","done":false}"# + "\r\n"
        let last = #"{"response":"","done":true,"prompt_eval_count":9,"eval_count":2}"#
        #expect(try read(lines + last + "\n", ollamaStream) == Answer(text: "Madrid", promptTokens: 9, completionTokens: 2))
        #expect(try read(lines + last, ollamaStream) == Answer(text: "Madrid", promptTokens: 9, completionTokens: 2), "the last line need not end")
        #expect(try read(#"{"message":{"content":"a"}}"# + "\n" + #"{"message":{"content":"b"},"done":true}"#, ollamaStream) == Answer(text: "ab"))
    }

    @Test func whatIsNoOllamaAnswer() {
        #expect(problem("", ollamaStream) == .truncated)
        #expect(problem(#"{"response":"a","done":false}"# + "\n", ollamaStream) == .truncated)
        #expect(problem(#"{"response":"a","done":false}"# + "\n" + #"{"resp"#, ollamaStream) == .truncated)
        #expect(problem("[]\n", ollamaStream) == .malformed("a line is no object"))
        #expect(problem(#"{"response":"a","done":false}"#, ollama) == .truncated)
        #expect(problem("{}", ollama) == .malformed("it has neither a response nor a message"))
        #expect(problem(#"{"error":"model 'm' not found"}"#, ollama) == .refused(ErrorBody(message: "model 'm' not found")))
        #expect(problem(#"{"response":"a"}"# + "\n" + #"{"error":"out of memory"}"# + "\n", ollamaStream) == .refused(ErrorBody(message: "out of memory")))
        #expect(problem(#"{"response":[]}"#, ollama) == .malformed("its content is no text"))
    }

    // MARK: Errors

    @Test(arguments: [
        (#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#, true),
        (#"{"error":{"message":"no","code":"billing_hard_limit_reached"}}"#, true), (#"{"error":{"message":"no","type":"Insufficient-Quota"}}"#, true),
        (#"{"error":"Quota exceeded for today"}"#, true), (#"{"message":"quota_exceeded"}"#, true), ("quota exceeded", true),
        (#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#, false),
        (#"{"error":{"message":"The server is overloaded","code":503}}"#, false), (#"{"error":"model not found"}"#, false), ("", false), ("<html>", false),
        ("\u{0}", false), (#"{"error":7}"#, false), (#"{"detail":"Not Found"}"#, false),
    ] as [(String, Bool)])
    func quotasAreKnownByTheirWords(_ body: String, _ isQuota: Bool) {
        #expect(ErrorBody(body: Array(body.utf8)).isQuota == isQuota)
    }

    @Test func errorsSayWhatTheyAre() {
        func text(_ body: String) -> String { ErrorBody(body: Array(body.utf8)).description }
        #expect(text(#"{"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}}"#) == "rate_limit_exceeded: Slow down")
        #expect(text(#"{"error":"model 'm' not found"}"#) == "model 'm' not found")
        #expect(text(#"{"detail":"Not Found"}"#) == "Not Found")
        #expect(text("Bad gateway") == "Bad gateway")
        #expect(ErrorBody(body: Array(repeating: 0xFF, count: 10_000)).message.unicodeScalars.count == ErrorBody.longest)
    }
}
