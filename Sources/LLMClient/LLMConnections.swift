import Dispatch
import Foundation
import Provider
import Workload

/// Calls to one LLM server over HTTP or HTTPS, any number at once.
///
/// Each call ends exactly once, with an answer or a `CallFailure`, by its completion handler, which may run on any
/// thread. Whoever owns this calls `close` in the end.
package final class LLMConnections: Sendable {
    private let dialect: ServerDialect
    private let key: APIKey?
    private let timeout: Nanoseconds
    private let calls: OpenCalls
    private let transport: any Transport

    /// - Parameters:
    ///   - timeout: real time from the request to the answer's last byte.
    ///   - connections: calls at once at most.
    package init(_ server: LLMServer, key: APIKey?, timeout: Nanoseconds, connections: Int) {
        dialect = ServerDialect(server: server)
        self.key = key
        self.timeout = timeout
        guard LLMServer.problem(ofURL: server.baseURL) == nil, let url = URL(string: dialect.url) else {
            preconditionFailure("an address is checked before it is used: \(server.baseURL)")
        }
        calls = OpenCalls(dialect: dialect, key: key)
        transport = server.isEncrypted
            ? SessionTransport(url, calls, timeout: timeout, connections: connections) : SocketTransport(url, calls)
    }

    /// Begins a call.
    /// - Returns: its number, for `cancel`.
    @discardableResult
    package func begin(_ request: CallRequest, completion: @escaping @Sendable (CallEnd) -> Void) -> Int {
        var headers = [
            (name: "Content-Type", value: "application/json"),
            (name: "Accept", value: dialect.server.stream ? "text/event-stream, application/x-ndjson, application/json" : "application/json"),
            (name: "User-Agent", value: "crisol"),
            // A connection for each call: one that is used again may have died meanwhile, and then nobody can say
            // whether the server has seen the request.
            (name: "Connection", value: "close"),
        ]
        if let key { headers.append((name: "Authorization", value: key.authorization)) }
        let number = calls.begin(completion)
        transport.post(dialect.body(request), headers: headers, as: number)
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: timeout))) { [weak calls, weak self] in
            calls?.end(number, .failed(CallFailure(.timedOut, message: "no whole answer in time (provider.timeout)")))
            self?.transport.cancel(number)
        }
        return number
    }

    /// Ends a call that is under way, as `.cancelled`; does nothing for others.
    package func cancel(_ call: Int) {
        calls.end(call, .failed(CallFailure(.cancelled)))
        transport.cancel(call)
    }

    /// Ends all calls under way, as `.cancelled`, and frees the connections. No call may be begun afterwards.
    package func close() {
        calls.endAll()
        transport.close()
    }

    /// Whether somebody listens at the server's address; else why not. Blocks for some seconds at most.
    package func findServer() -> String? { transport.findServer() }
}
