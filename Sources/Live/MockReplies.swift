import HTTPServer
import LLMClient
import Provider
import Workload

/// How a mock server says what its model decided, in the interface that it was asked by.
struct MockReplies: Sendable {
    let interface: MockRequest.Interface
    let model: String
    let stream: Bool
    let includesUsage: Bool

    init(_ request: MockRequest, _ interface: MockRequest.Interface) {
        self.interface = interface
        model = request.model
        stream = request.stream
        includesUsage = request.includesUsage
    }

    // MARK: Answers

    func whole(_ text: String, _ reply: Provider.Reply) -> Response {
        switch interface {
        case .openAIChat:
            .json(200, JSONValue.object([
                "id": "chatcmpl-mock", "object": "chat.completion", "created": 0, "model": .text(model),
                "choices": [["index": 0, "message": ["role": "assistant", "content": .text(text)], "finish_reason": "stop"]],
                "usage": usage(reply),
            ]).bytes)
        case .ollamaChat, .ollamaGenerate: .json(200, line(text, isLast: true, reply))
        }
    }

    /// What a stream's headers say of it.
    var streamHeaders: [(name: String, value: String)] {
        switch interface {
        case .openAIChat: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")]
        case .ollamaChat, .ollamaGenerate: [("Content-Type", "application/x-ndjson")]
        }
    }

    /// A streamed answer, in the parts that are sent one after another; the first delta has no content, as OpenAI's.
    func parts(_ text: String, _ reply: Provider.Reply) -> [[UInt8]] {
        let pieces = Self.pieces(of: text)
        switch interface {
        case .openAIChat:
            var parts = [chunk(["role": "assistant", "content": .null], finish: .null)]
            parts += pieces.map { chunk(["content": .text($0)], finish: .null) }
            var last = chunk([:], finish: "stop")
            if includesUsage { last += event(["object": "chat.completion.chunk", "model": .text(model), "choices": [], "usage": usage(reply)]) }
            parts.append(last + Array("data: [DONE]\n\n".utf8))
            return parts
        case .ollamaChat, .ollamaGenerate:
            return (pieces.map { line($0, isLast: false, reply) } + [line("", isLast: true, reply)]).map { $0 + [0x0A] }
        }
    }

    private func usage(_ reply: Provider.Reply) -> JSONValue {
        [
            "prompt_tokens": .number(Double(reply.promptTokens)), "completion_tokens": .number(Double(reply.completionTokens)),
            "total_tokens": .number(Double(reply.promptTokens + reply.completionTokens)),
        ]
    }

    private func chunk(_ delta: JSONValue, finish: JSONValue) -> [UInt8] {
        event([
            "id": "chatcmpl-mock", "object": "chat.completion.chunk", "created": 0, "model": .text(model),
            "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
        ])
    }

    private func event(_ value: JSONValue) -> [UInt8] { Array("data: ".utf8) + value.bytes + [0x0A, 0x0A] }

    private func line(_ text: String, isLast: Bool, _ reply: Provider.Reply) -> [UInt8] {
        var members: [JSONValue.Member] = [.init("model", .text(model)), .init("created_at", "1970-01-01T00:00:00Z")]
        if interface == .ollamaChat {
            members.append(.init("message", ["role": "assistant", "content": .text(text)]))
        } else {
            members.append(.init("response", .text(text)))
        }
        members.append(.init("done", .boolean(isLast)))
        if isLast {
            members.append(.init("done_reason", "stop"))
            members.append(.init("prompt_eval_count", .number(Double(reply.promptTokens))))
            members.append(.init("eval_count", .number(Double(reply.completionTokens))))
        }
        return JSONValue.object(members).bytes
    }

    /// At most eight, together the text.
    private static func pieces(of text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        let size = max(1, (scalars.count + 7) / 8)
        return stride(from: 0, to: scalars.count, by: size).map { start in
            String(String.UnicodeScalarView(scalars[start..<min(start + size, scalars.count)]))
        }
    }

    // MARK: Refusals

    /// - Parameter isQuota: whether the scenario takes the status for a used-up quota, which then is said in the body too.
    func refusal(_ status: Int, isQuota: Bool, headers: [(name: String, value: String)]) -> Response {
        let (code, message) = isQuota ? ("insufficient_quota", "the quota is used up")
            : status == 429 ? ("rate_limit_exceeded", "too many requests")
            : status >= 500 && status != 500 ? ("overloaded", "the server has too much to do") : ("server_error", "the server failed")
        return error(status, code, message, headers: headers)
    }

    func error(_ status: Int, _ code: String, _ message: String, headers: [(name: String, value: String)] = []) -> Response {
        switch interface {
        case .openAIChat:
            .json(status, JSONValue.object(["error": ["message": .text(message), "type": .text(code), "param": .null, "code": .text(code)]]).bytes, headers: headers)
        case .ollamaChat, .ollamaGenerate:
            .json(status, JSONValue.object(["error": .text(code == "insufficient_quota" ? "quota exceeded: \(message)" : message)]).bytes, headers: headers)
        }
    }
}
