import Testing
import Workload

@testable import Pipeline

@Suite struct CircuitBreakerTests {
    private func breaker(window: Int = 4, minCalls: Int = 2, halfOpenCalls: Int = 2) -> CircuitBreaker {
        CircuitBreaker(
            CircuitBreakerPolicy(failureRatio: 0.5, window: window, minCalls: minCalls, openFor: 10_000_000_000, halfOpenCalls: halfOpenCalls))
    }

    /// Begins a call and ends it at once.
    private func call(_ breaker: inout CircuitBreaker, failed: Bool, at now: Instant = .zero) {
        #expect(breaker.permit(at: now) == .granted)
        breaker.ended(failed: failed, period: breaker.period, at: now)
    }

    @Test func opensAtTheRatioOnceItHasSeenEnough() {
        var breaker = breaker(minCalls: 3)
        call(&breaker, failed: true)
        call(&breaker, failed: true)
        #expect(breaker.state == .closed)
        call(&breaker, failed: false)
        #expect(breaker.state == .open(until: seconds(10)))
        #expect(breaker.permit(at: seconds(4)) == .refused(wait: 6_000_000_000))
    }

    @Test func looksAtTheLatestCallsOnly() {
        var breaker = breaker(window: 4, minCalls: 4)
        for failed in [true, false, false, false, false, true, false, false, false] { call(&breaker, failed: failed) }
        // One of the latest four failed, then two.
        #expect(breaker.state == .closed)
        call(&breaker, failed: true)
        #expect(breaker.state == .closed)
        call(&breaker, failed: true)
        #expect(breaker.state == .open(until: seconds(10)))
    }

    @Test func triesAFewCallsAndClosesWhenAllSucceed() {
        var breaker = breaker(halfOpenCalls: 2)
        for _ in 0..<2 { call(&breaker, failed: true) }
        #expect(breaker.permit(at: Instant(nanoseconds: 9_999_999_999)) == .refused(wait: 1))
        #expect(breaker.permit(at: seconds(10)) == .granted)
        #expect(breaker.permit(at: seconds(10)) == .granted)
        // The rest must wait for these two.
        #expect(breaker.permit(at: seconds(11)) == .refused(wait: -1))
        breaker.ended(failed: false, period: breaker.period, at: seconds(11))
        #expect(breaker.permit(at: seconds(11)) == .refused(wait: -1))
        breaker.ended(failed: false, period: breaker.period, at: seconds(12))
        #expect(breaker.state == .closed)
        // It begins anew: the failures from before count no more.
        call(&breaker, failed: true, at: seconds(13))
        #expect(breaker.state == .closed)
    }

    @Test func opensAgainAtTheFirstFailureOfATry() {
        var breaker = breaker(halfOpenCalls: 2)
        for _ in 0..<2 { call(&breaker, failed: true) }
        #expect(breaker.permit(at: seconds(10)) == .granted)
        #expect(breaker.permit(at: seconds(10)) == .granted)
        let period = breaker.period
        breaker.ended(failed: true, period: period, at: seconds(12))
        #expect(breaker.state == .open(until: seconds(22)))
        // The other call of that try ends while the breaker is open, or when it tries again: it tells nothing.
        breaker.ended(failed: false, period: period, at: seconds(13))
        #expect(breaker.state == .open(until: seconds(22)))
        #expect(breaker.permit(at: seconds(22)) == .granted)
        breaker.ended(failed: true, period: period, at: seconds(23))
        #expect(breaker.state == .halfOpen(begun: 1, succeeded: 0))
    }

    /// Every short history of calls, against the rule written down at once: no call is let through while the breaker
    /// is open, and no more than two in each try.
    @Test func neverLetsThroughMoreThanItMay() {
        for history in 0..<4096 {
            var breaker = breaker()
            var tries = 0
            for step in 0..<12 {
                let now = seconds(Double(step) * 3)
                let before = breaker.state
                let permission = breaker.permit(at: now)
                if case .open(let until) = before {
                    #expect((permission == .granted) == (now >= until))
                    tries = 0
                }
                if case .halfOpen = breaker.state, permission == .granted {
                    tries += 1
                    #expect(tries <= 2)
                }
                if permission == .granted { breaker.ended(failed: history >> step & 1 == 1, period: breaker.period, at: now) }
            }
        }
    }
}

