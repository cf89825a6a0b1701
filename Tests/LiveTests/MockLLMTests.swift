import Foundation
import LLMClient
import Measurement
import Provider
import Scenarios
import Synchronization
import TestServers
import Testing
import Workload

@testable import Live

/// The mock behind HTTP: curl asks it, and workers do.
@Suite struct MockLLMTests {
    private static func mock(_ provider: String, faults: String = "[]", more: String = "") throws -> MockLLM {
        let yaml = """
            name: mock
            questions: 10
            pipeline: {score: {metric: jaccard, against: reference}}
            traffic: {arrivals: {process: constant, rate: 1/s}}
            provider: \(provider)
            faults: \(faults)
            \(more)
            """
        return try MockLLM(.init(scenario: try ScenarioFile.load(text: yaml).scenario))
    }

    private static let quick = "{latency: {distribution: constant, value: 1ms}, error_latency: {distribution: constant, value: 1ms}}"

    /// What curl says of a request: its exit code, the headers and the body.
    private static func curl(_ url: String, _ body: String?, _ options: String...) throws -> (code: Int32, head: String, body: String) {
        let ended = try Command.run("/usr/bin/env", ["curl", "-s", "-i", "-N", "--noproxy", "*", "--max-time", "100"] + (body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []) + options + [url])
        let parts = ended.output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (ended.code, parts[0], parts.count > 1 ? parts[1] : "")
    }

    static let chat = #"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is a crucible made of?"}]"#

    // MARK: Interfaces

    @Test func curlIsAnsweredByOpenAIsInterface() throws {
        let mock = try Self.mock(Self.quick)
        defer { mock.stop() }
        let whole = try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + "}")
        #expect(whole.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let answer = try JSONValue(reading: whole.body)
        let text = try #require(answer["choices"]?.list?.first?["message"]?["content"]?.text)
        #expect(!text.isEmpty)
        #expect(answer["model"]?.text == "m")
        #expect((answer["usage"]?["prompt_tokens"]?.integer ?? 0) > 0)

