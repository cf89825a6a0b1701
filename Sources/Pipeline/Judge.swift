// Judge: has each answer scored and decides by the score: accept, ask for another generation, or end.

import Workload

@usableFromInline package struct Judge<P: Payload>: Sendable {
    @usableFromInline package enum Message: Sendable, BitwiseCopyable {
        /// The LLM answered.
        case responded
        /// The scorer is done; the score is in [0, 1], `took` what scoring it cost.
        case scored(Double, took: Nanoseconds)
    }

    @usableFromInline let acceptance: AcceptancePolicy
    @usableFromInline let retry: RetryPolicies

    /// `retry` is needed for `max_total_retries`, which bounds regenerations and retries together.
    @usableFromInline package init(_ acceptance: AcceptancePolicy, retry: RetryPolicies) {
        self.acceptance = acceptance
        self.retry = retry
    }

    @inlinable @inline(__always)
    package mutating func handle(
        _ message: Message, about question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>
    ) {
        switch message {
        case .responded: effects.append(.score)
        case .scored(let score, let took): scored(&question, score, took, into: &effects)
        }
    }

    @inlinable func scored(
        _ question: inout Envelope<P>, _ score: Double, _ took: Nanoseconds, into effects: inout EffectBuffer<P>
    ) {
        precondition(score >= 0 && score <= 1, "a score lies in [0, 1]")
        // What others wrote there may be any number.
        question.scoringTime &+= took
        if !question.hasScore { question.firstScore = score }
        question.score = score
        // The first of equal answers stays the best: a regeneration must win to be kept.
        if question.bestScore.isNaN || score > question.bestScore {
            question.bestScore = score
            question.payload.keepResponseAsBest()
        }
        if score >= acceptance.threshold {
            question.kind = .validated
            question.outcome = .accepted
            effects.append(.publish(.validatedResponses))
        } else if question.regenerations < acceptance.maxRegenerations, retry.allowAnother(after: question) {
            question.beginGeneration()
            question.kind = .regenerationRequested
            effects.append(.publish(.regenerationRequests))
        } else {
            question.endBelowThreshold(acceptance, into: &effects)
        }
    }
}
