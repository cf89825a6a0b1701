import Dispatch
import Foundation
import Synchronization
import Workload

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTPS, by the toolchain's `URLSession`.
///
/// On Linux (Swift 6.3) that keeps a processor busy while it waits for a reply, since it never stops asking whether it
/// may write, and traps where a connection ends in the middle of the headers. So plain HTTP, where neither is needed,
/// goes by sockets of our own.
final class SessionTransport: NSObject, Transport, URLSessionDataDelegate {
    private struct Tasks: Sendable {
        var ofCall: [Int: URLSessionDataTask] = [:]
        /// Calls by their task's number.
        var calls: [Int: Int] = [:]
    }

    private let url: URL
    private let calls: OpenCalls
    private let timeout: Nanoseconds
    private let tasks = Mutex(Tasks())
    private let session: Mutex<URLSession?>

    init(_ url: URL, _ calls: OpenCalls, timeout: Nanoseconds, connections: Int) {
        self.url = url
        self.calls = calls
        self.timeout = timeout
        session = Mutex(nil)
        super.init()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // The session keeps its delegate alive until `close`.
        let made = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.withLock { $0 = made }
    }

    func post(_ body: [UInt8], headers: [(name: String, value: String)], as call: Int) {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        // The session's own time-out begins anew with each byte and is not for us; it must not come first.
        request.timeoutInterval = Double(timeout) / 1e9 * 2 + 60
        for header in headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
        request.httpBody = Data(body)
        guard let task = session.withLock({ $0?.dataTask(with: request) }) else { return }
        tasks.withLock { tasks in
            tasks.ofCall[call] = task
            tasks.calls[task.taskIdentifier] = call
        }
        task.resume()
    }

    func cancel(_ call: Int) {
        tasks.withLock { tasks in
            let task = tasks.ofCall.removeValue(forKey: call)
            if let task { tasks.calls[task.taskIdentifier] = nil }
            return task
        }?.cancel()
    }

    func close() {
        session.withLock { session in
            session?.invalidateAndCancel()
            session = nil
        }
    }

    func findServer() -> String? {
        let done = DispatchSemaphore(value: 0)
        let problem = Told()
        var request = URLRequest(url: url)
        request.httpMethod = "HEAD"
        request.timeoutInterval = 10
        let probe = URLSession(configuration: .ephemeral)
        defer { probe.invalidateAndCancel() }
        probe.dataTask(with: request) { _, response, error in
            // Whatever it says, somebody is there.
            if response == nil { problem.text.withLock { $0 = error?.localizedDescription ?? "no reply" } }
            done.signal()
        }.resume()
        guard done.wait(timeout: .now() + 15) == .success else { return "no reply within 15 s" }
        return problem.text.withLock { $0 }
    }

    private final class Told: Sendable {
        let text = Mutex<String?>(nil)
    }

    private func call(of task: URLSessionTask) -> Int? { tasks.withLock { $0.calls[task.taskIdentifier] } }

    // MARK: What the session tells

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let reply = response as? HTTPURLResponse, let call = call(of: dataTask) {
            calls.replyBegan(call, status: reply.statusCode) { reply.value(forHTTPHeaderField: $0) }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard let call = call(of: dataTask) else { return }
        if !calls.received(call, Array(data)) { cancel(call) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let call = tasks.withLock { tasks in
            let call = tasks.calls.removeValue(forKey: task.taskIdentifier)
            if let call { tasks.ofCall[call] = nil }
            return call
        }
        guard let call else { return }
        calls.finished(call, problem: error.map { error in
            CallFailure((error as? URLError)?.code == .timedOut ? .timedOut : .disconnected, message: error.localizedDescription)
        })
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
}
