import Foundation
import Provider
import Synchronization
import Testing
import Workload

@testable import LLMClient

/// Real calls to a server on loopback that says what it is told to.
@Suite struct LLMConnectionsTests {
    /// Longer than any machine takes for what does end.
    static let ample: Nanoseconds = 1_200_000_000_000
    static let good = #"{"choices":[{"message":{"role":"assistant","content":"Madrid"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#
    static let answer = Answer(text: "Madrid", promptTokens: 9, completionTokens: 2)

    /// The end of one call.
    static func call(
        _ server: ScriptedServer, kind: LLMServer.Kind = .openai, stream: Bool = false, timeout: Nanoseconds = ample, path: String = "",
        api: LLMServer.OllamaAPI = .chat, key: APIKey? = nil, forMock: MockCall? = nil
    ) -> CallEnd {
        let connections = LLMConnections(
            LLMServer(kind: kind, baseURL: server.url + path, model: "m", stream: stream, maxTokens: 7, temperature: 0.5, ollamaAPI: api),
            key: key, timeout: timeout, connections: 4)
        defer { connections.close() }
        return wait { connections.begin(CallRequest(prompt: "¿Capital?\n\"x\"", forMock: forMock), completion: $0) }
    }

    /// Waits for a completion handler, with a limit; a second call of it is a failure.
    static func wait(_ begin: (@escaping @Sendable (CallEnd) -> Void) -> Void) -> CallEnd {
        let done = DispatchSemaphore(value: 0)
        let box = Mutex<[CallEnd]>([])
        let ends = Shared(box)
        begin { end in
            ends.value.withLock { $0.append(end) }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 1000) == .success, "the call did not end")
        let all = ends.value.withLock { $0 }
        #expect(all.count == 1)
        return all.first ?? .failed(CallFailure(.cancelled))
    }

    final class Shared<Value: ~Copyable>: Sendable where Value: Sendable {
        let value: Value
        init(_ value: consuming Value) { self.value = value }
    }

    private func failure(_ end: CallEnd) -> CallFailure? { if case .failed(let failure) = end { failure } else { nil } }

    // MARK: Answers

    @Test func answersWholeAndSaysWhatItWants() throws {
        let server = ScriptedServer(.reply(200, Self.good, "Content-Type: application/json"))
        defer { server.end() }
        #expect(Self.call(server) == .answered(Self.answer))
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(!request.contains("Authorization"))
        let body = try JSONValue(reading: String(request[request.firstRange(of: "\r\n\r\n")!.upperBound...]))
        #expect(body["model"]?.text == "m")
        #expect(body["messages"]?.list?.first?["content"]?.text == "¿Capital?\n\"x\"")
        #expect(body["max_tokens"]?.integer == 7)
        #expect(body["temperature"] == .number(0.5))
        #expect(body["stream"]?.boolean == false)
        #expect(body["crisol"] == nil, "nobody but a mock is told")
    }

    @Test func answersInPiecesHoweverTheyAreCut() {
        let events = [#"{"role":"assistant","content":null}"#, #"{"content":"Ma"}"#, #"{"content":"drid"}"#].map {
            #"data: {"choices":[{"index":0,"delta":\#($0)}]}"# + "\n\n"
        } + [#"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"# + "\n\n", "data: [DONE]\n\n"]
        let chunks = events.map { String($0.utf8.count, radix: 16) + "\r\n" + $0 + "\r\n" }.joined() + "0\r\n\r\n"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        let server = ScriptedServer(.text(head), .drip(Array(chunks.utf8)))
        defer { server.end() }
        #expect(Self.call(server, stream: true) == .answered(Self.answer))
        let hanging = ScriptedServer(.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events.joined()), .waitForClient)
        defer { hanging.end() }
        #expect(Self.call(hanging, stream: true) == .answered(Self.answer), "[DONE] is the end, whatever the connection does")
    }

    @Test func whatComesBeforeTheReplyIsPassedOver() {
        let server = ScriptedServer(.text("\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), .reply(200, Self.good))
        defer { server.end() }
        #expect(Self.call(server) == .answered(Self.answer))
    }

    @Test func aServerMayAnswerWholeWhatWasAskedForInPieces() {
        let server = ScriptedServer(.reply(200, Self.good, "Content-Type: application/json"))
        defer { server.end() }
        #expect(Self.call(server, stream: true) == .answered(Self.answer))
    }

    @Test func ollamaAnswers() throws {
        let chat = ScriptedServer(.reply(200, #"{"message":{"content":"Madrid"},"done":true,"prompt_eval_count":9,"eval_count":2}"#, "Content-Type: application/json"))
        defer { chat.end() }
        #expect(Self.call(chat, kind: .ollama) == .answered(Self.answer))
        #expect(chat.requests.first?.hasPrefix("POST /api/chat HTTP/1.1\r\n") == true)
        let lines = #"{"response":"Ma"}"# + "\n" + #"{"response":"drid"}"# + "\n" + #"{"response":"","done":true,"prompt_eval_count":9,"eval_count":2}"# + "\n"
        let generate = ScriptedServer(.text("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: \(lines.utf8.count)\r\n\r\n"), .drip(Array(lines.utf8)))
        defer { generate.end() }
        #expect(Self.call(generate, kind: .ollama, stream: true, api: .generate) == .answered(Self.answer))
        let request = try #require(generate.requests.first)
        #expect(request.hasPrefix("POST /api/generate HTTP/1.1\r\n"))
        #expect(request.contains(#""prompt":"¿Capital?\n\"x\"""#))
        #expect(request.contains(#""options":{"num_predict":7,"temperature":0.5}"#))
    }

    @Test func aMockIsToldWhichCallItIs() throws {
        let call = MockCall(
            runStartedUnixNanoseconds: .max, seed: .max, replication: 3, question: 1 << 63, generation: 2, call: 5, reference: "\"ñ\n")
        let server = ScriptedServer(.reply(200, Self.good))
        defer { server.end() }
        #expect(Self.call(server, kind: .mock, forMock: call) == .answered(Self.answer))
        let request = try #require(server.requests.first)
        let body = try JSONValue(reading: String(request[request.firstRange(of: "\r\n\r\n")!.upperBound...]))
        #expect(body["crisol"].flatMap(MockCall.init) == call)
    }

    // MARK: Refusals

    @Test(arguments: [400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 501, 502, 503, 504, 529, 599])
    func everyStatusComesThrough(_ status: Int) {
        let server = ScriptedServer(.reply(status, #"{"error":{"message":"because","code":"x"}}"#, "Content-Type: application/json", "Retry-After: 7", #"WWW-Authenticate: Basic realm="a""#))
        defer { server.end() }
        #expect(Self.call(server) == .failed(CallFailure(.refused, status: status, retryAfter: 7_000_000_000, message: "x: because")))
    }

    @Test func aQuotaIsKnownByItsCodeWhateverTheStatus() {
        for status in [200, 400, 403, 429, 500] {
            let server = ScriptedServer(.reply(status, #"{"error":{"message":"You exceeded it","type":"insufficient_quota","code":"insufficient_quota"}}"#))
            defer { server.end() }
            let failure = failure(Self.call(server))
            #expect(failure?.isQuota == true)
            #expect(failure?.status == (status == 200 ? 0 : status))
        }
    }

    @Test func errorsWithinAStreamAreRefusals() {
        let events = #"data: {"choices":[{"delta":{"content":"Ma"}}]}"# + "\n\n" + #"data: {"error":{"message":"overloaded","code":503}}"# + "\n\n"
        let server = ScriptedServer(.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events), .waitForClient)
        defer { server.end() }
        #expect(Self.call(server, stream: true) == .failed(CallFailure(.refused, status: 503, message: "overloaded")))
    }

    @Test func redirectsAreNotFollowed() {
        let elsewhere = ScriptedServer(.reply(200, Self.good))
        defer { elsewhere.end() }
        for status in [301, 302, 303, 307, 308] {
            let server = ScriptedServer(.reply(status, "", "Location: \(elsewhere.url)/v1/chat/completions"))
            defer { server.end() }
            let failure = failure(Self.call(server))
            #expect(failure?.status == status)
            #expect(failure?.message.contains(elsewhere.url) == true)
        }
        #expect(elsewhere.requests.isEmpty)
    }

    // MARK: Broken replies

    /// Each is no answer, and no status either: class error, to be tried again.
    @Test func whatBreaksIsAFailureWithoutAStatus() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        let half = String(Self.good.prefix(40))
        let cases: [(String, [CallFailure.Reason], [ScriptedServer.Step], Bool)] = [
            ("reset at once", [.disconnected], [.reset], false),
            ("closed at once", [.disconnected], [.close], false),
            ("half of the headers", [.disconnected], [.text("HTTP/1.1 200 OK\r\nContent-"), .close], false),
            ("a header without an end", [.disconnected], [.text("HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 70_000)), .waitForClient], false),
            ("no HTTP", [.disconnected, .malformed], [.text("SSH-2.0-OpenSSH\r\n"), .close], false),
            ("half of the promised body", [.truncated], [.text(head + "Content-Length: \(Self.good.utf8.count)\r\n\r\n" + half), .close], false),
            ("half of it, and a reset", [.truncated], [.text(head + "Content-Length: \(Self.good.utf8.count)\r\n\r\n" + half), .reset], false),
            ("half of the JSON", [.truncated], [.reply(200, half)], false),
            ("half of a chunk", [.truncated], [.text(head + "Transfer-Encoding: chunked\r\n\r\nff\r\n" + half), .close], false),
            ("no JSON", [.malformed], [.reply(200, "<html>it works</html>")], false),
            ("no answer", [.malformed], [.reply(200, "{}")], false),
            ("empty", [.truncated], [.reply(200, "")], false),
            ("no content", [.truncated], [.text("HTTP/1.1 204 No Content\r\n\r\n")], false),
            ("too long", [.tooLong], [.reply(200, #"{"choices":[{"message":{"content":"\#(String(repeating: "a", count: 300_000))"}}]}"#)], false),
            ("a stream without an end", [.truncated], [.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"), .close], true),
            ("a stream of rubbish", [.malformed], [.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: <>\n\n"), .waitForClient], true),
        ]
        for (name, reasons, script, stream) in cases {
            let server = ScriptedServer(script)
            defer { server.end() }
            let failure = failure(Self.call(server, stream: stream))
            #expect(failure.map { reasons.contains($0.reason) } == true, "\(name): \(String(describing: failure))")
            #expect(failure?.status == 0, "\(name)")
            #expect(failure?.isQuota == false, "\(name)")
        }
    }

    @Test func nobodyThere() {
        let server = ScriptedServer(.close)
        server.end()
        #expect(failure(Self.call(server))?.reason == .disconnected)
        let connections = LLMConnections(LLMServer(kind: .openai, baseURL: server.url, model: "m"), key: nil, timeout: Self.ample, connections: 1)
        defer { connections.close() }
        #expect(connections.findServer() != nil)
    }

    @Test func aServerIsFoundWhateverItSays() {
        let server = ScriptedServer(.reply(404, ""))
        defer { server.end() }
        let connections = LLMConnections(LLMServer(kind: .openai, baseURL: server.url, model: "m"), key: nil, timeout: Self.ample, connections: 1)
        defer { connections.close() }
        #expect(connections.findServer() == nil)
    }

    // MARK: Time and ends

    @Test func whatTakesTooLongTimesOut() {
        for script in [[.waitForClient], [.text("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), .waitForClient]] as [[ScriptedServer.Step]] {
            let server = ScriptedServer(script)
            defer { server.end() }
            #expect(failure(Self.call(server, timeout: 50_000_000))?.reason == .timedOut)
        }
    }

    @Test func callsCanBeCancelledOneByOneAndAllTogether() {
        let server = ScriptedServer(.waitForClient)
        defer { server.end() }
        let connections = LLMConnections(LLMServer(kind: .openai, baseURL: server.url, model: "m"), key: nil, timeout: Self.ample, connections: 8)
        let end = Self.wait { done in
            let call = connections.begin(CallRequest(prompt: "a"), completion: done)
            connections.cancel(call)
            connections.cancel(call)
        }
        #expect(end == .failed(CallFailure(.cancelled)))
        let group = DispatchGroup()
        let ends = Shared(Mutex<[CallEnd]>([]))
        for _ in 0..<20 {
            group.enter()
            connections.begin(CallRequest(prompt: "a")) { end in
                ends.value.withLock { $0.append(end) }
                group.leave()
            }
        }
        connections.close()
        #expect(group.wait(timeout: .now() + 1000) == .success)
        #expect(ends.value.withLock { $0 } == Array(repeating: .failed(CallFailure(.cancelled)), count: 20))
    }

    @Test func manyCallsAtOnceAllEnd() {
        let server = ScriptedServer(.reply(200, Self.good))
        defer { server.end() }
        let connections = LLMConnections(LLMServer(kind: .openai, baseURL: server.url, model: "m"), key: nil, timeout: Self.ample, connections: 16)
        defer { connections.close() }
        let group = DispatchGroup()
        let ends = Shared(Mutex<[CallEnd]>([]))
        for _ in 0..<200 {
            group.enter()
            connections.begin(CallRequest(prompt: "a")) { end in
                ends.value.withLock { $0.append(end) }
                group.leave()
            }
        }
        #expect(group.wait(timeout: .now() + 1000) == .success)
        #expect(ends.value.withLock { $0 } == Array(repeating: .answered(Self.answer), count: 200))
    }

    // MARK: Keys

    @Test func theKeyIsSentAndNeverSeenAgain() throws {
        let secret = "sk-verysecret"
        let variable = "CRISOL_TEST_KEY"
        func key(_ server: ScriptedServer) throws -> APIKey? {
            try APIKey(
                for: LLMServer(kind: .openai, baseURL: server.url, model: "m", apiKeyEnvironment: variable, requiresKey: true),
                environment: [variable: secret])
        }
        let good = ScriptedServer(.reply(200, Self.good))
        defer { good.end() }
        #expect(Self.call(good, key: try key(good)) == .answered(Self.answer))
        #expect(good.requests.first?.contains("Authorization: Bearer \(secret)\r\n") == true)
        let echoes: [[ScriptedServer.Step]] = [
            [.reply(401, #"{"error":{"message":"Incorrect API key provided: \#(secret)","code":"invalid_api_key"}}"#)], [.reply(500, "Bearer \(secret)")],
            [.reply(307, "", "Location: http://127.0.0.1:1/\(secret)")], [.reply(200, #"{"error":"\#(secret)"}"#)], [.reply(200, "\(secret)")], [.close],
            [.waitForClient],
        ]
        for script in echoes {
            let server = ScriptedServer(script)
            defer { server.end() }
            let end = Self.call(server, timeout: 2_000_000_000, key: try key(server))
            #expect(failure(end) != nil)
            #expect(!"\(end)".contains(secret), "\(end)")
        }
    }
}
