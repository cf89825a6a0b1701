import Workload

/// A server that answers in place of the model inside the process: where it is and how it is asked.
///
/// Holds no key: it names the environment's variable that does.
package struct LLMServer: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// `crisol serve mock-llm`, told which question is meant, so that its draws are those of the model inside the process.
        case mock
        /// Any server with OpenAI's chat completions API.
        case openai
        case ollama
    }

    /// Ollama's two ways to ask.
    package enum OllamaAPI: String, CaseIterable, Sendable { case chat, generate }

    package var kind: Kind
    /// Without a slash at its end; see `problem`.
    package var baseURL: String
    /// The model's name; what a mock answers to.
    package var model: String
    /// From the request to the answer's last byte, in scenario time; beyond, a call has failed.
    package var timeout: Nanoseconds
    /// Whether answers are asked for piece by piece.
    package var stream: Bool
    /// Tokens of an answer at most; nil: as the server likes.
    package var maxTokens: Int?
    package var temperature: Double?
    /// The environment's variable with the key; nil: no key is sent.
    package var apiKeyEnvironment: String?
    /// Whether the variable was named by the user, who then means it to be there.
    package var requiresKey: Bool
    /// What is sent for a question, which stands for `{question}`.
    package var prompt: String
    package var ollamaAPI: OllamaAPI

    /// Where the question goes in `prompt`.
    package static let questionSlot = "{question}"

    package init(
        kind: Kind, baseURL: String, model: String = "mock", timeout: Nanoseconds = 60_000_000_000, stream: Bool = false,
        maxTokens: Int? = nil, temperature: Double? = nil, apiKeyEnvironment: String? = nil, requiresKey: Bool = false,
        prompt: String = LLMServer.questionSlot, ollamaAPI: OllamaAPI = .chat
    ) {
        self.kind = kind
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.model = model
        self.timeout = timeout
        self.stream = stream
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.apiKeyEnvironment = apiKeyEnvironment
        self.requiresKey = requiresKey
        self.prompt = prompt
        self.ollamaAPI = ollamaAPI
    }

    /// What is sent for a question. Its text is put in as it stands, whatever it holds.
    package func prompt(for question: String) -> String {
        guard prompt != Self.questionSlot else { return question }
        var parts: [Substring] = []
        var rest = prompt[...]
        while let place = rest.firstRange(of: Self.questionSlot) {
            parts.append(rest[..<place.lowerBound])
            rest = rest[place.upperBound...]
        }
        parts.append(rest)
        return parts.joined(separator: question)
    }

    /// What is wrong with an address; nil where it can be used. Addresses are written into results, so they hold
    /// no passwords.
    package static func problem(ofURL text: String) -> String? {
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { return "an address must begin with http:// or https://" }
        let rest = text.dropFirst(lower.hasPrefix("https") ? 8 : 7)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"<>"\^`{|}"#.utf8.contains($0) }) else {
            return "an address must hold no spaces, quotes or other characters that URLs have no room for"
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if host.contains("@") { return "an address must not hold a user name or a password: keys come from the environment (provider.api_key_env)" }
        if rest.contains("?") || rest.contains("#") { return "an address must end with its path" }
        guard let name = hostName(host), !name.isEmpty else { return "an address must name a host, and a port from 1 to 65535 if any" }
        return nil
    }

    /// Whether the address is one of this machine.
    package var isLoopback: Bool {
        let rest = baseURL.dropFirst(baseURL.lowercased().hasPrefix("https") ? 8 : 7)
        let name = Self.hostName(rest.prefix { $0 != "/" })
        return name == "localhost" || name == "[::1]" || name.map { $0.hasPrefix("127.") && $0.allSatisfy { $0.isNumber || $0 == "." } } ?? false
    }

    package var isEncrypted: Bool { baseURL.lowercased().hasPrefix("https://") }

    /// The host of `host:port`; nil where the port is none.
    private static func hostName(_ text: Substring) -> String? {
        let bracket = text.lastIndex(of: "]")
        let colon = text.lastIndex(of: ":").flatMap { colon in bracket.map { colon > $0 } ?? true ? colon : nil }
        guard let colon else { return String(text) }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        return String(text[..<colon])
    }
}
