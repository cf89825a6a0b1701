import Workload

/// Latency that depends on an answer's length and on the provider's load:
///
///     time to first token + tokens · time per token · (1 + slope · calls under way already)
///
/// The shape is that of servers that decode all their requests in one batch, token by token: G.-I. Yu et
/// al., "Orca: A Distributed Serving System for Transformer-Based Generative Models", OSDI 2022. Two times
/// as the measure of such servers: Y. Zhong et al., "DistServe", OSDI 2024. That a step grows by the same
/// amount with every request is the simplest form of it, and the load is the one that a call meets when
/// it begins: later ones do not slow it down.
package struct LoadLatency: Equatable, Sendable, BitwiseCopyable {
    package var timeToFirstToken: Nanoseconds
    package var timePerToken: Nanoseconds
    /// By which share of itself the time per token grows with each other call under way.
    package var slope: Double

    package init(timeToFirstToken: Nanoseconds, timePerToken: Nanoseconds, slope: Double) {
        self.timeToFirstToken = timeToFirstToken
        self.timePerToken = timePerToken
        self.slope = slope
    }

    package func span(tokens: Int, others: Int) -> Nanoseconds {
        let perToken = Double(timePerToken) * (1 + slope * Double(others))
        return Distribution.wholeNanoseconds(Double(timeToFirstToken) + Double(tokens) * perToken)
    }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        for span in [timeToFirstToken, timePerToken] where span < 0 || span > Distribution.longest {
            return "times must not be negative nor above 36 years"
        }
        return slope >= 0 && slope <= 1000 ? nil : "the slope must be from 0 to 1000, not \(slope)"
    }
}
