// What call guards may do, counted again from outside: a breaker lets no call through while it is open and
// refuses none while it is closed, tries with no more calls than it may, and a retry budget is neither
// overdrawn nor stingy.

import Pipeline
import Workload

struct GuardInvariants {
    /// One replica of the LLM worker, as its calls and their ends show it.
    private struct Replica {
        /// Whether the latest calls failed, oldest first, since the breaker closed.
        var latest: [Bool] = []
        var opensAgainAt: Instant?
        var isTrying = false
        var tried = 0
        var succeeded = 0
        /// Changes of state so far, and how many there had been when each call under way began.
        var changes = 0
        var begun: [UInt64: Int] = [:]

        var tokens = 0.0
        var countedTo = Instant.zero

        mutating func change() {
            changes += 1
            latest = []
            (opensAgainAt, isTrying, tried, succeeded) = (nil, false, 0, 0)
        }
    }

    private let retry: RetryPolicies
    private var replicas: [Replica]

    init(_ pipeline: PipelineConfiguration) {
        retry = pipeline.retry
        var replica = Replica()
        replica.tokens = Double(pipeline.retry.budget?.burst ?? 0)
        replicas = Array(repeating: replica, count: pipeline.llmWorkers)
    }

    var exist: Bool { retry.breaker != nil || retry.budget != nil }

    /// A request has come to a worker, to be called for or refused.
    private mutating func requested(isRetry: Bool, by worker: Int, at now: Instant) {
        if let budget = retry.budget, !isRetry {
            replicas[worker].tokens = min(Double(budget.burst), replicas[worker].tokens + budget.ratio)
        }
        if let opens = replicas[worker].opensAgainAt, now >= opens {
            replicas[worker].change()
            replicas[worker].isTrying = true
        }
    }

    mutating func called(_ question: UInt64, isRetry: Bool, by worker: Int, at now: Instant, _ violations: inout Violations) {
        guard exist else { return }
        requested(isRetry: isRetry, by: worker, at: now)
        guard let breaker = retry.breaker else { return }
        violations.require(replicas[worker].opensAgainAt == nil, "an open breaker lets no call through", "q \(question) at worker \(worker), \(now.nanoseconds) ns")
        if replicas[worker].isTrying {
            replicas[worker].tried += 1
            violations.require(
                replicas[worker].tried <= breaker.halfOpenCalls, "a half-open breaker tries no more calls than it may",
                "q \(question) at worker \(worker) is number \(replicas[worker].tried) of \(breaker.halfOpenCalls)")
        }
        replicas[worker].begun[question] = replicas[worker].changes
    }

    mutating func refused(_ question: UInt64, wait: Nanoseconds, isRetry: Bool, by worker: Int, at now: Instant, _ violations: inout Violations) {
        requested(isRetry: isRetry, by: worker, at: now)
        let replica = replicas[worker]
        let hasTried = replica.isTrying && replica.tried >= retry.breaker?.halfOpenCalls ?? 0
        violations.require(
            retry.breaker != nil && (replica.opensAgainAt != nil || hasTried), "a breaker refuses only while it is open", "q \(question) at worker \(worker), \(now.nanoseconds) ns")
        let left = replica.opensAgainAt.map { $0 - now } ?? -1
        violations.require(wait == left, "a breaker says when it tries again", "q \(question) is to wait \(wait) ns, it opens in \(left) ns")
    }

    mutating func replied(_ question: UInt64, isFailure: Bool, by worker: Int, at now: Instant) {
        guard let breaker = retry.breaker, replicas[worker].begun.removeValue(forKey: question) == replicas[worker].changes else { return }
        if replicas[worker].isTrying {
            replicas[worker].succeeded += isFailure ? 0 : 1
            if isFailure {
                replicas[worker].change()
                replicas[worker].opensAgainAt = now + breaker.openFor
            } else if replicas[worker].succeeded == breaker.halfOpenCalls {
                replicas[worker].change()
            }
            return
        }
        replicas[worker].latest = (replicas[worker].latest + [isFailure]).suffix(breaker.window)
        let latest = replicas[worker].latest
        let failures = latest.count { $0 }
        if latest.count >= breaker.minCalls, Double(failures) >= breaker.failureRatio * Double(latest.count) {
            replicas[worker].change()
            replicas[worker].opensAgainAt = now + breaker.openFor
        }
    }

    /// A call has failed whose retry its policy would allow.
    mutating func decided(_ question: UInt64, isDenied: Bool, by worker: Int, at now: Instant, _ violations: inout Violations) {
        guard let budget = retry.budget else {
            return violations.require(!isDenied, "a retry budget denies only where there is one", "q \(question)")
        }
        let since = Double(now - replicas[worker].countedTo) / 1e9
        let tokens = min(Double(budget.burst), replicas[worker].tokens + since * budget.minPerSecond)
        replicas[worker].countedTo = now
        replicas[worker].tokens = isDenied ? tokens : tokens - 1
        // The machine counts in billionths.
        violations.require(isDenied || tokens > 1 - 1e-6, "a retry budget is never overdrawn", "q \(question) at worker \(worker), \(tokens) left")
        violations.require(!isDenied || tokens < 1 + 1e-6, "a retry budget denies only when it is used up", "q \(question) at worker \(worker), \(tokens) left")
    }
}
