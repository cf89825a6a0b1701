// HTTP/1.1 requests out of a stream of bytes (RFC 9112), with the limits that a server must set.
//
// swift-nio's own decoder wraps a parser that is no longer maintained, tells of no limits but a fixed one, and takes
// several forms that let two servers disagree about where a request ends. Here such forms are errors: bare line feeds,
// folded headers, space before a colon, two lengths, a length beside chunks.

/// Reads the requests of one connection. Bytes go in as they come; requests come out whole.
package struct RequestParser: Sendable {
    package enum Step: Sendable {
        case needsMore
        /// The client waits with the body until it is told to go on. Said once a request.
        case expectsContinue
        case request(Request, Persistence)
        /// The connection is of no more use: where the next request begins is not known.
        case problem(RequestProblem)
    }

    /// What follows from the request for the connection and its answer.
    package struct Persistence: Sendable, Equatable {
        /// The client may ask again on this connection.
        package var keepsAlive = true
        /// HTTP/1.0: no chunks.
        package var isOld = false
    }

    /// What is being waited for.
    package enum Phase: Sendable { case idle, head, body, over }

    private enum State { case requestLine, headers, body(Int), chunkSize, chunk(Int), chunkEnd, trailers, failed }

    private let limits: Limits
    private var state = State.requestLine
    private var bytes: [UInt8] = []
    /// The next byte to read, and up to where the line there has been searched for its end.
    private var position = 0
    private var searched = 0
    /// Bytes of the request's head so far, whole lines only.
    private var headBytes = 0

    private var method = ""
    private var target: (path: String, rawPath: String, query: [(name: String, value: String)]) = ("", "", [])
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var persistence = Persistence()
    private var contentLength: Int?
    private var isChunked = false
    private var hosts = 0
    private var waitsForContinue = false

    package init(limits: Limits) { self.limits = limits }

    package var phase: Phase {
        switch state {
        case .requestLine: position < bytes.count ? .head : .idle
        case .headers: .head
        case .body, .chunkSize, .chunk, .chunkEnd, .trailers: .body
        case .failed: .over
        }
    }

    /// Bytes that have come and are not yet part of a request.
    package var buffered: Int { bytes.count - position }

    package mutating func append(_ new: some Collection<UInt8>) { bytes.append(contentsOf: new) }

    /// The next thing that the bytes so far amount to. To be called until it says `needsMore` or `problem`.
    package mutating func next() -> Step {
        do throws(RequestProblem) {
            return try step()
        } catch {
            state = .failed
            (bytes, position, searched) = ([], 0, 0)
            return .problem(error)
        }
    }

    // MARK: States

    private mutating func step() throws(RequestProblem) -> Step {
        while true {
            switch state {
            case .requestLine:
                guard let line = try takeLine(headLine: true) else { return waiting() }
                // RFC 9112, section 2.2: an empty line before a request is forgiven.
                if line.isEmpty { continue }
                begin()
                try readRequestLine(line)
                state = .headers
            case .headers:
                guard let line = try takeLine(headLine: true) else { return waiting() }
                if !line.isEmpty {
                    try readHeader(line)
                    continue
                }
                try endHead()
                if waitsForContinue {
                    waitsForContinue = false
                    if buffered == 0 { return .expectsContinue }
                }
            case .body(let length):
                if length == 0 { return finish() }
                guard buffered >= length else { return waiting() }
                body = Array(bytes[position..<position + length])
                position += length
                return finish()
            case .chunkSize:
                guard let line = try takeLine(headLine: false) else { return waiting() }
                let size = try readChunkSize(line)
                guard body.count + size <= limits.bodyBytes else { throw tooLarge }
                state = size == 0 ? .trailers : .chunk(size)
            case .chunk(let size):
                let part = min(size, buffered)
                body.append(contentsOf: bytes[position..<position + part])
                position += part
                if part < size {
                    state = .chunk(size - part)
                    return waiting()
                }
                state = .chunkEnd
            case .chunkEnd:
                guard let line = try takeLine(headLine: false) else { return waiting() }
                guard line.isEmpty else { throw bad("a chunk is longer than its size says") }
                state = .chunkSize
            case .trailers:
                guard let line = try takeLine(headLine: true) else { return waiting() }
                // Trailers may be dropped (RFC 9110, section 6.5.1); they count towards the head's limits.
                if line.isEmpty { return finish() }
            case .failed:
                return .needsMore
            }
        }
    }

    private mutating func begin() {
        (headers, body, persistence, contentLength) = ([], [], Persistence(), nil)
        (isChunked, hosts, waitsForContinue) = (false, 0, false)
    }

    private mutating func waiting() -> Step {
        if position == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= 64 << 10)
            (position, searched) = (0, 0)
        } else if position > 64 << 10 {
            bytes.removeSubrange(..<position)
            searched = max(0, searched - position)
            position = 0
        }
        return .needsMore
    }

    private mutating func finish() -> Step {
        state = .requestLine
        headBytes = 0
        let request = Request(
            method: method, path: target.path, rawPath: target.rawPath, query: target.query, headers: headers, body: body)
        (headers, body) = ([], [])
        if position == bytes.count { _ = waiting() }
        return .request(request, persistence)
    }

    /// The next line without its end; nil where that has not come yet.
    private mutating func takeLine(headLine: Bool) throws(RequestProblem) -> Range<Int>? {
        let limit = headLine ? limits.headBytes - headBytes : Self.longestChunkLine
        searched = max(searched, position)
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            if buffered > limit { throw tooLong(headLine) }
            return nil
        }
        guard end - position < limit else { throw tooLong(headLine) }
        guard end > position, bytes[end - 1] == UInt8(ascii: "\r") else { throw bad("a line ends in a line feed without a carriage return before it") }
        let line = position..<end - 1
        position = end + 1
        searched = position
        if headLine { headBytes += position - line.lowerBound }
        return line
    }

    private static let longestChunkLine = 1024

    // MARK: The head

    private mutating func readRequestLine(_ line: Range<Int>) throws(RequestProblem) {
        let parts = bytes[line].split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Self.isTokenByte) else {
            throw bad("the first line is not: a method, a space, a path, a space, HTTP/1.1")
        }
        method = String(decoding: parts[0], as: UTF8.self)
        let version = parts[2]
        if version.elementsEqual("HTTP/1.0".utf8) {
            persistence = Persistence(keepsAlive: false, isOld: true)
        } else if !version.elementsEqual("HTTP/1.1".utf8) {
            guard version.starts(with: "HTTP/".utf8) else { throw bad("the first line does not end in HTTP/1.1") }
            throw RequestProblem(505, "version_not_supported", "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        target = try readTarget(parts[1])
    }

    private func readTarget(_ target: ArraySlice<UInt8>) throws(RequestProblem) -> (String, String, [(name: String, value: String)]) {
        guard !target.isEmpty, target.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw bad("the path is empty or holds a control character") }
        var rest = target
        if rest.first != UInt8(ascii: "/") {
            if method == "CONNECT" || rest.elementsEqual("*".utf8) {
                let whole = String(decoding: rest, as: UTF8.self)
                return (whole, whole, [])
            }
            // The form for proxies (RFC 9112, section 3.2.2), which every server must take.
            guard let scheme = ["http://", "https://"].first(where: { rest.starts(with: $0.utf8) }) else {
                throw bad("the path does not begin with a slash")
            }
            rest = rest.dropFirst(scheme.utf8.count)
            rest = rest[(rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex)...]
        }
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        var path = rest[..<(mark ?? rest.endIndex)]
        // What stands behind a number sign is the client's own.
        if let fragment = path.firstIndex(of: UInt8(ascii: "#")) { path = path[..<fragment] }
        guard let rawPath = String(validating: path, as: UTF8.self) else { throw bad("the path is not UTF-8") }
        var decoded = rawPath.isEmpty ? "/" : rawPath
        if path.contains(UInt8(ascii: "%")) {
            guard let plain = PercentCoding.decoded(path, plusIsSpace: false) else { throw bad("the path is not percent-encoded UTF-8") }
            decoded = plain
        }
        guard let mark else { return (decoded, rawPath.isEmpty ? "/" : rawPath, []) }
        var query: [(name: String, value: String)] = []
        for pair in rest[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = PercentCoding.decoded(pair[..<equals], plusIsSpace: true),
                let value = PercentCoding.decoded(pair[equals...].dropFirst(), plusIsSpace: true)
            else { throw bad("the query is not percent-encoded UTF-8") }
            query.append((name, value))
        }
        return (decoded, rawPath.isEmpty ? "/" : rawPath, query)
    }

    private mutating func readHeader(_ line: Range<Int>) throws(RequestProblem) {
        guard headers.count < limits.headerCount else {
            throw RequestProblem(431, "too_many_headers", "a request may have \(limits.headerCount) headers")
        }
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
            throw bad("a header is not: a name, a colon, a value")
        }
        var name: [UInt8] = []
        name.reserveCapacity(colon - line.lowerBound)
        for byte in bytes[line.lowerBound..<colon] {
            guard Self.isTokenByte(byte) else { throw bad("a header's name holds a character that is not allowed there") }
            name.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
        }
        var value = bytes[colon + 1..<line.upperBound]
        while let first = value.first, Self.isBlank(first) { value.removeFirst() }
        while let last = value.last, Self.isBlank(last) { value.removeLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw bad("a header's value holds a control character") }
        let header = (name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        try note(header)
        headers.append(header)
    }

    /// What a header says about the request's form.
    private mutating func note(_ header: (name: String, value: String)) throws(RequestProblem) {
        switch header.name {
        case "host": hosts += 1
        case "content-length":
            guard contentLength == nil else { throw bad("there are two Content-Lengths") }
            guard !header.value.isEmpty, header.value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                throw bad("Content-Length is not a number")
            }
            // More digits than an Int holds are too large whatever they say.
            contentLength = Int(header.value) ?? .max
        case "transfer-encoding":
            guard !isChunked, header.value.lowercased() == "chunked" else {
                throw RequestProblem(501, "encoding_not_supported", "the only Transfer-Encoding known here is: chunked")
            }
            isChunked = true
        case "connection":
            for option in header.value.lowercased().split(separator: ",") {
                switch option.trimmingPrefix(while: { $0 == " " }).prefix(while: { $0 != " " }) {
                case "close": persistence.keepsAlive = false
                case "keep-alive": if persistence.isOld { persistence.keepsAlive = true }
                default: break
                }
            }
        case "expect":
            guard header.value.lowercased() == "100-continue" else {
                throw RequestProblem(417, "expectation_failed", "the only Expect known here is: 100-continue")
            }
            waitsForContinue = !persistence.isOld
        default: break
        }
    }

    private mutating func endHead() throws(RequestProblem) {
        guard hosts == 1 || hosts == 0 && persistence.isOld else { throw bad("a request has exactly one Host header") }
        if isChunked {
            guard contentLength == nil, !persistence.isOld else {
                throw bad("Transfer-Encoding stands neither beside Content-Length nor in HTTP/1.0")
            }
            state = .chunkSize
            return
        }
        let length = contentLength ?? 0
        guard length <= limits.bodyBytes else { throw tooLarge }
        if length == 0 { waitsForContinue = false }
        state = .body(length)
    }

    private func readChunkSize(_ line: Range<Int>) throws(RequestProblem) -> Int {
        var size = 0
        var digits = 0
        for byte in bytes[line] {
            guard let digit = PercentCoding.hexadecimal(byte) else {
                // Extensions are none of our business (RFC 9112, section 7.1.1).
                guard byte == UInt8(ascii: ";") || Self.isBlank(byte), digits > 0 else { throw bad("a chunk's size is not a hexadecimal number") }
                return size
            }
            digits += 1
            guard digits <= 15 else { throw tooLarge }
            size = size << 4 | Int(digit)
        }
        guard digits > 0 else { throw bad("a chunk has no size") }
        return size
    }

    // MARK: Problems and characters

    private func bad(_ message: String) -> RequestProblem { RequestProblem(400, "malformed_request", message) }

    private var tooLarge: RequestProblem {
        RequestProblem(413, "body_too_large", "a request's body may have \(limits.bodyBytes) bytes")
    }

    private func tooLong(_ headLine: Bool) -> RequestProblem {
        guard headLine else { return bad("the line before a chunk is longer than \(Self.longestChunkLine) bytes") }
        if case .requestLine = state {
            return RequestProblem(414, "path_too_long", "the first line and the headers may have \(limits.headBytes) bytes together")
        }
        return RequestProblem(431, "headers_too_large", "the first line and the headers may have \(limits.headBytes) bytes together")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// RFC 9110, section 5.6.2: letters, digits, and !#$%&'*+-.^_`|~ , one bit for each of the 128 characters.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        return byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }
}
