// Retry services: `retry-overload` (classes overload, error, final) and `retry-quota` are this one
// machine. A failed call waits out its backoff, or the Retry-After where that is longer, and is asked
// again; a question whose retries are used up, or for which the retry budget has nothing left, is given up
// or keeps an answer that it has already.

import Workload

@usableFromInline package struct Retry<P: Payload>: Sendable {
    @usableFromInline package enum Message: Sendable, BitwiseCopyable {
        /// A call failed.
        case failed
        /// A wait is over.
        case due
    }

    @usableFromInline let policies: RetryPolicies
    @usableFromInline let acceptance: AcceptancePolicy
    @usableFromInline let draws: Draws

    @usableFromInline package init(_ policies: RetryPolicies, acceptance: AcceptancePolicy, draws: Draws) {
        self.policies = policies
        self.acceptance = acceptance
        self.draws = draws
    }

    @inlinable @inline(__always)
    package mutating func handle(
        _ message: Message, about question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>
    ) {
        switch message {
        case .failed: failed(&question, at: now, into: &effects)
        case .due: due(&question, at: now, into: &effects)
        }
    }

    @inlinable func failed(_ question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>) {
        guard policies.allowRetry(of: question), !question.isOutOfBudget, let (policy, retries) = policies.policy(for: question) else {
            return question.giveUp(acceptance, into: &effects)
        }
        let (number, generation, call) = (question.question, Int(question.generation), question.attempts)
        var delay = policy.delay(ofRetry: retries, after: question.previousDelay) {
            draws.uniform(.jitter, question: number, generation: generation, call: call)
        }
        question.previousDelay = delay
        switch policy.honorRetryAfter {
        // Before a breaker tries again it would only refuse once more.
        case _ where question.isRefused: delay = max(delay, question.retryAfter)
        case .ignored: break
        case .atLeast: delay = max(delay, question.retryAfter)
        case .instead: if question.retryAfter >= 0 { delay = question.retryAfter }
        }
        question.countRetry()
        question.waitingSince = now
        question.notBefore = now + delay
        effects.append(.wait)
    }

    @inlinable func due(_ question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>) {
        precondition(now >= question.notBefore, "a retry came back before its time")
        question.backoffTime += now - question.waitingSince
        question.kind = .requested
        effects.append(.publish(.llmRequests))
    }
}

extension RetryPolicies {
    /// The policy that the question's latest failure falls under, and the retries made under it in this generation; nil
    /// where no retry can mend it.
    @inlinable package func policy<P>(for question: Envelope<P>) -> (policy: RetryPolicy, retries: Int)? {
        switch question.errorClass {
        case .none: preconditionFailure("a call that failed has an error class")
        case .overload: (overload, Int(question.overloadRetries))
        case .quota: (quota, Int(question.quotaRetries))
        case .error: (error, Int(question.errorRetries))
        case .final: nil
        }
    }

    /// Whether the question's latest failure may be followed by another call, as far as its own retries go.
    @inlinable package func allowRetry<P>(of question: Envelope<P>) -> Bool {
        guard let (policy, retries) = policy(for: question) else { return false }
        return retries < policy.maxRetries && allowAnother(after: question)
    }

    /// Whether `max_total_retries` leaves room for one more regeneration or retry.
    @inlinable package func allowAnother<P>(after question: Envelope<P>) -> Bool {
        guard let maxTotalRetries else { return true }
        return question.totalRetries + question.regenerations < maxTotalRetries
    }
}

extension RetryPolicy {
    /// The wait before a retry. `retry` counts from 0; `previous` is the wait before it (0: none);
    /// `uniform` draws from [0, 1) and is asked only where there is jitter.
    @inlinable package func delay(ofRetry retry: Int, after previous: Nanoseconds, uniform: () -> Double) -> Nanoseconds {
        let base: Nanoseconds
        let cap: Nanoseconds
        let plain: Nanoseconds
        switch backoff {
        case .fixed(let delay): (base, cap, plain) = (delay, delay, delay)
        case .steps(let delays):
            guard let first = delays.first, let longest = delays.max() else { return 0 }
            (base, cap, plain) = (first, longest, delays[min(retry, delays.count - 1)])
        case .exponential(let start, let factor, let most):
            // Doubles hold every nanosecond up to 104 days; the cap comes before the conversion back,
            // so that a large power cannot overflow.
            var grown = Double(start)
            for _ in 0..<retry where grown < Double(most) { grown *= factor }
            (base, cap, plain) = (start, most, grown < Double(most) ? Nanoseconds(grown) : most)
        }
        return switch jitter {
        case .none: plain
        case .full: Nanoseconds(uniform() * Double(plain))
        case .equal: plain / 2 + Nanoseconds(uniform() * Double(plain - plain / 2))
        case .decorrelated:
            min(cap, base + Nanoseconds(uniform() * Double(max(0, 3 * max(previous, base) - base))))
        }
    }
}
