/// Reads an HTTP/1.1 reply (RFC 9112) as its bytes come in. Any bytes give events or a problem.
struct ReplyParser: Sendable {
    enum Event: Sendable, Equatable {
        /// Names of headers in lower case.
        case head(status: Int, headers: [String: String])
        case body([UInt8])
        case end
    }

    struct Problem: Error, Equatable {
        let reason: String
    }

    private enum State: Sendable {
        case head, fixed(left: Int), untilClosed, chunkSize, chunk(left: Int), chunkEnd, trailer, over
    }

    /// Of the headers together, and of any line.
    static let longestHead = 64 << 10

    private var state = State.head
    private var line: [UInt8] = []
    private var headLines: [String] = []
    private var headBytes = 0

    /// Takes the next bytes. Where they hold a problem, `events` has what came before it.
    mutating func append(_ bytes: [UInt8], into events: inout [Event]) throws(Problem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .head: if let line = try takeLine(&rest) { try headLine(line, &events) }
            case .fixed(let left): body(&rest, left, &events) { $0 == 0 ? .over : .fixed(left: $0) }
            case .untilClosed:
                events.append(.body(Array(rest)))
                rest = []
            case .chunkSize: if let line = try takeLine(&rest) { try chunkSize(line) }
            case .chunk(let left): body(&rest, left, &events) { $0 == 0 ? .chunkEnd : .chunk(left: $0) }
            case .chunkEnd:
                if let line = try takeLine(&rest) {
                    guard line.isEmpty else { throw Problem(reason: "a chunk is longer than it says") }
                    state = .chunkSize
                }
            case .trailer:
                if let line = try takeLine(&rest), line.isEmpty {
                    state = .over
                    events.append(.end)
                }
            case .over: return
            }
        }
    }

    /// The server has closed the connection.
    mutating func closed(into events: inout [Event]) throws(Problem) {
        switch state {
        case .untilClosed:
            state = .over
            events.append(.end)
        case .over: break
        case .head: throw Problem(reason: headBytes == 0 ? "the connection was closed without a reply" : "the connection was closed in the middle of the headers")
        case .fixed, .chunkSize, .chunk, .chunkEnd, .trailer: throw Problem(reason: "the connection was closed in the middle of the reply")
        }
    }

    private mutating func body(_ rest: inout ArraySlice<UInt8>, _ left: Int, _ events: inout [Event], _ next: (Int) -> State) {
        let part = rest.prefix(left)
        rest = rest.dropFirst(part.count)
        events.append(.body(Array(part)))
        state = next(left - part.count)
        if case .over = state { events.append(.end) }
    }

    /// A whole line without its end, once it is there.
    private mutating func takeLine(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8]? {
        let end = rest.firstIndex(of: 0x0A)
        let part = rest[..<(end ?? rest.endIndex)]
        headBytes += part.count
        guard line.count + part.count <= Self.longestHead, headBytes <= Self.longestHead else { throw Problem(reason: "the headers are longer than \(Self.longestHead) bytes") }
        line += part
        guard let end else {
            rest = []
            return nil
        }
        rest = rest[(end + 1)...]
        if line.last == 0x0D { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        return line
    }

    private mutating func headLine(_ line: [UInt8], _ events: inout [Event]) throws(Problem) {
        if !line.isEmpty { return headLines.append(String(decoding: line, as: UTF8.self)) }
        guard let first = headLines.first else { return }  // empty lines before a reply
        let parts = first.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3, let status = Int(parts[1]), (100...999).contains(status) else {
            throw Problem(reason: "this is no HTTP")
        }
        var headers: [String: String] = [:]
        for header in headLines.dropFirst() {
            guard let colon = header.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw Problem(reason: "a header has no colon") }
            let name = header[..<colon].lowercased()
            let value = header[header.utf8.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let trimmed = String(String.SubSequence(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed().map { String($0) }.joined()))
            headers[name] = headers[name].map { "\($0), \(trimmed)" } ?? trimmed
        }
        headLines.removeAll()
        headBytes = 0
        // 100 and the like come before the reply.
        if status < 200 { return }
        events.append(.head(status: status, headers: headers))
        if status == 204 || status == 304 {
            state = .over
            events.append(.end)
        } else if headers["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true {
            state = .chunkSize
        } else if let text = headers["content-length"] {
            guard text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else { throw Problem(reason: "Content-Length is no number") }
            state = length == 0 ? .over : .fixed(left: length)
            if length == 0 { events.append(.end) }
        } else {
            state = .untilClosed
        }
    }

    private mutating func chunkSize(_ line: [UInt8]) throws(Problem) {
        headBytes = 0
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard (1...15).contains(digits.count), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { throw Problem(reason: "a chunk has no size") }
        state = size == 0 ? .trailer : .chunk(left: size)
    }
}
