import Pipeline
import Workload

extension Wire {
    /// Reads one message.
    ///
    /// `defaultKind` is what a message without `kind` is taken for: `.asked` on the questions topic, so
    /// that anybody can ask with two fields; nil elsewhere. `receivedAt` is the intended arrival of a
    /// question that does not bring one. The pointer is used during the call only.
    package func decode(
        _ bytes: UnsafeRawBufferPointer, defaultKind: Kind? = nil, receivedAt: Instant = .zero
    ) throws(WireError) -> Envelope<LiveTexts> {
        var message = Incoming()
        try read(bytes, &message)
        return try envelope(&message, bytes.count, defaultKind, receivedAt)
    }

    package func decode(_ bytes: [UInt8], defaultKind: Kind? = nil, receivedAt: Instant = .zero) throws(WireError) -> Envelope<LiveTexts> {
        try bytes.withUnsafeBufferPointer { (bytes) throws(WireError) in
            try decode(UnsafeRawBufferPointer(bytes), defaultKind: defaultKind, receivedAt: receivedAt)
        }
    }

    /// Reads one message for its figures, its texts checked but left empty; and when it was sent: its intended arrival
    /// and the time that it had taken by then. Nil where its sender did not say.
    package func decodeFigures(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> (message: Envelope<LiveTexts>, sentAt: Instant?) {
        var message = Incoming()
        message.isForFigures = true
        try read(bytes, &message)
        let took = message.processingTimeMilliseconds.map { Nanoseconds(($0 * 1e6).rounded()) }
        let envelope = try envelope(&message, bytes.count, nil, .zero)
        return (envelope, took.map { envelope.intendedAt + $0 })
    }

    private func read(_ bytes: UnsafeRawBufferPointer, _ message: inout Incoming) throws(WireError) {
        guard bytes.count <= Self.maximumBytes else { throw WireError(.tooLong(bytes: bytes.count), at: 0) }
        var reader = WireReader(bytes)
        reader.skipSpace()
        try reader.expect(0x7B, "an object")
        reader.skipSpace()
        if !reader.take(0x7D) {
            while true {
                try field(&reader, &message)
                reader.skipSpace()
                if reader.take(0x2C) {
                    reader.skipSpace()
                    continue
                }
                if reader.take(0x7D) { break }
                try reader.expect(0x2C, "a comma or }")
            }
        }
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.error(.trailingBytes) }
    }

    /// What a message said, before it is known whether that is enough.
    private struct Incoming {
        /// A bit for each field that was there.
        var seen: UInt64 = 0
        /// The field before, after which the next is expected.
        var previous: WireField?
        /// Where the question's name stands, marks and all.
        var questionIDPlace = 0..<0
        /// Whether its reader has no use for the texts.
        var isForFigures = false
        var kind: Kind?
        var questionNumber: UInt64?
        var key: UInt64?
        var hasQuestionID = false, hasTraceID = false, hasQuestion = false
        var texts = LiveTexts(questionID: "", question: "")
        var intendedAt: Instant?, notBefore: Instant?
        var intendedAtText: Instant?, notBeforeText: Instant?
        var retryAfter: Nanoseconds?, retryAfterSeconds: Double?
        var responseTime: Nanoseconds?, responseTimeMilliseconds: Double?
        var processingTimeMilliseconds: Double?
        /// Carries everything that has a default of its own.
        var rest = Envelope(question: 0, key: 0, payload: NoTexts(), intendedAt: .zero)
    }

    /// What is plain bytes is neither counted nor destroyed.
    private struct NoTexts: Payload, BitwiseCopyable {
        mutating func keepResponseAsBest() {}
        mutating func takeBestResponse() {}
        mutating func adoptResponse(of other: NoTexts) {}
    }

    @inline(__always) private func field(_ r: inout WireReader, _ m: inout Incoming) throws(WireError) {
        let start = r.position
        if let field = r.fieldInOrder(after: m.previous) {
            m.previous = field
            r.field = field
            // One that comes behind all before it in our writer's order may still be there twice, if another writer wrote some.
            if m.seen >> UInt64(field.rawValue) == 0, r.byte > 0x20, r.byte != 0x6E {
                m.seen |= 1 << UInt64(field.rawValue)
                return try value(of: field, &r, &m)
            }
            r.position = start
        }
        try fieldInAnyOrder(&r, &m)
    }

