/// The fields of a message, by their names on the wire, in the order in which `Wire.encode` writes them: a reader expects
/// them so, and looks a name up only where another one stands.
///
/// Times stand there twice: with `_ns` as integer nanoseconds of scenario time, which is what counts where both stand,
/// and in text or units for people. Those for which the contract has no field are what a later service needs besides.
enum WireField: UInt8, CaseIterable {
    case kind, outcome, message_id, question_id, question_number, question_key, trace_id
    case question_text, original_answer, llm_response, best_response
    case score, metric, first_score, best_score
    /// Retries are over the question's life, but those of the current generation, which `max_retries` limits.
    case generation, processing_attempts, answers_received, retry_count, overload_retries, quota_retries, error_retries
    case generation_overload_retries, generation_quota_retries, generation_error_retries
    /// Attempts that a circuit breaker refused, and which guard stopped the latest one.
    case breaker_refusals, stopped_by
    case http_status, error_type, error_message, prompt_tokens, completion_tokens, text_bytes, ticket
    case intended_at_ns, intended_at, not_before_ns, not_before, waiting_since_ns
    case retry_after_ns, retry_after_seconds, previous_delay_ns
    case response_time_ns, response_time_ms, provider_time_ns, backoff_time_ns, scoring_time_ns, storage_time_ns
    case total_processing_time_ms, timestamp

    var name: String { String(describing: self) }
}

/// A short name or word as it stands on the wire, in four machine words: made and compared without memory of its own.
struct WireName: Equatable {
    static let maximumBytes = 32

    private let first: UInt64, second: UInt64, third: UInt64, fourth: UInt64
    let count: Int

    @inline(__always) private init(_ first: UInt64, _ second: UInt64 = 0, _ third: UInt64 = 0, _ fourth: UInt64 = 0, count: Int) {
        (self.first, self.second, self.third, self.fourth, self.count) = (first, second, third, fourth, count)
    }

    /// The bytes up to the next quotation mark; nil where that is too far, or the bytes end soon. What stands before it
    /// may be anything: only a name that is known is known to be good.
    @inline(__always) init?(_ bytes: WireBytes, upToMarkFrom start: Int) {
        guard start <= bytes.count - Self.maximumBytes else { return nil }
        let first = bytes.word(at: start), marks = Self.marks(first)
        if marks != 0 {
            self.init(Self.before(marks, first), count: marks.trailingZeroBitCount / 8)
            return
        }
        let second = bytes.word(at: start + 8), secondMarks = Self.marks(second)
        if secondMarks != 0 {
            self.init(first, Self.before(secondMarks, second), count: 8 + secondMarks.trailingZeroBitCount / 8)
            return
        }
        let third = bytes.word(at: start + 16), thirdMarks = Self.marks(third)
        if thirdMarks != 0 {
            self.init(first, second, Self.before(thirdMarks, third), count: 16 + thirdMarks.trailingZeroBitCount / 8)
            return
        }
        let fourth = bytes.word(at: start + 24), fourthMarks = Self.marks(fourth)
        guard fourthMarks != 0 else { return nil }
        self.init(first, second, third, Self.before(fourthMarks, fourth), count: 24 + fourthMarks.trailingZeroBitCount / 8)
    }

    /// nil for more bytes than any of our own names and words has.
    init?(_ bytes: WireBytes, _ range: Range<Int>) {
        guard range.count <= Self.maximumBytes else { return nil }
        func load(_ offset: Int) -> UInt64 {
            var word: UInt64 = 0
            for place in 0..<max(0, min(8, range.count - offset)) { word |= UInt64(bytes[range.lowerBound + offset + place]) << UInt64(8 * place) }
            return word
        }
        self.init(load(0), load(8), load(16), load(24), count: range.count)
    }

    init(_ text: String) {
        let name = Array(text.utf8).withUnsafeBytes { WireName(WireBytes($0), 0..<$0.count) }
        guard let name else { preconditionFailure("'\(text)' is longer than \(Self.maximumBytes) bytes") }
        self = name
    }

    @inline(__always) static func == (a: WireName, b: WireName) -> Bool {
        (a.first ^ b.first) | (a.second ^ b.second) | (a.third ^ b.third) | (a.fourth ^ b.fourth) == 0 && a.count == b.count
    }

    @inline(__always) var hash: Int {
        let mixed = first ^ second &* 0x9E37_79B9_7F4A_7C15 ^ third &* 0xC2B2_AE3D_27D4_EB4F ^ UInt64(truncatingIfNeeded: count)
        return Int(truncatingIfNeeded: (mixed &* 0xFF51_AFD7_ED55_8CCD) >> 56)
    }

    /// The quotation marks among eight bytes. S. E. Anderson, "Bit Twiddling Hacks": a zero byte in a word. It may see
    /// one too many above a true one.
    @inline(__always) private static func marks(_ word: UInt64) -> UInt64 {
        let bytes = word ^ 0x2222_2222_2222_2222
        return (bytes &- 0x0101_0101_0101_0101) & ~bytes & 0x8080_8080_8080_8080
    }

