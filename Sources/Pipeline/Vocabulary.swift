/// The topics' roles. A role's raw value is its topic's default name; a profile or a scenario renames it.
@usableFromInline package enum Role: String, CaseIterable, Codable, Sendable, BitwiseCopyable {
    case questions
    case llmRequests = "llm-requests"
    case llmResponses = "llm-responses"
    case errorsOverload = "errors-overload"
    case errorsQuota = "errors-quota"
    case regenerationRequests = "regeneration-requests"
    case validatedResponses = "validated-responses"
    case lowQualityResponses = "low-quality-responses"
    case deadLetters = "dead-letters"
}

/// What a message says. Several roles may share one topic, so every message carries its kind and a
/// consumer skips the kinds that are not its own.
@usableFromInline package enum Kind: String, CaseIterable, Sendable, BitwiseCopyable {
    /// On `questions`: somebody asked. Taken by intake.
    case asked
    /// On `llm-requests`: a call to the LLM is wanted. Taken by the LLM workers.
    case requested
    /// On `regeneration-requests`: the judge wants another answer. Taken by the LLM workers.
    case regenerationRequested = "regeneration_requested"
    /// On `llm-responses`: the LLM answered. Taken by the judges.
    case responded
    /// On `errors-overload` or `errors-quota`: a call failed. Taken by the retry services.
    case callFailed = "call_failed"
    /// On `validated-responses`: the judge, or a policy for used-up attempts, took this answer. Taken
    /// by the recorder.
    case validated
    /// On `validated-responses`: the asker can have the answer. Taken by intake and the ledger.
    case answered
    /// On `low-quality-responses`: an answer below the threshold, for whoever wants to look. Taken by nobody.
    case belowThreshold = "below_threshold"
    /// On `dead-letters`: given up for good, to be recorded. Taken by the recorder.
    case deadLettered = "dead_lettered"
    /// On `dead-letters`: the failure stands in the store, or the question was rejected. Taken by intake and the ledger.
    case failed
}

/// How a question ended. Every question ends in exactly one of the cases after `pending`, or is
/// counted as in flight after the drain.
@usableFromInline package enum Outcome: String, CaseIterable, Sendable, BitwiseCopyable {
    case pending
    case cacheHit = "cache_hit"
    case storeHit = "store_hit"
    case coalesced
    case accepted
    case acceptedBestEffort = "accepted_best_effort"
    case deadLetterScore = "dead_letter_score"
    case deadLetterOverload = "dead_letter_overload"
    case deadLetterQuota = "dead_letter_quota"
    case deadLetterError = "dead_letter_error"
    case rejected

    /// Whether the asker got an answer.
    @inlinable package var isAnswered: Bool {
        switch self {
        case .cacheHit, .storeHit, .coalesced, .accepted, .acceptedBestEffort: true
        case .pending, .deadLetterScore, .deadLetterOverload, .deadLetterQuota, .deadLetterError, .rejected: false
        }
    }

    /// Whether the question was given up after the pipeline had taken it in.
    @inlinable package var isDeadLetter: Bool {
        switch self {
        case .deadLetterScore, .deadLetterOverload, .deadLetterQuota, .deadLetterError: true
        case .pending, .cacheHit, .storeHit, .coalesced, .accepted, .acceptedBestEffort, .rejected: false
        }
    }
}

/// What stands between requests and calls.
@usableFromInline package enum CallGuard: String, CaseIterable, Sendable, BitwiseCopyable {
    case none
    /// The circuit breaker was open: no call was made.
    case breaker
    /// The retry budget has no token for the retry that would follow.
    case budget
}

/// What kind of failure an LLM call met, as `provider.classify` maps HTTP statuses.
@usableFromInline package enum ErrorClass: String, CaseIterable, Sendable, BitwiseCopyable {
    case none
    /// The provider has too much to do (503, often 429). Retried by `retry-overload`.
    case overload
    /// The account's quota is used up (402). Retried by `retry-quota`.
    case quota
    /// Time-outs, resets, 5xx, malformed answers. Retried by `retry-overload` under `retry.error`.
    case error
    /// A refusal that no retry can mend (other 4xx).
    case final
}
