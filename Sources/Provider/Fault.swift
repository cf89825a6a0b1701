import Workload

/// A disturbance of the provider: over a window of time, for a number of calls, or for some questions.
package struct Fault: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable, BitwiseCopyable {
        /// Refuses with the status of an overload.
        case overload
        /// Refuses with the status of a used-up quota.
        case quota
        /// Answers, but takes `factor` times as long.
        case slow
        /// Status 500.
        case error
        /// Nobody is there: connections are refused, status 0.
        case outage
        /// Answers something that is no JSON, status 0: over HTTP 200, and of no use.
        case malformed
        /// Breaks off in the middle of an answer, status 0.
        case truncated
        /// Resets the connection, status 0.
        case reset
    }

    package var kind: Kind
    package var from: Instant
    /// The first moment after the window; `.never` for a fault without an end.
    package var until: Instant
    /// Strikes among this many calls from `from` on, those that `questions` lets it see; nil: all.
    package var calls: Int?
    /// The questions, by number, whose calls it may strike, in ascending order; nil: all.
    package var questions: [UInt64]?
    /// Probability that a call that it may strike is struck.
    package var probability: Double
    /// What a refusal asks to wait; nil: an overload says nothing, a quota names the window's end.
    package var retryAfter: Nanoseconds?
    /// What `slow` multiplies the latency by.
    package var factor: Double

    package init(
        kind: Kind, from: Instant, until: Instant = .never, calls: Int? = nil, questions: [UInt64]? = nil, probability: Double = 1,
        retryAfter: Nanoseconds? = nil, factor: Double = 1
    ) {
        self.kind = kind
        self.from = from
        self.until = until
        self.calls = calls
        self.questions = questions
        self.probability = probability
        self.retryAfter = retryAfter
        self.factor = factor
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        if from < .zero { return "a fault must not begin before the run" }
        if until <= from { return "a fault must last longer than 0" }
        if let calls, calls < 1 { return "the number of calls must be at least 1, not \(calls)" }
        if let questions, questions.isEmpty || zip(questions, questions.dropFirst()).contains(where: >=) {
            return "the questions must be in ascending order, each once, at least one"
        }
        if !(probability >= 0 && probability <= 1) { return "the probability must be from 0 to 1, not \(probability)" }
        if let retryAfter, retryAfter < 0 || retryAfter > Distribution.longest {
            return "retry_after must not be negative nor above 36 years"
        }
        if !(factor > 0 && factor <= 1e6) { return "the factor must be above 0 and at most 1000000, not \(factor)" }
        return nil
    }

    /// Whether a call of this question at this moment is within what the fault is about.
    func sees(_ question: UInt64, at moment: Instant) -> Bool {
        guard moment >= from, moment < until else { return false }
        guard let questions else { return true }
        var low = 0
        var high = questions.count
        while low < high {
            let middle = (low + high) / 2
            if questions[middle] < question { low = middle + 1 } else { high = middle }
        }
        return low < questions.count && questions[low] == question
    }
}
