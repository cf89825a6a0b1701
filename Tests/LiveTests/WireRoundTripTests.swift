import Foundation
import Pipeline
import Testing
import Workload

@testable import Live

@Suite struct WireRoundTripTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `what is written is read back, every field of it`(_ seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        for _ in 0..<500 {
            let sample = samples.envelope()
            let bytes = encoded(sample)
            let back = try wire.decode(bytes)
            #expect(everything(in: back) == everything(in: sample), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `no field of an envelope is left out of the samples`() {
        var samples = WireSamples(seed: 5)
        let plain = everything(in: Envelope(question: 0, key: 0, payload: LiveTexts(questionID: "", question: ""), intendedAt: .zero))
        var untouched = Set(plain.keys)
        for _ in 0..<200 {
            let sample = everything(in: samples.envelope())
            untouched = untouched.filter { sample[$0] == plain[$0] }
        }
        #expect(untouched.isEmpty, "give them values in WireSamples and carry them in Wire")
    }

    /// A service that is started anew by hand counts from its own start; waits end when they were to end all the same.
    @Test func `what was kept ends by the wall clock where another start counts`() throws {
        var kept = Envelope(kind: .callFailed, question: 1, key: 2, payload: LiveTexts(questionID: "q-000000001", question: "Why?"), intendedAt: .zero)
        kept.notBefore = Instant(nanoseconds: 3_660_123_456_789)
        kept.waitingSince = Instant(nanoseconds: 3_600_000_000_000)
        let body = encoded(kept)
        #expect(everything(in: try wire.decodeKept(body)) == everything(in: kept))
        // An hour later, to the millisecond.
        var other = wire
        other.runStartedUnixNanoseconds += 3_600_000_000_000
        let again = try other.decodeKept(body)
        #expect(again.notBefore == Instant(nanoseconds: 60_123_000_000))
        #expect(again.notBefore - again.waitingSince == 60_123_456_789)
    }

    /// A reader expects them so: out of order they would be read as well, but slowly.
    @Test func `fields stand in the order of their list`() throws {
        var samples = WireSamples(seed: 24)
        var seen: Set<String> = []
        for _ in 0..<100 {
            var e = samples.envelope()
            e.payload = LiveTexts(questionID: "id", traceID: "trace", question: "text", reference: "text", response: "text", bestResponse: "text")
            let text = String(decoding: encoded(e), as: UTF8.self)
            let names = text.matches(of: /"([a-z_]+)":/).map { String($0.1) }
            seen.formUnion(names)
            #expect(names == WireField.allCases.map(\.name).filter(names.contains), "\(text)")
        }
        #expect(seen == Set(WireField.allCases.map(\.name)))
    }

    /// Each order of some fields, so that each is met where it is expected and where it is not.
    @Test func `the order of fields does not matter, and one that is there twice is told`() throws {
        var samples = WireSamples(seed: 25)
        for round in 0..<300 {
            let e = samples.envelope()
            let object = try #require(try JSONSerialization.jsonObject(with: Data(encoded(e))) as? [String: Any])
            func field(_ name: String, _ space: String) throws -> String {
                let value = try JSONSerialization.data(withJSONObject: [object[name]!], options: .withoutEscapingSlashes).dropFirst().dropLast()
                return "\"\(name)\"\(space):\(space)\(String(decoding: value, as: UTF8.self))"
            }
            // Foundation writes doubles its own way, and moments at the end of time have no text that can be read.
            let left = ["score", "first_score", "best_score", "retry_after_seconds", "response_time_ms", "total_processing_time_ms", "intended_at", "not_before"]
            let names = object.keys.filter { !left.contains($0) }.shuffled(using: &samples.random)
            let fields = try names.map { try field($0, round % 3 == 0 ? " " : "") }
            var expected = e
            (expected.score, expected.firstScore, expected.bestScore) = (.nan, .nan, .nan)
            let back = try wire.decode(Array("{\(fields.joined(separator: ","))}".utf8))
            #expect(everything(in: back) == everything(in: expected))
            let again = try #require(names.randomElement(using: &samples.random))
            let twice = try #require(throws: WireError.self) { try wire.decode(Array("{\(fields.joined(separator: ",")),\(try field(again, ""))}".utf8)) }
            #expect(twice.reason == .duplicate && twice.field == again)
        }
    }

    @Test func `Foundation reads what is written`() throws {
        var samples = WireSamples(seed: 6)
        for _ in 0..<300 {
            let e = samples.envelope()
            let object = try #require(try JSONSerialization.jsonObject(with: Data(encoded(e))) as? [String: Any])
            #expect(object["kind"] as? String == e.kind.rawValue)
            #expect((object["question_text"] as? String).map { Array($0.utf8) } == Array(e.payload.question.utf8))
            // Foundation's own reading of numbers is some units in the last place off.
            let score = object["score"] as? Double
            #expect(e.hasScore ? abs((score ?? -1) - e.score) < 1e-15 : score == nil)
            #expect(object["question_key"] as? String == String(format: "%016lx", e.key))
            #expect((object["intended_at_ns"] as? NSNumber)?.int64Value == e.intendedAt.nanoseconds)
            #expect((object["processing_attempts"] as? NSNumber)?.uint16Value ?? 0 == e.calls)
        }
    }

    @Test func `the text of a message is the contract's`() {
        var e = Envelope(
            kind: .callFailed, question: 42, key: 0xAB, payload: LiveTexts(questionID: QuestionID.of(42), question: "¿Qué \"es\"?\n", reference: "Sí."),
            intendedAt: Instant(nanoseconds: 1_500_000_000))
        e.errorClass = .overload
        e.status = 503
        e.calls = 2
        e.totalOverloadRetries = 1
        e.overloadRetries = 1
        e.retryAfter = 2_500_000_000
        e.notBefore = Instant(nanoseconds: 5_000_000_000)
        e.responseTime = 20_000_001
        e.score = 0.25
        #expect(
            String(decoding: encoded(e), as: UTF8.self) == #"{"kind":"call_failed","message_id":"q-000000042.call_failed.0.2","#
                + #""question_id":"q-000000042","question_key":"00000000000000ab","trace_id":"q-000000042","#
                + #""question_text":"¿Qué \"es\"?\n","original_answer":"Sí.","score":0.25,"metric":"tfidf-cosine","#
                + #""generation":0,"processing_attempts":2,"retry_count":1,"overload_retries":1,"generation_overload_retries":1,"#
                + #""http_status":503,"error_type":"overload","error_message":"overload: the LLM answered HTTP 503","#
                + #""intended_at_ns":1500000000,"intended_at":"2024-02-29T12:34:58.289Z","#
                + #""not_before_ns":5000000000,"not_before":"2024-02-29T12:35:01.789Z","retry_after_ns":2500000000,"retry_after_seconds":2.5,"#
                + #""response_time_ns":20000001,"response_time_ms":20.000001,"total_processing_time_ms":13500,"timestamp":"2024-02-29T12:35:11.789Z"}"#)
    }

    @Test func `wall-clock times follow the time scale`() throws {
        let fast = Wire(runStartedUnixNanoseconds: 0, timeScale: 20, metric: "jaccard")
        let e = Envelope(question: 1, key: 1, payload: LiveTexts(questionID: "x", question: "t"), intendedAt: Instant(nanoseconds: 60_000_000_000))
        let text = String(decoding: encoded(e, fast), as: UTF8.self)
        #expect(text.contains(#""intended_at_ns":60000000000,"intended_at":"1970-01-01T00:00:03.000Z""#))
        let asked = #"{"question_id":"x","question_text":"t","intended_at":"1970-01-01T00:00:03Z"}"#
        #expect(try fast.decode(Array(asked.utf8), defaultKind: .asked).intendedAt == e.intendedAt)
        // Moments beyond what 64 bits of nanoseconds hold.
        #expect(fast.unix(.never) > 0 && Wire(runStartedUnixNanoseconds: .max, metric: "").unix(.never) == .max)
        #expect(Wire(runStartedUnixNanoseconds: .min, timeScale: 0.001, metric: "").unix(Instant(nanoseconds: .min)) == .min)
    }

    @Test func `a message is named by its step`() {
        var e = Envelope(kind: .requested, question: 3, key: 1, payload: LiveTexts(questionID: QuestionID.of(3), question: "t"), intendedAt: .zero)
        #expect(Wire.messageID(of: e) == "q-000000003.requested.0.0")
        e.calls = 4
        e.generation = 2
        e.kind = .belowThreshold
        #expect(Wire.messageID(of: e) == "q-000000003.below_threshold.2.4")
    }
}

@Suite struct QuestionIDTests {
    @Test(arguments: [(0, "q-000000000"), (123_456_789, "q-123456789"), (1_234_567_890, "q-1234567890"), ((1 << 63) - 1, "q-9223372036854775807")] as [(UInt64, String)])
    func `own names carry the number`(_ number: UInt64, _ name: String) {
        #expect(QuestionID.of(number) == name)
        #expect(QuestionID.number(of: name) == number)
    }

    @Test(arguments: [
        "", "q", "q-", "q-1", "q-00000001", "q-0000000001", "q-9223372036854775808", "q-18446744073709551616", "q-99999999999999999999", "Q-000000001",
        "q-00000000x", "my question", "q-٠٠٠٠٠٠٠٠١", "550e8400-e29b-41d4-a716-446655440000",
    ])
    func `other names get a number that no own question has`(_ name: String) {
        #expect(QuestionID.number(of: name) >= 1 << 63)
        #expect(QuestionID.number(of: name) == QuestionID.number(of: name))
    }
}
