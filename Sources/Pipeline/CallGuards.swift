// Call guards: what stands between a request and its call, and between a failed call and its retry.
// Each replica of the LLM worker has its own, and they know that replica's calls alone, as in a client
// library: nothing is shared between processes. A replica that starts again begins with fresh ones.

import Workload

/// When a circuit breaker opens and closes.
@usableFromInline package struct CircuitBreakerPolicy: Equatable, Sendable {
    /// It opens when at least this share of the latest `window` calls failed, once there are `minCalls` of them.
    @usableFromInline package var failureRatio: Double
    @usableFromInline package var window: Int
    @usableFromInline package var minCalls: Int
    /// How long it refuses all calls before it tries some.
    @usableFromInline package var openFor: Nanoseconds
    /// Calls that it lets through to try; all must succeed before it closes.
    @usableFromInline package var halfOpenCalls: Int

    @usableFromInline package init(failureRatio: Double, window: Int, minCalls: Int, openFor: Nanoseconds, halfOpenCalls: Int) {
        self.failureRatio = failureRatio
        self.window = window
        self.minCalls = minCalls
        self.openFor = openFor
        self.halfOpenCalls = halfOpenCalls
    }
}

/// Stops calling a provider that fails, and tries again with a few calls before it trusts it.
///
/// M. Nygard, "Release It!", 2007; the states, the count-based window and the calls let through while
/// half open are those of resilience4j. Overloads and errors are failures; a used-up quota and a refusal for good
/// are answers of a provider that is well. A call counts only if the breaker's state is still the one in
/// which it began: what was under way when the breaker opened tells nothing new.
@usableFromInline package struct CircuitBreaker: Sendable {
    @usableFromInline package enum State: Equatable, Sendable {
        case closed
        case open(until: Instant)
        /// So many calls were let through, and so many of them have succeeded.
        case halfOpen(begun: Int, succeeded: Int)
    }

    @usableFromInline package enum Permission: Equatable, Sendable {
        case granted
        /// `wait`: how long until calls may be let through again; negative where that depends on calls under way.
        case refused(wait: Nanoseconds)
    }

    @usableFromInline let policy: CircuitBreakerPolicy
    @usableFromInline package private(set) var state = State.closed
    /// Counts the state's changes: by it a reply is known to belong to the state in which its call began.
    @usableFromInline package private(set) var period: UInt32 = 0
    /// Whether the latest calls failed, as a ring; `next` is the place of the next one.
    private var failed: [Bool] = []
    private var next = 0
    private var failures = 0

    @usableFromInline package init(_ policy: CircuitBreakerPolicy) {
        precondition(policy.minCalls >= 1 && policy.minCalls <= policy.window && policy.halfOpenCalls >= 1, "a breaker's policy is checked")
        self.policy = policy
    }

    /// Asks for one call.
    @usableFromInline package mutating func permit(at now: Instant) -> Permission {
        if case .open(let until) = state {
            if now < until { return .refused(wait: until - now) }
            enter(.halfOpen(begun: 0, succeeded: 0))
        }
        guard case .halfOpen(let begun, let succeeded) = state else { return .granted }
        guard begun < policy.halfOpenCalls else { return .refused(wait: -1) }
        state = .halfOpen(begun: begun + 1, succeeded: succeeded)
        return .granted
    }

    /// A call that began in `period` has ended.
    @usableFromInline package mutating func ended(failed isFailure: Bool, period: UInt32, at now: Instant) {
        guard period == self.period else { return }
        switch state {
        case .closed:
            record(isFailure)
            if failed.count >= policy.minCalls, Double(failures) >= policy.failureRatio * Double(failed.count) {
                enter(.open(until: now + policy.openFor))
            }
        case .halfOpen(let begun, let succeeded):
            if isFailure {
                enter(.open(until: now + policy.openFor))
            } else if succeeded + 1 == policy.halfOpenCalls {
                enter(.closed)
            } else {
                state = .halfOpen(begun: begun, succeeded: succeeded + 1)
            }
        case .open: preconditionFailure("a breaker that is open lets no call begin")
        }
    }

    private mutating func record(_ isFailure: Bool) {
        if failed.count < policy.window {
            failed.append(isFailure)
        } else {
            if failed[next] { failures -= 1 }
            failed[next] = isFailure
            next = (next + 1) % policy.window
        }
        if isFailure { failures += 1 }
    }

    private mutating func enter(_ state: State) {
        self.state = state
        period &+= 1
        failed.removeAll(keepingCapacity: true)
        (next, failures) = (0, 0)
    }
}

