import Pipeline
import Testing
import Workload

@Suite struct LLMWorkerTests {
    @Test(arguments: [
        (200, "responded 0 on llm-responses"), (503, "call_failed 0 on errors-overload"),
        (429, "call_failed 0 on errors-overload"), (402, "call_failed 0 on errors-quota"),
        (500, "call_failed 0 on errors-overload"), (400, "call_failed 0 on errors-overload"),
        (0, "call_failed 0 on errors-overload"),
    ]) func sortsWhatComesBack(status: Int, expected: String) {
        var worker = LLMWorker<Script>(concurrency: 2, classify: classify)
        var effects = Effects()
        worker.handle(.requested, about: ask(0), at: .zero, into: &effects)
        #expect(words(&effects) == ["call 0"])
        #expect(worker.freeSlots == 1)
        worker.handle(.replied(CallResult(status: UInt16(status), duration: 5)), about: ask(0), at: seconds(1), into: &effects)
        #expect(words(&effects) == [expected])
        #expect(worker.freeSlots == 2)
    }

    @Test func countsCallsTokensAndTime() throws {
        var worker = LLMWorker<Script>(concurrency: 1, classify: classify)
        var effects = Effects()
        worker.handle(.requested, about: ask(0), at: .zero, into: &effects)
        effects.removeAll()
        let result = CallResult(status: 200, promptTokens: 10, completionTokens: 40, duration: 700)
        worker.handle(.replied(result), about: ask(0), at: .zero, into: &effects)
        let answered = try #require(published(&effects))
        #expect(answered.calls == 1)
        #expect(answered.answersReceived == 1)
        #expect(answered.promptTokens == 10)
        #expect(answered.completionTokens == 40)
        #expect(answered.providerTime == 700)
        #expect(answered.errorClass == .none)
    }
}

@Suite struct RetryTests {
    private let acceptance = AcceptancePolicy(threshold: 0.5, maxRegenerations: 2, onExhausted: .acceptBest)

    private func failed(_ errorClass: ErrorClass, retryAfter: Nanoseconds = -1) -> Message {
        var message = ask(0)
        message.kind = .callFailed
        message.errorClass = errorClass
        message.retryAfter = retryAfter
        return message
    }

    private func retry(_ policies: RetryPolicies = patient, _ acceptance: AcceptancePolicy? = nil) -> Retry<Script> {
        Retry(policies, acceptance: acceptance ?? self.acceptance, draws: Draws(seed: 1, repeat: 0))
    }

    @Test func backsOffExponentiallyThenGivesUp() throws {
        var retry = retry()
        var effects = Effects()
        var message = failed(.overload)
        var now = seconds(10)
        for expected in [11.0, 13.0, 17.0] {
            retry.handle(.failed, about: message, at: now, into: &effects)
            message = try #require(published(&effects))
            #expect(message.notBefore == seconds(expected))
            now = message.notBefore
            retry.handle(.due, about: message, at: now, into: &effects)
            message = try #require(published(&effects))
            #expect(message.kind == .requested)
            message.errorClass = .overload
        }
        #expect(message.backoffTime == 7_000_000_000)
        #expect(message.totalOverloadRetries == 3)
        retry.handle(.failed, about: message, at: now, into: &effects)
        #expect(words(&effects) == ["dead_lettered 0 on dead-letters dead_letter_overload"])
    }

    @Test(arguments: [
        (ErrorClass.quota, "dead_lettered 0 on dead-letters dead_letter_quota"),
        (.error, "dead_lettered 0 on dead-letters dead_letter_error"),
        (.final, "dead_lettered 0 on dead-letters dead_letter_error"),
    ]) func eachClassEndsInItsOwnOutcome(errorClass: ErrorClass, expected: String) throws {
        var retry = retry()
        var effects = Effects()
        var message = failed(errorClass)
        for _ in 0..<10 {
            retry.handle(.failed, about: message, at: .zero, into: &effects)
            guard effects[0].effect == .wait else { break }
            message = effects[0].message
            effects.removeAll()
        }
        #expect(words(&effects) == [expected])
        #expect(message.totalRetries == [.quota: 2, .error: 3, .final: 0][errorClass])
    }

