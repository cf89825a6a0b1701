/// What answers requests: it gets a whole request, and a reply that may be completed later and from any thread.
///
/// It runs on an event loop that serves many connections, so it must not block.
package typealias Responder = @Sendable (Request, Reply) -> Void

/// One operation of an interface.
package struct Route: Sendable {
    let method: String
    let pattern: String
    let isOpen: Bool
    let respond: Responder

    /// - Parameters:
    ///   - pattern: such as `/query/{id}`; a part in braces matches one non-empty part of the path.
    ///   - isOpen: whether it is answered without the bearer token.
    package init(_ method: String, _ pattern: String, isOpen: Bool = false, _ respond: @escaping Responder) {
        self.method = method
        self.pattern = pattern
        self.isOpen = isOpen
        self.respond = respond
    }
}

/// Finds the operation that a request means: 404 for unknown paths, 405 with Allow for unknown methods, 401 without
/// the token where one is asked for. GET answers HEAD too.
package struct RouteTable: Sendable {
    private struct Place: Sendable {
        let parts: [Substring]
        var routes: [Route]
        var allow: String {
            routes.map(\.method).flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.joined(separator: ", ")
        }
    }

    private var places: [Place] = []
    /// Places whose pattern has no braces, by their path.
    private var exact: [String: Int] = [:]
    private let token: BearerToken?

    package init(_ routes: [Route], token: BearerToken? = nil) {
        self.token = token
        for route in routes {
            let parts = route.pattern.split(separator: "/", omittingEmptySubsequences: false)
            if let known = places.firstIndex(where: { $0.parts == parts }) {
                places[known].routes.append(route)
            } else {
                if !route.pattern.contains("{") { exact[route.pattern] = places.count }
                places.append(Place(parts: parts, routes: [route]))
            }
        }
    }

    package func respond(to request: Request, _ reply: Reply) {
        if let place = exact[request.path] { return respond(at: places[place], to: request, reply) }
        let parts = request.rawPath.split(separator: "/", omittingEmptySubsequences: false)
        for place in places {
            guard let captures = Self.match(place.parts, parts) else { continue }
            var request = request
            request.captures = captures
            return respond(at: place, to: request, reply)
        }
        reply.send(.error(404, "not_found", "there is nothing at \(Self.shortened(request.path)); there are \(places.map { $0.parts.joined(separator: "/") }.joined(separator: ", "))"))
    }

    private func respond(at place: Place, to request: Request, _ reply: Reply) {
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let route = place.routes.first(where: { $0.method == request.method }) ?? place.routes.first(where: { $0.method == method }) else {
            reply.send(.error(
                405, "method_not_allowed", "\(Self.shortened(request.path)) takes \(place.allow), not \(Self.shortened(request.method))",
                headers: [("Allow", place.allow)]))
            return
        }
        if let token, !route.isOpen, !token.admits(request.header("authorization")) {
            reply.send(.error(
                401, "unauthorized", "send the header Authorization: Bearer followed by the server's token",
                headers: [("WWW-Authenticate", "Bearer")]))
            return
        }
        route.respond(request, reply)
    }

    private static func match(_ pattern: [Substring], _ parts: [Substring]) -> [(name: String, value: String)]? {
        guard pattern.count == parts.count else { return nil }
        var captures: [(name: String, value: String)] = []
        for (wanted, part) in zip(pattern, parts) {
            guard let value = PercentCoding.decoded(part.utf8, plusIsSpace: false) else { return nil }
            if wanted.hasPrefix("{") {
                guard !value.isEmpty else { return nil }
                captures.append((String(wanted.dropFirst().dropLast()), value))
            } else if wanted != value {
                return nil
            }
        }
        return captures
    }

    /// A client's own words in an error stay short.
    private static func shortened(_ text: String) -> String { text.count > 100 ? text.prefix(100) + "…" : text }
}
