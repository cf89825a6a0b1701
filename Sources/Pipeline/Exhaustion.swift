// What becomes of a question that may not be tried any more.

extension Envelope {
    /// Ends the question whose last call failed with `errorClass`: an answer at hand is kept as
    /// `on_exhausted` says; without one, or where it says so, the question is a dead letter.
    @inlinable package mutating func giveUp(_ acceptance: AcceptancePolicy, into effects: inout EffectBuffer<P>) {
        guard hasScore else { return deadLetter(into: &effects) }
        switch acceptance.onExhausted {
        case .deadLetter: deadLetter(into: &effects)
        case .acceptLast: acceptBestEffort(into: &effects)
        case .acceptBest:
            takeBest()
            acceptBestEffort(into: &effects)
        }
    }

    /// Ends the question whose last answer scored below the threshold and that has no generation left.
    @inlinable package mutating func endBelowThreshold(_ acceptance: AcceptancePolicy, into effects: inout EffectBuffer<P>) {
        errorClass = .none
        var notice = self
        notice.kind = .belowThreshold
        effects.append(.publish(.lowQualityResponses), about: notice)
        switch acceptance.onExhausted {
        case .deadLetter:
            kind = .deadLettered
            outcome = .deadLetterScore
            effects.append(.publish(.deadLetters))
        case .acceptLast: acceptBestEffort(into: &effects)
        case .acceptBest:
            takeBest()
            acceptBestEffort(into: &effects)
        }
    }

    /// Takes the best answer so far as the final one.
    @inlinable mutating func takeBest() {
        payload.takeBestResponse()
        score = bestScore
    }

    @inlinable mutating func acceptBestEffort(into effects: inout EffectBuffer<P>) {
        kind = .validated
        outcome = .acceptedBestEffort
        effects.append(.publish(.validatedResponses))
    }

    @inlinable mutating func deadLetter(into effects: inout EffectBuffer<P>) {
        kind = .deadLettered
        outcome =
            switch errorClass {
            case .overload: .deadLetterOverload
            case .quota: .deadLetterQuota
            case .error, .final: .deadLetterError
            case .none: preconditionFailure("a question is given up for a failed call")
            }
        effects.append(.publish(.deadLetters))
    }

    /// Counts one retry of the current error class, in this generation and over the question's life.
    @inlinable mutating func countRetry() {
        switch errorClass {
        case .overload:
            overloadRetries += 1
            totalOverloadRetries += 1
        case .quota:
            quotaRetries += 1
            totalQuotaRetries += 1
        case .error:
            errorRetries += 1
            totalErrorRetries += 1
        case .none, .final: preconditionFailure("only overload, quota and error are retried")
        }
    }

    /// Begins the next generation: the retries start again.
    @inlinable mutating func beginGeneration() {
        // What others wrote there may be any number.
        generation &+= 1
        overloadRetries = 0
        quotaRetries = 0
        errorRetries = 0
        previousDelay = 0
    }
}
