import Workload

/// The texts that travel with a message, as its runtime keeps them.
///
/// Machines never look at texts; they only say which of the answers at hand is meant. Live, a payload
/// is the strings themselves; in simulation it is the number of a corpus entry.
@usableFromInline package protocol Payload: Sendable {
    /// The current response becomes the best so far.
    mutating func keepResponseAsBest()
    /// The best response so far becomes the current one.
    mutating func takeBestResponse()
    /// The current response of another question's payload becomes this one's.
    mutating func adoptResponse(of other: Self)
}

/// One message: all that a later service needs to know about a question, for processes share nothing else.
///
/// Scores are in [0, 1]; `.nan` where there is none yet. Spans are nanoseconds of scenario time.
@usableFromInline package struct Envelope<P: Payload>: Sendable {
    // In the order of how often they are needed: a simulation has thousands of these in its processor's caches, and
    // the last ones are mostly left alone.
    @usableFromInline package var kind: Kind
    @usableFromInline package var outcome: Outcome = .pending
    @usableFromInline package var errorClass: ErrorClass = .none
    /// What of our own stopped the latest attempt, or the one that would follow.
    @usableFromInline package var stoppedBy: CallGuard = .none
    /// HTTP status of the latest call; 0 before the first.
    @usableFromInline package var status: UInt16 = 0
    /// Calls that returned an answer so far, less one: 0 while the first answer is being sought or judged.
    @usableFromInline package var generation: UInt16 = 0

    /// Number of the ask within its run, from 0: the draws' question index.
    @usableFromInline package let question: UInt64
    /// Hash of the normalised text: cache key, store lookup key, Kafka key.
    @usableFromInline package let key: UInt64
    @usableFromInline package var payload: P
    @usableFromInline package let intendedAt: Instant
    /// Intake's slot for the question while it is in flight; checked against `question` before use, so
    /// that a slot of an intake that has crashed since means nothing.
    @usableFromInline package var ticket: UInt32 = .max
    /// Bytes of text that the question holds while it is in flight.
    @usableFromInline package var bytes: UInt32 = 0

    /// LLM calls made over the question's life: the draws' call index of the next one.
    @usableFromInline package var calls: UInt16 = 0
    /// Generations that came back with an answer (0, or `generation` + 1 once the current one is there).
    @usableFromInline package var answersReceived: UInt16 = 0
    /// Retries by class within the current generation: what `max_retries` limits.
    @usableFromInline package var overloadRetries: UInt16 = 0
    @usableFromInline package var quotaRetries: UInt16 = 0
    @usableFromInline package var errorRetries: UInt16 = 0
    /// Retries by class over the question's life.
    @usableFromInline package var totalOverloadRetries: UInt16 = 0
    @usableFromInline package var totalQuotaRetries: UInt16 = 0
    @usableFromInline package var totalErrorRetries: UInt16 = 0

    @usableFromInline package var score: Double = .nan
    @usableFromInline package var firstScore: Double = .nan
    @usableFromInline package var bestScore: Double = .nan

    /// Tokens over the question's life.
    @usableFromInline package var promptTokens: UInt32 = 0
    @usableFromInline package var completionTokens: UInt32 = 0

    /// What the provider asked to wait, or how long a breaker stays open; negative where neither is known.
    @usableFromInline package var retryAfter: Nanoseconds = -1
    /// How long the latest call took.
    @usableFromInline package var responseTime: Nanoseconds = 0
    /// The latency's parts so far; what is left of it was spent in queues.
    @usableFromInline package var providerTime: Nanoseconds = 0
    @usableFromInline package var backoffTime: Nanoseconds = 0
    @usableFromInline package var scoringTime: Nanoseconds = 0
    @usableFromInline package var storageTime: Nanoseconds = 0

    /// Before this moment a waiting retry must not be sent.
    @usableFromInline package var notBefore: Instant = .zero
    /// When the current wait began.
    @usableFromInline package var waitingSince: Instant = .zero
    /// The previous backoff, for decorrelated jitter.
    @usableFromInline package var previousDelay: Nanoseconds = 0

    /// Requests that a circuit breaker refused, so that no call was made.
    @usableFromInline package var refusals: UInt16 = 0
    /// The breaker's period in which the call under way began; means nothing outside the worker that makes the call.
    @usableFromInline package var breakerPeriod: UInt32 = 0

    @inlinable
    package init(kind: Kind = .asked, question: UInt64, key: UInt64, payload: P, bytes: UInt32 = 0, intendedAt: Instant) {
        self.kind = kind
        self.question = question
        self.key = key
        self.payload = payload
        self.bytes = bytes
        self.intendedAt = intendedAt
    }

    /// Retries over the question's life, of every class.
    @inlinable package var totalRetries: Int {
        Int(totalOverloadRetries) + Int(totalQuotaRetries) + Int(totalErrorRetries)
    }
    /// Calls and refusals over the question's life: what tells one attempt from the next.
    @inlinable package var attempts: Int { Int(calls) + Int(refusals) }
    /// Whether a circuit breaker refused the latest attempt, so that there was no call.
    @inlinable package var isRefused: Bool { stoppedBy == .breaker }
    /// Whether the retry budget has no token for the retry that would follow.
    @inlinable package var isOutOfBudget: Bool { stoppedBy == .budget }
    /// What the provider asked to wait; negative where it said nothing, or where a breaker refused.
    @inlinable package var askedWait: Nanoseconds { isRefused ? -1 : retryAfter }
    @inlinable package var hasScore: Bool { !score.isNaN }
    /// Final score − first score; `.nan` for a question that was never scored.
    @inlinable package var gain: Double { score - firstScore }
    /// Generations after the first.
    @inlinable package var regenerations: Int { max(0, Int(answersReceived) - 1) }
}

/// Where the payload is plain bytes, so is the message: queues of them need neither initialise nor clear.
extension Envelope: BitwiseCopyable where P: BitwiseCopyable {}
