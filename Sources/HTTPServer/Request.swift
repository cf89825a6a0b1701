/// What a client asked for, whole: servers here read a request to its end before they answer it.
package struct Request: Sendable {
    package let method: String
    /// Percent-decoded, without the query, from the first slash on; `*` where the whole server is asked (OPTIONS).
    package let path: String
    /// The path as it was sent: what stands between two of its slashes is decoded after it was cut out.
    package let rawPath: String
    /// Percent-decoded pairs in the order of the query; `+` is a space.
    package let query: [(name: String, value: String)]
    /// Names in lower case, in the order of the request.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// What the route's pattern has in braces, decoded, in the pattern's order.
    package internal(set) var captures: [(name: String, value: String)] = []

    package init(
        method: String, path: String, rawPath: String? = nil, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.rawPath = rawPath ?? path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first header of this name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    /// The value of the one parameter that the query may have; nil where it has none. A second one, or one of another
    /// name, is a slip that must not be passed over.
    package func onlyParameter(_ name: String) throws(RequestProblem) -> String? {
        for (place, parameter) in query.enumerated() {
            guard parameter.name == name else {
                throw RequestProblem(400, "invalid_request", "the query's \(parameter.name.prefix(40)) is unknown; there is \(name)")
            }
            if place > 0 { throw RequestProblem(400, "invalid_request", "the query has \(name) more than once; give it once") }
        }
        return query.first?.value
    }
    /// What stands in the path where the route's pattern has `{name}`.
    package func capture(_ name: String) -> String? { captures.first { $0.name == name }?.value }
}

/// Why a request cannot be served: what the client is told.
package struct RequestProblem: Error, Sendable, Equatable {
    package let status: Int
    /// A word for programs, such as `body_too_large`.
    package let code: String
    /// What to change, for people.
    package let message: String

    package init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}
