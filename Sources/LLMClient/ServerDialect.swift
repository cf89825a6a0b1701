import Provider
import Workload

/// How a server is asked, and how its answer is read.
struct ServerDialect: Sendable {
    let server: LLMServer

    private var isOllama: Bool { server.kind == .ollama }

    /// Where requests go. A base address without a path gets OpenAI's `/v1`, which everybody leaves out.
    var url: String {
        if isOllama { return "\(server.baseURL)/api/\(server.ollamaAPI.rawValue)" }
        let hasPath = server.baseURL.split(separator: "/", omittingEmptySubsequences: true).count > 2
        return "\(server.baseURL)\(hasPath ? "" : "/v1")/chat/completions"
    }

    func body(_ request: CallRequest) -> [UInt8] {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue) { members.append(.init(name, value)) }
        add("model", .text(server.model))
        let messages = JSONValue.list([.object(["role": .text("user"), "content": .text(request.prompt)])])
        add("stream", .boolean(server.stream))
        if isOllama {
            switch server.ollamaAPI {
            case .chat: add("messages", messages)
            case .generate: add("prompt", .text(request.prompt))
            }
            var options: [JSONValue.Member] = []
            if let most = server.maxTokens { options.append(.init("num_predict", .number(Double(most)))) }
            if let temperature = server.temperature { options.append(.init("temperature", .number(temperature))) }
            if !options.isEmpty { add("options", .object(options)) }
        } else {
            add("messages", messages)
            if server.stream { add("stream_options", .object(["include_usage": .boolean(true)])) }
            if let most = server.maxTokens { add("max_tokens", .number(Double(most))) }
            if let temperature = server.temperature { add("temperature", .number(temperature)) }
        }
        if let call = request.forMock { add(MockCall.name, call.json) }
        return JSONValue.object(members).bytes
    }

    /// Who reads the body of a reply with this content type: a server may answer whole what was asked for in pieces.
    func reader(contentType: String?) -> any AnswerReader {
        let type = contentType?.split(separator: ";").first?.trimmingASCIISpaces().lowercased()
        let isStream = switch type {
        case "text/event-stream", "application/x-ndjson": true
        case "application/json": false
        default: server.stream
        }
        if isOllama { return isStream ? OllamaStream() : OllamaAnswer.whole() }
        return isStream ? OpenAIStream() : OpenAIAnswer.whole()
    }
}

extension Substring {
    fileprivate func trimmingASCIISpaces() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
