import Dispatch
import Foundation
import Provider
import Synchronization
import Workload

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Calls to one LLM server over HTTP or HTTPS, any number at once.
///
/// Each call ends exactly once, with an answer or a `CallFailure`, by its completion handler, which may run on any
/// thread. Whoever owns this calls `close` in the end.
package final class LLMConnections: Sendable {
    private let dialect: ServerDialect
    private let key: APIKey?
    private let timeout: Nanoseconds
    private let calls: OpenCalls
    private let session: URLSession
    private let url: URL

    /// - Parameters:
    ///   - timeout: real time from the request to the answer's last byte.
    ///   - connections: calls at once at most; more wait for a free connection.
    package init(_ server: LLMServer, key: APIKey?, timeout: Nanoseconds, connections: Int) {
        dialect = ServerDialect(server: server)
        self.key = key
        self.timeout = timeout
        guard LLMServer.problem(ofURL: server.baseURL) == nil, let url = URL(string: dialect.url) else {
            preconditionFailure("an address is checked before it is used: \(server.baseURL)")
        }
        self.url = url
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        calls = OpenCalls(dialect: dialect, key: key)
        session = URLSession(configuration: configuration, delegate: calls, delegateQueue: nil)
    }

    /// Begins a call.
    /// - Returns: its number, for `cancel`.
    @discardableResult
    package func begin(_ request: CallRequest, completion: @escaping @Sendable (CallEnd) -> Void) -> Int {
        var message = URLRequest(url: url)
        message.httpMethod = "POST"
        // The session's own time-out begins anew with each byte and is not for us; it must not come first.
        message.timeoutInterval = Double(timeout) / 1e9 * 2 + 60
        message.setValue("application/json", forHTTPHeaderField: "Content-Type")
        message.setValue(dialect.server.stream ? "text/event-stream, application/x-ndjson, application/json" : "application/json", forHTTPHeaderField: "Accept")
        message.setValue("crisol", forHTTPHeaderField: "User-Agent")
        // Where a connection that is used again has died meanwhile, the session sends the request a second time, and on
        // Linux waits for ever for its body. A connection for each call costs little beside an LLM's answer.
        message.setValue("close", forHTTPHeaderField: "Connection")
        if let key { message.setValue(key.authorization, forHTTPHeaderField: "Authorization") }
        message.httpBody = Data(dialect.body(request))
        let task = session.dataTask(with: message)
        let number = task.taskIdentifier
        calls.begin(task, completion)
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: timeout))) { [weak calls] in
            calls?.end(number, .failed(CallFailure(.timedOut, message: "no whole answer in time (provider.timeout)")))
        }
        task.resume()
        return number
    }

    /// Ends a call that is under way, as `.cancelled`; does nothing for others.
    package func cancel(_ call: Int) { calls.end(call, .failed(CallFailure(.cancelled))) }

    /// Ends all calls under way, as `.cancelled`, and frees the connections. No call may be begun afterwards.
    package func close() {
        calls.endAll()
        session.invalidateAndCancel()
    }

    /// Whether somebody answers HTTP at the server's address, whatever is said; else why not.
    package func findServer() -> String? {
        let done = DispatchSemaphore(value: 0)
        let problem = Mutex<String?>(nil)
        guard let base = URL(string: dialect.server.baseURL) else { return "no address" }
        var request = URLRequest(url: base)
        request.timeoutInterval = 10
        let probe = URLSession(configuration: .ephemeral)
        defer { probe.invalidateAndCancel() }
        probe.dataTask(with: request) { _, response, error in
            if response == nil { problem.withLock { $0 = error?.localizedDescription ?? "no reply" } }
            done.signal()
        }.resume()
        _ = done.wait(timeout: .now() + 15)
        return problem.withLock { $0 }
    }
}

/// The calls under way, by their task's number; what the session tells about each ends here.
private final class OpenCalls: NSObject, URLSessionDataDelegate, Sendable {
    private struct Call: Sendable {
        let task: URLSessionDataTask
        let completion: @Sendable (CallEnd) -> Void
        /// The reply's beginning, once it is there.
        var status = 0
        var retryAfter: Nanoseconds = -1
        var scenarioRetryAfter: Nanoseconds?
        var location: String?
        var reader: (any AnswerReader)?
        var errorBody: [UInt8] = []

        var isAnswer: Bool { (200..<300).contains(status) }
    }

    private let calls = Mutex<[Int: Call]>([:])
    private let dialect: ServerDialect
    private let key: APIKey?

    init(dialect: ServerDialect, key: APIKey?) {
        self.dialect = dialect
        self.key = key
    }