        let streamed = try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + #","stream":true,"stream_options":{"include_usage":true}}"#)
        #expect(streamed.head.contains("Content-Type: text/event-stream"))
        #expect(streamed.body.hasSuffix("data: [DONE]\n\n"))
        #expect(streamed.body.hasPrefix(#"data: {"id":"chatcmpl-mock""#))
        #expect(streamed.body.contains(#""delta":{"role":"assistant","content":null}"#))
        #expect(streamed.body.contains(#""usage":{"prompt_tokens":"#))
        #expect(try !Self.curl("\(mock.url)/v1/chat/completions", Self.chat + #","stream":true}"#).body.contains("usage"))
    }

    @Test func curlIsAnsweredByOllamasInterfaces() throws {
        let mock = try Self.mock(Self.quick)
        defer { mock.stop() }
        let generated = try Self.curl("\(mock.url)/api/generate", #"{"model":"m","prompt":"What is it?","stream":false}"#)
        let answer = try JSONValue(reading: generated.body)
        #expect(answer["response"]?.text?.isEmpty == false)
        #expect(answer["done"]?.boolean == true)
        let lines = try Self.curl("\(mock.url)/api/chat", Self.chat + "}").body.split(separator: "\n").map { try JSONValue(reading: String($0)) }
        #expect(lines.count > 2, "Ollama streams unless it is told not to")
        #expect(lines.dropLast().allSatisfy { $0["done"]?.boolean == false && $0["message"]?["content"]?.text != nil })
        #expect(lines.last?["done"]?.boolean == true)
        #expect((lines.last?["eval_count"]?.integer ?? 0) > 0)
    }

    @Test func strangersGetTheSameAnswerToTheSameQuestionFromANewServerAndAnotherTheSecondTime() throws {
        func answers() throws -> [String] {
            let mock = try Self.mock(Self.quick)
            defer { mock.stop() }
            return try (0..<2).map { _ in try Self.curl("\(mock.url)/api/generate", #"{"prompt":"What is it?","stream":false}"#).body }
        }
        let first = try answers()
        #expect(try answers() == first)
        #expect(first[0] != first[1])
    }

    @Test(arguments: [
        ("/v1/chat/completions", "{", 400), ("/v1/chat/completions", "[]", 400), ("/v1/chat/completions", "{}", 400), ("/v1/chat/completions", #"{"messages":[]}"#, 400),
        ("/v1/chat/completions", #"{"messages":[{"content":7}]}"#, 400), ("/v1/chat/completions", #"{"messages":[{"content":"a"}],"crisol":{"run":1}}"#, 400),
        ("/api/generate", #"{"prompt":null}"#, 400), ("/api/nothing", "{}", 404),
    ] as [(String, String, Int)])
    func whatIsNoRequestIsRefused(_ path: String, _ body: String, _ status: Int) throws {
        let mock = try Self.mock(Self.quick)
        defer { mock.stop() }
        let reply = try Self.curl(mock.url + path, body)
        #expect(reply.head.hasPrefix("HTTP/1.1 \(status) "), "\(reply.head)")
        #expect(try JSONValue(reading: reply.body)["error"] != nil)
        #expect(try Self.curl(mock.url + "/health", nil).body == #"{"status":"ok"}"#)
    }

    // MARK: Refusals and broken answers

    @Test(arguments: ["seconds", "http_date", "absent", "growing"]) func quotasSayWhenToComeAgain(_ form: String) throws {
        let mock = try Self.mock(
            "{retry_after: \(form), error_latency: {distribution: constant, value: 1ms}}", faults: "[{inject: quota, for: 10m, retry_after: 30s}]")
        defer { mock.stop() }
        let reply = try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + "}")
        #expect(reply.head.hasPrefix("HTTP/1.1 402 "))
        #expect(ErrorBody(body: Array(reply.body.utf8)).isQuota)
        let header = reply.head.split(separator: "\r\n").first { $0.hasPrefix("Retry-After: ") }.map { String($0.dropFirst(13)) }
        switch form {
        case "absent": #expect(header == nil)
        case "seconds", "growing": #expect(header == "30")
        default:
            let date = try #require(header)
            let wait = try #require(RetryAfterHeader.wait(date, unixNanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)))
            #expect(wait <= 32_000_000_000)
            #expect(header?.hasSuffix(" GMT") == true)
        }
    }

    @Test func growingWaitsGrowWithTheFailuresOfOneQuestion() throws {
        let mock = try Self.mock(
            "{retry_after: growing, error_latency: {distribution: constant, value: 1ms}}", faults: "[{inject: overload, for: 10m, retry_after: 3s}]")
        defer { mock.stop() }
        let waits = try (0..<4).map { _ in
            try Self.curl("\(mock.url)/api/generate", #"{"prompt":"a"}"#).head.split(separator: "\r\n").first { $0.hasPrefix("Retry-After: ") }.map(String.init)
        }
        #expect(waits == ["Retry-After: 3", "Retry-After: 6", "Retry-After: 12", "Retry-After: 24"])
    }

    /// curl's own words for what happens to a connection: 0 well, 18 too few bytes, 52 no reply, 56 reset.
    @Test(arguments: [("overload", 503, 0), ("error", 500, 0), ("outage", nil, 52), ("reset", nil, 56), ("malformed", 200, 0), ("truncated", 200, 18)] as [(String, Int?, Int32)])
    func curlSeesEachFault(_ kind: String, _ status: Int?, _ code: Int32) throws {
        let mock = try Self.mock(Self.quick, faults: "[{inject: \(kind), for: 10m}]")
        defer { mock.stop() }
        let reply = try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + "}")
        #expect(reply.code == code)
        if let status { #expect(reply.head.hasPrefix("HTTP/1.1 \(status) ")) }
        if status == 200 { #expect((try? JSONValue(reading: reply.body)) == nil) }
        if kind == "truncated" {
            let streamed = try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + #","stream":true}"#)
            #expect(streamed.code != 0)
            #expect(!streamed.body.contains("[DONE]"))
        }
    }

    @Test func aServerBeyondItsLimitsSaysSo() throws {
        let mock = try Self.mock("{requests_per_minute: 2, latency: {distribution: constant, value: 1ms}}")
        defer { mock.stop() }
        let heads = try (0..<3).map { _ in try Self.curl("\(mock.url)/v1/chat/completions", Self.chat + "}").head }
        #expect(heads[0].hasPrefix("HTTP/1.1 200") && heads[1].hasPrefix("HTTP/1.1 200"))
        #expect(heads[2].hasPrefix("HTTP/1.1 429 Too Many Requests\r\n") && heads[2].contains("Retry-After: "))
    }

    // MARK: The same luck

    /// What happened to each question, but for times.
    private static func fates(_ yaml: String) throws -> ([UInt64: String], RunResult) {
        let bench = try LiveBench(yaml)
        defer { bench.remove() }
        let rows = Rows()
        let result = try bench.prepare(sink: { new in
            rows.all.withLock { $0 += new }
            return true
        }).run()
        let fates = rows.all.withLock { $0 }.map {
            ($0.question, "\($0.outcome) \($0.generations) \($0.overloadRetries) \($0.quotaRetries) \($0.errorRetries) \($0.firstScore) \($0.finalScore)")
        }
        return (Dictionary(uniqueKeysWithValues: fates), result)
    }

    private final class Rows: Sendable {
        let all = Mutex<[QuestionRow]>([])
    }

    @Test(arguments: [false, true]) func aRunOverHTTPMeetsTheSameLuckAsOneWithinTheProcess(stream: Bool) throws {
        let yaml = """
            name: luck
            seed: 11
            questions: 150
            drain: 2000s
            time_scale: 20
            pipeline:
              partitions: 4
              cache: {policy: none, coalesce: false}
              score: {metric: jaccard, against: reference, threshold: 0.4, max_regenerations: 2, on_exhausted: accept_best}
              retry:
                overload: {backoff: fixed, delay: 200ms, max_retries: 2}
                quota: {backoff: fixed, delay: 200ms, max_retries: 2}
                error: {backoff: fixed, delay: 200ms, max_retries: 2}
              workers: {llm: 2, concurrency: 16}
            traffic:
              arrivals: {process: poisson, rate: 20/s}
              corpus: {synthetic: 500}
            provider:
              latency: {distribution: lognormal, median: 300ms, p99: 1s}
              error_probability: 0.1
              quality: {mean: 0.45, spread: 0.2}
              timeout: 1200s
            faults:
              - {inject: overload, for: 1h, probability: 0.1}
              - {inject: quota, for: 1h, probability: 0.1, retry_after: 1s}
              - {inject: malformed, for: 1h, probability: 0.1}
              - {inject: truncated, for: 1h, probability: 0.1}
              - {inject: reset, for: 1h, probability: 0.1}
              - {inject: outage, question: [3, 5, 8]}
            """
        let mock = try MockLLM(.init(scenario: try ScenarioFile.load(text: yaml).scenario))
        defer { mock.stop() }
        let (within, _) = try Self.fates(yaml)
        let overHTTP = yaml.replacing("provider:\n", with: "provider:\n  base_url: \(mock.url)\n  stream: \(stream)\n")
        let (outside, result) = try Self.fates(overHTTP)
        #expect(result.reasons == [])
        #expect(result.violations == [])
        #expect(result.imbalance == 0)
        #expect(result.count("asked") == 150)
        #expect(result.count("dead_letter_error") >= 3)
        #expect(result.count("retries") > 50)
        #expect(within.count == 150)
        for (question, fate) in within.sorted(by: { $0.key < $1.key }) { #expect(outside[question] == fate, "question \(question)") }
        // Another run meets a provider that begins afresh.
        let (again, _) = try Self.fates(overHTTP)
        #expect(again == outside)
    }

    @Test func aWorkerThatCrashesWithCallsUnderWayLosesNoQuestion() throws {
        let yaml = LiveRunTests.traffic.replacing("provider:\n", with: "provider:\n  timeout: 1200s\n")
        let mock = try MockLLM(.init(scenario: try ScenarioFile.load(text: yaml).scenario))
        defer { mock.stop() }
        let bench = try LiveBench(yaml.replacing("provider:\n", with: "provider:\n  base_url: \(mock.url)\n"))
        defer { bench.remove() }
        var phase = 0
        let result = try bench.prepare().run(watch: { progress in
            switch phase {
            case 0 where progress.settled >= 1:
                progress.supervisor.crash("llm-worker.1", afterSteps: 25)
                phase = 1
            case 1 where progress.supervisor.hasCrashed("llm-worker.1"):
                progress.supervisor.restart("llm-worker.1")
                phase = 2
            default: break
            }
        })
        result.expectAllEnded(deaths: true)
    }

    /// A scenario's Retry-After of 30 s is 1.5 s of real time at a scale of 20, which the header cannot say.
    @Test func waitsSurviveATimeScale() throws {
        let mock = try Self.mock(Self.quick, faults: "[{inject: quota, for: 10m, retry_after: 30s}]", more: "time_scale: 20")
        defer { mock.stop() }
        let connections = LLMConnections(LLMServer(kind: .mock, baseURL: mock.url), key: nil, timeout: 1_200_000_000_000, connections: 1)
        defer { connections.close() }
        let done = DispatchSemaphore(value: 0)
        let ends = Mutex<CallEnd?>(nil)
        let box = Box(ends)
        connections.begin(CallRequest(prompt: "a")) { end in
            box.value.withLock { $0 = end }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 1000) == .success)
        guard case .failed(let failure)? = box.value.withLock({ $0 }) else { return #expect(Bool(false), "no refusal") }
        #expect(failure.status == 402)
        #expect(failure.retryAfter == 2_000_000_000)
        #expect(failure.scenarioRetryAfter == 30_000_000_000)
    }

    /// Calls after calls over what may be the same connections: none waits for one that is dead.
    @Test(arguments: ["reset", "outage"]) func connectionsThatDieAreNoticed(_ kind: String) throws {
        let mock = try Self.mock(Self.quick, faults: "[{inject: \(kind), for: 1h, probability: 0.5}]")
        defer { mock.stop() }
        let connections = LLMConnections(LLMServer(kind: .mock, baseURL: mock.url), key: nil, timeout: 1_200_000_000_000, connections: 2)
        defer { connections.close() }
        let ends = Box(Mutex<[CallEnd]>([]))
        let group = DispatchGroup()
        for call in 0..<40 {
            group.enter()
            connections.begin(CallRequest(prompt: "question \(call)")) { end in
                ends.value.withLock { $0.append(end) }
                group.leave()
            }
            if call % 4 == 3 { #expect(group.wait(timeout: .now() + 1000) == .success) }
        }
        let failures = ends.value.withLock { $0 }.compactMap { if case .failed(let failure) = $0 { failure.reason } else { nil } }
        #expect((5...35).contains(failures.count))
        #expect(Set(failures) == [.disconnected])
    }

    private final class Box<Value: ~Copyable & Sendable>: Sendable {
        let value: Value
        init(_ value: consuming Value) { self.value = value }
    }
}
