/// What a client asked for, whole: servers here read a request to its end before they answer it.
package struct Request: Sendable {
    package let method: String
    /// Percent-decoded, without the query, from the first slash on.
    package let path: String
    /// Percent-decoded pairs in the order of the query.
    package let query: [(name: String, value: String)]
    /// Names in lower case, in the order of the request.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first header of this name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    /// The first value of this name in the query.
    package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
