import HTTPServer
import Synchronization

/// What a storage API has done, counted by the threads that do it.
final class APICounts: Sendable {
    let found = Atomic<Int>(0)
    let pending = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let cacheHits = Atomic<Int>(0)
    let storeHits = Atomic<Int>(0)
    let databaseErrors = Atomic<Int>(0)
}

/// The counts at one moment, in the two forms of `GET /metrics`.
struct APIFigures {
    private let found, pending, failed, cacheHits, storeHits, databaseErrors, open: Int
    private let server: ServerCounts

    init(_ counts: APICounts, pending open: Int, server: ServerCounts) {
        found = counts.found.load(ordering: .relaxed)
        pending = counts.pending.load(ordering: .relaxed)
        failed = counts.failed.load(ordering: .relaxed)
        cacheHits = counts.cacheHits.load(ordering: .relaxed)
        storeHits = counts.storeHits.load(ordering: .relaxed)
        databaseErrors = counts.databaseErrors.load(ordering: .relaxed)
        self.open = open
        self.server = server
    }

    var json: String {
        #"{"total_responses":\#(found),"cache_hits":\#(cacheHits),"store_hits":\#(storeHits),"db_errors":\#(databaseErrors),"#
            + #""pending_questions":\#(open),"http_requests":\#(server.requests)}"#
    }

    /// Prometheus's text format, version 0.0.4.
    var prometheus: String {
        var text = ""
        func metric(_ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: Int)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for (labels, value) in values { text += "\(name)\(labels) \(value)\n" }
        }
        metric("crisol_query_replies_total", "counter", "Replies about questions, by what they said.", [
            (#"{status="found"}"#, found), (#"{status="pending"}"#, pending), (#"{status="error"}"#, failed),
        ])
        metric("crisol_cache_hits_total", "counter", "Questions answered from the cache.", [("", cacheHits)])
        metric("crisol_store_hits_total", "counter", "Questions answered from the store.", [("", storeHits)])
        metric("crisol_db_errors_total", "counter", "Requests that the store failed.", [("", databaseErrors)])
        metric("crisol_pending_questions", "gauge", "Questions asked here that have not ended.", [("", open)])
        metric("crisol_http_requests_total", "counter", "Requests understood.", [("", server.requests)])
        metric("crisol_http_responses_total", "counter", "Responses, by the first digit of their status.", server.responses.enumerated().map {
            (#"{class="\#($0 + 1)xx"}"#, $1)
        })
        metric("crisol_http_connections", "gauge", "Open connections.", [("", server.connections)])
        metric("crisol_http_connections_refused_total", "counter", "Connections beyond the limit.", [("", server.refusedConnections)])
        return text
    }
}