    @Test func retryAfterIsWaitedOutWhereItIsLonger() throws {
        var retry = retry()
        var effects = Effects()
        retry.handle(.failed, about: failed(.overload, retryAfter: 9_000_000_000), at: .zero, into: &effects)
        #expect(words(&effects) == ["wait 0 until 9.0 s"])
        retry.handle(.failed, about: failed(.overload, retryAfter: 500_000_000), at: .zero, into: &effects)
        #expect(words(&effects) == ["wait 0 until 1.0 s"])
        var careless = patient
        careless.overload.honorRetryAfter = .ignored
        var other = self.retry(careless)
        other.handle(.failed, about: failed(.overload, retryAfter: 9_000_000_000), at: .zero, into: &effects)
        #expect(words(&effects) == ["wait 0 until 1.0 s"])
    }

    @Test func retryAfterMayTakeTheBackoffsPlace() throws {
        var obedient = patient
        obedient.quota.honorRetryAfter = .instead
        var retry = retry(obedient)
        var effects = Effects()
        for (asked, waited) in [(5_000_000_000, 5.0), (90_000_000_000, 90.0), (0, 0.0), (-1, 60.0)] as [(Nanoseconds, Double)] {
            retry.handle(.failed, about: failed(.quota, retryAfter: asked), at: .zero, into: &effects)
            #expect(words(&effects) == ["wait 0 until \(waited) s"])
        }
    }

    @Test func aQuestionWithAnAnswerAtHandKeepsItAsThePolicySays() {
        for (policy, expected) in [
            (OnExhausted.acceptBest, "validated 0 on validated-responses accepted_best_effort 'good'"),
            (.acceptLast, "validated 0 on validated-responses accepted_best_effort 'worse'"),
            (.deadLetter, "dead_lettered 0 on dead-letters dead_letter_overload 'worse'"),
        ] {
            var retry = retry(patient, AcceptancePolicy(threshold: 0.5, maxRegenerations: 2, onExhausted: policy))
            var effects = Effects()
            var message = failed(.overload)
            message.overloadRetries = 3
            message.score = 0.2
            message.bestScore = 0.4
            message.firstScore = 0.4
            message.payload = Script(response: "worse", best: "good")
            retry.handle(.failed, about: message, at: .zero, into: &effects)
            #expect(words(&effects) == [expected])
        }
    }

    @Test func totalRetriesBoundRegenerationsAndRetriesTogether() throws {
        var policies = patient
        policies.maxTotalRetries = 2
        var retry = retry(policies)
        var effects = Effects()
        var message = failed(.overload)
        message.answersReceived = 2  // one regeneration
        message.totalQuotaRetries = 1
        retry.handle(.failed, about: message, at: .zero, into: &effects)
        #expect(words(&effects) == ["dead_lettered 0 on dead-letters dead_letter_overload"])
    }

    @Test func jitterStaysWithinItsDefinition() {
        let second: Nanoseconds = 1_000_000_000
        func policy(_ jitter: Jitter) -> RetryPolicy {
            RetryPolicy(backoff: .exponential(base: second, factor: 2, cap: 10 * second), jitter: jitter, maxRetries: 9)
        }
        for u in [0, 0.25, 0.999] {
            for retry in 0..<9 {
                let plain = min(10 * second, second << Int64(retry))
                #expect(policy(.none).delay(ofRetry: retry, after: 0) { u } == plain)
                #expect(policy(.full).delay(ofRetry: retry, after: 0) { u } == Nanoseconds(u * Double(plain)))
                #expect(policy(.equal).delay(ofRetry: retry, after: 0) { u } == plain / 2 + Nanoseconds(u * Double(plain / 2)))
                let decorrelated = policy(.decorrelated).delay(ofRetry: retry, after: 4 * second) { u }
                #expect(decorrelated == min(10 * second, second + Nanoseconds(u * Double(11 * second))))
            }
        }
        // A power beyond every Int64 is capped, not overflowed.
        #expect(policy(.none).delay(ofRetry: 5_000, after: 0) { 0 } == 10 * second)
    }
}

