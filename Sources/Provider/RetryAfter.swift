import Workload

/// How a provider writes the header Retry-After (RFC 9110, 10.2.3) on its refusals.
package enum RetryAfter: String, CaseIterable, Sendable, BitwiseCopyable {
    /// A number of seconds, rounded up: the header knows no parts of one.
    case seconds
    /// A date of whole seconds, rounded up, of which the client subtracts its own time when it reads it.
    case httpDate = "http_date"
    /// Never there.
    case absent
    /// Seconds that double with each call of the question that has failed already, up to an hour.
    case growing

    private static let second: Nanoseconds = 1_000_000_000
    private static let hour: Nanoseconds = 3600 * second

    /// What a client is asked to wait from the moment it reads the refusal; negative: nothing is said.
    /// - Parameters:
    ///   - wait: what the provider has in mind; negative: nothing.
    ///   - failures: calls for the question that failed before this one.
    func asks(_ wait: Nanoseconds, at: Instant, readAt: Instant, failures: Int) -> Nanoseconds {
        if wait < 0 { return -1 }
        switch self {
        case .seconds: return Self.whole(wait)
        case .httpDate: return max(0, Self.whole(at.nanoseconds + wait) - readAt.nanoseconds)
        case .absent: return -1
        case .growing:
            // Beyond an hour nothing grows; 2¹² of the shortest second are more than one.
            let grown = wait >= Self.hour ? wait : min(Self.hour, wait << Int64(min(max(failures, 0), 12)))
            return Self.whole(grown)
        }
    }

    /// Rounded up to whole seconds.
    private static func whole(_ span: Nanoseconds) -> Nanoseconds { (span + second - 1) / second * second }
}
