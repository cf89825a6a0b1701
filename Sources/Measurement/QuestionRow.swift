import Pipeline
import Workload

/// How one question went: a row of questions.csv, and all that the recorder wants to know of it.
package struct QuestionRow: Sendable, BitwiseCopyable {
    package var question: UInt64
    package var key: UInt64
    package var intendedAt: Instant
    /// `.pending` where the drain ended before the question did: printed as `in_flight`.
    package var outcome: Outcome
    /// Generations of the question's own: 0 for a hit, a coalesced or a rejected question.
    package var generations: UInt16
    package var overloadRetries: UInt16
    package var quotaRetries: UInt16
    package var errorRetries: UInt16
    /// `.nan` where there is none.
    package var firstScore: Double
    package var finalScore: Double
    /// From the intended arrival; −1 while in flight.
    package var latency: Nanoseconds
    package var providerTime: Nanoseconds
    package var backoffTime: Nanoseconds
    package var scoringTime: Nanoseconds
    package var storageTime: Nanoseconds

    /// What is left of the latency once the other parts are taken away: waiting in queues and topics,
    /// and for a coalesced question waiting for its leader.
    package var queueTime: Nanoseconds {
        latency < 0 ? -1 : max(0, latency - providerTime - backoffTime - scoringTime - storageTime)
    }
    package var retries: Int { Int(overloadRetries) + Int(quotaRetries) + Int(errorRetries) }
    /// Whether an answer of the question's own was scored: the population of every score column.
    package var isScored: Bool { generations > 0 && !firstScore.isNaN && !finalScore.isNaN }
    package var isRegenerated: Bool { generations > 1 }

    /// The row of a question that ends at `now`, or with nil of one that is still in flight.
    @inlinable @inline(__always)
    package init<P>(_ e: Envelope<P>, settledAt now: Instant?) {
        question = e.question
        key = e.key
        intendedAt = e.intendedAt
        outcome = now == nil ? .pending : e.outcome
        generations = e.answersReceived
        overloadRetries = e.totalOverloadRetries
        quotaRetries = e.totalQuotaRetries
        errorRetries = e.totalErrorRetries
        firstScore = e.firstScore
        finalScore = e.score
        latency = now.map { $0 - e.intendedAt } ?? -1
        providerTime = e.providerTime
        backoffTime = e.backoffTime
        scoringTime = e.scoringTime
        storageTime = e.storageTime
    }

    /// The row of a question that is in flight and of which nothing but its arrival is known.
    package init(inFlight question: UInt64, key: UInt64, intendedAt: Instant) {
        self.question = question
        self.key = key
        self.intendedAt = intendedAt
        outcome = .pending
        generations = 0
        overloadRetries = 0
        quotaRetries = 0
        errorRetries = 0
        firstScore = .nan
        finalScore = .nan
        latency = -1
        providerTime = 0
        backoffTime = 0
        scoringTime = 0
        storageTime = 0
    }
}

/// Takes rows of questions in the order in which they were settled; false when it could not keep them,
/// after which it is not called again. It remembers the error for whoever gave it to the recorder.
package typealias QuestionSink = @Sendable (_ rows: [QuestionRow]) -> Bool
