import Foundation
import Pipeline
import Testing
import Workload

@testable import Live

@Suite struct WireInputTests {
    @Test func `two fields ask a question`() throws {
        let e = try decoded(#"{"question_id": "mine", "question_text": "What is  a Crucible?"}"#)
        #expect(e.kind == .asked && e.payload == LiveTexts(questionID: "mine", question: "What is  a Crucible?"))
        #expect(e.payload.traceID == "mine")
        #expect(e.question == QuestionID.number(of: "mine") && e.key == QuestionKey.of("what is a crucible?"))
        #expect(e.intendedAt == Instant(nanoseconds: 77))
        #expect(e.outcome == .pending && !e.hasScore && e.retryAfter == -1 && e.ticket == .max)
    }

    @Test func `what another program adds, leaves out or says in its own units`() throws {
        let e = try decoded(
            #"""
             {"schema": {"v": [1, 2.5e3, null, "\u00e9"]}, "question\u005fid": "q-000000009", "question_text": "t", "score": null, "trace_id": null,
              "kin\u0064": "re\u0073ponded", "retry_after_seconds": 1.5, "response_time_ms": 20, "intended_at": "2024-02-29T12:34:57.789Z",
              "not_before": "2024-02-29 14:34:58.789+02:00", "timestamp": "yesterday", "message_id": 5}
            """#, defaultKind: nil)
        #expect(e.kind == .responded && e.question == 9 && !e.hasScore && e.payload.traceID == "q-000000009")
        #expect(e.retryAfter == 1_500_000_000 && e.responseTime == 20_000_000)
        #expect(e.intendedAt == Instant(nanoseconds: 1_000_000_000) && e.notBefore == Instant(nanoseconds: 2_000_000_000))
    }

    @Test func `nanoseconds count where both stand, in either order`() throws {
        for fields in [
            #""intended_at": "2024-02-29T12:34:57Z", "intended_at_ns": 5"#, #""intended_at_ns": 5, "intended_at": "2024-02-29T12:34:57Z""#,
        ] {
            let e = try decoded(#"{"question_id": "a", "question_text": "t", \#(fields), "retry_after_seconds": 9, "retry_after_ns": 6}"#)
            #expect(e.intendedAt.nanoseconds == 5 && e.retryAfter == 6)
        }
    }

    static let python: [(verdict: String, message: [UInt8], text: [UInt8], score: String)] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/wire-python.tsv")
        func bytes(_ hexadecimal: Substring) -> [UInt8] {
            let digits = Array(hexadecimal.utf8)
            return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! }
        }
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return (String(fields[0]), bytes(fields[1]), fields[2] == "-" ? [] : bytes(fields[2]), String(fields[3]))
        }
    }()

    @Test func `takes and refuses what a strict reading by Python does`() throws {
        #expect(Self.python.count > 600)
        for (verdict, message, text, score) in Self.python {
            let shown = String(decoding: message, as: UTF8.self)
            do throws(WireError) {
                let e = try wire.decode(message, defaultKind: .asked)
                #expect(verdict == "take", "\(shown)")
                #expect(Array(e.payload.question.utf8) == text, "\(shown)")
                if score != "-" { #expect(e.score == Double(score), "\(shown)") }
            } catch {
                #expect(verdict == "refuse", "\(error): \(shown)")
                #expect((0...message.count).contains(error.position))
            }
        }
    }
}

@Suite struct WireFaultTests {
    @Test(arguments: [
        ("", "byte 0: it ends before its end"),
        ("[]", "byte 0: an object should stand here"),
        ("{", "byte 1: it ends before its end"),
        (#"{"score"}"#, "field score, byte 8: a colon should stand here"),
        (#"{"score":0.5,}"#, "byte 13: a field's name should stand here"),
        (#"{"score":0.5}x"#, "field score, byte 13: something follows the object"),
        (#"{"score":0.5,"score":0.5}"#, "field score, byte 13: the field stands there twice"),
        (#"{"score":"0.5"}"#, "field score, byte 9: a number should stand here"),
        (#"{"score":1e999}"#, "field score, byte 9: the number is out of range (allowed: numbers that a double can hold)"),
        (#"{"score":NaN}"#, "field score, byte 9: a number should stand here"),
        (#"{"generation":65536}"#, "field generation, byte 14: the number is out of range (allowed: 0 to 65535)"),
        (#"{"generation":-1}"#, "field generation, byte 14: the number is out of range (allowed: 0 to 65535)"),
        (#"{"generation":99999999999999999999999}"#, "field generation, byte 14: the number is out of range (allowed: 0 to 65535)"),
        (#"{"generation":1.0}"#, "field generation, byte 14: a whole number should stand here"),
        (#"{"generation":01}"#, "field generation, byte 14: a whole number should stand here"),
        (#"{"retry_after_seconds":-1}"#, "field retry_after_seconds, byte 23: the number is out of range (allowed: 0 to 9000000000.0)"),
        (#"{"question_key":"ABCDEF0123456789"}"#, "field question_key, byte 16: 16 lower-case hexadecimal digits in quotation marks should stand here"),
        (#"{"question_text":7}"#, "field question_text, byte 17: a string should stand here"),
        ("{\"question_text\":\"a\u{1}\"}", #"field question_text, byte 19: control character 1 must be written as \u0001"#),
        (#"{"question_text":"\q"}"#, #"field question_text, byte 19: bad escape"#),
        (#"{"question_text":"ab\ud800"}"#, "field question_text, byte 20: half of a surrogate pair stands alone"),
        (#"{"intended_at":"soon"}"#, "field intended_at, byte 15: 'soon' is no ISO 8601 time such as 2025-01-31T12:00:00.250Z between 1678 and 2261"),
        (#"{"error_type":"timeout"}"#, "field error_type, byte 14: unknown value 'timeout' (allowed: none, overload, quota, error, final)"),
        (#"{"question_text":"t"}"#, "field question_id, byte 21: the field is missing"),
        (#"{"question_id":"a"}"#, "field question_text, byte 19: the field is missing"),
    ])
    func `errors say where and what`(_ message: String, _ expected: String) throws {
        let error = try #require(throws: WireError.self) { try decoded(message) }
        let text = expected.replacing("bad escape", with: #"no such escape (allowed: \" \\ \/ \b \f \n \r \t, or \u and four hexadecimal digits)"#)
        #expect(error.description == "message not understood at " + text)
    }

    @Test func `invalid UTF-8 is found at its byte`() throws {
        for prefix in [#"{"question_text":"ab"#, #"{"question_text":"\n ab"#, #"{"x":["ab"#, #"{"ab"#, #"{"kind":"ab"#] {
            let error = try #require(throws: WireError.self) { try wire.decode(Array(prefix.utf8) + [0xC3, 0x28] + Array(#"":1}"#.utf8)) }
            #expect(error.reason == .invalidUTF8 && error.position == prefix.utf8.count, "\(error)")
        }
    }

    @Test func `a kind of a later version is told apart, and one that is needed is missed`() throws {
        let error = try #require(throws: WireError.self) { try decoded(#"{"kind":"translated","question_id":"a","question_text":"t"}"#) }
        #expect(error.isForeignKind)
        let missing = try #require(throws: WireError.self) { try decoded(#"{"question_id":"a","question_text":"t"}"#, defaultKind: nil) }
        #expect(missing.reason == .missing && missing.field == "kind" && !missing.isForeignKind)
    }

    @Test func `depth and size are bounded`() throws {
        func nested(_ depth: Int) -> String {
            #"{"question_id":"a","question_text":"t","x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        _ = try decoded(nested(Wire.maximumDepth))
        #expect(try #require(throws: WireError.self) { try decoded(nested(Wire.maximumDepth + 1)) }.reason == .tooDeep)
        #expect(try #require(throws: WireError.self) { try decoded(nested(200_000)) }.reason == .tooDeep)
        let frame = #"{"question_id":"a","question_text":""}"#.utf8.count
        let longest = String(repeating: "x", count: Wire.maximumBytes - frame)
        #expect(try decoded(#"{"question_id":"a","question_text":"\#(longest)"}"#).payload.question == longest)
        let tooLong = try #require(throws: WireError.self) { try decoded(#"{"question_id":"a","question_text":"\#(longest)x"}"#) }
        #expect(tooLong.reason == .tooLong(bytes: Wire.maximumBytes + 1))
    }

    /// Any bytes give a message or an error that lies within them; what is taken can be written and read again.
    @Test(arguments: [11, 12, 13] as [UInt64])
    func `changed, cut and spliced messages never end in anything else`(_ seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let marks = Array(#"{}[]":,\u0eE+-.9ntf "#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        var taken = 0
        var other = encoded(samples.envelope())
        // As many as scripts/fuzz asks for, shared out among the seeds.
        let rounds = ProcessInfo.processInfo.environment["CRISOL_FUZZ_CASES"].flatMap { Int($0) }.map { $0 / 3 } ?? 3000
        for round in 0..<rounds {
            var bytes = encoded(samples.envelope())
            for _ in 0..<Int.random(in: 1...4, using: &samples.random) {
                let place = Int.random(in: 0..<bytes.count, using: &samples.random)
                switch Int.random(in: 0..<6, using: &samples.random) {
                case 0: bytes[place] = marks.randomElement(using: &samples.random)!
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &samples.random)
                case 2: bytes.insert(marks.randomElement(using: &samples.random)!, at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &samples.random)))
                case 4: bytes = Array(bytes[..<place]) + other[min(place, other.count)...]
                default: bytes.removeLast(Int.random(in: 0...bytes.count / 8, using: &samples.random))
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            do throws(WireError) {
                let e = try wire.decode(bytes, defaultKind: .asked)
                taken += 1
                let again = try wire.decode(encoded(e))
                #expect(everything(in: again) == everything(in: e), "seed \(seed), round \(round)")
            } catch {
                #expect((0...bytes.count).contains(error.position), "seed \(seed), round \(round)")
                #expect(!error.description.isEmpty)
            }
            other = bytes
        }
        #expect(taken > 20, "some changes must leave a message, or nothing was tried")
    }
}
