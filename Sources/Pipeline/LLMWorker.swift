// LLM worker: bounded concurrency in front of the provider. It sorts what comes back. Whether a failed
// call is tried again is the retry services' business; the worker says only whether its guards, a circuit
// breaker and a retry budget (`CallGuards`), stand against it.
//
// It holds no queue. Its runtime gives it a request only while `freeSlots` is positive; what waits,
// waits in the topic.

import Workload

/// What an LLM call came to. Where it succeeded, the response's text is in the payload already.
@usableFromInline package struct CallResult: Sendable, BitwiseCopyable {
    /// HTTP status; 0 where no reply came.
    @usableFromInline package var status: UInt16
    /// The provider's Retry-After; negative where it gave none.
    @usableFromInline package var retryAfter: Nanoseconds
    @usableFromInline package var promptTokens: UInt32
    @usableFromInline package var completionTokens: UInt32
    /// From the request to the last byte of the reply.
    @usableFromInline package var duration: Nanoseconds
    /// Whether the reply's own words say that a quota is used up, whatever its status.
    @usableFromInline package var saysQuota: Bool

    @inlinable
    package init(
        status: UInt16, retryAfter: Nanoseconds = -1, promptTokens: UInt32 = 0, completionTokens: UInt32 = 0,
        duration: Nanoseconds, saysQuota: Bool = false
    ) {
        self.status = status
        self.retryAfter = retryAfter
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.duration = duration
        self.saysQuota = saysQuota
    }
}

@usableFromInline package struct LLMWorker<P: Payload>: Sendable {
    @usableFromInline package enum Message: Sendable, BitwiseCopyable {
        /// A call is wanted: kinds `requested` and `regenerationRequested`. A breaker that is open refuses it, which
        /// takes no slot.
        case requested
        /// A call that this worker made has ended.
        case replied(CallResult)
    }

    /// Calls under way at most.
    @usableFromInline package let concurrency: Int
    @usableFromInline let classify: StatusClassification
    @usableFromInline package internal(set) var underWay = 0
    /// Nil where nothing guards the calls.
    @usableFromInline package internal(set) var guards: CallGuards?

    @inlinable package var freeSlots: Int { concurrency - underWay }

    @usableFromInline package init(concurrency: Int, classify: StatusClassification, guards: CallGuards? = nil) {
        self.guards = guards
        self.concurrency = concurrency
        self.classify = classify
    }

    @inlinable @inline(__always)
    package mutating func handle(
        _ message: Message, about question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>
    ) {
        switch message {
        case .requested:
            precondition(underWay < concurrency, "a request was given to a worker that has no free slot")
            if guards != nil, guards?.admit(&question, at: now) == false {
                effects.append(.publish(.errorsOverload))
                return
            }
            underWay += 1
            effects.append(.call)
        case .replied(let result):
            underWay -= 1
            replied(&question, result, into: &effects)
            if guards != nil { guards?.ended(&question, at: now) }
        }
    }

    @inlinable func replied(_ question: inout Envelope<P>, _ result: CallResult, into effects: inout EffectBuffer<P>) {
        question.calls += 1
        question.status = result.status
        question.retryAfter = result.retryAfter
        question.responseTime = result.duration
        question.providerTime += result.duration
        question.promptTokens += result.promptTokens
        question.completionTokens += result.completionTokens
        question.errorClass = classify.errorClass(of: result)
        switch question.errorClass {
        case .none:
            question.answersReceived += 1
            question.kind = .responded
            effects.append(.publish(.llmResponses))
        case .overload, .error, .final:
            question.kind = .callFailed
            effects.append(.publish(.errorsOverload))
        case .quota:
            question.kind = .callFailed
            effects.append(.publish(.errorsQuota))
        }
    }
}
