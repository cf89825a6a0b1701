/// Reads an event stream (WHATWG HTML, 9.2.6 "Interpreting an event stream") as its bytes come in.
///
/// Lines end in LF, CR or CRLF, and may be split anywhere. Invalid UTF-8 becomes U+FFFD, as the
/// standard's decoder does. `id` and `retry` serve reconnecting, which an LLM's answer has no use for.
package struct ServerSentEvents: Sendable {
    package struct Event: Sendable, Equatable {
        /// `message` where the stream names none.
        package var type: String
        package var data: String

        package init(type: String = "message", data: String) {
            self.type = type
            self.data = data
        }
    }

    /// A line, or an event's data, is longer than this reader keeps.
    package struct TooLong: Error, Equatable {}

    private let limit: Int
    private var line: [UInt8] = []
    private var type: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    /// The last byte was a CR, whose LF would end the same line.
    private var sawCarriageReturn = false
    /// Bytes of a byte order mark that may still be one; nil once the stream has begun.
    private var mark: Int? = 0
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// - Parameter limit: bytes of a line and of an event's data at most.
    package init(limit: Int = 1 << 20) { self.limit = limit }

    /// Takes the next bytes; the events that they complete, in order.
    ///
    /// What is not followed by an empty line at the stream's end is no event, as the standard says.
    package mutating func append(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Event] {
        var events: [Event] = []
        for byte in bytes { try take(byte, into: &events) }
        return events
    }

    private mutating func take(_ byte: UInt8, into events: inout [Event]) throws(TooLong) {
        if let seen = mark {
            if byte == Self.byteOrderMark[seen] {
                mark = seen + 1 == Self.byteOrderMark.count ? nil : seen + 1
                return
            }
            // It was none: its beginning belongs to the first line.
            mark = nil
            line.append(contentsOf: Self.byteOrderMark[..<seen])
        }
        let endsCarriageReturn = sawCarriageReturn
        sawCarriageReturn = byte == 0x0D
        switch byte {
        case 0x0A where endsCarriageReturn: break
        case 0x0A, 0x0D:
            try endLine(into: &events)
            line.removeAll(keepingCapacity: true)
        default:
            guard line.count < limit else { throw TooLong() }
            line.append(byte)
        }
    }

    private mutating func endLine(into events: inout [Event]) throws(TooLong) {
        if line.isEmpty { return dispatch(into: &events) }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        // A line that begins with a colon is a comment.
        if colon == 0 { return }
        let name = line[..<(colon ?? line.count)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value.removeFirst() }
        if name.elementsEqual("data".utf8) {
            guard data.count + value.count < limit else { throw TooLong() }
            data.append(contentsOf: value)
            data.append(0x0A)
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            type = Array(value)
        }
    }

    private mutating func dispatch(into events: inout [Event]) {
        defer {
            type.removeAll(keepingCapacity: true)
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        guard hasData else { return }
        data.removeLast()
        events.append(Event(
            type: type.isEmpty ? "message" : String(decoding: type, as: UTF8.self), data: String(decoding: data, as: UTF8.self)))
    }
}
