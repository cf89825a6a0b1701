import Workload

/// What a server says in the body of an error, in any of the forms that LLM servers use.
///
/// OpenAI: `{"error": {"message", "type", "code"}}`, the code a word, a number or null. Ollama: `{"error": "…"}`.
/// Proxies: `{"message", "code"}`, `{"detail"}`, or plain text.
package struct ErrorBody: Sendable, Equatable, CustomStringConvertible {
    /// For people; at most `longest` Unicode scalars.
    package var message: String
    /// A word such as `insufficient_quota`; empty where there is none.
    package var code: String
    package var type: String
    /// An HTTP status that stands in the body, as in an answer that was begun and broke off.
    package var status: Int?

    package static let longest = 300
    /// Bytes of an error's body that are looked at.
    package static let maximumBytes = 64 << 10

    package init(message: String, code: String = "", type: String = "", status: Int? = nil) {
        self.message = Self.bounded(message, Self.longest)
        self.code = Self.bounded(code, 100)
        self.type = Self.bounded(type, 100)
        self.status = status
    }

    /// The error that a JSON value tells of; nil where it tells of none.
    init?(_ value: JSONValue) {
        switch value["error"] {
        case .text(let message): self.init(message: message, code: Self.word(value["code"]), status: Self.status(value["code"]))
        case .object(let members):
            let error = JSONValue.object(members)
            self.init(
                message: error["message"]?.text ?? "", code: Self.word(error["code"]), type: Self.word(error["type"]),
                status: Self.status(error["code"]) ?? Self.status(error["status"]))
        case nil, .null, .boolean, .number, .list: return nil
        }
    }

    /// The body of a reply whose status is an error's.
    package init(body: [UInt8]) {
        let value = try? JSONValue(reading: body)
        if let value, let known = ErrorBody(value) {
            self = known
        } else if let value, case .object = value {
            self.init(
                message: value["message"]?.text ?? value["detail"]?.text ?? "", code: Self.word(value["code"]),
                type: Self.word(value["type"]))
        } else {
            self.init(message: String(decoding: body.prefix(4 * Self.longest), as: UTF8.self))
        }
    }

    /// Counted in scalars: a single character may be as long as it likes.
    private static func bounded(_ text: String, _ longest: Int) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest))) }

    private static func word(_ value: JSONValue?) -> String { value?.text ?? "" }
    private static func status(_ value: JSONValue?) -> Int? { value?.integer.flatMap { (400...599).contains($0) ? $0 : nil } }

    /// Whether what was paid for is used up, which no status says reliably: OpenAI answers 429 to that too.
    package var isQuota: Bool {
        Self.quotaCodes.contains(Self.plain(code)) || Self.quotaCodes.contains(Self.plain(type))
            || Self.quotaWords.contains { Self.plain(message).contains($0) }
    }

    private static let quotaCodes: Set<String> = [
        "insufficient quota", "billing hard limit reached", "billing limit reached", "billing not active", "quota exceeded", "exceeded quota",
        "out of credits", "insufficient credits", "insufficient balance",
    ]
    private static let quotaWords = [
        "insufficient quota", "quota exceeded", "exceeded your current quota", "billing hard limit", "credit balance is too low",
    ]

    /// Lower case, with spaces for dashes and underscores.
    private static func plain(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 == 0x2D || $0 == 0x5F ? 0x20 : $0 }, as: UTF8.self)
    }

    package var description: String {
        let name = [code, type].first { !$0.isEmpty }
        return [name, message.isEmpty ? nil : message].compactMap { $0 }.joined(separator: ": ")
    }
}
