import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// A server for the length of a test.
func withServer<R>(_ configuration: Server.Configuration = .init(), _ respond: @escaping Responder, _ body: (Server) throws -> R) throws -> R {
    let server = try Server(configuration, respond: respond)
    defer { server.stop(within: 0) }
    return try body(server)
}

let echo: Responder = { request, reply in
    reply.send(.text(200, "\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))"))
}

@Suite struct ServerTests {
    @Test func answersInTheOrderOfPipelinedRequests() throws {
        let held = Mutex<Reply?>(nil)
        try withServer(.init(), { request, reply in
            if request.path == "/slow" { held.withLock { $0 = reply } } else { echo(request, reply) }
        }) { server in
            let client = RawClient(port: server.port)
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let reply = try #require(waitFor { held.withLock { $0 } })
            #expect(server.counts.requests == 1, "the second request waits for the first one's answer")
            reply.send(.text(200, "slow"))
            let answers = client.readToEnd()
            let order = ["slow", "GET /2 ", "GET /3 "].map { answers.range(of: "\r\n\r\n" + $0)?.lowerBound }
            #expect(order[0]! < order[1]! && order[1]! < order[2]!)
        }
    }

    @Test func streamsInChunksFromAnotherThread() throws {
        try withServer(.init(), { _, reply in
            Thread.detachNewThread {
                reply.begin(headers: [("Content-Type", "text/event-stream")])
                reply.write(Array("data: 1\n\n".utf8))
                reply.write(Array("data: 22\n\n".utf8))
                reply.end()
            }
        }) { server in
            let client = RawClient(port: server.port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = client.readToEnd()
            #expect(answer.contains("Transfer-Encoding: chunked\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n9\r\ndata: 1\n\n\r\na\r\ndata: 22\n\n\r\n0\r\n\r\n"))
            let old = RawClient(port: server.port)
            old.send("GET / HTTP/1.0\r\n\r\n")
            let plain = old.readToEnd()
            #expect(plain.hasSuffix("\r\n\r\ndata: 1\n\ndata: 22\n\n") && !plain.contains("chunked"))
        }
    }

    @Test func misbehavesOnRequest() throws {
        try withServer(.init(), { request, reply in
            switch request.path {
            case "/none": reply.disconnect()
            case "/reset": reply.disconnect(reset: true)
            case "/half": reply.sendTruncated(.text(200, "0123456789"), bodyBytes: 4)
            default: break  // dropped
            }
        }) { server in
            func ask(_ path: String) -> String {
                let client = RawClient(port: server.port)
                client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return client.readToEnd()
            }
            #expect(ask("/none") == "")
            #expect(ask("/reset") == "")
            let half = ask("/half")
            #expect(half.contains("Content-Length: 10\r\n") && half.hasSuffix("\r\n\r\n0123"))
            let client = RawClient(port: server.port)
            client.send("GET /dropped HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasPrefix("HTTP/1.1 500 "))
        }
    }

    @Test func headHasNoBody() throws {
        let routes = RouteTable([Route("GET", "/a") { _, reply in reply.send(.text(200, "12345")) }])
        try withServer(.init(), routes.respond) { server in
            let client = RawClient(port: server.port)
            client.send("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = client.readToEnd()
            #expect(answer.contains("Content-Length: 5\r\n") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func limitsTime() throws {
        var configuration = Server.Configuration()
        configuration.limits.headTime = 30_000_000
        configuration.limits.bodyTime = 30_000_000
        configuration.limits.idleTime = 30_000_000
        try withServer(configuration, echo) { server in
            func what(_ sent: String) -> String {
                let client = RawClient(port: server.port)
                client.send(sent)
                return client.readToEnd()
            }
            #expect(what("GET / HT").hasPrefix("HTTP/1.1 408 "))
            #expect(what("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab").hasPrefix("HTTP/1.1 408 "))
            #expect(what("") == "", "an idle connection is closed without a word")
            #expect(what("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200 "), "and so is one that has been served")
        }
    }

    @Test func limitsConnections() throws {
        var configuration = Server.Configuration()
        configuration.limits.connections = 1
        try withServer(configuration, echo) { server in
            let first = RawClient(port: server.port)
            first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(first.read(until: "GET /1 ").contains("200 OK"))
            let second = RawClient(port: server.port)
            let refusal = second.readToEnd()
            #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains(#"{"error":{"code":"too_many_connections""#))
            first.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(first.read(until: "GET /2 ").contains("200 OK"), "the first connection goes on")
        }
    }

    @Test func tellsWhatIsNotThere() throws {
        let token = try #require(BearerToken("open sesame"))
        let routes = RouteTable([
            Route("GET", "/health", isOpen: true) { _, reply in reply.send(.text(200, "well")) },
            Route("GET", "/query/{id}") { request, reply in reply.send(.text(200, request.capture("id")!)) },
            Route("POST", "/query") { _, reply in reply.send(.text(200, "asked")) },
        ], token: token)
        try withServer(.init(), routes.respond) { server in
            func ask(_ line: String, _ headers: String = "Authorization: Bearer open sesame\r\n") -> String {
                let client = RawClient(port: server.port)
                client.send("\(line) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(headers)\r\n")
                return client.readToEnd()
            }
            #expect(ask("GET /nowhere").hasPrefix("HTTP/1.1 404 "))
            #expect(ask("GET /query/").hasPrefix("HTTP/1.1 404 "))
            let method = ask("DELETE /query/1")
            #expect(method.hasPrefix("HTTP/1.1 405 ") && method.contains("\r\nAllow: GET, HEAD\r\n"))
            #expect(ask("GET /query").contains("\r\nAllow: POST\r\n"))
            #expect(ask("GET /query/a%2Fb%20c?x=1").hasSuffix("\r\n\r\na/b c"))
            #expect(ask("GET /health", "").hasSuffix("well"))
            for wrong in ["", "Authorization: open sesame\r\n", "Authorization: Bearer open sesam\r\n", "Authorization: Bearer open sesame!\r\n"] {
                #expect(ask("POST /query", wrong).hasPrefix("HTTP/1.1 401 "))
            }
            #expect(ask("POST /query", "authorization: BEARER open sesame\r\n").hasSuffix("asked"))
        }
        #expect(!"\(token) \(String(reflecting: token))".contains("sesame"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("115"), "nor its bytes")
    }

    @Test func stopsWhenTheLastAnswerIsGiven() throws {
        let held = Mutex<Reply?>(nil)
        let server = try Server { _, reply in held.withLock { $0 = reply } }
        let client = RawClient(port: server.port)
        let idle = RawClient(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let reply = try #require(waitFor { held.withLock { $0 } })
        #expect(waitFor { server.counts.connections == 2 ? true : nil } == true)
        let stopped = Mutex(false)
        let stopper = Thread {
            server.stop(within: 20_000_000_000)
            stopped.withLock { $0 = true }
        }
        stopper.start()
        #expect(idle.readToEnd() == "", "an idle connection is closed at once")
        #expect(!stopped.withLock { $0 })
        reply.send(.text(200, "late"))
        let answer = client.readToEnd()
        #expect(answer.hasSuffix("late") && answer.contains("Connection: close\r\n"))
        #expect(waitFor { stopped.withLock { $0 } ? true : nil } == true)
    }
}

/// Waits up to 20 s for a value.
func waitFor<R>(_ value: () -> R?) -> R? {
    for _ in 0..<20_000 {
        if let value = value() { return value }
        usleep(1000)
    }
    return nil
}
