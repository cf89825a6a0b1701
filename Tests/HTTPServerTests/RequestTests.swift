import Testing

@testable import HTTPServer

@Suite struct RequestTests {
    @Test func theFirstOfARepeatedNameCounts() {
        let request = Request(method: "GET", path: "/", query: [("wait", "1"), ("wait", "2")], headers: [("host", "a"), ("host", "b")])
        #expect(request.parameter("wait") == "1")
        #expect(request.header("host") == "a")
        #expect(request.header("accept") == nil)
    }
}
