import Foundation
import HTTPServer
import LLMClient
import Pipeline
import Provider
import Scenarios
import Synchronization
import Workload

/// `mock-llm`: the model of a provider behind HTTP, with OpenAI's and Ollama's interfaces.
///
/// It is the same model as inside the process and makes the same draws, for callers that say which question they
/// mean (`MockCall`): latencies, refusals with Retry-After, and answers that are slow, broken or never come.
package final class MockLLM: Sendable {
    package struct Configuration: Sendable {
        package var scenario: Scenario
        package var host: String
        /// 0: a free one.
        package var port: Int

        package init(scenario: Scenario, host: String = "127.0.0.1", port: Int = 0) {
            self.scenario = scenario
            self.host = host
            self.port = port
        }
    }

    private let server: Server

    package var port: Int { server.port }
    /// What `provider.base_url` is to be.
    package var url: String { "http://\(server.host.contains(":") ? "[\(server.host)]" : server.host):\(server.port)" }

    /// Listens from here on. Throws where the address, or a file of the scenario, is not to be had.
    package init(_ configuration: Configuration) throws {
        let service = try MockService(configuration.scenario)
        var limits = Limits()
        limits.connections = 4096
        let routes = RouteTable([
            Route("POST", "/v1/chat/completions") { service.answer($0, $1, .openAIChat) },
            Route("POST", "/api/chat") { service.answer($0, $1, .ollamaChat) },
            Route("POST", "/api/generate") { service.answer($0, $1, .ollamaGenerate) },
            Route("GET", "/v1/models") { _, reply in reply.send(.json(200, #"{"object":"list","data":[{"id":"mock","object":"model","created":0,"owned_by":"crisol"}]}"#)) },
            Route("GET", "/api/tags") { _, reply in reply.send(.json(200, #"{"models":[{"name":"mock","model":"mock"}]}"#)) },
            Route("GET", "/health") { _, reply in reply.send(.json(200, #"{"status":"ok"}"#)) },
        ])
        server = try Server(.init(host: configuration.host, port: configuration.port, limits: limits)) { routes.respond(to: $0, $1) }
    }

    /// Ends, calls under way within a moment.
    package func stop() { server.stop(within: 100_000_000) }
}

/// Answers calls. All of it runs on the server's event loops and blocks none.
private final class MockService: Sendable {
    private let scenario: Scenario
    private let runs: Mutex<MockRuns>

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        runs = Mutex(try MockRuns(scenario))
    }

    func answer(_ request: Request, _ reply: HTTPServer.Reply, _ interface: MockRequest.Interface) {
        let asked: MockRequest
        do throws(MockRequest.Problem) {
            asked = try MockRequest(request.body, of: interface)
        } catch {
            reply.send(.error(400, "invalid_request_error", error.message))
            return
        }
        do {
            let call = try runs.withLock { try $0.call(asked) }
            let (decided, now) = call.run.provider.begin(
                question: call.question, generation: call.generation, call: call.call, text: asked.prompt)
            if decided.isAnswer { runs.withLock { $0.answered(call) } }
            let said = MockReplies(asked, interface)
            carryOut(decided, of: call, asked.prompt, said, reply, span: call.run.clock.real(decided.completesAt - now))
        } catch {
            reply.send(.error(500, "scenario", "\(error)"))
        }
    }

    private func carryOut(
        _ decided: Provider.Reply, of call: MockRuns.Call, _ prompt: String, _ said: MockReplies, _ reply: HTTPServer.Reply, span: Nanoseconds
    ) {
        if decided.isAnswer {
            let text = text(decided, call, prompt)
            if said.stream { return send(said.parts(text, decided), said, reply, over: span) }
            let response = said.whole(text, decided)
            reply.after(span) { reply.send(response) }
            return
        }
        switch decided.fault {
        case .outage: reply.after(span) { reply.disconnect() }
        case .reset: reply.after(span) { reply.disconnect(reset: true) }
        case .malformed:
            let response = Response.json(200, "{\"choices\": [{\"message\": <the answer should stand here>")
            reply.after(span) { reply.send(response) }
        case .truncated:
            if said.stream {
                let parts = said.parts("An answer that breaks off in the middle.", decided)
                send(Array(parts.prefix(parts.count / 2)), said, reply, over: span, breaksOff: true)
            } else {
                let response = said.whole("An answer that breaks off in the middle.", decided)
                reply.after(span) { reply.sendTruncated(response, bodyBytes: response.body.count / 2) }
            }
        case nil, .overload, .quota, .slow, .error:
            let isQuota = scenario.pipeline.classify.errorClass(of: decided.status) == .quota
            let clock = call.run.clock
            let (scale, form) = (scenario.timeScale, scenario.provider.retryAfter)
            reply.after(span) {
                let headers = Self.retryAfter(decided.retryAfter, real: clock.real(decided.retryAfter), form, isScaled: scale != 1)
                reply.send(said.refusal(decided.status, isQuota: isQuota, headers: headers))
            }
        }
    }

    /// What the answer has to say for the score that it is to get.
    private func text(_ decided: Provider.Reply, _ call: MockRuns.Call, _ prompt: String) -> String {
        let reference = call.reference.isEmpty ? prompt : call.reference
        let against = scenario.scoring.against == .question ? prompt : call.reference
        return call.run.writer?.answer(
            to: prompt, against: against, target: decided.quality, question: call.question, generation: call.generation) ?? reference
    }

    /// Sends the parts evenly over the time that the answer takes, the first at once and the last at its end.
    private func send(_ parts: [[UInt8]], _ said: MockReplies, _ reply: HTTPServer.Reply, over span: Nanoseconds, breaksOff: Bool = false) {
        reply.begin(headers: said.streamHeaders)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let at = parts.count > 1 ? Nanoseconds(Double(span) * Double(index) / Double(parts.count - 1)) : span
            reply.after(at) {
                reply.write(part)
                guard isLast else { return }
                if breaksOff { reply.disconnect() } else { reply.end() }
            }
        }
    }

    /// The headers of a refusal that asks to wait.
    private static func retryAfter(_ wait: Nanoseconds, real: Nanoseconds, _ form: RetryAfter, isScaled: Bool) -> [(name: String, value: String)] {
        guard wait >= 0 else { return [] }
        let second: Nanoseconds = 1_000_000_000
        let exact = isScaled ? [(name: MockCall.retryAfterHeader, value: String(wait))] : []
        switch form {
        case .seconds, .growing, .absent: return [("Retry-After", String((real + second - 1) / second))] + exact
        case .httpDate:
            let now = Int64(Date().timeIntervalSince1970 * 1e9)
            return [("Retry-After", HTTPDate.text(seconds: (now + real + second - 1) / second))] + exact
        }
    }
}
