import CRDKafka

/// What went wrong between a client and a broker, as a value.
package struct KafkaProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        /// No broker answered: the server is not there (exit code 69).
        case serverMissing
        /// The offset to read is no longer there: messages were dropped before they were consumed.
        case messagesDropped
        /// The client can do no more and must be made anew.
        case fatal
        /// The client goes on by itself (a broker that is away for a while).
        case passing
        /// A setting that this librdkafka does not know or take.
        case configuration
        case other
    }

    package let reason: Reason
    /// librdkafka's name of the error, e.g. `_TIMED_OUT`.
    package let name: String
    package let text: String

    package init(reason: Reason, name: String, text: String) {
        self.reason = reason
        self.name = name
        self.text = text
    }

    init(_ code: rd_kafka_resp_err_t, _ text: String = "") {
        self.name = code.errorName
        self.reason = Self.reason(of: code)
        self.text = text.isEmpty ? code.errorText : "\(text): \(code.errorText)"
    }

    package var description: String { "\(text) (\(name))" }

    private static func reason(of code: rd_kafka_resp_err_t) -> Reason {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE: .serverMissing
        case RD_KAFKA_RESP_ERR__TIMED_OUT: .serverMissing
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: .messagesDropped
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: .fatal
        default: .other
        }
    }
}

extension rd_kafka_resp_err_t {
    var errorName: String { rd_kafka_err2name(self).map { String(cString: $0) } ?? "\(rawValue)" }
    var errorText: String { rd_kafka_err2str(self).map { String(cString: $0) } ?? "error \(rawValue)" }
}