    @inline(never) private func fieldInAnyOrder(_ r: inout WireReader, _ m: inout Incoming) throws(WireError) {
        r.field = nil
        let start = r.position
        let field = try r.name()
        if let field {
            m.previous = field
            r.field = field
            guard m.seen & 1 << UInt64(field.rawValue) == 0 else { throw r.error(.duplicate, at: start) }
            m.seen |= 1 << UInt64(field.rawValue)
        }
        r.skipSpace()
        try r.expect(0x3A, "a colon")
        r.skipSpace()
        guard let field else { return try r.skipValue() }
        if try r.takeNull() { return }
        try value(of: field, &r, &m)
    }

    @inline(__always) private func value(of field: WireField, _ r: inout WireReader, _ m: inout Incoming) throws(WireError) {
        switch field {
        case .kind: m.kind = try r.word(Self.kinds)
        case .outcome: m.rest.outcome = try r.word(Self.outcomes)
        case .error_type: m.rest.errorClass = try r.word(Self.errorClasses)
        case .question_id:
            let start = r.position
            m.texts.questionID = try r.string()
            m.hasQuestionID = true
            m.questionIDPlace = start..<r.position
        case .question_number: m.questionNumber = try r.integer(0...UInt64.max)
        case .question_key: m.key = try r.hexadecimal()
        case .trace_id:
            if r.takeRepeat(of: m.questionIDPlace) { return }
            m.texts.traceID = try r.string()
            m.hasTraceID = true
        case .question_text:
            // The key is made of it where there is none.
            m.texts.question = m.key == nil ? try r.string() : try text(&r, m)
            m.hasQuestion = true
        case .original_answer: m.texts.reference = try text(&r, m)
        case .llm_response: m.texts.response = try text(&r, m)
        case .best_response: m.texts.bestResponse = try text(&r, m)
        case .score: m.rest.score = try r.double()
        case .first_score: m.rest.firstScore = try r.double()
        case .best_score: m.rest.bestScore = try r.double()
        case .generation: m.rest.generation = try r.integer(0...UInt16.max)
        case .processing_attempts: m.rest.calls = try r.integer(0...UInt16.max)
        case .answers_received: m.rest.answersReceived = try r.integer(0...UInt16.max)
        case .overload_retries: m.rest.totalOverloadRetries = try r.integer(0...UInt16.max)
        case .quota_retries: m.rest.totalQuotaRetries = try r.integer(0...UInt16.max)
        case .error_retries: m.rest.totalErrorRetries = try r.integer(0...UInt16.max)
        case .generation_overload_retries: m.rest.overloadRetries = try r.integer(0...UInt16.max)
        case .generation_quota_retries: m.rest.quotaRetries = try r.integer(0...UInt16.max)
        case .generation_error_retries: m.rest.errorRetries = try r.integer(0...UInt16.max)
        case .breaker_refusals: m.rest.refusals = try r.integer(0...UInt16.max)
        case .stopped_by: m.rest.stoppedBy = try r.word(Self.callGuards)
        case .http_status: m.rest.status = try r.integer(0...UInt16.max)
        case .prompt_tokens: m.rest.promptTokens = try r.integer(0...UInt32.max)
        case .completion_tokens: m.rest.completionTokens = try r.integer(0...UInt32.max)
        case .ticket: m.rest.ticket = try r.integer(0...UInt32.max)
        case .text_bytes: m.rest.bytes = try r.integer(0...UInt32.max)
        // Where the exact nanoseconds stand already, other units say nothing new.
        case .intended_at: if m.intendedAt == nil { m.intendedAtText = try time(&r) } else { try r.skipString() }
        case .not_before: if m.notBefore == nil { m.notBeforeText = try time(&r) } else { try r.skipString() }
        case .intended_at_ns: m.intendedAt = Instant(nanoseconds: try r.integer(Int64.min...Int64.max))
        case .not_before_ns: m.notBefore = Instant(nanoseconds: try r.integer(Int64.min...Int64.max))
        case .waiting_since_ns: m.rest.waitingSince = Instant(nanoseconds: try r.integer(Int64.min...Int64.max))
        case .retry_after_ns: m.retryAfter = try r.integer(0...Int64.max)
        case .retry_after_seconds: if m.retryAfter == nil { m.retryAfterSeconds = try amount(&r, upTo: 9e9) } else { try r.skipValue() }
        case .response_time_ns: m.responseTime = try r.integer(Int64.min...Int64.max)
        case .response_time_ms: if m.responseTime == nil { m.responseTimeMilliseconds = try amount(&r, upTo: 9e12) } else { try r.skipValue() }
        case .previous_delay_ns: m.rest.previousDelay = try r.integer(Int64.min...Int64.max)
        case .provider_time_ns: m.rest.providerTime = try r.integer(Int64.min...Int64.max)
        case .backoff_time_ns: m.rest.backoffTime = try r.integer(Int64.min...Int64.max)
        case .scoring_time_ns: m.rest.scoringTime = try r.integer(Int64.min...Int64.max)
        case .storage_time_ns: m.rest.storageTime = try r.integer(Int64.min...Int64.max)
        case .total_processing_time_ms:
            let took = try r.double()
            // Negative for a question from the future: a clock elsewhere that goes ahead. Then it tells nothing.
            if took >= 0, took < 9e12 { m.processingTimeMilliseconds = took }
        // Said again from other fields, for people who read topics.
        case .message_id, .metric, .retry_count, .error_message, .timestamp: try r.skipValue()
        }
    }

