import Glibc

/// One client's connection through the relay: requests go to the broker, its replies come back with the relay's address.
///
/// It reads whole frames and stops reading from a side whose bytes the other does not take. A frame that cannot be one
/// ends the connection, as it does at a broker.
struct RelayConnection {
    /// Longest request; the broker's clients send 4 MB at most.
    static let longestRequest = 16 << 20
    /// Longest reply: a fetch of several partitions.
    static let longestReply = 128 << 20
    /// Bytes that wait for one side before the other is read no more.
    private static let crowded = 1 << 20
    private static let pendingAtMost = 10_000

    private let client: Int32
    private let broker: Int32
    private let host: String
    private let port: Int32

    private var requests = FrameReader(longest: longestRequest)
    private var replies = FrameReader(longest: longestReply)
    private var toBroker = Outgoing()
    private var toClient = Outgoing()

    /// A request whose reply is still to be sent to the client; replies keep the requests' order.
    private struct Pending {
        let request: RequestHeader
        /// The reply, where the relay gives it itself.
        let reply: [UInt8]?
    }
    private var pending: [Pending] = []

    init(client: Int32, broker: Int32, host: String, port: Int32) {
        (self.client, self.broker, self.host, self.port) = (client, broker, host, port)
    }

    /// Goes on until one side ends.
    mutating func run() {
        for descriptor in [client, broker] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            var waiting = [
                pollfd(fd: client, events: 0, revents: 0), pollfd(fd: broker, events: 0, revents: 0),
            ]
            if toBroker.count < Self.crowded, pending.count < Self.pendingAtMost { waiting[0].events |= Int16(POLLIN) }
            if toClient.count < Self.crowded { waiting[1].events |= Int16(POLLIN) }
            if toClient.count > 0 { waiting[0].events |= Int16(POLLOUT) }
            if toBroker.count > 0 { waiting[1].events |= Int16(POLLOUT) }
            guard poll(&waiting, 2, -1) >= 0 || errno == EINTR else { return }
            let isClientOpen = requests.fill(from: client, waiting[0].revents, &chunk)
            guard takeRequests() else { return }
            let isBrokerOpen = replies.fill(from: broker, waiting[1].revents, &chunk)
            guard takeReplies() else { return }
            guard toBroker.drain(into: broker), toClient.drain(into: client) else { return }
            guard isClientOpen, isBrokerOpen else { return isClientOpen ? toClient.finish(client) : toBroker.finish(broker) }
        }
    }

    /// False: what came is no Kafka.
    private mutating func takeRequests() -> Bool {
        while true {
            switch requests.next() {
            case .none: return true
            case .impossible: return false
            case .frame(let frame):
                guard let header = RequestHeader(frame: frame) else { return false }
                if header.apiKey == RequestHeader.apiVersions, header.apiVersion > RelayedReply.newestApiVersions {
                    pending.append(Pending(request: header, reply: RelayedReply.unsupportedApiVersions(header)))
                    giveOwnReplies()
                } else {
                    pending.append(Pending(request: header, reply: nil))
                    toBroker.append(frame)
                }
            }
        }
    }

    private mutating func takeReplies() -> Bool {
        while true {
            switch replies.next() {
            case .none: return true
            case .impossible: return false
            case .frame(let frame):
                var reader = ProtocolReader(frame)
                guard let correlation = reader.int32() else { return false }
                guard let index = pending.firstIndex(where: { $0.reply == nil && $0.request.correlation == correlation }) else {
                    toClient.append(frame)
                    continue
                }
                let request = pending.remove(at: index).request
                // Messages before it that have no reply by now asked for none (acks = 0). Others are still to come: a
                // member that joins a group waits for the other members.
                let unanswered = pending[..<index].prefix { $0.request.apiKey == RequestHeader.produce }.count
                pending.removeFirst(unanswered)
                toClient.append(RelayedReply.withAddress(host, port, in: frame, to: request)?[...] ?? frame)
                giveOwnReplies()
            }
        }
    }

    private mutating func giveOwnReplies() {
        while let reply = pending.first?.reply {
            toClient.append(reply[...])
            pending.removeFirst()
        }
    }
}

/// Cuts a stream of bytes into frames: a length of four bytes, then so many.
struct FrameReader {
    enum Next {
        case none
        /// Without its length; good until the reader is filled again.
        case frame(ArraySlice<UInt8>)
        /// A length that no frame has.
        case impossible
    }

    private let longest: Int
    private var bytes: [UInt8] = []
    private var head = 0

    init(longest: Int) { self.longest = longest }

    mutating func append(_ more: ArraySlice<UInt8>) {
        if head > 0 {
            bytes.removeFirst(head)
            head = 0
        }
        bytes += more
    }

    mutating func next() -> Next {
        var reader = ProtocolReader(bytes[head...])
        guard let length = reader.int32() else { return .none }
        // A correlation id is the least that a frame holds.
        guard (4...longest).contains(Int(length)) else { return .impossible }
        guard bytes.count - reader.position >= Int(length) else { return .none }
        head = reader.position + Int(length)
        return .frame(bytes[reader.position..<head])
    }

    /// Reads what is there, one chunk at most; false at the stream's end.
    mutating func fill(from descriptor: Int32, _ events: Int16, _ chunk: inout [UInt8]) -> Bool {
        guard events & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { return true }
        let got = read(descriptor, &chunk, chunk.count)
        if got > 0 { append(chunk[..<got]) }
        return got > 0 || got < 0 && (errno == EAGAIN || errno == EINTR)
    }
}

/// Frames on their way to one side.
struct Outgoing {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { bytes.count - head }

    /// A frame, with its length in front.
    mutating func append(_ frame: ArraySlice<UInt8>) {
        bytes += RelayedReply.bytes(of: Int32(frame.count))
        bytes += frame
    }

    /// Writes what the other side takes; false where it takes nothing any more.
    mutating func drain(into descriptor: Int32) -> Bool {
        while head < bytes.count {
            let sent = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + head, $0.count - head) }
            guard sent > 0 else {
                let waits = errno == EAGAIN || errno == EINTR
                if waits, head > 256 << 10 {
                    bytes.removeFirst(head)
                    head = 0
                }
                return waits
            }
            head += sent
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= 4 << 20)
        head = 0
        return true
    }

    /// Gives a side that is still there its last bytes, for a second at most.
    mutating func finish(_ descriptor: Int32) {
        for _ in 0..<20 where count > 0 {
            var side = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
            guard poll(&side, 1, 50) >= 0, drain(into: descriptor) else { return }
        }
    }
}
