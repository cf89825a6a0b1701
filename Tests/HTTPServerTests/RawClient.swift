import Glibc

/// A client that sends whatever bytes it is told to, and reads what comes. Blocks, with a limit of 20 s a read.
struct RawClient: ~Copyable {
    private let socket: Int32

    init(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        precondition(connected == 0, "cannot connect to port \(port): errno \(errno)")
    }

    deinit { close(socket) }

    /// Whether all was taken: a server that has closed takes no more.
    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    func send(_ text: String) { send(text.utf8) }

    /// No more will be sent.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Some bytes; empty at the end, at a reset, and when 20 s have passed.
    func read() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// All that comes until the server closes.
    func readToEnd() -> String {
        var all: [UInt8] = []
        while true {
            let part = read()
            if part.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += part
        }
    }

    /// Reads until what came ends so.
    func read(until end: String) -> String {
        var all: [UInt8] = []
        while !all.suffix(end.utf8.count).elementsEqual(end.utf8) {
            let part = read()
            if part.isEmpty { break }
            all += part
        }
        return String(decoding: all, as: UTF8.self)
    }
}