    /// Takes the texts out of `m`.
    private func envelope(
        _ m: inout Incoming, _ length: Int, _ defaultKind: Kind?, _ receivedAt: Instant
    ) throws(WireError) -> Envelope<LiveTexts> {
        func missing(_ field: WireField) -> WireError { WireError(.missing, at: length, field: field.name) }
        guard let kind = m.kind ?? defaultKind else { throw missing(.kind) }
        guard m.hasQuestionID else { throw missing(.question_id) }
        guard m.hasQuestion else { throw missing(.question_text) }
        if !m.hasTraceID { m.texts.traceID = m.texts.questionID }
        var texts = LiveTexts(questionID: "", question: "")
        swap(&texts, &m.texts)
        let number = m.questionNumber ?? QuestionID.number(of: texts.questionID), key = m.key ?? QuestionKey.of(texts.question)
        var e = Envelope(
            kind: kind, question: number, key: key, payload: texts,
            bytes: m.rest.bytes, intendedAt: m.intendedAt ?? m.intendedAtText ?? receivedAt)
        e.ticket = m.rest.ticket
        e.outcome = m.rest.outcome
        e.errorClass = m.rest.errorClass
        e.status = m.rest.status
        e.notBefore = m.notBefore ?? m.notBeforeText ?? .zero
        e.waitingSince = m.rest.waitingSince
        e.generation = m.rest.generation
        e.calls = m.rest.calls
        e.overloadRetries = m.rest.overloadRetries
        e.quotaRetries = m.rest.quotaRetries
        e.errorRetries = m.rest.errorRetries
        e.totalOverloadRetries = m.rest.totalOverloadRetries
        e.totalQuotaRetries = m.rest.totalQuotaRetries
        e.totalErrorRetries = m.rest.totalErrorRetries
        e.answersReceived = m.rest.answersReceived
        e.refusals = m.rest.refusals
        e.stoppedBy = m.rest.stoppedBy
        e.score = m.rest.score
        e.firstScore = m.rest.firstScore
        e.bestScore = m.rest.bestScore
        e.retryAfter = m.retryAfter ?? m.retryAfterSeconds.map { Nanoseconds($0 * 1e9) } ?? -1
        e.previousDelay = m.rest.previousDelay
        e.promptTokens = m.rest.promptTokens
        e.completionTokens = m.rest.completionTokens
        e.providerTime = m.rest.providerTime
        e.backoffTime = m.rest.backoffTime
        e.scoringTime = m.rest.scoringTime
        e.storageTime = m.rest.storageTime
        e.responseTime = m.responseTime ?? m.responseTimeMilliseconds.map { Nanoseconds($0 * 1e6) } ?? 0
        return e
    }

    // MARK: Values

    static let kinds = WireWords(Kind.self)
    static let outcomes = WireWords(Outcome.self)
    private static let errorClasses = WireWords(ErrorClass.self)
    private static let callGuards = WireWords(CallGuard.self)

    @inline(__always) private func text(_ r: inout WireReader, _ m: borrowing Incoming) throws(WireError) -> String {
        guard m.isForFigures else { return try r.string() }
        try r.skipString()
        return ""
    }

    private func time(_ r: inout WireReader) throws(WireError) -> Instant {
        let start = r.position
        let text = try r.slice()
        guard let unix = UTC.unixNanoseconds(of: text[...]) else { throw r.error(.badTime(String(decoding: text, as: UTF8.self)), at: start) }
        return scenario(unixNanoseconds: unix)
    }

    /// A number from 0 to a bound below which it is safe to be turned into nanoseconds.
    private func amount(_ r: inout WireReader, upTo bound: Double) throws(WireError) -> Double {
        let start = r.position
        let value = try r.double()
        guard value >= 0, value <= bound else { throw r.error(.outOfRange(allowed: "0 to \(bound)"), at: start) }
        return value
    }
}
