import Foundation
import Synchronization

/// Plain HTTP/1.1 over sockets, all of them on one thread that waits in `poll`. A connection for each call.
///
/// Addresses and buffers of the system's calls are reached by unsafe pointers, within the closure of each call.
final class SocketTransport: Transport {
    private enum Order: Sendable {
        case post([UInt8], call: Int)
        case cancel(Int)
        case close
    }

    private let inbox = Mutex<[Order]>([])
    /// The end of a pair of sockets that is written to when there is something in the inbox; −1 once closed. The thread has the other.
    private let bell: Mutex<Int32>
    private let target: Target

    init(_ url: URL, _ calls: OpenCalls) {
        let target = Target(url)
        self.target = target
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, kind, 0, &ends) == 0, "no pair of sockets to be had: \(String(cString: strerror(errno)))")
        let bell = ends[0]
        self.bell = Mutex(ends[1])
        let thread = Thread { [inbox = Inbox(self)] in
            var exchanges = Exchanges(target, calls, bell: bell)
            exchanges.run { inbox.take() }
        }
        thread.name = "llm-sockets"
        thread.start()
    }

    deinit { close() }

    func post(_ body: [UInt8], headers: [(name: String, value: String)], as call: Int) {
        var head = "POST \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\nContent-Length: \(body.count)\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        send(.post(Array((head + "\r\n").utf8) + body, call: call))
    }

    func cancel(_ call: Int) { send(.cancel(call)) }
    func close() {
        send(.close)
        bell.withLock { bell in
            if bell >= 0 { Glibc.close(bell) }
            bell = -1
        }
    }

    func findServer() -> String? {
        let addresses = target.addresses()
        guard !addresses.isEmpty else { return "the host \(target.host) is not known" }
        var reason = ""
        for address in addresses {
            let client = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard client >= 0 else { return String(cString: strerror(errno)) }
            defer { Glibc.close(client) }
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            if address.connect(client) == 0 { return nil }
            reason = String(cString: strerror(errno))
        }
        return reason
    }

    private func send(_ order: Order) {
        bell.withLock { bell in
            guard bell >= 0 else { return }
            inbox.withLock { $0.append(order) }
            var one: UInt8 = 1
            // One that is full rings already.
            _ = Glibc.send(bell, &one, 1, Int32(MSG_NOSIGNAL))
        }
    }

    /// The thread's end of the inbox, which does not keep the transport alive: letting go of that ends the thread.
    private final class Inbox: Sendable {
        private let orders: @Sendable () -> [Order]
        init(_ transport: SocketTransport) {
            orders = { [weak transport] in
                guard let transport else { return [.close] }
                return transport.inbox.withLock { inbox in
                    defer { inbox.removeAll() }
                    return inbox
                }
            }
        }
        func take() -> [Order] { orders() }
    }

    /// Where requests go.
    struct Target: Sendable {
        let host: String
        let port: UInt16
        let authority: String
        let path: String

        init(_ url: URL) {
            let name = url.host ?? "localhost"
            host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
            port = UInt16(clamping: url.port ?? 80)
            authority = (host.contains(":") ? "[\(host)]" : host) + (url.port.map { ":\($0)" } ?? "")
            let path = URLComponents(url: url, resolvingAgainstBaseURL: false)?.percentEncodedPath ?? ""
            self.path = path.isEmpty ? "/" : path
        }

        /// In the order in which they are to be tried; empty where the name is not known.
        func addresses() -> [Address] {
            var hints = addrinfo()
            hints.ai_family = AF_UNSPEC
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var first: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, "\(port)", &hints, &first) == 0, let first else { return [] }
            defer { freeaddrinfo(first) }
            var found: [Address] = []
            var next: UnsafeMutablePointer<addrinfo>? = first
            while let info = next {
                let bytes = UnsafeRawBufferPointer(start: info.pointee.ai_addr, count: Int(info.pointee.ai_addrlen))
                found.append(Address(family: info.pointee.ai_family, bytes: Array(bytes)))
                next = info.pointee.ai_next
            }
            return found
        }
    }

    /// A socket's address as the system writes it.
    struct Address: Sendable {
        let family: Int32
        let bytes: [UInt8]

        func connect(_ client: Int32) -> Int32 {
            bytes.withUnsafeBytes { raw in
                Glibc.connect(client, raw.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            }
        }
    }

    /// The thread's own: the exchanges under way.
    private struct Exchanges {
        struct Exchange {
            let call: Int
            var socket: Int32
            var addresses: ArraySlice<Address>
            let request: [UInt8]
            var sent = 0
            var isConnected = false
            var parser = ReplyParser()
        }

        let target: Target
        let calls: OpenCalls
        let bell: Int32
        var underWay: [Exchange] = []
        var addresses: [Address] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)

        init(_ target: Target, _ calls: OpenCalls, bell: Int32) {
            self.target = target
            self.calls = calls
            self.bell = bell
        }

        mutating func run(_ orders: () -> [Order]) {
            defer {
                for exchange in underWay { Glibc.close(exchange.socket) }
                Glibc.close(bell)
            }
            while true {
                var waits = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
                for exchange in underWay {
                    let wantsToSend = exchange.sent < exchange.request.count
                    waits.append(pollfd(fd: exchange.socket, events: Int16(wantsToSend ? POLLIN | POLLOUT : POLLIN), revents: 0))
                }
                guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
                var ended: [Int] = []
                for (index, wait) in waits.dropFirst().enumerated() where wait.revents != 0 {
                    var exchange = underWay[index]
                    if !goOn(&exchange) { ended.append(index) }
                    underWay[index] = exchange
                }
                for index in ended.reversed() { drop(index) }
                guard waits[0].revents != 0 else { continue }
                _ = Glibc.read(bell, &buffer, buffer.count)
                for order in orders() {
                    switch order {
                    case .post(let request, let call): begin(request, call)
                    case .cancel(let call): if let index = underWay.firstIndex(where: { $0.call == call }) { drop(index) }
                    case .close: return
                    }
                }
            }
        }

        private mutating func drop(_ index: Int) {
            Glibc.close(underWay[index].socket)
            underWay.remove(at: index)
        }

        private mutating func begin(_ request: [UInt8], _ call: Int) {
            if addresses.isEmpty { addresses = target.addresses() }
            var exchange = Exchange(call: call, socket: -1, addresses: addresses[...], request: request)
            if connect(&exchange, after: addresses.isEmpty ? "the host \(target.host) is not known" : "") { underWay.append(exchange) }
        }

        /// Connects to the next address. False where there is none left, and the call has ended.
        private mutating func connect(_ exchange: inout Exchange, after problem: String) -> Bool {
            var problem = problem
            while let address = exchange.addresses.popFirst() {
                if exchange.socket >= 0 { Glibc.close(exchange.socket) }
                exchange.socket = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
                guard exchange.socket >= 0 else {
                    problem = String(cString: strerror(errno))
                    break
                }
                var one: Int32 = 1
                setsockopt(exchange.socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                // A server on this machine that went away must have its port again, though the system chose it for one of us.
                setsockopt(exchange.socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
                if address.connect(exchange.socket) == 0 || errno == EINPROGRESS { return true }
                problem = String(cString: strerror(errno))
            }
            if exchange.socket >= 0 { Glibc.close(exchange.socket) }
            // A name may have another address by the next call.
            addresses = []
            calls.finished(exchange.call, problem: CallFailure(.disconnected, message: "\(target.authority): \(problem)"))
            return false
        }

        /// Sends and reads what can be. False where the exchange is over; its call has been told.
        private mutating func goOn(_ exchange: inout Exchange) -> Bool {
            if !exchange.isConnected {
                var error: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(exchange.socket, SOL_SOCKET, SO_ERROR, &error, &length)
                if error != 0 {
                    guard connect(&exchange, after: String(cString: strerror(error))) else {
                        exchange.socket = -1
                        return false
                    }
                    return true
                }
                exchange.isConnected = true
            }
            while exchange.sent < exchange.request.count {
                let sent = exchange.request.withUnsafeBytes { request in
                    Glibc.send(exchange.socket, request.baseAddress! + exchange.sent, request.count - exchange.sent, Int32(MSG_NOSIGNAL))
                }
                // What went wrong is told by reading, where there may be a reply all the same.
                guard sent > 0 else { break }
                exchange.sent += sent
            }
            return read(&exchange)
        }

        private mutating func read(_ exchange: inout Exchange) -> Bool {
            while true {
                let got = recv(exchange.socket, &buffer, buffer.count, 0)
                if got < 0, errno == EAGAIN || errno == EINTR { return true }
                var problem = got < 0 ? String(cString: strerror(errno)) : nil
                var events: [ReplyParser.Event] = []
                do throws(ReplyParser.Problem) {
                    if got > 0 { try exchange.parser.append(Array(buffer[..<got]), into: &events) }
                    if got == 0 { try exchange.parser.closed(into: &events) }
                } catch {
                    problem = error.reason
                }
                for event in events {
                    switch event {
                    case .head(let status, let headers): calls.replyBegan(exchange.call, status: status) { headers[$0.lowercased()] }
                    case .body(let bytes): if !calls.received(exchange.call, bytes) { return false }
                    case .end:
                        calls.finished(exchange.call, problem: nil)
                        return false
                    }
                }
                if let problem {
                    calls.finished(exchange.call, problem: CallFailure(.disconnected, message: problem))
                    return false
                }
            }
        }
    }
}
