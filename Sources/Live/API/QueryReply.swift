import HTTPServer
import Storage
import Workload

/// How the state of a question looks to HTTP clients.
extension Response {
    static func query(_ questionID: String, _ state: QueryState) -> Response {
        var writer = WireWriter()
        writer.begin()
        switch state {
        case .pending:
            writer.field("status", word: "pending")
            writer.field("question_id", questionID)
            writer.end()
            return .json(202, writer.bytes, headers: [("Location", "/query/\(PercentCoding.encoded(questionID))"), ("Retry-After", "1")])
        case .found(let found):
            writer.field("status", word: "found")
            writer.field("question_id", questionID)
            writer.field("question_key", hexadecimal: found.key)
            writer.field("answer", found.answer)
            writer.field("score", found.score)
            writer.field("outcome", word: found.outcome)
            writer.field("source", word: found.source.rawValue)
        case .failed(let failed):
            writer.field("status", word: "error")
            writer.field("question_id", questionID)
            writer.field("question_key", hexadecimal: failed.key)
            writer.field("outcome", word: failed.outcome)
            writer.field("message", failed.message)
        }
        writer.end()
        return .json(200, writer.bytes)
    }

    /// `{"results": […]}`, in the order given.
    static func results(_ results: [StoredResult]) -> Response {
        var writer = WireWriter()
        writer.append(#"{"results":["#)
        for (index, result) in results.enumerated() {
            if index > 0 { writer.append(",") }
            writer.begin()
            writer.field("question_id", result.questionID)
            writer.field("question_key", hexadecimal: result.questionKey)
            writer.field("trace_id", result.traceID)
            writer.field("question", result.question)
            writer.field("answer", result.answer)
            writer.field("score", result.score)
            writer.field("attempts", result.attempts)
            writer.field("outcome", result.outcome)
            writer.field("decided_at", unixNanoseconds: result.decidedAtUnixNanoseconds)
            writer.end()
        }
        writer.append("]}")
        return .json(200, writer.bytes)
    }
}

extension QueryState {
    init(_ row: StoredResult) {
        self = .found(FoundAnswer(
            questionID: row.questionID, key: row.questionKey, answer: row.answer, score: row.score, outcome: row.outcome, source: .store))
    }

    init(_ row: StoredFailure) {
        self = .failed(FailedQuestion(questionID: row.questionID, key: row.questionKey, outcome: row.outcome, message: row.lastError))
    }

    /// What the store says of a question; nil where it knows nothing of it.
    static func stored(_ questionID: String, in store: any Store) throws(StoreError) -> QueryState? {
        if let result = try store.result(of: questionID) { return QueryState(result) }
        return try store.failure(of: questionID).map(QueryState.init)
    }
}