    @inline(__always) private static func before(_ marks: UInt64, _ word: UInt64) -> UInt64 { word & ((marks & (0 &- marks)) >> 7 &- 1) }
}

/// A field's beginning as our own writer writes it: its name between marks, and a colon.
private struct WireToken {
    let field: WireField
    let count: Int
    /// Four words, and which of their bits count.
    private let words: (UInt64, UInt64, UInt64, UInt64), masks: (UInt64, UInt64, UInt64, UInt64)

    init(_ field: WireField) {
        let bytes = Array("\"\(field.name)\":".utf8)
        precondition(bytes.count <= WireName.maximumBytes)
        func load(_ place: Int, _ byte: (UInt8) -> UInt8) -> UInt64 {
            var word: UInt64 = 0
            for place in place..<max(place, min(place + 8, bytes.count)) { word |= UInt64(byte(bytes[place])) << UInt64(place % 8 * 8) }
            return word
        }
        self.field = field
        count = bytes.count
        words = (load(0) { $0 }, load(8) { $0 }, load(16) { $0 }, load(24) { $0 })
        masks = (load(0) { _ in 0xFF }, load(8) { _ in 0xFF }, load(16) { _ in 0xFF }, load(24) { _ in 0xFF })
    }

    /// Whether the bytes from `place` on begin so; there are 32 of them at least.
    @inline(__always) func begins(_ bytes: WireBytes, at place: Int, _ first: UInt64) -> Bool {
        guard (first ^ words.0) & masks.0 == 0 else { return false }
        if count <= 8 { return true }
        guard (bytes.word(at: place + 8) ^ words.1) & masks.1 == 0 else { return false }
        if count <= 16 { return true }
        return ((bytes.word(at: place + 16) ^ words.2) & masks.2) | ((bytes.word(at: place + 24) ^ words.3) & masks.3) == 0
    }
}

/// Finds a field by its name: where the writer would write it, or else in a small open-addressing table.
struct WireFieldTable: @unchecked Sendable {
    private static let size = 256
    /// Fields in a row that a message may leave out before the table is asked.
    private static let patience = 20
    // Pointers, to what is made but once: arrays would be counted and checked at each of some thirty fields a message.
    // Sendable because nobody writes there any more.
    private let slots: UnsafePointer<(name: WireName, field: WireField)?>
    private let tokens: UnsafeBufferPointer<WireToken>

    static let shared = WireFieldTable()

    private init() {
        let slots = UnsafeMutablePointer<(name: WireName, field: WireField)?>.allocate(capacity: Self.size)
        slots.initialize(repeating: nil, count: Self.size)
        for field in WireField.allCases {
            let name = WireName(field.name)
            var slot = name.hash
            while slots[slot] != nil { slot = (slot + 1) & (Self.size - 1) }
            slots[slot] = (name, field)
        }
        self.slots = UnsafePointer(slots)
        let tokens = UnsafeMutableBufferPointer<WireToken>.allocate(capacity: WireField.allCases.count)
        _ = tokens.initialize(from: WireField.allCases.map(WireToken.init))
        self.tokens = UnsafeBufferPointer(tokens)
    }

    @inline(__always) func field(_ name: WireName) -> WireField? {
        // The hash has eight bits, as many as the table has slots.
        var slot = name.hash
        while let entry = slots[slot] {
            if entry.name == name { return entry.field }
            slot = (slot + 1) & (Self.size - 1)
        }
        return nil
    }

    /// The field with which the bytes go on, colon and all, and the bytes that this takes; nil where it is none of the next.
    @inline(__always) func field(after previous: WireField?, _ bytes: WireBytes, at place: Int) -> (field: WireField, count: Int)? {
        guard place <= bytes.count - WireName.maximumBytes else { return nil }
        let first = bytes.word(at: place)
        let next = previous.map { Int($0.rawValue) + 1 } ?? 0
        for token in next..<min(next + Self.patience, tokens.count) where tokens[token].begins(bytes, at: place, first) {
            return (tokens[token].field, tokens[token].count)
        }
        return nil
    }
}

/// The words that a field may hold, and what they mean.
struct WireWords<Value: RawRepresentable<String> & CaseIterable & Sendable>: @unchecked Sendable {
    // As above.
    private let entries: UnsafeBufferPointer<(name: WireName, value: Value)>

    init(_: Value.Type) {
        let words = Value.allCases.map { (name: WireName($0.rawValue), value: $0) }
        let entries = UnsafeMutableBufferPointer<(name: WireName, value: Value)>.allocate(capacity: words.count)
        _ = entries.initialize(from: words)
        self.entries = UnsafeBufferPointer(entries)
    }

    @inline(__always) func value(_ word: WireName) -> Value? {
        for entry in entries where entry.name == word { return entry.value }
        return nil
    }

    var list: String { entries.map(\.value.rawValue).joined(separator: ", ") }
}
