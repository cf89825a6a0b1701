import Pipeline
import Workload

/// Messages as they travel between services: one JSON object each, in the contract's fields.
///
/// What `encode` writes, `decode` reads back as the same envelope. Other programs may write less: a
/// question needs `question_id` and `question_text` only. Fields that are unknown here are skipped, a
/// `null` is as good as no field, and numbers that a reader wants exactly stand in fields with `_ns`.
package struct Wire: Sendable {
    /// Longer messages are refused: Kafka's own default limit for one.
    package static let maximumBytes = 1 << 20
    /// How deep values may be nested that another program adds.
    package static let maximumDepth = 32

    /// The run's start on the wall clock, nanoseconds since 1970: scenario time 0.
    package var runStartedUnixNanoseconds: Int64
    /// Scenario nanoseconds in a real one.
    package var timeScale: Double
    /// The scorer's name, written beside scores.
    package var metric: String

    package init(runStartedUnixNanoseconds: Int64, timeScale: Double = 1, metric: String) {
        self.runStartedUnixNanoseconds = runStartedUnixNanoseconds
        self.timeScale = timeScale
        self.metric = metric
    }

    /// A message's own name: the same whenever the same step of the same question is taken again, so that
    /// what a restarted service sends twice can be known for the same.
    /// The names by which logs and people find a message.
    static func names(of e: Envelope<LiveTexts>) -> (trace: String, message: String) { (e.payload.traceID, messageID(of: e)) }

    package static func messageID(of e: Envelope<LiveTexts>) -> String {
        "\(e.payload.questionID).\(e.kind.rawValue).\(e.generation).\(e.attempts)"
    }

    /// What a failed call said, for people; empty where none failed.
    package static func errorMessage(of e: Envelope<LiveTexts>) -> String {
        switch e.errorClass {
        case .none: ""
        case .overload, .quota, .error, .final:
            e.isRefused ? "overload: the circuit breaker was open" : e.status == 0 ? "\(e.errorClass.rawValue): no reply from the LLM" : "\(e.errorClass.rawValue): the LLM answered HTTP \(e.status)"
        }
    }

    /// Writes a message over what `writer` holds.
    ///
    /// Without the spent texts it leaves out what nobody needs any more: once an answer is taken the reference and the
    /// best answer before it have done their work, and most of the bytes on the topics would be theirs.
    package func encode(_ e: Envelope<LiveTexts>, at now: Instant, into writer: inout WireWriter, withSpentTexts: Bool = true) {
        writer.removeAll()
        writer.begin()
        identity(e, &writer)
        texts(e.payload, withSpent: withSpentTexts || !e.kind.hasSpentTexts, &writer)
        scores(e, &writer)
        attempts(e, &writer)
        times(e, now, &writer)
        writer.end()
    }

    private func identity(_ e: Envelope<LiveTexts>, _ w: inout WireWriter) {
        // In front, where `WireFront` looks for them.
        w.field("kind", word: e.kind.rawValue)
        if e.outcome != .pending { w.field("outcome", word: e.outcome.rawValue) }
        w.field("message_id", e.payload.questionID, e.kind.rawValue, UInt64(e.generation), UInt64(e.attempts))
        w.field("question_id", e.payload.questionID)
        // Only where the name does not give it.
        if QuestionID.number(of: e.payload.questionID) != e.question { w.field("question_number", e.question) }
        w.field("question_key", hexadecimal: e.key)
        w.field("trace_id", e.payload.traceID)
    }

    private func texts(_ texts: LiveTexts, withSpent: Bool, _ w: inout WireWriter) {
        w.field("question_text", texts.question)
        if withSpent, !texts.reference.isEmpty { w.field("original_answer", texts.reference) }
        if !texts.response.isEmpty { w.field("llm_response", texts.response) }
        if withSpent, !texts.bestResponse.isEmpty { w.field("best_response", texts.bestResponse) }
    }

    private func scores(_ e: Envelope<LiveTexts>, _ w: inout WireWriter) {
        w.field("score", e.score)
        if e.hasScore { w.field("metric", metric) }
        w.field("first_score", e.firstScore)
        w.field("best_score", e.bestScore)
    }

    private func attempts(_ e: Envelope<LiveTexts>, _ w: inout WireWriter) {
        @inline(__always) func count(_ name: StaticString, _ value: some FixedWidthInteger) {
            if value != 0 { w.field(name, value) }
        }
        w.field("generation", e.generation)
        count("processing_attempts", e.calls)
        count("answers_received", e.answersReceived)
        count("retry_count", e.totalRetries)
        count("overload_retries", e.totalOverloadRetries)
        count("quota_retries", e.totalQuotaRetries)
        count("error_retries", e.totalErrorRetries)
        count("generation_overload_retries", e.overloadRetries)
        count("generation_quota_retries", e.quotaRetries)
        count("generation_error_retries", e.errorRetries)
        count("breaker_refusals", e.refusals)
        if e.stoppedBy != .none { w.field("stopped_by", word: e.stoppedBy.rawValue) }
        count("http_status", e.status)
        if e.errorClass != .none {
            w.field("error_type", word: e.errorClass.rawValue)
            w.field("error_message", Self.errorMessage(of: e))
        }
        count("prompt_tokens", e.promptTokens)
        count("completion_tokens", e.completionTokens)
        count("text_bytes", e.bytes)
        if e.ticket != .max { w.field("ticket", e.ticket) }
    }

    private func times(_ e: Envelope<LiveTexts>, _ now: Instant, _ w: inout WireWriter) {
        @inline(__always) func span(_ name: StaticString, _ value: Nanoseconds) {
            if value != 0 { w.field(name, value) }
        }
        w.field("intended_at_ns", e.intendedAt.nanoseconds)
        w.field("intended_at", unixNanoseconds: unix(e.intendedAt))
        if e.notBefore != .zero {
            w.field("not_before_ns", e.notBefore.nanoseconds)
            w.field("not_before", unixNanoseconds: unix(e.notBefore))
        }
        span("waiting_since_ns", e.waitingSince.nanoseconds)
        if e.retryAfter >= 0 {
            w.field("retry_after_ns", e.retryAfter)
            w.field("retry_after_seconds", nanoseconds: e.retryAfter, places: 9)
        }
        span("previous_delay_ns", e.previousDelay)
        if e.responseTime != 0 {
            w.field("response_time_ns", e.responseTime)
            w.field("response_time_ms", nanoseconds: e.responseTime, places: 6)
        }
        span("provider_time_ns", e.providerTime)
        span("backoff_time_ns", e.backoffTime)
        span("scoring_time_ns", e.scoringTime)
        span("storage_time_ns", e.storageTime)
        w.field("total_processing_time_ms", nanoseconds: now.nanoseconds.subtractingReportingOverflow(e.intendedAt.nanoseconds).partialValue, places: 6)
        w.field("timestamp", unixNanoseconds: unix(now))
    }

    // MARK: Wall clock and scenario time

    /// A moment of scenario time on the wall clock, nanoseconds since 1970; the ends of the range stand for what lies beyond.
    package func unix(_ moment: Instant) -> Int64 {
        let real = timeScale == 1 ? moment.nanoseconds : Int64(clamping: Double(moment.nanoseconds) / timeScale)
        let (sum, overflow) = runStartedUnixNanoseconds.addingReportingOverflow(real)
        return overflow ? (real < 0 ? .min : .max) : sum
    }

    /// The scenario time of a moment on the wall clock.
    package func scenario(unixNanoseconds: Int64) -> Instant {
        let (real, overflow) = unixNanoseconds.subtractingReportingOverflow(runStartedUnixNanoseconds)
        if overflow { return Instant(nanoseconds: unixNanoseconds < 0 ? .min : .max) }
        return Instant(nanoseconds: timeScale == 1 ? real : Int64(clamping: Double(real) * timeScale))
    }
}

extension Kind {
    /// Whether the answer is taken.
    fileprivate var hasSpentTexts: Bool {
        switch self {
        case .validated, .answered: true
        case .asked, .requested, .regenerationRequested, .responded, .callFailed, .belowThreshold, .deadLettered, .failed: false
        }
    }
}

extension Int64 {
    /// The nearest integer that there is, for a double that may lie outside of all.
    fileprivate init(clamping value: Double) {
        self = value >= 0x1p63 ? .max : value < -0x1p63 ? .min : Int64(value)
    }
}
