import Foundation
import Synchronization

/// A server on loopback that sends exactly the bytes it is told to, right or wrong.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case send([UInt8])
        /// Byte by byte, each in a segment of its own.
        case drip([UInt8])
        /// Nothing more until the client goes.
        case waitForClient
        /// As a process does that dies.
        case reset
        case close

        static func text(_ text: String) -> Step { .send(Array(text.utf8)) }

        static func reply(_ status: Int, _ body: String, _ headers: String...) -> Step {
            .text("HTTP/1.1 \(status) Whatever\r\nContent-Length: \(body.utf8.count)\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n\(body)")
        }
    }

    private let listener: Int32
    let port: UInt16
    private let script: [Step]
    private let received = Mutex<[String]>([])

    /// - Parameter script: what each request is answered with.
    convenience init(_ script: Step...) { self.init(script) }

    init(_ script: [Step]) {
        // A client that has gone must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(isListening, "no port on loopback")
        port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    // Not by whoever ends it: the number might be another server's before this thread looks.
                    close(listener)
                    return
                }
                Thread { self.serve(client) }.start()
            }
        }.start()
    }

    var url: String { "http://127.0.0.1:\(port)" }
    /// The requests so far, whole.
    var requests: [String] { received.withLock { $0 } }

    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ client: Int32) {
        defer { close(client) }
        var noDelay: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
        while let request = readRequest(client) {
            received.withLock { $0.append(request) }
            for step in script {
                switch step {
                case .send(let bytes): guard write(client, bytes) else { return }
                case .drip(let bytes):
                    for byte in bytes { guard write(client, [byte]) else { return } }
                case .waitForClient:
                    var byte: UInt8 = 0
                    while recv(client, &byte, 1, 0) > 0 {}
                    return
                case .reset:
                    var linger = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                    return
                case .close: return
                }
            }
        }
    }

    private func write(_ client: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Headers and as much of a body as they promise.
    private func readRequest(_ client: Int32) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let length = text.firstMatch(of: /(?i)content-length: *(\d+)/).flatMap { Int($0.1) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            let got = recv(client, &chunk, chunk.count, 0)
            guard got > 0 else { return nil }
            bytes += chunk[..<got]
        }
    }
}