@Suite struct RetryBudgetTests {
    private func grants(_ budget: inout RetryBudget, at moment: Double = 0, of wanted: Int = 100) -> Int {
        (0..<wanted).count { _ in budget.takeRetry(at: seconds(moment)) }
    }

    @Test func requestsGiveTheirShare() {
        var budget = RetryBudget(RetryBudgetPolicy(ratio: 0.2, minPerSecond: 0, burst: 10))
        #expect(grants(&budget) == 10)
        for _ in 0..<4 { budget.requested() }
        #expect(grants(&budget) == 0)
        budget.requested()
        #expect(grants(&budget) == 1)
        for _ in 0..<1000 { budget.requested() }
        #expect(grants(&budget) == 10, "no more than the burst is saved")
    }

    @Test func timeGivesTheLeast() {
        var budget = RetryBudget(RetryBudgetPolicy(ratio: 0, minPerSecond: 0.5, burst: 3))
        #expect(grants(&budget) == 3)
        #expect(grants(&budget, at: 1.9) == 0)
        #expect(grants(&budget, at: 2) == 1)
        #expect(grants(&budget, at: 1e9) == 3)
    }
}

/// The worker and the retry service with guards, message by message.
@Suite struct GuardedCallsTests {
    private let acceptance = AcceptancePolicy(threshold: 0.5, maxRegenerations: 2, onExhausted: .acceptBest)

    private func policies(budget: RetryBudgetPolicy? = nil, breaker: CircuitBreakerPolicy? = nil) -> RetryPolicies {
        var policies = patient
        (policies.budget, policies.breaker) = (budget, breaker)
        policies.overload.honorRetryAfter = .ignored
        return policies
    }

    private let quick = CircuitBreakerPolicy(failureRatio: 1, window: 2, minCalls: 1, openFor: 10_000_000_000, halfOpenCalls: 1)

    private func worker(_ policies: RetryPolicies) -> LLMWorker<Script> {
        LLMWorker(concurrency: 2, classify: classify, guards: CallGuards(policies))
    }

