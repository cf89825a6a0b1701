import Caching
import Workload

/// How the delay before a retry grows.
@usableFromInline package enum Backoff: Equatable, Sendable {
    /// The n-th retry (n from 0) waits base · factorⁿ, at most `cap`.
    case exponential(base: Nanoseconds, factor: Double, cap: Nanoseconds)
    case fixed(delay: Nanoseconds)
    /// The delays themselves, the last one repeated.
    case steps([Nanoseconds])
}

/// How chance spreads a backoff, so that retries do not come in step.
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
@usableFromInline package enum Jitter: String, CaseIterable, Sendable {
    case none
    /// Uniform in [0, backoff].
    case full
    /// Half the backoff and a uniform share of the other half.
    case equal
    /// Uniform in [base, 3 · previous delay], at most the cap.
    case decorrelated
}

/// What a retry makes of the provider's Retry-After.
@usableFromInline package enum RetryAfterUse: String, CaseIterable, Sendable, BitwiseCopyable {
    /// The backoff is waited, whatever the provider asked for.
    case ignored = "false"
    /// The longer of the two is waited.
    case atLeast = "true"
    /// Retry-After is waited where there is one, else the backoff.
    case instead
}

/// When a failed call is tried again. One for each error class.
@usableFromInline package struct RetryPolicy: Equatable, Sendable {
    @usableFromInline package var backoff: Backoff
    @usableFromInline package var jitter: Jitter
    /// Retries within one generation; the first call is not counted.
    @usableFromInline package var maxRetries: Int
    @usableFromInline package var honorRetryAfter: RetryAfterUse

    @usableFromInline package init(backoff: Backoff, jitter: Jitter = .none, maxRetries: Int, honorRetryAfter: RetryAfterUse = .atLeast) {
        self.backoff = backoff
        self.jitter = jitter
        self.maxRetries = maxRetries
        self.honorRetryAfter = honorRetryAfter
    }
}

@usableFromInline package struct RetryPolicies: Equatable, Sendable {
    @usableFromInline package var overload: RetryPolicy
    @usableFromInline package var quota: RetryPolicy
    @usableFromInline package var error: RetryPolicy
    /// Bounds regenerations and retries together over a question's life; nil: no such bound.
    @usableFromInline package var maxTotalRetries: Int?
    /// Bounds retries by requests; nil: no such bound.
    @usableFromInline package var budget: RetryBudgetPolicy?
    /// Stops calls to a provider that fails; nil: none does.
    @usableFromInline package var breaker: CircuitBreakerPolicy?

    @usableFromInline package init(
        overload: RetryPolicy, quota: RetryPolicy, error: RetryPolicy, maxTotalRetries: Int? = nil, budget: RetryBudgetPolicy? = nil,
        breaker: CircuitBreakerPolicy? = nil
    ) {
        self.overload = overload
        self.quota = quota
        self.error = error
        self.maxTotalRetries = maxTotalRetries
        self.budget = budget
        self.breaker = breaker
    }
}

/// What becomes of a question whose generations or retries are used up while an answer is at hand.
@usableFromInline package enum OnExhausted: String, CaseIterable, Sendable {
    case deadLetter = "dead_letter"
    case acceptLast = "accept_last"
    case acceptBest = "accept_best"
}

/// When the judge takes an answer.
@usableFromInline package struct AcceptancePolicy: Equatable, Sendable {
    /// An answer is taken when its score is at least this.
    @usableFromInline package var threshold: Double
    /// Generations after the first that the judge may ask for.
    @usableFromInline package var maxRegenerations: Int
    @usableFromInline package var onExhausted: OnExhausted

    @usableFromInline package init(threshold: Double, maxRegenerations: Int, onExhausted: OnExhausted) {
        self.threshold = threshold
        self.maxRegenerations = maxRegenerations
        self.onExhausted = onExhausted
    }
}

@usableFromInline package struct CacheConfiguration: Equatable, Sendable {
    @usableFromInline package var policy: CachePolicy
    /// Entries over all replicas of intake.
    @usableFromInline package var capacity: Int
    /// From insertion; nil: entries never expire.
    @usableFromInline package var ttl: Nanoseconds?
    /// Whether a question joins an equal one that is in flight.
    @usableFromInline package var coalesce: Bool

    @usableFromInline package init(policy: CachePolicy, capacity: Int, ttl: Nanoseconds? = nil, coalesce: Bool = true) {
        self.policy = policy
        self.capacity = capacity
        self.ttl = ttl
        self.coalesce = coalesce
    }
}

@usableFromInline package struct IntakeConfiguration: Equatable, Sendable {
    /// Admission credits: questions in flight, over all replicas of intake; beyond, a question is rejected.
    @usableFromInline package var maxInFlight: Int
    /// Admission credits in bytes of text.
    @usableFromInline package var maxInFlightBytes: Int
    @usableFromInline package var cache: CacheConfiguration
    /// Whether a cache miss asks the store before the LLM.
    @usableFromInline package var storeLookup: Bool

    @usableFromInline package init(maxInFlight: Int, maxInFlightBytes: Int, cache: CacheConfiguration, storeLookup: Bool) {
        self.maxInFlight = maxInFlight
        self.maxInFlightBytes = maxInFlightBytes
        self.cache = cache
        self.storeLookup = storeLookup
    }
}

/// Which HTTP statuses mean what. Statuses that are not listed: 2xx are answers, 408, 425 and 5xx
/// errors with retries, other 4xx final.
@usableFromInline package struct StatusClassification: Equatable, Sendable {
    @usableFromInline package var classes: [Int: ErrorClass]

    @usableFromInline package init(_ classes: [Int: ErrorClass]) { self.classes = classes }

    @inlinable package func errorClass(of result: CallResult) -> ErrorClass {
        result.status == 200 ? .none : result.saysQuota ? .quota : errorClass(of: Int(result.status))
    }

    @inlinable package func errorClass(of status: Int) -> ErrorClass {
        if let listed = classes[status] { return listed }
        return switch status {
        case 200..<300: .none
        case 408, 425, 500...: .error
        case 400..<500: .final
        // A transport failure (0) or a status that HTTP does not define for a reply.
        default: .error
        }
    }
}

/// Everything under `pipeline` that the machines need.
@usableFromInline package struct PipelineConfiguration: Equatable, Sendable {
    @usableFromInline package var partitions: Int
    @usableFromInline package var intake: IntakeConfiguration
    @usableFromInline package var acceptance: AcceptancePolicy
    @usableFromInline package var retry: RetryPolicies
    @usableFromInline package var classify: StatusClassification
    /// Replicas of the LLM worker, and calls that each has under way at most.
    @usableFromInline package var llmWorkers: Int
    @usableFromInline package var concurrency: Int
    @usableFromInline package var judges: Int
    /// Topic names by role; nil: the role is switched off.
    @usableFromInline package var topics: [Role: String?]

    @usableFromInline package init(
        partitions: Int, intake: IntakeConfiguration, acceptance: AcceptancePolicy, retry: RetryPolicies,
        classify: StatusClassification, llmWorkers: Int, concurrency: Int, judges: Int, topics: [Role: String?]
    ) {
        self.partitions = partitions
        self.intake = intake
        self.acceptance = acceptance
        self.retry = retry
        self.classify = classify
        self.llmWorkers = llmWorkers
        self.concurrency = concurrency
        self.judges = judges
        self.topics = topics
    }
}
