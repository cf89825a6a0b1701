import Workload

/// The LLM provider as a scenario describes it.
package struct ProviderConfiguration: Equatable, Sendable {
    /// From a call's start to its answer. With `load`: what a call takes that meets no other, on average.
    package var latency: Distribution
    /// Latency by length and load; nil: it is drawn from `latency`.
    package var load: LoadLatency?
    /// From a call's start to a refusal or an error.
    package var errorLatency: Distribution
    /// Calls under way at most; beyond, `overloadStatus`.
    package var concurrencyLimit: Int?
    /// Beyond it: 429 with Retry-After. See `RequestRate`.
    package var requestsPerMinute: Int?
    /// Tokens, prompts' and answers', per minute; beyond it: 429 with Retry-After. See `RequestRate`.
    package var tokensPerMinute: Int?
    /// How refusals write Retry-After.
    package var retryAfter: RetryAfter
    /// Beyond it: `quotaStatus` with Retry-After.
    package var quota: CallQuota?
    /// Probability that an admitted call ends in status 500.
    package var errorProbability: Double
    package var quality: Quality
    /// Where several are on at one moment, the first of the list that strikes decides.
    package var faults: [Fault]
    /// What an overload answers with: one of the statuses that the scenario's `classify` maps to overload.
    package var overloadStatus: Int
    /// What a used-up quota answers with: one of the statuses that `classify` maps to quota.
    package var quotaStatus: Int
    package var price: Price?
    package var tokens: TokenLengths

    package init(
        latency: Distribution, load: LoadLatency? = nil, errorLatency: Distribution = .constant(20_000_000),
        concurrencyLimit: Int? = nil, requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil,
        retryAfter: RetryAfter = .seconds, quota: CallQuota? = nil, errorProbability: Double = 0,
        quality: Quality = Quality(), faults: [Fault] = [], overloadStatus: Int = 503, quotaStatus: Int = 402,
        price: Price? = nil, tokens: TokenLengths = TokenLengths()
    ) {
        self.latency = latency
        self.load = load
        self.tokensPerMinute = tokensPerMinute
        self.retryAfter = retryAfter
        self.errorLatency = errorLatency
        self.concurrencyLimit = concurrencyLimit
        self.requestsPerMinute = requestsPerMinute
        self.quota = quota
        self.errorProbability = errorProbability
        self.quality = quality
        self.faults = faults
        self.overloadStatus = overloadStatus
        self.quotaStatus = quotaStatus
        self.price = price
        self.tokens = tokens
    }

    /// The first thing that makes this configuration impossible, with the key that it belongs to
    /// (relative to `provider`, or `faults[i]`); nil where it is sound.
    package var problem: (key: String, reason: String)? {
        if let reason = latency.problem { return ("latency", reason) }
        if let reason = load?.problem { return ("latency", reason) }
        if let reason = errorLatency.problem { return ("error_latency", reason) }
        if let limit = concurrencyLimit, limit < 1 || limit > 1 << 30 {
            return ("concurrency_limit", "must be from 1 to \(1 << 30), not \(limit)")
        }
        if let rate = requestsPerMinute, rate < 1 || rate > RequestRate.most {
            return ("requests_per_minute", "must be from 1 to \(RequestRate.most), not \(rate)")
        }
        if let rate = tokensPerMinute, rate < 1 || rate > RequestRate.most {
            return ("tokens_per_minute", "must be from 1 to \(RequestRate.most), not \(rate)")
        }
        if let reason = quota?.problem { return ("quota", reason) }
        if !(errorProbability >= 0 && errorProbability <= 1) {
            return ("error_probability", "must be from 0 to 1, not \(errorProbability)")
        }
        if let reason = quality.problem { return ("quality", reason) }
        for (index, fault) in faults.enumerated() {
            if let reason = fault.problem { return ("faults[\(index)]", reason) }
        }
        for (key, status) in [("overload", overloadStatus), ("quota", quotaStatus)] where !(400...599).contains(status) {
            return ("classify", "the status for \(key) must be from 400 to 599, not \(status)")
        }
        if let reason = price?.problem { return ("price", reason) }
        return tokens.problem.map { ("tokens", $0) }
    }
}

/// So many calls in each window of time; windows follow each other from the run's start.
package struct CallQuota: Equatable, Sendable {
    package var calls: Int
    package var per: Nanoseconds

    package init(calls: Int, per: Nanoseconds) {
        self.calls = calls
        self.per = per
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        if calls < 1 { return "the number of calls must be at least 1, not \(calls)" }
        return per < 1 || per > Distribution.longest ? "the window must be above 0 and at most 36 years" : nil
    }
}

/// Money per million tokens.
package struct Price: Equatable, Codable, Sendable {
    package var prompt: Double
    package var completion: Double

    package init(prompt: Double, completion: Double) {
        self.prompt = prompt
        self.completion = completion
    }

    package func cost(promptTokens: Int, completionTokens: Int) -> Double {
        (Double(promptTokens) * prompt + Double(completionTokens) * completion) / 1_000_000
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        prompt >= 0 && prompt.isFinite && completion >= 0 && completion.isFinite
            ? nil : "prices must be finite and not negative, not \(prompt) and \(completion)"
    }
}

/// How long answers are, in tokens: lognormal, or, prompts too, as a trace recorded them.
package struct TokenLengths: Equatable, Sendable {
    package var median: Int
    package var p99: Int
    /// The trace that the questions' arrivals come from, where their lengths do too.
    package private(set) var recorded: TraceSource?

    package init(median: Int = 45, p99: Int = 300) {
        self.median = median
        self.p99 = p99
    }

    package init(recorded: TraceSource) {
        self.init()
        self.recorded = recorded
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        if median < 1 || median > 1_000_000 { return "the median must be from 1 to 1000000 tokens, not \(median)" }
        return p99 < median || p99 > 1_000_000
            ? "p99 must be from the median (\(median)) to 1000000 tokens, not \(p99)" : nil
    }

    /// The mean length of an answer; of a trace, where it can be read.
    package var mean: Double {
        if let recorded, let trace = try? Trace.load(recorded) { return trace.meanCompletionTokens }
        return Distribution.lognormal(median: Nanoseconds(median), p99: Nanoseconds(p99)).mean
    }

    /// Tokens of a prompt with a question of so many words: 4 tokens for 3 words (what tokenizers of
    /// GPT's family make of English prose), and a few around it.
    @inlinable
    package static func prompt(words: Int) -> Int { 8 + (words * 4 + 2) / 3 }
}
