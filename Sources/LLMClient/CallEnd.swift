import Workload

/// How a call to an LLM server ended.
package enum CallEnd: Sendable, Equatable {
    case answered(Answer)
    case failed(CallFailure)
}

/// Why a call brought no answer.
package struct CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        /// The server answered with a status other than 2xx.
        case refused
        case timedOut = "timed out"
        /// No connection, or it ended before the reply began.
        case disconnected
        /// The reply ended before its end.
        case truncated
        case malformed
        case tooLong = "too long"
        case cancelled
    }

    package var reason: Reason
    /// HTTP status of the refusal; 0 where no reply came that could be used: 200 and rubbish is no answer.
    package var status: Int
    /// What Retry-After asks to wait, in real time; negative where it asks nothing.
    package var retryAfter: Nanoseconds
    /// The same in scenario time, from a mock whose time runs faster than that of headers; nil from all others.
    package var scenarioRetryAfter: Nanoseconds?
    /// Whether the reply's own code says that a quota is used up, whatever its status.
    package var isQuota: Bool
    /// For people; holds no key.
    package var message: String

    package init(_ reason: Reason, status: Int = 0, retryAfter: Nanoseconds = -1, isQuota: Bool = false, message: String = "") {
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
        self.isQuota = isQuota
        self.message = message
    }

    package var description: String {
        let what = status == 0 ? reason.rawValue : "HTTP \(status)"
        return message.isEmpty ? what : "\(what): \(message)"
    }
}
