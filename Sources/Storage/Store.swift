import Workload

/// Where a service keeps what must outlive it: results, failures, and messages that wait.
///
/// A store is one connection and belongs to the thread that opened it; a service that runs on several
/// threads opens one on each (`StoreLocation.open()`). Every call blocks until its transaction is
/// committed, and writes either happen whole or not at all. Writing the same thing twice changes
/// nothing, so a message that is delivered again after a crash does no harm.
///
/// A store whose server goes away connects again by itself: what is asked of it meanwhile fails with an error
/// that `isPassing`, and whoever asked keeps what was to be written and tries again.
package protocol Store: AnyObject {
    /// Writes results in one transaction; says of each, in order, what became of it.
    func recordResults(_ batch: [StoredResult]) throws(StoreError) -> [Recorded]
    /// Writes questions given up for good in one transaction; says of each, in order, what became of it.
    func recordFailures(_ batch: [StoredFailure]) throws(StoreError) -> [Recorded]
    /// The newest stored result for a question's key.
    func lookUp(_ key: UInt64) throws(StoreError) -> StoredResult?
    /// The result of one question; nil where it has none.
    func result(of questionID: String) throws(StoreError) -> StoredResult?
    /// How one question failed; nil where it did not.
    func failure(of questionID: String) throws(StoreError) -> StoredFailure?
    /// The newest results, the newest first.
    func latest(_ count: Int) throws(StoreError) -> [StoredResult]
    /// Keeps messages until they are forgotten. A message id that is already kept stays as it is.
    func delay(_ batch: [DelayedMessage]) throws(StoreError)
    /// All messages that a service keeps, the earliest due first: what it takes up after a restart.
    func delayed(for service: String) throws(StoreError) -> [DelayedMessage]
    /// Drops kept messages by id; an id that is not there is no error.
    func forget(_ messageIDs: [String]) throws(StoreError)
    func metrics() throws(StoreError) -> StoreMetrics
    /// Ends the connection. The store must not be used afterwards.
    func close()
}

extension Store {
    /// Writes one result that was given from outside.
    package func persist(_ result: StoredResult) throws(StoreError) -> Recorded { try recordResults([result])[0] }
}

/// What became of a row that was to be written.
package enum Recorded: Sendable, Equatable {
    case written
    /// The same question stood there before, from an earlier delivery of the message; the first row stays.
    case alreadyThere
    /// The question stands in the other table: it had failed, or had been answered, before.
    case settledOtherwise
}

/// A row of `qa_results`: an answer that the pipeline took.
package struct StoredResult: Sendable, Equatable {
    package var questionID: String
    package var questionKey: UInt64
    package var traceID: String
    package var question: String
    package var answer: String
    /// In [0, 1]; `.nan` (NULL in the table) where nothing was scored.
    package var score: Double
    package var firstScore: Double
    /// LLM calls made for the question, the failed ones too.
    package var attempts: Int
    /// Calls that returned an answer.
    package var generations: Int
    /// Name of the outcome, such as `accepted`.
    package var outcome: String
    package var promptTokens: Int
    package var completionTokens: Int
    /// When the pipeline decided, in nanoseconds since 1970 UTC. The table also has it as text.
    package var decidedAtUnixNanoseconds: Int64

    package init(
        questionID: String, questionKey: UInt64, traceID: String = "", question: String, answer: String, score: Double,
        firstScore: Double = .nan, attempts: Int, generations: Int = 1, outcome: String = "accepted", promptTokens: Int = 0,
        completionTokens: Int = 0, decidedAtUnixNanoseconds: Int64
    ) {
        self.questionID = questionID
        self.questionKey = questionKey
        self.traceID = traceID
        self.question = question
        self.answer = answer
        self.score = score
        self.firstScore = firstScore
        self.attempts = attempts
        self.generations = generations
        self.outcome = outcome
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.decidedAtUnixNanoseconds = decidedAtUnixNanoseconds
    }

    /// Equal to the bit, so that rows without a score equal themselves.
    package static func == (a: StoredResult, b: StoredResult) -> Bool {
        a.questionID == b.questionID && a.questionKey == b.questionKey && a.traceID == b.traceID && a.question == b.question
            && a.answer == b.answer && (a.score == b.score || a.score.isNaN && b.score.isNaN)
            && (a.firstScore == b.firstScore || a.firstScore.isNaN && b.firstScore.isNaN) && a.attempts == b.attempts
            && a.generations == b.generations && a.outcome == b.outcome && a.promptTokens == b.promptTokens
            && a.completionTokens == b.completionTokens && a.decidedAtUnixNanoseconds == b.decidedAtUnixNanoseconds
    }
}

/// A row of `failed_questions`: a question given up for good.
package struct StoredFailure: Sendable, Equatable {
    package var questionID: String
    package var questionKey: UInt64
    package var traceID: String
    package var question: String
    /// Name of the outcome, such as `dead_letter_overload`.
    package var outcome: String
    /// Retries over the question's life, regenerations not among them.
    package var retryCount: Int
    package var lastError: String
    /// The latest attempt, in nanoseconds since 1970 UTC. The table also has it as text.
    package var lastAttemptUnixNanoseconds: Int64

    package init(
        questionID: String, questionKey: UInt64, traceID: String = "", question: String, outcome: String, retryCount: Int,
        lastError: String, lastAttemptUnixNanoseconds: Int64
    ) {
        self.questionID = questionID
        self.questionKey = questionKey
        self.traceID = traceID
        self.question = question
        self.outcome = outcome
        self.retryCount = retryCount
        self.lastError = lastError
        self.lastAttemptUnixNanoseconds = lastAttemptUnixNanoseconds
    }
}

/// A row of `delayed_messages`: a message that must not be sent before its time.
package struct DelayedMessage: Sendable, Equatable {
    package var messageID: String
    /// Name of the service that waits with it.
    package var service: String
    package var notBefore: Instant
    /// The message as it goes on the wire.
    package var body: [UInt8]

    package init(messageID: String, service: String, notBefore: Instant, body: [UInt8]) {
        self.messageID = messageID
        self.service = service
        self.notBefore = notBefore
        self.body = body
    }
}

/// The one row of `metrics`: totals over everything that was really written.
package struct StoreMetrics: Sendable, Equatable {
    /// Rows in `qa_results`.
    package var accepted: Int
    /// Rows in `failed_questions`.
    package var rejected: Int
    /// Over results that have a score; nil while there is none.
    package var meanScore: Double?
}
