import SeededChance
import Testing

@testable import HTTPServer

/// Bytes that nobody who means well sends. A failure names its seed.
@Suite struct FuzzTests {
    private static let whole = "POST /query/a%20b?wait=5s&x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n{\"a\": \"b c\"}"
        + "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5;n=v\r\nhello\r\n0\r\nT: 1\r\n\r\nGET * HTTP/1.0\r\n\r\n"

    /// The bytes of some requests, changed in one of the ways in which streams go wrong.
    private static func bytes(_ seed: UInt64) -> [UInt8] {
        var random = SplitMix(state: seed)
        var bytes = Array(whole.utf8)
        switch seed % 6 {
        case 0: return (0..<Int.random(in: 0...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        case 2: bytes.removeSubrange(Int.random(in: 0..<50, using: &random)..<Int.random(in: 50..<bytes.count, using: &random))
        case 3: bytes.insert(contentsOf: Array(repeating: UInt8.random(in: 0...255, using: &random), count: 3000), at: Int.random(in: 0...bytes.count, using: &random))
        default: break
        }
        let special: [UInt8] = [0, 9, 10, 13, 32, 37, 43, 45, 48, 58, 59, 127, 128, 195, 255]
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = special.randomElement(using: &random)!
        }
        return bytes
    }

    private static let limits: Limits = {
        var limits = Limits()
        (limits.headBytes, limits.headerCount, limits.bodyBytes) = (1000, 10, 500)
        limits.bodyTime = 200_000_000
        limits.headTime = 200_000_000
        limits.idleTime = 200_000_000
        return limits
    }()

    /// What a parser makes of bytes in parts of these sizes, and that it stays within its bounds.
    private static func read(_ bytes: [UInt8], parts: () -> Int) -> String {
        var parser = RequestParser(limits: limits)
        var seen = ""
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(max(1, parts()))
            rest = rest.dropFirst(part.count)
            parser.append(part)
            steps: while true {
                switch parser.next() {
                case .needsMore: break steps
                case .expectsContinue: break
                case .request(let request, let persistence):
                    seen += "\(request.method) \(request.path) \(request.query) \(request.headers) \(request.body) \(persistence);"
                    if request.body.count > limits.bodyBytes || request.headers.count > limits.headerCount { seen += "OVER ITS LIMITS" }
                case .problem(let problem): return seen + "\(problem.status)"
                }
            }
            if parser.buffered > limits.headBytes + limits.bodyBytes + part.count { seen += "HOARDS" }
        }
        return seen
    }

    @Test func howeverTheBytesComeTheyMeanTheSame() {
        for seed in 0..<20_000 as Range<UInt64> {
            let bytes = Self.bytes(seed)
            var random = SplitMix(state: ~seed)
            let whole = Self.read(bytes) { bytes.count }
            let single = Self.read(bytes) { 1 }
            let mixed = Self.read(bytes) { Int.random(in: 1...40, using: &random) }
            guard whole == single, whole == mixed, !whole.contains("OVER"), !single.contains("HOARDS") else {
                Issue.record("seed \(seed): whole: \(whole), byte by byte: \(single), in parts: \(mixed)")
                return
            }
        }
    }

    @Test func nothingEndsTheServerButItsOwn() throws {
        let routes = RouteTable([Route("GET", "/well") { _, reply in reply.send(.text(200, "well")) }, Route("POST", "/query/{id}") { request, reply in
            reply.send(.json(200, request.body))
        }])
        try withServer(Server.Configuration(limits: Self.limits), routes.respond) { server in
            for seed in 0..<300 as Range<UInt64> {
                var random = SplitMix(state: ~seed)
                let client = RawClient(port: server.port)
                var rest = Self.bytes(seed)[...]
                while !rest.isEmpty, client.send(rest.prefix(Int.random(in: 1...200, using: &random))) { rest = rest.dropFirst(200) }
                if seed % 2 == 0 { client.finish() }
                // Read or left unread, with a goodbye or without.
                if seed % 3 == 0 { _ = client.readToEnd() }
            }
            let last = RawClient(port: server.port)
            last.send("GET /well HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(last.readToEnd().hasSuffix("\r\n\r\nwell"))
            #expect(server.counts.responses[4] <= 20, "of 5xx there are only those of versions and encodings not spoken here")
        }
    }
}
