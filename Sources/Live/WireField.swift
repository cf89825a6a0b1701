/// The fields of a message, by their names on the wire, in the order in which they are written.
///
/// Those up to `timestamp` are the contract's. Times stand there twice: as text for people and, with
/// `_ns`, as integer nanoseconds of scenario time, which is what counts where both stand. The rest is
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
    case intended_at_ns, not_before_ns, waiting_since_ns, retry_after_ns, previous_delay_ns
    case response_time_ns, provider_time_ns, backoff_time_ns, scoring_time_ns, storage_time_ns

    var name: String { String(describing: self) }
}

/// Finds a field by its name's bytes: a small open-addressing table over the fixed set of names.
struct WireFieldTable: Sendable {
    static let shared = WireFieldTable()

    /// 0: nobody; otherwise the field's raw value and one.
    private var slots = [UInt8](repeating: 0, count: 256)
    private var names: [[UInt8]] = []

    init() {
        for field in WireField.allCases {
            let name = Array(field.name.utf8)
            names.append(name)
            var slot = Self.slot(name, 0..<name.count)
            while slots[slot] != 0 { slot = (slot + 1) & 255 }
            slots[slot] = field.rawValue + 1
        }
    }

    func field(_ bytes: [UInt8], _ range: Range<Int>) -> WireField? {
        guard !range.isEmpty else { return nil }
        var slot = Self.slot(bytes, range)
        while slots[slot] != 0 {
            let index = slots[slot] - 1
            if matches(names[Int(index)], bytes, range) { return WireField(rawValue: index) }
            slot = (slot + 1) & 255
        }
        return nil
    }

    private func matches(_ name: [UInt8], _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard name.count == range.count else { return false }
        for offset in 0..<name.count where name[offset] != bytes[range.lowerBound + offset] { return false }
        return true
    }

    /// Length, first, middle and last byte tell nearly all names apart.
    private static func slot(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        let first = Int(bytes[range.lowerBound]), last = Int(bytes[range.upperBound - 1])
        let middle = Int(bytes[range.lowerBound + range.count / 2])
        return (range.count &* 37 &+ first &* 7 &+ middle &* 101 &+ last &* 13) & 255
    }
}
