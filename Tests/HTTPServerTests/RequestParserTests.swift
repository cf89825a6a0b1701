import Testing

@testable import HTTPServer

@Suite struct RequestParserTests {
    /// What a parser makes of bytes that come in these parts: each request, and the problem at the end.
    private func read(_ parts: [[UInt8]], limits: Limits = Limits()) -> (requests: [String], problem: Int?) {
        var parser = RequestParser(limits: limits)
        var requests: [String] = []
        for part in parts {
            parser.append(part)
            steps: while true {
                switch parser.next() {
                case .needsMore: break steps
                case .expectsContinue: break
                case .request(let r, let persistence):
                    requests.append("\(r.method) \(r.path) \(r.query) \(r.headers) \(r.body) \(persistence)")
                case .problem(let problem): return (requests, problem.status)
                }
            }
        }
        return (requests, nil)
    }

    private func status(_ text: String, limits: Limits = Limits()) -> Int? { read([Array(text.utf8)], limits: limits).problem }

    private static let several = "\r\nPOST /q?a=1+2&b=%C3%A9&c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-Empty:\r\n\r\nabcGET http://x/p HTTP/1.1\r\nhOST:\tx \r\n\r\n"
        + "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET /last HTTP/1.0\r\n\r\n"

    @Test func readsWhatItIsGiven() {
        let (requests, problem) = read([Array(Self.several.utf8)])
        #expect(problem == nil)
        #expect(requests.count == 4)
        #expect(requests[0].contains(#"[(name: "a", value: "1 2"), (name: "b", value: "é"), (name: "c", value: "")]"#))
        #expect(requests[0].contains("[97, 98, 99]") && requests[0].contains(#"(name: "x-empty", value: "")"#))
        #expect(requests[1].hasPrefix(#"GET /p [] [(name: "host", value: "x")]"#))
        #expect(requests[2].contains("[97, 98, 99, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57]"))
        #expect(requests[3].contains("keepsAlive: false, isOld: true"))
    }

    @Test func splitAtEveryByteItReadsTheSame() {
        let bytes = Array(Self.several.utf8)
        let whole = read([bytes]).requests
        for cut in 0...bytes.count { #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]).requests == whole) }
        #expect(read(bytes.map { [$0] }).requests == whole)
    }

    @Test(arguments: [
        ("GET /\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1 \r\n\r\n", 400), ("G@T / HTTP/1.1\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: x\n\n", 400), ("GET / HTTP/1.1\r\nHost: x\n\r\n", 400),
        ("GET / HTTP/2.0\r\n", 505), ("GET / FTP/1.1\r\n", 400), ("GET x HTTP/1.1\r\n", 400), ("GET /% HTTP/1.1\r\n", 400),
        ("GET /%FF HTTP/1.1\r\n", 400), ("GET /?%f HTTP/1.1\r\n", 400), ("GET /\u{7f} HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400), ("GET / HTTP/1.1\r\n: a\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\u{0}b\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\rb\r\n", 400), ("GET / HTTP/1.1\r\nHost\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n", 400), ("POST / HTTP/1.1\r\nContent-Length: -1\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: +1\r\n", 400), ("POST / HTTP/1.1\r\nContent-Length: 1,1\r\n", 400), ("POST / HTTP/1.1\r\nContent-Length: \r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413), ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400), ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n", 501),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501), ("POST / HTTP/1.1\r\nExpect: a miracle\r\n", 417),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400), ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400), ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", 413), ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413),
    ])
    func refuses(_ text: String, _ expected: Int) { #expect(status(text) == expected, "\(text.debugDescription)") }

    @Test func holdsItsLimits() {
        var limits = Limits()
        limits.headBytes = 200
        limits.headerCount = 5
        limits.bodyBytes = 10
        #expect(status("GET /" + String(repeating: "a", count: 300), limits: limits) == 414)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 300), limits: limits) == 431)
        #expect(status("GET / HTTP/1.1\r\n" + String(repeating: "X: a\r\n", count: 6), limits: limits) == 431)
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", limits: limits) == 413)
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", limits: limits) == nil)
        let chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
        #expect(status(chunks + "5\r\n12345\r\n0\r\n\r\n", limits: limits) == nil)
        #expect(status(chunks + "6\r\n", limits: limits) == 413)
        #expect(status(chunks + "0\r\n" + String(repeating: "T: t\r\n", count: 100), limits: limits) == 431)
        #expect(status(chunks + "5;" + String(repeating: "x", count: 2000), limits: limits) == 400)
    }

    @Test func saysOnceThatTheClientWaits() {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8))
        guard case .expectsContinue = parser.next(), case .needsMore = parser.next() else { Issue.record("no 100"); return }
        #expect(parser.phase == .body)
        parser.append(Array("ab".utf8))
        guard case .request(let request, _) = parser.next() else { Issue.record("no request"); return }
        #expect(request.body == [97, 98])
        #expect(parser.phase == .idle)
    }
}
