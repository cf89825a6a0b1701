import Workload

/// A disturbance of the provider over a window of time.
package struct Fault: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable { case overload, quota }

    package var kind: Kind
    package var from: Instant
    /// The first moment after the window.
    package var until: Instant
    /// Probability that a call in the window is refused.
    package var probability: Double
    /// What a refusal asks to wait; nil: an overload says nothing, a quota names the window's end.
    package var retryAfter: Nanoseconds?

    package init(kind: Kind, from: Instant, until: Instant, probability: Double = 1, retryAfter: Nanoseconds? = nil) {
        self.kind = kind
        self.from = from
        self.until = until
        self.probability = probability
        self.retryAfter = retryAfter
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        if from < .zero { return "a fault must not begin before the run" }
        if until <= from { return "a fault must last longer than 0" }
        if !(probability >= 0 && probability <= 1) { return "the probability must be from 0 to 1, not \(probability)" }
        if let retryAfter, retryAfter < 0 || retryAfter > Distribution.longest {
            return "retry_after must not be negative nor above 36 years"
        }
        return nil
    }
}