/// How many retries there may be for the requests that there are.
@usableFromInline package struct RetryBudgetPolicy: Equatable, Sendable {
    /// Retries for each request.
    @usableFromInline package var ratio: Double
    /// Retries a second whatever the requests.
    @usableFromInline package var minPerSecond: Double
    /// Retries that may be saved up; a budget begins with as many.
    @usableFromInline package var burst: Int

    @usableFromInline package init(ratio: Double, minPerSecond: Double, burst: Int) {
        self.ratio = ratio
        self.minPerSecond = minPerSecond
        self.burst = burst
    }
}

/// Bounds what retries add to the load: a token bucket into which each request puts a part of a token, time
/// another, and from which each retry takes a whole one.
///
/// The retry budget of Finagle (M. Eriksen, "Your Server as a Function", PLOS 2013) with the bound on what
/// is saved of gRPC's retry throttling (proposal A6) in place of tokens that expire. Tokens are counted in
/// billionths, as whole numbers.
@usableFromInline package struct RetryBudget: Sendable {
    private static let token: Int64 = 1_000_000_000

    private let perRequest: Int64
    private let perNanosecond: Double
    private let most: Int64
    private var balance: Int64
    private var countedTo = Instant.zero

    @usableFromInline package init(_ policy: RetryBudgetPolicy) {
        perRequest = Int64((policy.ratio * Double(Self.token)).rounded())
        // Billionths a nanosecond are tokens a second.
        perNanosecond = policy.minPerSecond
        most = Int64(policy.burst) * Self.token
        balance = most
    }

    /// A request came that is no retry.
    @usableFromInline package mutating func requested() { balance = min(most, balance + perRequest) }

    /// Takes a retry's token; false, with nothing taken, where there is none.
    @usableFromInline package mutating func takeRetry(at now: Instant) -> Bool {
        balance += Int64(min(Double(most - balance), Double(now - countedTo) * perNanosecond))
        countedTo = now
        guard balance >= Self.token else { return false }
        balance -= Self.token
        return true
    }
}

/// The guards of one replica of the LLM worker.
@usableFromInline package struct CallGuards: Sendable {
    @usableFromInline var breaker: CircuitBreaker?
    @usableFromInline var budget: RetryBudget?
    @usableFromInline let policies: RetryPolicies

    /// Nil where the policies have neither a breaker nor a budget.
    @usableFromInline package init?(_ policies: RetryPolicies) {
        if policies.breaker == nil, policies.budget == nil { return nil }
        breaker = policies.breaker.map { CircuitBreaker($0) }
        budget = policies.budget.map { RetryBudget($0) }
        self.policies = policies
    }

    /// Whether the request may be called for. Where it may not, the question says so, as an overload of our own
    /// making: it waits and comes again like any other, and no call is counted.
    @usableFromInline mutating func admit<P>(_ question: inout Envelope<P>, at now: Instant) -> Bool {
        question.stoppedBy = .none
        if question.errorClass == .none { budget?.requested() }
        guard var breaker else { return true }
        let permission = breaker.permit(at: now)
        question.breakerPeriod = breaker.period
        self.breaker = breaker
        guard case .refused(let wait) = permission else { return true }
        question.refusals += 1
        question.stoppedBy = .breaker
        question.errorClass = .overload
        question.status = 0
        question.retryAfter = wait
        question.kind = .callFailed
        return false
    }

    /// A call has ended, and its class stands in the question.
    @usableFromInline mutating func ended<P>(_ question: inout Envelope<P>, at now: Instant) {
        breaker?.ended(failed: question.errorClass == .overload || question.errorClass == .error, period: question.breakerPeriod, at: now)
        // Where no retry would follow anyway, none is paid for.
        if question.errorClass != .none, policies.allowRetry(of: question), budget?.takeRetry(at: now) == false {
            question.stoppedBy = .budget
        }
    }
}
