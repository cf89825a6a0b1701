import Foundation
import Glibc
import Synchronization

/// A relay in front of the embedded broker: a port of one's choice, and replies that Java clients understand.
///
/// The embedded broker listens on whatever port is free, names that port in its replies, and answers the ApiVersions
/// of today's clients in a way that Java's takes for a throttle of 20 minutes. Behind the relay clients see one broker at
/// the relay's address (`RelayedReply`). A thread for each connection; what it holds in memory is bounded.
package final class BrokerRelay: Sendable {
    /// Connections at once; one more is closed at once.
    static let connectionsAtMost = 512

    private struct State {
        var isStopping = false
        /// Descriptors of the connections' sockets, to be woken at the end.
        var open: Set<Int32> = []
        var connections = 0
    }

    package let port: UInt16
    private let listener: Int32
    private let brokerPort: UInt16
    private let state = Mutex(State())

    package var bootstrapServers: String { "127.0.0.1:\(port)" }

    /// Listens on the loopback interface; port 0 takes a free one.
    package init(port: UInt16, broker: EmbeddedBroker) throws(KafkaProblem) {
        // A client that goes while it is written to must not end the process.
        signal(SIGPIPE, SIG_IGN)
        guard let text = broker.bootstrapServers.split(separator: ":").last, let behind = UInt16(text) else {
            throw KafkaProblem(reason: .other, name: "_FAIL", text: "the embedded broker's address is \(broker.bootstrapServers)")
        }
        brokerPort = behind
        (listener, self.port) = try LoopbackSocket.listen(port)
        Thread { [self] in accept() }.start()
    }

    deinit { close(listener) }

    /// Takes no more connections and ends those that there are.
    package func stop() {
        state.withLock { state in
            state.isStopping = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else {
                // Out of descriptors, perhaps: those that are in use will be free again.
                let passes = [EINTR, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
                guard passes, !state.withLock({ $0.isStopping }) else { return }
                usleep(10_000)
                continue
            }
            LoopbackSocket.setNoDelay(client)
            let isTaken = state.withLock { state in
                guard !state.isStopping, state.connections < Self.connectionsAtMost else { return false }
                state.connections += 1
                state.open.insert(client)
                return true
            }
            guard isTaken else {
                close(client)
                continue
            }
            let thread = Thread { [self] in serve(client) }
            thread.stackSize = 512 << 10
            thread.start()
        }
    }

    private func serve(_ client: Int32) {
        if let broker = LoopbackSocket.connect(brokerPort) {
            let goesOn = state.withLock { state in
                state.open.insert(broker)
                return !state.isStopping
            }
            if goesOn {
                var connection = RelayConnection(client: client, broker: broker, host: "127.0.0.1", port: Int32(port))
                connection.run()
            }
            state.withLock { _ = $0.open.remove(broker) }
            close(broker)
        }
        // Before it is closed: its number may then be another socket's.
        state.withLock { state in
            state.open.remove(client)
            state.connections -= 1
        }
        close(client)
    }
}

/// TCP sockets on 127.0.0.1.
package enum LoopbackSocket {
    /// Whether a port could be listened on at this moment.
    package static func isFree(_ port: UInt16) -> Bool {
        guard let (descriptor, _) = try? listen(port) else { return false }
        close(descriptor)
        return true
    }

    static func listen(_ port: UInt16) throws(KafkaProblem) -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var bound = sockaddr_in()
        let isBound = withAddress(port) { bind(descriptor, $0, $1) } == 0
        let code = errno
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &bound) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        } == 0
        guard isBound, isNamed, Glibc.listen(descriptor, 128) == 0 else {
            close(descriptor)
            throw KafkaProblem(
                reason: .serverMissing, name: "EADDRINUSE",
                text: "cannot listen on 127.0.0.1:\(port): \(String(cString: strerror(code))); choose another port, or 0 for a free one")
        }
        return (descriptor, UInt16(bigEndian: bound.sin_port))
    }

    static func connect(_ port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        setNoDelay(descriptor)
        return descriptor
    }

    /// Small replies must not wait for the other side's delayed acknowledgements.
    static func setNoDelay(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
