// One client's connection: bytes in, requests to the responder, answers out in the order of the requests.

// swift-nio 2.31 is older than Swift's concurrency checks and marks nothing as Sendable.
@preconcurrency import NIO

/// Unchecked: every stored property is touched on the channel's event loop only, but for `channel` and `server`, which
/// never change and may be used from any thread.
final class Connection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a reply says.
    enum Saying: Sendable {
        case whole(Response)
        case begin(Int, [(name: String, value: String)])
        case part([UInt8])
        case end
        case truncated(Response, Int)
        case disconnect(reset: Bool)
    }

    private enum State {
        /// The next request is awaited, or under way.
        case reading
        /// A request is with the responder; the next one waits.
        case answering(Exchange)
        /// The last answer is on its way or sent; what still comes is thrown away.
        case closing
        case closed
    }

    /// The request that is being answered.
    private struct Exchange {
        let isHead: Bool
        let isOld: Bool
        var keepsAlive: Bool
        /// Whether the answer comes in chunks.
        var isChunked = false
    }

    private let channel: any Channel
    private let server: ServerState
    private var parser: RequestParser
    private var state = State.reading
    /// Tells the requests of this connection apart.
    private var number: UInt64 = 0
    private var outgoing: ByteBuffer
    private var isProcessing = false
    private var inputClosed = false
    private var isReadHeld = false
    private var dateLine = DateLine()

    private var phase = RequestParser.Phase.idle
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var timerAt = NIODeadline.distantFuture

    /// Requests that a client sends ahead of their answers may fill this much; then nothing more is read.
    private static let readAhead = 64 << 10
    /// For how long a closed connection's last words are listened to, so that the client gets to read ours: closing
    /// with unread bytes resets the connection (RFC 9112, section 9.6).
    private static let lingering = TimeAmount.seconds(1)

    init(_ channel: any Channel, _ server: ServerState) {
        self.channel = channel
        self.server = server
        parser = RequestParser(limits: server.limits)
        outgoing = channel.allocator.buffer(capacity: 1024)
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        awaitPhase(.idle)
        if server.isStopping { stop() }
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        switch state {
        case .reading, .answering:
            // The buffer's own bytes, copied within the closure: an unsafe pointer saves going through them one by one.
            buffer.withUnsafeReadableBytes { parser.append($0) }
            process()
        case .closing, .closed: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { readOn() }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        inputClosed = true
        switch state {
        case .reading:
            if parser.phase == .idle { close() } else { refuse(RequestProblem(400, "malformed_request", "the connection was closed in the middle of a request")) }
        case .answering, .closed: break
        case .closing: close()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard case .answering = state else { return }
        setDeadline(channel.isWritable ? .distantFuture : .now() + .nanoseconds(server.limits.writeTime))
    }

    // MARK: Requests

    /// Hands requests on, one at a time, until there are no more or one is not answered at once.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer {
            isProcessing = false
            flush()
        }
        while case .reading = state {
            switch parser.next() {
            case .needsMore:
                if inputClosed { return close() }
                return awaitPhase(parser.phase)
            case .expectsContinue:
                outgoing.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
                flush()
            case .request(let request, let persistence):
                number += 1
                state = .answering(Exchange(
                    isHead: request.method == "HEAD", isOld: persistence.isOld, keepsAlive: persistence.keepsAlive))
                setDeadline(.distantFuture)
                server.counted(request)
                server.responder(request, Reply(self, number: number))
            case .problem(let problem):
                refuse(problem)
            }
        }
    }

    /// Tells a client what was wrong with its bytes. What follows them cannot be understood any more.
    private func refuse(_ problem: RequestProblem) {
        number += 1
        state = .answering(Exchange(isHead: false, isOld: false, keepsAlive: false))
        say(.whole(.error(problem)))
        flush()
    }

    private func readOn() {
        switch state {
        case .reading, .closing: channel.read()
        case .answering:
            isReadHeld = parser.buffered > Self.readAhead
            if !isReadHeld { channel.read() }
        case .closed: break
        }
    }

    // MARK: Answers

    /// From any thread: says something about a request, if it is still the one that is being answered.
    func answer(_ number: UInt64, _ saying: Saying) {
        if channel.eventLoop.inEventLoop {
            answerHere(number, saying)
        } else {
            channel.eventLoop.execute { self.answerHere(number, saying) }
        }
    }

    private func answerHere(_ number: UInt64, _ saying: Saying) {
        guard number == self.number, case .answering = state else { return }
        say(saying)
        // Within `process` the loop there goes on, and sends several answers at once.
        guard !isProcessing else { return }
        if case .reading = state {
            if isReadHeld {
                isReadHeld = false
                channel.read()
            }
            process()
        } else {
            flush()
        }
    }

    private func say(_ saying: Saying) {
        guard case .answering(var exchange) = state else { return }
        switch saying {
        case .whole(let response):
            let keepsAlive = writeHead(response.status, response.headers, exchange, length: response.body.count)
            if !exchange.isHead { outgoing.writeBytes(response.body) }
            finish(keepsAlive: keepsAlive)
        case .begin(let status, let headers):
            exchange.isChunked = !exchange.isOld
            if exchange.isOld { exchange.keepsAlive = false }
            exchange.keepsAlive = writeHead(status, headers, exchange, length: nil)
            state = .answering(exchange)
        case .part(let bytes):
            guard !exchange.isHead, !bytes.isEmpty else { return }
            if exchange.isChunked { outgoing.writeString(String(bytes.count, radix: 16) + "\r\n") }
            outgoing.writeBytes(bytes)
            if exchange.isChunked { outgoing.writeStaticString("\r\n") }
        case .end:
            if exchange.isChunked, !exchange.isHead { outgoing.writeStaticString("0\r\n\r\n") }
            finish(keepsAlive: exchange.keepsAlive)
        case .truncated(let response, let bytes):
            exchange.keepsAlive = false
            _ = writeHead(response.status, response.headers, exchange, length: response.body.count)
            outgoing.writeBytes(response.body.prefix(bytes))
            finish(keepsAlive: false)
        case .disconnect(let reset):
            if reset {
                // An SO_LINGER of zero makes the kernel send a reset.
                (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in self.close() }
            } else {
                finish(keepsAlive: false)
            }
        }
    }

    /// Returns whether the connection stays open behind this answer.
    private func writeHead(_ status: Int, _ headers: [(name: String, value: String)], _ exchange: Exchange, length: Int?) -> Bool {
        let keepsAlive = exchange.keepsAlive && !server.isStopping && !inputClosed
        server.counted(status)
        outgoing.writeStaticString("HTTP/1.1 ")
        outgoing.writeString(StatusLine.text(of: status))
        for header in headers {
            outgoing.writeString(header.name)
            outgoing.writeStaticString(": ")
            // A line end in a value would begin a header of somebody else's making.
            let isClean = header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            outgoing.writeString(isClean ? header.value : String(decoding: header.value.utf8.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self))
            outgoing.writeStaticString("\r\n")
        }
        if let length {
            outgoing.writeStaticString("Content-Length: ")
            outgoing.writeString(String(length))
            outgoing.writeStaticString("\r\n")
        } else if exchange.isChunked {
            outgoing.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        if !keepsAlive {
            outgoing.writeStaticString("Connection: close\r\n")
        } else if exchange.isOld {
            outgoing.writeStaticString("Connection: keep-alive\r\n")
        }
        outgoing.writeString(dateLine.now())
        outgoing.writeStaticString("\r\n")
        return keepsAlive
    }

    private func finish(keepsAlive: Bool) {
        if keepsAlive {
            state = .reading
            phase = .idle
            setDeadline(.now() + .nanoseconds(server.limits.idleTime))
            return
        }
        state = .closing
        setDeadline(.now() + .nanoseconds(server.limits.writeTime))
        let last = outgoing
        outgoing.clear()
        channel.writeAndFlush(last).whenComplete { [self] result in
            guard case .success = result, !inputClosed else { return close() }
            channel.close(mode: .output, promise: nil)
            setDeadline(.now() + Self.lingering)
            channel.read()
        }
    }

    private func flush() {
        guard outgoing.readableBytes > 0 else { return }
        channel.writeAndFlush(outgoing, promise: nil)
        // Where the socket has taken all, the buffer's memory serves again.
        outgoing.clear()
    }

    // MARK: Time

    /// Waits for what the parser waits for, and no longer than the limits say.
    private func awaitPhase(_ new: RequestParser.Phase) {
        guard new != phase || deadline == .distantFuture else { return }
        phase = new
        let limits = server.limits
        switch new {
        case .idle: setDeadline(.now() + .nanoseconds(limits.idleTime))
        case .head: setDeadline(.now() + .nanoseconds(limits.headTime))
        case .body: setDeadline(.now() + .nanoseconds(limits.bodyTime))
        case .over: break
        }
    }

    /// One timer serves all deadlines: where a deadline moves away, the timer finds that out when it fires.
    private func setDeadline(_ new: NIODeadline) {
        deadline = new
        guard new < timerAt else { return }
        timer?.cancel()
        timerAt = new
        timer = channel.eventLoop.scheduleTask(deadline: new) { [self] in timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerAt = .distantFuture
        if deadline <= .now() {
            deadline = .distantFuture
            expired()
        } else if deadline != .distantFuture {
            setDeadline(deadline)
        }
    }

    private func expired() {
        switch state {
        case .reading:
            switch phase {
            case .idle, .over: close()
            case .head: refuse(RequestProblem(408, "request_timeout", "the headers did not come within \(server.limits.headTime / 1_000_000) ms"))
            case .body: refuse(RequestProblem(408, "request_timeout", "the body did not come within \(server.limits.bodyTime / 1_000_000) ms"))
            }
        case .answering, .closing: close()
        case .closed: break
        }
    }

    func execute(_ body: @escaping @Sendable () -> Void) { channel.eventLoop.execute(body) }

    func schedule(after nanoseconds: Int64, _ body: @escaping @Sendable () -> Void) -> ReplyTimer {
        let scheduled = channel.eventLoop.scheduleTask(in: .nanoseconds(nanoseconds), body)
        return ReplyTimer { scheduled.cancel() }
    }

    // MARK: The end

    /// No request after the one under way.
    func stop() {
        if case .reading = state, parser.phase == .idle { close() }
    }

    func close() {
        if case .closed = state { return }
        state = .closed
        channel.close(promise: nil)
    }

    private func ended() {
        state = .closed
        timer?.cancel()
        timer = nil
        server.remove(self)
    }
}