@Suite struct JudgeTests {
    private func judge(_ onExhausted: OnExhausted, maxRegenerations: Int = 1, maxTotal: Int? = nil) -> Judge<Script> {
        var retry = patient
        retry.maxTotalRetries = maxTotal
        return Judge(
            AcceptancePolicy(threshold: 0.6, maxRegenerations: maxRegenerations, onExhausted: onExhausted), retry: retry)
    }

    private func responded(_ response: String, after earlier: Message? = nil) -> Message {
        var message = earlier ?? ask(0)
        message.kind = .responded
        message.answersReceived += 1
        message.payload.response = response
        return message
    }

    @Test func anAnswerAtTheThresholdIsAccepted() {
        var judge = judge(.deadLetter)
        var effects = Effects()
        judge.handle(.responded, about: responded("fine"), at: .zero, into: &effects)
        #expect(words(&effects) == ["score 0"])
        judge.handle(.scored(0.6, took: 3), about: responded("fine"), at: .zero, into: &effects)
        #expect(words(&effects) == ["validated 0 on validated-responses accepted 'fine'"])
    }

    @Test(arguments: [
        (OnExhausted.deadLetter, "dead_lettered 0 on dead-letters dead_letter_score 'second'"),
        (.acceptLast, "validated 0 on validated-responses accepted_best_effort 'second'"),
        (.acceptBest, "validated 0 on validated-responses accepted_best_effort 'first'"),
    ]) func belowTheThresholdItAsksAgainUntilGenerationsAreUsedUp(policy: OnExhausted, expected: String) throws {
        var judge = judge(policy)
        var effects = Effects()
        var first = responded("first")
        first.overloadRetries = 2
        first.totalOverloadRetries = 2
        judge.handle(.scored(0.4, took: 3), about: first, at: .zero, into: &effects)
        let again = try #require(published(&effects))
        #expect(again.kind == .regenerationRequested)
        #expect(again.generation == 1)
        #expect(again.overloadRetries == 0, "retries start again with each generation")
        #expect(again.totalOverloadRetries == 2)

        judge.handle(.scored(0.3, took: 3), about: responded("second", after: again), at: .zero, into: &effects)
        let ended = effects[1].message
        #expect(words(&effects) == ["below_threshold 0 on low-quality-responses 'second'", expected])
        #expect(ended.firstScore == 0.4)
        #expect(ended.bestScore == 0.4)
        #expect(ended.score == (policy == .acceptBest ? 0.4 : 0.3))
        #expect(ended.scoringTime == 6)
        #expect(ended.regenerations == 1)
    }

    @Test func totalRetriesLeaveNoRoomForARegeneration() {
        var judge = judge(.acceptLast, maxRegenerations: 5, maxTotal: 1)
        var effects = Effects()
        var message = responded("poor")
        message.totalQuotaRetries = 1
        judge.handle(.scored(0.1, took: 0), about: message, at: .zero, into: &effects)
        #expect(
            words(&effects) == [
                "below_threshold 0 on low-quality-responses 'poor'",
                "validated 0 on validated-responses accepted_best_effort 'poor'",
            ])
    }
}

@Suite struct RecorderTests {
    @Test func nothingIsAnsweredBeforeItIsStored() throws {
        var recorder = Recorder<Script>()
        var effects = Effects()
        var message = ask(0)
        message.outcome = .accepted
        recorder.handle(.validated, about: message, at: .zero, into: &effects)
        #expect(words(&effects) == ["store 0"])
        recorder.handle(.stored(took: 4), about: message, at: .zero, into: &effects)
        #expect(words(&effects) == ["answered 0 on validated-responses accepted"])
        message.outcome = .deadLetterError
        recorder.handle(.deadLettered, about: message, at: .zero, into: &effects)
        #expect(words(&effects) == ["store 0"])
        recorder.handle(.stored(took: 4), about: message, at: .zero, into: &effects)
        #expect(words(&effects) == ["failed 0 on dead-letters dead_letter_error"])
    }
}
