import Synchronization

/// The answer to one request, to be given once, now or later, from any thread.
///
/// A reply that is dropped without an answer answers 500, so that no client waits for nothing. Of two answers (a time
/// limit's and the real one) the first counts.
package final class Reply: Sendable {
    /// What has been said so far.
    private enum Said { static let nothing: UInt8 = 0, begun: UInt8 = 1, all: UInt8 = 2 }

    private let connection: Connection
    private let number: UInt64
    private let said = Atomic<UInt8>(Said.nothing)
    /// What is still to be done later on, if there is no answer before.
    private let timers = Mutex<[ReplyTimer]>([])
    /// More are kept by replies in parts only, whose earlier ones have fired.
    private static let mostTimers = 16

    init(_ connection: Connection, number: UInt64) {
        self.connection = connection
        self.number = number
    }

    deinit {
        switch said.load(ordering: .acquiring) {
        case Said.nothing: connection.answer(number, .whole(.error(500, "no_answer", "the server dropped this request; its log may say why")))
        case Said.begun: connection.answer(number, .disconnect(reset: false))
        default: break
        }
    }

    // MARK: Whole answers

    /// Answers. Returns whether this was the first answer, the one that counts.
    @discardableResult
    package func send(_ response: Response) -> Bool { say(.whole(response), from: Said.nothing, to: Said.all) }

    // MARK: Answers in parts

    /// Begins an answer whose parts follow, as chunks. For server-sent events give `Content-Type: text/event-stream`.
    @discardableResult
    package func begin(_ status: Int = 200, headers: [(name: String, value: String)]) -> Bool {
        say(.begin(status, headers), from: Said.nothing, to: Said.begun)
    }

    /// One more part, sent at once. Returns false where the answer has ended or has not begun.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool { say(.part(bytes), from: Said.begun, to: Said.begun) }

    /// Ends an answer in parts.
    @discardableResult
    package func end() -> Bool { say(.end, from: Said.begun, to: Said.all) }

    // MARK: Answers that are none, for servers whose clients are to be tested

    /// Closes the connection, whatever has been said; what was written before is sent. `reset`: as a process does that
    /// dies, so that the client sees a connection reset.
    package func disconnect(reset: Bool = false) {
        if said.exchange(Said.all, ordering: .acquiringAndReleasing) != Said.all {
            callOffTimers()
            connection.answer(number, .disconnect(reset: reset))
        }
    }

    /// Promises the whole body, sends only its first bytes, and closes the connection.
    package func sendTruncated(_ response: Response, bodyBytes: Int) {
        _ = say(.truncated(response, bodyBytes), from: Said.nothing, to: Said.all)
    }

    // MARK: Time

    /// Does something after a while on the connection's event loop, where it must not block; not if the answer is
    /// complete before.
    ///
    /// - Parameter nanoseconds: real time from now on.
    package func after(_ nanoseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        guard said.load(ordering: .acquiring) != Said.all else { return }
        let timer = connection.schedule(after: nanoseconds, body)
        timers.withLock { timers in
            if timers.count == Self.mostTimers { timers.removeFirst() }
            timers.append(timer)
        }
        if said.load(ordering: .acquiring) == Said.all { callOffTimers() }
    }

    private func callOffTimers() {
        let open = timers.withLock { timers in
            let open = timers
            timers = []
            return open
        }
        for timer in open { timer.callOff() }
    }

    private func say(_ saying: Connection.Saying, from: UInt8, to: UInt8) -> Bool {
        guard said.compareExchange(expected: from, desired: to, ordering: .acquiringAndReleasing).exchanged else { return false }
        if to == Said.all { callOffTimers() }
        connection.answer(number, saying)
        return true
    }
}

/// Something that will be done, and can be called off from any thread.
struct ReplyTimer: Sendable {
    let callOff: @Sendable () -> Void
}
