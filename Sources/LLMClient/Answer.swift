import Workload

/// What a model answered, and what it cost.
package struct Answer: Sendable, Equatable {
    package var text: String
    /// As the server counted them; nil where it does not say.
    package var promptTokens: Int?
    package var completionTokens: Int?

    package init(text: String, promptTokens: Int? = nil, completionTokens: Int? = nil) {
        self.text = text
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    /// Bytes of an answer at most, written as JSON: two of them travel in one message of a pipeline.
    package static let maximumBytes = 192 << 10
}

/// Why a body is no answer.
package enum AnswerProblem: Error, Equatable, CustomStringConvertible {
    /// It ends before the answer does.
    case truncated
    case malformed(String)
    /// More bytes than an answer may have.
    case tooLong(limit: Int)
    /// The server says that it cannot answer, though its status said that it would.
    case refused(ErrorBody)

    package var description: String {
        switch self {
        case .truncated: "the answer ends early"
        case .malformed(let reason): "the answer is malformed: \(reason)"
        case .tooLong(let limit): "the answer is longer than \(limit) bytes (provider.max_tokens bounds it)"
        case .refused(let body): body.description
        }
    }
}

/// Reads an answer from a body as its bytes come in. Any bytes give an answer or an `AnswerProblem`.
protocol AnswerReader: Sendable {
    mutating func append(_ bytes: [UInt8]) throws(AnswerProblem)
    /// Whether the answer is whole, though the body may go on.
    var isComplete: Bool { get }
    /// The answer, once the body is at its end.
    mutating func finish() throws(AnswerProblem) -> Answer
}

/// A body that is one JSON value.
struct WholeAnswer: AnswerReader {
    /// A body may say more than the answer, but not without bound.
    static let maximumBytes = 1 << 20
    private var bytes: [UInt8] = []
    private let read: @Sendable (JSONValue) throws(AnswerProblem) -> Answer

    var isComplete: Bool { false }

    init(_ read: @escaping @Sendable (JSONValue) throws(AnswerProblem) -> Answer) { self.read = read }

    mutating func append(_ more: [UInt8]) throws(AnswerProblem) {
        guard bytes.count + more.count <= Self.maximumBytes else { throw .tooLong(limit: Self.maximumBytes) }
        bytes += more
    }

    mutating func finish() throws(AnswerProblem) -> Answer {
        let value = try JSONValue(answering: bytes)
        if let refusal = ErrorBody(value) { throw .refused(refusal) }
        return try read(value).bounded()
    }
}

extension JSONValue {
    init(answering bytes: [UInt8]) throws(AnswerProblem) {
        do throws(JSONProblem) { self = try JSONValue(reading: bytes) } catch {
            throw error.endsEarly ? .truncated : .malformed(error.description)
        }
    }

    /// A count of tokens; nil where there is none, or none that can be right.
    var tokens: Int? { integer.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil } }
}

extension Answer {
    func bounded() throws(AnswerProblem) -> Answer {
        guard JSONValue.length(of: text) <= Self.maximumBytes else { throw .tooLong(limit: Self.maximumBytes) }
        return self
    }
}
