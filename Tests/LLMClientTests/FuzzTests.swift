import Foundation
import Testing
import Workload

@testable import LLMClient

/// Any bytes give a value or a problem, never a trap; and the same however they are cut.
@Suite struct FuzzTests {
    static let words = [
        "\"", "\\", "{", "}", "[", "]", ":", ",", "null", "true", "\\u0000", "\\ud800", "\\udc00", "1e308", "1e309", "-0", "9223372036854775808",
        "18446744073709551616", "0.1", "\n", "\r", "\r\n", "\n\n", "data:", "data: ", "event: ", ":", "\u{FEFF}", "[DONE]", "data: [DONE]\n\n", "\u{0}",
        "\"error\":", "\"content\":null", "\"choices\":[]", "\"usage\":null", "\"done\":true", String(repeating: "[", count: 70), String(repeating: "{\"a\":", count: 70),
    ]

    static let openAI = [
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Madrid.\n\u00a1S\u00ed!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12}}"#,
        #"{"choices":[{"message":{"content":null,"refusal":"No."}}],"usage":null}"#,
        #"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        #"{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]}"#,
    ]
    static let openAIStreams = [
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Ma\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"drid\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        ": ping\r\n\r\nevent: error\r\ndata: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\r\n\r\n",
        "\u{FEFF}data: a\rdata: b\r\rid: 1\nretry: 5\n\ndata\n\n",
    ]
    static let ollama = [
        #"{"response":"Madrid","done":true,"prompt_eval_count":9,"eval_count":2}"#, #"{"message":{"role":"assistant","content":"a"},"done":true}"#,
        #"{"error":"model 'm' not found"}"#, "{\"response\":\"Ma\",\"done\":false}\n{\"response\":\"drid\",\"done\":false}\r\n{\"response\":\"\",\"done\":true,\"eval_count\":2}\n",
        "{\"message\":{\"content\":\"a\"}}\n\n{\"message\":{\"content\":\"b\"},\"done\":true}",
    ]
    static let retryAfter = [
        "120", "0", "99999999999999999999", "-1", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Fri, 31 Dec 9999 23:59:60 GMT", "Sat, 01 Jan 0000 00:00:00 GMT",
    ]

    func eachCase(_ samples: [String], words: [String] = words, _ body: (inout Fuzz, [UInt8], Int) throws -> Void) rethrows {
        for number in 0..<Fuzz.cases {
            var fuzz = Fuzz(samples, words: words, case: number)
            let input = fuzz.input()
            try body(&fuzz, input, number)
        }
    }

    func describe(_ input: [UInt8], _ number: Int) -> Comment {
        "case \(number) of seed \(Fuzz.seed): \(Data(input).base64EncodedString())"
    }

    @Test func eventStreams() {
        eachCase(Self.openAIStreams) { fuzz, input, number in
            func read(_ pieces: [[UInt8]]) -> [ServerSentEvents.Event]? {
                var reader = ServerSentEvents(limit: 2000)
                return try? pieces.flatMap { try reader.append($0) }
            }
            let whole = read([input])
            if read(fuzz.pieces(of: input)) != whole { Issue.record(describe(input, number)) }
        }
    }

    @Test func retryAfterHeaders() {
        let words = [",", "-", ":", " ", "GMT", "Feb", "29", "00", "99", "+", "\t", "2000"]
        eachCase(Self.retryAfter, words: words) { fuzz, input, number in
            let now = Int64(bitPattern: fuzz.stream.next()) >> Int64(fuzz.below(64))
            guard let wait = RetryAfterHeader.wait(String(decoding: input, as: UTF8.self), unixNanoseconds: now) else { return }
            if wait < 0 || wait > RetryAfterHeader.longest + 1_000_000_000 { Issue.record(describe(input, number)) }
        }
    }

    @Test func jsonValues() {
        eachCase(Self.openAI + Self.ollama) { _, input, number in
            guard let value = try? JSONValue(reading: input) else { return }
            if (try? JSONValue(reading: value.bytes)) != value { Issue.record(describe(input, number)) }
        }
    }

    @Test(arguments: ["openai", "openai stream", "ollama", "ollama stream"]) func answers(_ form: String) {
        let samples = form == "openai" ? Self.openAI : form == "openai stream" ? Self.openAIStreams : Self.ollama
        let reader: () -> any AnswerReader = switch form {
        case "openai": { OpenAIAnswer.whole() }
        case "openai stream": { OpenAIStream() }
        case "ollama": { OllamaAnswer.whole() }
        default: { OllamaStream() }
        }
        eachCase(samples) { fuzz, input, number in
            func read(_ pieces: [[UInt8]]) -> String {
                var reader = reader()
                do {
                    for piece in pieces {
                        // As a connection does: what is whole is not read on.
                        if reader.isComplete { break }
                        try reader.append(piece)
                    }
                    return "\(try reader.finish())"
                } catch { return "\(error)" }
            }
            if read([input]) != read(fuzz.pieces(of: input)) { Issue.record(describe(input, number)) }
        }
    }

    @Test func errorBodies() {
        eachCase(Self.openAI + Self.ollama + ["Bad gateway", "{\"detail\":[{\"msg\":\"a\"}]}"]) { _, input, number in
            let body = ErrorBody(body: input)
            if body.description.unicodeScalars.count > 2 * ErrorBody.longest || body.status.map({ !(400...599).contains($0) }) == true { Issue.record(describe(input, number)) }
            _ = body.isQuota
        }
    }

    @Test func requestsToAMock() {
        let samples = [
            #"{"model":"m","messages":[{"role":"user","content":"a"}],"stream":true,"stream_options":{"include_usage":true},"crisol":{"run":"1","seed":"2","repeat":0,"question":"3","generation":0,"call":1,"reference":"b"}}"#,
            #"{"model":"m","prompt":"a","stream":false}"#,
        ]
        eachCase(samples) { _, input, _ in
            for interface in MockRequest.Interface.allCases { _ = try? MockRequest(input, of: interface) }
        }
    }
}

extension FuzzTests {
    @Test func replies() {
        let samples = [
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\n0\r\nT: 1\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.0 204 No Content\r\n\r\n",
        ]
        let words = ["\r\n", "\r\n\r\n", "\n", ":", " ", "HTTP/1.1 200 OK", "Content-Length: ", "Transfer-Encoding: chunked", "ffffffffffffffff", "-1", "0", "9999999999999999999", "\u{0}"]
        eachCase(samples, words: words) { fuzz, input, number in
            /// What was said, the body's pieces joined.
            func read(_ pieces: [[UInt8]]) -> [String] {
                var parser = ReplyParser()
                var events: [ReplyParser.Event] = []
                var problem = ""
                do {
                    for piece in pieces { try parser.append(piece, into: &events) }
                    try parser.closed(into: &events)
                } catch { problem = "\(error)" }
                var said = [problem]
                var body: [UInt8] = []
                for event in events { if case .body(let bytes) = event { body += bytes } else { said.append("\(event)") } }
                // Headers are a dictionary, whose order is chance.
                return said.map { String($0.sorted()) } + ["\(body)"]
            }
            if read([input]) != read(fuzz.pieces(of: input)) { Issue.record(describe(input, number)) }
        }
    }
}
