// Events of sockets come from swift-nio 2.31, which is older than Swift's concurrency checks.
@preconcurrency import NIO
import Foundation
import Synchronization

/// An HTTP/1.1 server: whole requests to a responder, replies in their order, limits on all that a client may cost.
package final class Server: Sendable {
    package struct Configuration: Sendable {
        /// Loopback unless somebody asks for more.
        package var host = "127.0.0.1"
        /// 0: a free one, see `Server.port`.
        package var port = 0
        /// Event loops, each on a thread of its own.
        package var threads = 1
        package var limits = Limits()

        package init(host: String = "127.0.0.1", port: Int = 0, threads: Int = 1, limits: Limits = Limits()) {
            self.host = host
            self.port = port
            self.threads = threads
            self.limits = limits
        }
    }

    /// Why a server did not start.
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let state: ServerState
    package let host: String
    /// Where it listens.
    package let port: Int

    /// Listens from here on. Throws `StartFailure` where the address is not to be had.
    package init(_ configuration: Configuration = Configuration(), respond: @escaping Responder) throws {
        FileLimit.raise(for: configuration.limits.connections)
        let state = ServerState(limits: configuration.limits, responder: respond)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: 1024)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), TCP_NODELAY), value: 1)
            .childChannelOption(ChannelOptions.autoRead, value: false)
            // A client that has said all may still wait for the answer.
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard let connection = state.admit(channel) else { return channel.pipeline.addHandler(Refusal()) }
                return channel.pipeline.addHandler(connection)
            }
        do {
            listener = try bootstrap.bind(host: configuration.host, port: configuration.port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw StartFailure(description: "cannot listen on \(configuration.host):\(configuration.port): \(error); choose another address, or end what listens there")
        }
        self.group = group
        self.state = state
        host = configuration.host
        port = listener.localAddress?.port ?? configuration.port
    }

    /// Requests and answers so far, and open connections.
    package var counts: ServerCounts { state.counts }

    /// Takes no more connections, lets the requests under way be answered for a while, and ends. Blocks; not to be
    /// called by a responder.
    package func stop(within nanoseconds: Int64 = 5_000_000_000) {
        try? listener.close().wait()
        state.stop()
        state.waitUntilEmpty(until: Date(timeIntervalSinceNow: Double(nanoseconds) / 1e9))
        state.closeAll()
        try? group.syncShutdownGracefully()
    }
}

/// What a server has done.
package struct ServerCounts: Sendable, Equatable {
    package var requests = 0
    package var connections = 0
    package var refusedConnections = 0
    /// By the first digit of the status, from 1xx on.
    package var responses: [Int] = [0, 0, 0, 0, 0]

    package init(requests: Int = 0, connections: Int = 0, refusedConnections: Int = 0, responses: [Int] = [0, 0, 0, 0, 0]) {
        self.requests = requests
        self.connections = connections
        self.refusedConnections = refusedConnections
        self.responses = responses
    }
}

/// What a server's connections share.
final class ServerState: Sendable {
    let limits: Limits
    let responder: Responder
    private let open = Mutex<[ObjectIdentifier: Connection]>([:])
    /// Signalled when the last connection has gone.
    private let empty = NSCondition()
    private let stopping = Atomic<Bool>(false)
    private let requests = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let informed = Atomic<Int>(0), succeeded = Atomic<Int>(0), redirected = Atomic<Int>(0)
    private let failedByClient = Atomic<Int>(0), failedByServer = Atomic<Int>(0)

    init(limits: Limits, responder: @escaping Responder) {
        self.limits = limits
        self.responder = responder
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// nil where there are as many connections as there may be.
    func admit(_ channel: any Channel) -> Connection? {
        let connection = Connection(channel, self)
        let isAdmitted = open.withLock { open in
            guard open.count < limits.connections else { return false }
            open[ObjectIdentifier(connection)] = connection
            return true
        }
        if !isAdmitted { refused.add(1, ordering: .relaxed) }
        return isAdmitted ? connection : nil
    }

    func remove(_ connection: Connection) {
        let isLast = open.withLock { open in
            open[ObjectIdentifier(connection)] = nil
            return open.isEmpty
        }
        guard isLast else { return }
        empty.lock()
        empty.broadcast()
        empty.unlock()
    }

    func counted(_ request: Request) { requests.add(1, ordering: .relaxed) }

    func counted(_ status: Int) {
        switch status {
        case 200..<300: succeeded.add(1, ordering: .relaxed)
        case 400..<500: failedByClient.add(1, ordering: .relaxed)
        case 500...: failedByServer.add(1, ordering: .relaxed)
        case 300..<400: redirected.add(1, ordering: .relaxed)
        default: informed.add(1, ordering: .relaxed)
        }
    }

    var counts: ServerCounts {
        ServerCounts(
            requests: requests.load(ordering: .relaxed), connections: open.withLock { $0.count },
            refusedConnections: refused.load(ordering: .relaxed),
            responses: [
                informed.load(ordering: .relaxed), succeeded.load(ordering: .relaxed), redirected.load(ordering: .relaxed),
                failedByClient.load(ordering: .relaxed), failedByServer.load(ordering: .relaxed),
            ])
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        for connection in open.withLock({ Array($0.values) }) { connection.onLoop { $0.stop() } }
    }

    func waitUntilEmpty(until end: Date) {
        empty.lock()
        defer { empty.unlock() }
        while !open.withLock({ $0.isEmpty }) { if !empty.wait(until: end) { return } }
    }

    func closeAll() {
        for connection in open.withLock({ Array($0.values) }) { connection.onLoop { $0.close() } }
    }
}

extension Connection {
    /// From any thread: does something on the connection's own event loop.
    func onLoop(_ body: @escaping @Sendable (Connection) -> Void) { execute { body(self) } }
}

/// Tells a client that there are too many, and closes.
private final class Refusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let response = Response.error(503, "too_many_connections", "the server has as many connections as it may have; try again later")
        var buffer = context.channel.allocator.buffer(capacity: 512)
        buffer.writeString("HTTP/1.1 \(StatusLine.text(of: 503))Content-Type: application/json\r\nContent-Length: \(response.body.count)\r\nRetry-After: 1\r\nConnection: close\r\n\r\n")
        buffer.writeBytes(response.body)
        let channel = context.channel
        channel.writeAndFlush(buffer).whenComplete { _ in channel.close(promise: nil) }
    }
}
