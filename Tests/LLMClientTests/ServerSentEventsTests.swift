import Testing

@testable import LLMClient

@Suite struct ServerSentEventsTests {
    typealias Event = ServerSentEvents.Event

    private func events(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [Event] {
        var reader = ServerSentEvents(limit: limit)
        return try pieces.flatMap { try reader.append($0) }
    }

    /// The standard's own examples, and its edges: name, stream, events.
    static let streams: [(String, String, [Event])] = [
        ("lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", [Event(data: "YHOO\n+2\n10")]),
        (
            "comments and ids", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [Event(data: "first event"), Event(data: "second event"), Event(data: " third event")]
        ),
        ("data without a value", "data\n\ndata\ndata\n\ndata:", [Event(data: ""), Event(data: "\n")]),
        ("one space only is left out", "data:test\n\ndata: test\n\n", [Event(data: "test"), Event(data: "test")]),
        ("CR", "data: a\r\rdata: b\r\r", [Event(data: "a"), Event(data: "b")]),
        ("CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", [Event(data: "a"), Event(data: "b")]),
        ("all ends mixed", "data: a\rdata: b\ndata: c\r\n\rdata: d\n\r\n", [Event(data: "a\nb\nc"), Event(data: "d")]),
        ("LF CR is two ends", "data: a\n\rdata: b\n\r", [Event(data: "a"), Event(data: "b")]),
        ("types", "event: add\ndata: 7\n\nevent: left\n\ndata: 8\n\n", [Event(type: "add", data: "7"), Event(data: "8")]),
        ("the last type counts", "event: a\nevent: b\ndata: 1\n\nevent:\ndata: 2\n\n", [Event(type: "b", data: "1"), Event(data: "2")]),
        ("unknown fields", "foo: 1\nDATA: 2\nretry: 3\n data: 4\ndata: 5\n\n", [Event(data: "5")]),
        ("byte order mark", "\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n", [Event(data: "a")]),
        ("what has no empty line behind it", "data: a\n\ndata: b\n", [Event(data: "a")]),
        ("empty", "", []), ("only ends", "\n\r\n\r\r\n", []),
        ("colons within", "data: a: b\n\n:data: c\n\n", [Event(data: "a: b")]),
        ("NUL and letters of many bytes", "data: ñ\u{0}🜂\n\n", [Event(data: "ñ\u{0}🜂")]),
    ]

    @Test(arguments: streams) func readsTheStream(_ name: String, _ stream: String, _ expected: [Event]) throws {
        let bytes = Array(stream.utf8)
        #expect(try events([bytes]) == expected)
        #expect(try events(bytes.map { [$0] }) == expected, "byte by byte")
        for cut in 0...bytes.count {
            #expect(try events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
    }

    @Test func aPartOfAByteOrderMarkBelongsToTheLine() throws {
        // EF BB without BF is no mark, so the line is no field that is known.
        #expect(try events([[0xEF], [0xBB], Array("data: a\ndata: b\n\n".utf8)]) == [Event(data: "b")])
    }

    @Test func invalidUTF8BecomesReplacementCharacters() throws {
        #expect(try events([Array("data: a".utf8) + [0xFF, 0xC3] + Array("\n\n".utf8)]) == [Event(data: "a\u{FFFD}\u{FFFD}")])
    }

    @Test func linesAndDataAreBounded() throws {
        #expect(throws: ServerSentEvents.TooLong()) { try events([Array(repeating: 0x61, count: 101)], limit: 100) }
        #expect(throws: ServerSentEvents.TooLong()) { try events([Array(String(repeating: "data: 12345678\n", count: 20).utf8)], limit: 100) }
        #expect(try events([Array(String(repeating: "data: 12345678\n\n", count: 20).utf8)], limit: 100).count == 20)
    }
}
