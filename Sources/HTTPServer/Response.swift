import Workload

/// An answer that is whole before it is sent. Content-Length, Connection and Date are the server's to write.
package struct Response: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(_ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ status: Int = 200, _ body: [UInt8], headers: [(name: String, value: String)] = []) -> Response {
        Response(status, headers: [("Content-Type", "application/json")] + headers, body: body)
    }

    package static func json(_ status: Int = 200, _ body: String, headers: [(name: String, value: String)] = []) -> Response {
        json(status, Array(body.utf8), headers: headers)
    }

    package static func text(_ status: Int = 200, _ body: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status, headers: [("Content-Type", type)], body: Array(body.utf8))
    }

    /// `{"error": {"code": …, "message": …}}`: the one form of all errors.
    package static func error(
        _ status: Int, _ code: String, _ message: String, headers: [(name: String, value: String)] = []
    ) -> Response {
        json(status, #"{"error":{"code":"# + JSONText.quoted(code) + #","message":"# + JSONText.quoted(message) + "}}", headers: headers)
    }

    package static func error(_ problem: RequestProblem) -> Response {
        error(problem.status, problem.code, problem.message)
    }
}
