import Foundation
import Testing

@testable import Workload

@Suite struct JSONValueTests {
    private func problem(_ text: String) -> String? {
        do throws(JSONProblem) {
            _ = try JSONValue(reading: text)
            return nil
        } catch { return error.description }
    }

    @Test func readsWhatItWrites() throws {
        let value = JSONValue.object([
            "a": .list([.null, .boolean(true), .boolean(false), .number(0), .number(-1.5e300), .number(0x1p53)]),
            "": .text("\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1F}ñ🜂"), "o": .object([:]), "l": .list([]),
        ])
        #expect(try JSONValue(reading: value.bytes) == value)
        let foundation = try JSONSerialization.jsonObject(with: Data(value.bytes)) as? [String: Any]
        #expect(foundation?[""] as? String == "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1F}ñ🜂")
        #expect(try JSONValue(reading: #" "\u00e9\ud83d\ude00\/" "#) == .text("é😀/"))
        #expect(try JSONValue(reading: #"{"a":1,"a":2}"#)["a"]?.integer == 2)
        #expect(JSONValue.length(of: "a\"\\\n") == 1 + 2 + 2 + 6)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "\"", "\"\\", "\"\\u12", "tru", "-", "1.", "1e", "[1,]", "{,}", "{a:1}", "01", "+1", ".5",
        "1e999", "nul", "nulls", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "{} x", "NaN", "'a'",
        String(repeating: "[", count: 100_000),
    ])
    func whatIsNoJSONIsAProblem(_ text: String) {
        #expect(problem(text) != nil)
        // Foundation is lenient about a comma at the end.
        if text != "[1,]" { #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) == nil, "Foundation thinks otherwise") }
    }

    @Test func problemsSayWhere() {
        #expect(problem("[1,]") == "a value should stand here at byte 3")
        #expect(problem("{\"a\" 1}") == "a colon should stand here at byte 5")
        #expect(problem("[1") == "the text ends early at byte 2")
        #expect(problem(String(repeating: "[", count: 65)) == "values are nested more than 64 deep at byte 64")
        #expect(throws: JSONProblem(reason: "the text is no valid UTF-8", position: 1, endsEarly: false)) { try JSONValue(reading: [0x22, 0xFF, 0x22]) }
    }
}
