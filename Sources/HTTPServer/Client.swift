// swift-nio 2.31 is older than Swift's concurrency checks and marks nothing as Sendable.
@preconcurrency import NIO
@preconcurrency import NIOHTTP1
import Glibc

/// Why a request has no response.
package enum ClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case notConnected(String)
    case timedOut
    /// The connection was closed or reset, or what came was no HTTP.
    case broken(String)
    case closed

    package var description: String {
        switch self {
        case .notConnected(let why): "cannot connect: \(why)"
        case .timedOut: "no whole response in time"
        case .broken(let why): "the connection broke: \(why)"
        case .closed: "the client was closed"
        }
    }
}

/// A client of one server, over as many connections as requests need at once, up to a bound. Beyond it requests wait in
/// order, and each tells when it was really sent: no wait goes unseen.
package final class Client: @unchecked Sendable {
    // Unchecked: stored variables are touched on the event loop only.

    /// What became of a request.
    package struct Exchange: Sendable {
        package let result: Result<Response, ClientFailure>
        /// When the request was written to its connection, on CLOCK_MONOTONIC in nanoseconds; 0 where it never was.
        package let sentAt: Int64
        /// When its end was known.
        package let endedAt: Int64
    }

    fileprivate struct Job {
        let head: HTTPRequestHead
        let body: [UInt8]
        let timeout: TimeAmount
        let completion: @Sendable (Exchange) -> Void
    }

    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let host: String
    private let port: Int
    private let address: SocketAddress
    private let authorization: String?
    private let mostConnections: Int

    private var open = 0
    private var idle: [ClientConnection] = []
    private var waiting = CircularBuffer<Job>()
    private var isClosed = false

    /// Connections that have been idle for longer are not used again: the server may be about to close them.
    private static let longestIdle: Int64 = 20_000_000_000

    /// - Parameters:
    ///   - host: a numeric address: looking up names would block the event loop.
    ///   - token: sent as bearer token.
    package init(host: String = "127.0.0.1", port: Int, connections: Int = 256, token: String? = nil) {
        guard let address = try? SocketAddress(ipAddress: host, port: port) else { preconditionFailure("\(host) is no numeric address") }
        self.address = address
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        self.host = host
        self.port = port
        authorization = token.map { "Bearer \($0)" }
        mostConnections = connections
        FileLimit.raise(for: connections)
    }

    /// Sends a request, from any thread. The completion runs on the client's event loop, where it must not block.
    ///
    /// - Parameter timeout: nanoseconds from the sending on.
    package func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], timeout: Int64 = 30_000_000_000,
        _ completion: @escaping @Sendable (Exchange) -> Void
    ) {
        var fields = HTTPHeaders([("Host", "\(host):\(port)")] + headers.map { ($0.name, $0.value) })
        if !body.isEmpty || method == "POST" { fields.add(name: "Content-Length", value: String(body.count)) }
        if let authorization { fields.add(name: "Authorization", value: authorization) }
        let job = Job(
            head: HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields), body: body,
            timeout: .nanoseconds(timeout), completion: completion)
        loop.execute { [self] in submit(job) }
    }

    /// Does something after so many nanoseconds on the client's event loop, unless it is closed before.
    package func after(_ nanoseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        _ = loop.scheduleTask(in: .nanoseconds(nanoseconds), body)
    }

    /// Ends all requests under way. Blocks; not to be called by a completion.
    package func close() {
        loop.execute { [self] in
            isClosed = true
            for connection in idle { connection.close() }
            let left = waiting
            waiting.removeAll()
            for job in left { Self.fail(job, .closed) }
        }
        try? group.syncShutdownGracefully()
    }

    private static func fail(_ job: Job, _ failure: ClientFailure) {
        job.completion(Exchange(result: .failure(failure), sentAt: 0, endedAt: monotonic()))
    }

    // MARK: Connections, on the event loop

    private func submit(_ job: Job) {
        if isClosed { return Self.fail(job, .closed) }
        while let connection = idle.popLast() {
            if connection.isUsable(since: Self.monotonic() - Self.longestIdle) { return connection.run(job) }
            connection.close()
        }
        guard open < mostConnections else { return waiting.append(job) }
        open += 1
        ClientBootstrap(group: loop)
            .channelOption(ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), TCP_NODELAY), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { [self] channel in
                channel.pipeline.addHTTPClientHandlers().flatMap {
                    channel.pipeline.addHandler(ClientConnection(channel, self), name: "connection")
                }
            }
            .connect(to: address)
            .flatMap { $0.pipeline.handler(type: ClientConnection.self) }
            .whenComplete { [self] result in
                switch result {
                case .success(let connection): connection.run(job)
                case .failure(let error):
                    open -= 1
                    Self.fail(job, .notConnected("\(error)"))
                    takeWaiting()
                }
            }
    }

    fileprivate func freed(_ connection: ClientConnection) {
        if isClosed { return connection.close() }
        if let job = waiting.popFirst() { connection.run(job) } else { idle.append(connection) }
    }

    fileprivate func gone(_ connection: ClientConnection) {
        open -= 1
        idle.removeAll { $0 === connection }
        takeWaiting()
    }

    private func takeWaiting() {
        if let job = waiting.popFirst() { submit(job) }
    }

    fileprivate static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// One connection with at most one request under way.
///
/// Unchecked: it is touched on the client's event loop only.
private final class ClientConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let channel: any Channel
    private let client: Client
    private var job: Client.Job?
    private var response: Response?
    private var keepsAlive = true
    private var sentAt: Int64 = 0
    private var idleSince: Int64 = 0
    private var timeout: Scheduled<Void>?
    private var isGone = false

    init(_ channel: any Channel, _ client: Client) {
        self.channel = channel
        self.client = client
    }

    func isUsable(since moment: Int64) -> Bool { !isGone && channel.isActive && idleSince >= moment }

    func run(_ job: Client.Job) {
        self.job = job
        response = nil
        sentAt = Client.monotonic()
        channel.write(NIOAny(HTTPClientRequestPart.head(job.head)), promise: nil)
        if !job.body.isEmpty {
            var buffer = channel.allocator.buffer(capacity: job.body.count)
            buffer.writeBytes(job.body)
            channel.write(NIOAny(HTTPClientRequestPart.body(.byteBuffer(buffer))), promise: nil)
        }
        channel.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
        timeout = channel.eventLoop.scheduleTask(in: job.timeout) { [weak self] in self?.fail(.timedOut) }
    }

    func close() { channel.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            response = Response(Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) })
            keepsAlive = head.isKeepAlive
        case .body(let buffer): response?.body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let response, let job = takeJob() else { return }
            job.completion(Client.Exchange(result: .success(response), sentAt: sentAt, endedAt: Client.monotonic()))
            idleSince = Client.monotonic()
            if keepsAlive { client.freed(self) } else { close() }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(.broken("\(error)")) }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.broken("closed before the response's end"))
        guard !isGone else { return }
        isGone = true
        client.gone(self)
    }

    private func fail(_ failure: ClientFailure) {
        if let job = takeJob() { job.completion(Client.Exchange(result: .failure(failure), sentAt: sentAt, endedAt: Client.monotonic())) }
        close()
    }

    private func takeJob() -> Client.Job? {
        timeout?.cancel()
        timeout = nil
        defer { job = nil }
        return job
    }
}