    func begin(_ task: URLSessionDataTask, _ completion: @escaping @Sendable (CallEnd) -> Void) {
        calls.withLock { $0[task.taskIdentifier] = Call(task: task, completion: completion) }
    }

    /// Ends a call, if nobody has before.
    func end(_ number: Int, _ end: CallEnd, cancelling: Bool = true) {
        guard let call = calls.withLock({ $0.removeValue(forKey: number) }) else { return }
        if cancelling { call.task.cancel() }
        var end = end
        if let key, case .failed(var failure) = end {
            failure.message = key.redacted(failure.message)
            end = .failed(failure)
        }
        call.completion(end)
    }

    func endAll() {
        for number in calls.withLock({ $0.keys.sorted() }) { end(number, .failed(CallFailure(.cancelled))) }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let reply = response as? HTTPURLResponse {
            let wait = reply.value(forHTTPHeaderField: "Retry-After").flatMap {
                RetryAfterHeader.wait($0, unixNanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
            }
            let reader = dialect.reader(contentType: reply.value(forHTTPHeaderField: "Content-Type"))
            calls.withLock { calls in
                calls[dataTask.taskIdentifier]?.status = reply.statusCode
                calls[dataTask.taskIdentifier]?.retryAfter = wait ?? -1
                if dialect.server.kind == .mock {
                    calls[dataTask.taskIdentifier]?.scenarioRetryAfter = reply.value(forHTTPHeaderField: MockCall.retryAfterHeader).flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
                }
                calls[dataTask.taskIdentifier]?.location = reply.value(forHTTPHeaderField: "Location")
                calls[dataTask.taskIdentifier]?.reader = reader
            }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let number = dataTask.taskIdentifier
        let early: CallEnd? = calls.withLock { calls in
            guard var call = calls.removeValue(forKey: number) else { return nil }
            defer { calls[number] = call }
            guard call.isAnswer else {
                call.errorBody += data.prefix(ErrorBody.maximumBytes - call.errorBody.count)
                return nil
            }
            do throws(AnswerProblem) {
                try call.reader?.append(Array(data))
                if call.reader?.isComplete == true, let answer = try call.reader?.finish() { return .answered(answer) }
                return nil
            } catch {
                return .failed(CallFailure(error))
            }
        }
        guard let early else { return }
        // After an answer the rest is left to come in.
        if case .answered = early { end(number, early, cancelling: false) } else { end(number, early) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let number = task.taskIdentifier
        let outcome: CallEnd? = calls.withLock { calls in
            guard let call = calls[number] else { return nil }
            if call.status == 0 { return .failed(CallFailure(transport: error, isBegun: false)) }
            guard call.isAnswer else { return .failed(refusal(call)) }
            if let error { return .failed(CallFailure(transport: error, isBegun: true)) }
            guard var reader = call.reader else { return .failed(CallFailure(.disconnected)) }
            do throws(AnswerProblem) { return .answered(try reader.finish()) } catch { return .failed(CallFailure(error)) }
        }
        if let outcome { end(number, outcome, cancelling: false) }
    }

    /// Redirects are not followed: the request, and the key, were meant for the server that was named.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// A 401 is an answer like any other: nobody here knows a password.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        completionHandler(.rejectProtectionSpace, nil)
    }

    private func refusal(_ call: Call) -> CallFailure {
        let body = ErrorBody(body: call.errorBody)
        var message = body.description
        if (300..<400).contains(call.status) { message = "redirected to \(call.location?.prefix(200) ?? "nowhere"), which is not followed: give that as provider.base_url" }
        var failure = CallFailure(.refused, status: call.status, retryAfter: call.retryAfter, isQuota: body.isQuota, message: message)
        failure.scenarioRetryAfter = call.scenarioRetryAfter
        return failure
    }
}

extension CallFailure {
    init(_ problem: AnswerProblem) {
        let message = problem.description
        self = switch problem {
        case .truncated: CallFailure(.truncated, message: message)
        case .malformed: CallFailure(.malformed, message: message)
        case .tooLong: CallFailure(.tooLong, message: message)
        case .refused(let body): CallFailure(.refused, status: body.status ?? 0, isQuota: body.isQuota, message: message)
        }
    }

    /// - Parameter isBegun: whether a reply had begun.
    init(transport error: (any Error)?, isBegun: Bool) {
        let code = (error as? URLError)?.code
        let reason: Reason = code == .timedOut ? .timedOut : isBegun ? .truncated : .disconnected
        self.init(reason, message: error.map { "\($0.localizedDescription) (\(code?.rawValue ?? 0))" } ?? "the connection ended without a reply")
    }
}