    @Test func withoutPoliciesThereAreNoGuards() { #expect(CallGuards(patient) == nil) }

    @Test func anOpenBreakerRefusesWithoutACallAndTheQuestionComesAgainWhenItTries() throws {
        let policies = policies(breaker: quick)
        var worker = worker(policies)
        var retry = Retry<Script>(policies, acceptance: acceptance, draws: Draws(seed: 1, repeat: 0))
        var effects = Effects()
        worker.handle(.requested, about: ask(0), at: .zero, into: &effects)
        worker.handle(.replied(CallResult(status: 503, duration: 5)), about: effects[0].message, at: seconds(1), into: &effects)
        #expect(words(&effects) == ["call 0", "call_failed 0 on errors-overload"])

        worker.handle(.requested, about: ask(1), at: seconds(4), into: &effects)
        let refused = try #require(effects.list.last?.message)
        #expect(words(&effects) == ["call_failed 1 on errors-overload"])
        #expect(worker.freeSlots == 2)
        #expect(refused.isRefused && refused.calls == 0 && refused.refusals == 1 && refused.askedWait == -1)
        #expect(refused.errorClass == .overload && refused.retryAfter == 7_000_000_000)

        // Backoff says 1 s and Retry-After is ignored here; a breaker's wait is not.
        retry.handle(.failed, about: refused, at: seconds(4), into: &effects)
        let waiting = try #require(effects.list.last?.message)
        #expect(words(&effects) == ["wait 1 until 11.0 s"])
        retry.handle(.due, about: waiting, at: seconds(11), into: &effects)
        let again = try #require(published(&effects))
        worker.handle(.requested, about: again, at: seconds(11), into: &effects)
        #expect(words(&effects) == ["call 1"])
        // The only call of this try is under way.
        worker.handle(.requested, about: ask(2), at: seconds(11), into: &effects)
        #expect(effects[0].message.retryAfter == -1)
        #expect(words(&effects) == ["call_failed 2 on errors-overload"])
        worker.handle(.replied(CallResult(status: 402, duration: 5)), about: again, at: seconds(12), into: &effects)
        effects.removeAll()
    }

    @Test func aQuotaIsNoFailureOfTheProvider() throws {
        var worker = worker(policies(breaker: quick))
        var effects = Effects()
        for question in 0..<3 as Range<UInt64> {
            worker.handle(.requested, about: ask(question), at: .zero, into: &effects)
            worker.handle(.replied(CallResult(status: 402, duration: 5)), about: ask(question), at: .zero, into: &effects)
            #expect(words(&effects) == ["call \(question)", "call_failed \(question) on errors-quota"])
        }
        #expect(worker.guards?.breaker?.state == .closed)
    }

    @Test func refusalsUseUpRetriesAndEndInADeadLetter() throws {
        let policies = policies(breaker: quick)
        var retry = Retry<Script>(policies, acceptance: acceptance, draws: Draws(seed: 1, repeat: 0))
        var effects = Effects()
        var question = ask(0)
        (question.kind, question.errorClass, question.stoppedBy, question.overloadRetries) = (.callFailed, .overload, .breaker, 3)
        retry.handle(.failed, about: question, at: .zero, into: &effects)
        #expect(words(&effects) == ["dead_lettered 0 on dead-letters dead_letter_overload"])
    }

    /// Calls alone would give a refused question the jitter of its last failed call again.
    @Test func jitterDoesNotRepeatAfterARefusal() {
        var policies = policies(breaker: quick)
        policies.overload = RetryPolicy(backoff: .fixed(delay: 60_000_000_000), jitter: .full, maxRetries: 50)
        var retry = Retry<Script>(policies, acceptance: acceptance, draws: Draws(seed: 1, repeat: 0))
        var waits: Set<Int64> = []
        for refusals in 0..<20 as Range<UInt16> {
            var effects = Effects()
            var question = ask(0)
            (question.kind, question.errorClass, question.calls, question.refusals) = (.callFailed, .overload, 1, refusals)
            if refusals > 0 { question.stoppedBy = .breaker }
            retry.handle(.failed, about: question, at: .zero, into: &effects)
            waits.insert(effects[0].message.notBefore.nanoseconds)
        }
        #expect(waits.count == 20)
    }

    @Test func withoutATokenAFailedCallIsNotRepeated() throws {
        let policies = policies(budget: RetryBudgetPolicy(ratio: 0.5, minPerSecond: 0, burst: 1))
        var worker = worker(policies)
        var retry = Retry<Script>(policies, acceptance: acceptance, draws: Draws(seed: 1, repeat: 0))
        var effects = Effects()
        var ends: [String] = []
        for number in 0..<4 as Range<UInt64> {
            worker.handle(.requested, about: ask(number), at: .zero, into: &effects)
            worker.handle(.replied(CallResult(status: 503, duration: 5)), about: effects[0].message, at: .zero, into: &effects)
            let failed = try #require(effects.list.last?.message)
            effects.removeAll()
            retry.handle(.failed, about: failed, at: .zero, into: &effects)
            ends += words(&effects)
        }
        // One saved, then one for every second request.
        #expect(ends == [
            "wait 0 until 1.0 s", "dead_lettered 1 on dead-letters dead_letter_overload", "wait 2 until 1.0 s",
            "dead_lettered 3 on dead-letters dead_letter_overload",
        ])
    }

    @Test func aRetryThatIsNotAllowedAnywayCostsNoToken() {
        var policies = policies(budget: RetryBudgetPolicy(ratio: 0, minPerSecond: 0, burst: 1))
        policies.overload.maxRetries = 0
        var worker = worker(policies)
        var effects = Effects()
        worker.handle(.requested, about: ask(0), at: .zero, into: &effects)
        worker.handle(.replied(CallResult(status: 503, duration: 5)), about: ask(0), at: .zero, into: &effects)
        worker.handle(.requested, about: ask(1), at: .zero, into: &effects)
        worker.handle(.replied(CallResult(status: 402, duration: 5)), about: ask(1), at: .zero, into: &effects)
        #expect(effects.list.map(\.message.stoppedBy) == [.none, .none, .none, .none])
    }
}
