/// The fields of a message, by their names on the wire, in the order in which they are written.
///
/// Those up to `timestamp` are the contract's. Times stand there twice: with `_ns` as integer
/// nanoseconds of scenario time, which is what counts where both stand, and in text or units for people. The rest is
/// what a later service needs besides.
enum WireField: UInt8, CaseIterable {
    case kind, message_id, question_id, question_key, trace_id, question_text, original_answer, llm_response
    case score, metric, first_score, best_score, best_response, generation
    case retry_count, overload_retries, quota_retries, error_type, error_message, retry_after_seconds
    case response_time_ms, processing_attempts, total_processing_time_ms, prompt_tokens, completion_tokens
    case outcome, intended_at, not_before, timestamp

    case question_number, ticket, text_bytes, http_status, answers_received
    /// Over the question's life, like `overload_retries` and `quota_retries`.
    case error_retries
    /// Within the current generation: what `max_retries` limits.
    case generation_overload_retries, generation_quota_retries, generation_error_retries
    /// Attempts that a circuit breaker refused, and which guard stopped the latest one.
    case breaker_refusals, stopped_by
    case intended_at_ns, not_before_ns, waiting_since_ns, retry_after_ns, previous_delay_ns
    case response_time_ns, provider_time_ns, backoff_time_ns, scoring_time_ns, storage_time_ns

    var name: String { String(describing: self) }
}

/// A short name or word as it stands on the wire, in four machine words: made and compared without memory of its own.
struct WireName: Equatable {
    static let maximumBytes = 32

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private(set) var count: Int

    /// nil for more bytes than any of our own names and words has.
    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard range.count <= Self.maximumBytes else { return nil }
        count = range.count
        let span = bytes.span.bytes
        words.0 = Self.load(span, range.lowerBound, range.upperBound)
        if count > 8 { words.1 = Self.load(span, range.lowerBound + 8, range.upperBound) }
        if count > 16 { words.2 = Self.load(span, range.lowerBound + 16, range.upperBound) }
        if count > 24 { words.3 = Self.load(span, range.lowerBound + 24, range.upperBound) }
    }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        guard let name = WireName(bytes, 0..<bytes.count) else { preconditionFailure("'\(text)' is longer than \(Self.maximumBytes) bytes") }
        self = name
    }

    static func == (a: WireName, b: WireName) -> Bool { a.count == b.count && a.words == b.words }

    var hash: UInt64 {
        var value = words.0 ^ words.1 &* 0x9E37_79B9_7F4A_7C15 ^ words.2 &* 0xC2B2_AE3D_27D4_EB4F ^ words.3 ^ UInt64(count)
        value = value &* 0xFF51_AFD7_ED55_8CCD
        return value >> 40
    }

    /// Up to eight bytes, little-endian, zeros behind the end.
    private static func load(_ span: RawSpan, _ start: Int, _ end: Int) -> UInt64 {
        let count = end - start
        if start + 8 <= span.byteCount {
            // Checked against the span's bounds; named unsafe because not every type may be made from any bytes.
            let word = UInt64(littleEndian: span.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
            return count >= 8 ? word : word & (1 << UInt64(8 * count) &- 1)
        }
        var word: UInt64 = 0
        for offset in 0..<min(count, 8) { word |= UInt64(span.unsafeLoad(fromByteOffset: start + offset, as: UInt8.self)) << UInt64(8 * offset) }
        return word
    }
}

/// Finds a field by its name: a small open-addressing table over the fixed set of names.
struct WireFieldTable: Sendable {
    static let shared = WireFieldTable()

    private static let size = 256
    private var slots: [(name: WireName, field: WireField)?]

    init() {
        slots = Array(repeating: nil, count: Self.size)
        for field in WireField.allCases {
            let name = WireName(field.name)
            var slot = Int(name.hash) & (Self.size - 1)
            while slots[slot] != nil { slot = (slot + 1) & (Self.size - 1) }
            slots[slot] = (name, field)
        }
    }

    func field(_ name: WireName) -> WireField? {
        var slot = Int(name.hash) & (Self.size - 1)
        while let entry = slots[slot] {
            if entry.name == name { return entry.field }
            slot = (slot + 1) & (Self.size - 1)
        }
        return nil
    }
}
