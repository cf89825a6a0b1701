import Workload

/// The model of an LLM provider that both runtimes call: simulation directly, live behind HTTP.
///
/// A call is decided when it begins, in this order:
///
/// 1. faults, as a broken or overloaded provider refuses before it counts anything. Each counts the calls
///    that it sees, whatever the others do; the first of the list that strikes decides, and those of kind
///    `slow` multiply;
/// 2. the quota of calls per window (`quotaStatus`, Retry-After until the window ends);
/// 3. requests and tokens per minute (429, Retry-After until the call would be admitted);
/// 4. the concurrency limit (`overloadStatus`, no Retry-After);
/// 5. then the call is admitted: it counts against quota and rate and holds a slot until it completes,
///    as a random error (500, after `errorLatency`) or as an answer (200, after `latency`). Its tokens are
///    taken when it begins, those of the answer too, as if the provider knew its length.
///
/// Refusals complete after `errorLatency` and count against nothing. Calls must begin in order of
/// time, and every admitted one must be given back to `finished` once.
package struct ProviderModel: Sendable {
    package let configuration: ProviderConfiguration
    private let draws: Draws
    private let latency: Sampler
    private let errorLatency: Sampler
    private let completionTokens: Sampler
    /// The requests whose lengths the questions have; nil: lengths are drawn.
    private let recorded: Trace?
    private let quality: QualityModel
    private let concurrencyLimit: Int
    private let quota: CallQuota?
    private var rate: RequestRate?
    private var tokenRate: RequestRate?
    /// The window of the quota that `quotaUsed` counts.
    private var quotaWindow: Int64 = 0
    private var quotaUsed = 0
    /// From the first fault's beginning to the last one's end.
    private let faultsFrom: Instant
    private let faultsUntil: Instant
    /// Calls among which each fault may still strike.
    private var faultCallsLeft: [Int]
    /// Calls under way.
    package private(set) var underWay = 0

    /// Reads the trace that the configuration takes lengths from, if it does. Its `problem` must be nil.
    package init(reading configuration: ProviderConfiguration, draws: Draws) throws(CorpusError) {
        self.init(configuration, draws: draws, recorded: try configuration.tokens.recorded.map { source throws(CorpusError) in try Trace.load(source) })
    }

    /// The configuration's `problem` must be nil, and its lengths be drawn.
    package init(_ configuration: ProviderConfiguration, draws: Draws) {
        self.init(configuration, draws: draws, recorded: nil)
    }

    private init(_ configuration: ProviderConfiguration, draws: Draws, recorded: Trace?) {
        precondition((configuration.tokens.recorded == nil) == (recorded == nil), "a trace's file has to be read")
        if let problem = configuration.problem {
            preconditionFailure("a configuration is checked before it is used: \(problem.key): \(problem.reason)")
        }
        self.configuration = configuration
        self.draws = draws
        self.recorded = recorded
        latency = Sampler(configuration.latency)
        errorLatency = Sampler(configuration.errorLatency)
        completionTokens = Sampler(
            .lognormal(median: Nanoseconds(configuration.tokens.median), p99: Nanoseconds(configuration.tokens.p99)))
        quality = QualityModel(configuration.quality, draws: draws)
        concurrencyLimit = configuration.concurrencyLimit ?? .max
        quota = configuration.quota
        rate = configuration.requestsPerMinute.map { RequestRate(perMinute: $0) }
        tokenRate = configuration.tokensPerMinute.map { RequestRate(perMinute: $0) }
        faultsFrom = configuration.faults.map(\.from).min() ?? .never
        faultsUntil = configuration.faults.map(\.until).max() ?? .zero
        faultCallsLeft = configuration.faults.map { $0.calls ?? .max }
    }

    /// Begins a call. `generation` and `call` are the envelope's: answers so far, and LLM calls so far
    /// over the question's life. `promptWords` are the question's words, where they are known.
    package mutating func begin(
        question: UInt64, generation: Int, call: Int, at: Instant, promptWords: Int = 8
    ) -> Reply {
        var slowness = 1.0
        if at >= faultsFrom, at < faultsUntil, let refusal = struck(question, generation, call, at, slowness: &slowness) {
            return refusal
        }

        if let quota {
            let window = at.nanoseconds / quota.per
            if window != quotaWindow { (quotaWindow, quotaUsed) = (window, 0) }
            if quotaUsed >= quota.calls {
                let wait = (window + 1) * quota.per - at.nanoseconds
                return refusal(configuration.quotaStatus, question, generation, call, at, retryAfter: wait)
            }
        }
        if let wait = rate?.wait(at: at), wait > 0 {
            return refusal(429, question, generation, call, at, retryAfter: wait)
        }
        let promptTokens = promptTokens(question: question, words: promptWords)
        var tokens: Int64 = 0
        if tokenRate != nil {
            tokens = Int64(promptTokens + completionTokens(question: question, generation: generation))
            if let wait = tokenRate?.wait(at: at, for: tokens), wait > 0 {
                return refusal(429, question, generation, call, at, retryAfter: wait)
            }
        }
        if underWay >= concurrencyLimit {
            return refusal(configuration.overloadStatus, question, generation, call, at, retryAfter: -1)
        }

        quotaUsed += 1
        rate?.take()
        tokenRate?.take(tokens)
        underWay += 1
        if configuration.errorProbability > 0,
            draws.uniform(.error, question: question, generation: generation, call: call) < configuration.errorProbability
        {
            var reply = refusal(500, question, generation, call, at, retryAfter: -1)
            reply.holdsSlot = true
            return reply
        }
        let completionTokens = completionTokens(question: question, generation: generation)
        var span: Nanoseconds
        if let load = configuration.load {
            span = load.span(tokens: completionTokens, others: underWay - 1)
        } else {
            var stream = draws.stream(.latency, question: question, generation: generation, call: call)
            span = latency.sample(&stream)
        }
        if slowness != 1 { span = Distribution.wholeNanoseconds(Double(span) * slowness) }
        return Reply(
            status: 200, completesAt: at + span, retryAfter: -1, promptTokens: promptTokens,
            completionTokens: completionTokens,
            quality: quality.score(question: question, generation: generation), holdsSlot: true)
    }

    /// Gives an admitted call's slot back. Does nothing for refusals, which hold none.
    package mutating func finished(_ reply: Reply, at: Instant) { finished(holdingSlot: reply.holdsSlot) }

    /// The same, for callers that keep no more of a reply than this.
    package mutating func finished(holdingSlot: Bool) {
        guard holdingSlot else { return }
        precondition(underWay > 0, "a call that is given back was begun")
        underWay -= 1
    }

    /// The score that this generation's answer is to have; a pure function of the draws.
    package func quality(question: UInt64, generation: Int) -> Double {
        quality.score(question: question, generation: generation)
    }

    /// The length of this generation's answer; a pure function of the draws.
    package func completionTokens(question: UInt64, generation: Int) -> Int {
        if let recorded { return Int(recorded.completionTokens[recorded.row(ofQuestion: question)]) }
        var stream = draws.stream(.tokens, question: question, generation: generation)
        return max(1, Int(completionTokens.sample(&stream)))
    }

    private func promptTokens(question: UInt64, words: Int) -> Int {
        if let recorded { return Int(recorded.promptTokens[recorded.row(ofQuestion: question)]) }
        return TokenLengths.prompt(words: words)
    }

    /// What the faults make of a call: a refusal, or nil and how many times longer it takes.
    private mutating func struck(
        _ question: UInt64, _ generation: Int, _ call: Int, _ at: Instant, slowness: inout Double
    ) -> Reply? {
        var decision: Reply?
        for index in configuration.faults.indices {
            guard configuration.faults[index].sees(question, at: at), faultCallsLeft[index] > 0 else { continue }
            let fault = configuration.faults[index]
            if fault.calls != nil { faultCallsLeft[index] -= 1 }
            if fault.probability < 1 {
                let chance = draws.uniform(.fault, question: question, generation: generation, call: call, lane: index)
                guard chance < fault.probability else { continue }
            }
            if decision != nil { continue }
            switch fault.kind {
            case .slow: slowness *= fault.factor
            case .overload:
                decision = refusal(
                    configuration.overloadStatus, question, generation, call, at,
                    retryAfter: fault.retryAfter ?? -1)
            case .quota:
                let untilEnd = fault.until == .never ? -1 : fault.until - at
                decision = refusal(
                    configuration.quotaStatus, question, generation, call, at,
                    retryAfter: fault.retryAfter ?? untilEnd)
            case .error: decision = refusal(500, question, generation, call, at, retryAfter: -1)
            case .outage, .malformed, .truncated, .reset:
                decision = refusal(0, question, generation, call, at, retryAfter: -1)
                decision?.fault = fault.kind
            }
        }
        return decision
    }

    private func refusal(
        _ status: Int, _ question: UInt64, _ generation: Int, _ call: Int, _ at: Instant, retryAfter: Nanoseconds
    ) -> Reply {
        var stream = draws.stream(.errorLatency, question: question, generation: generation, call: call)
        let completesAt = at + errorLatency.sample(&stream)
        // Calls that did not fail gave a generation each.
        let asked = configuration.retryAfter.asks(retryAfter, at: at, readAt: completesAt, failures: call - generation)
        return Reply(
            status: status, completesAt: completesAt, retryAfter: asked, promptTokens: 0, completionTokens: 0, quality: .nan, holdsSlot: false)
    }
}
