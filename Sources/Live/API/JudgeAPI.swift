// The judge as other programs meet it over HTTP: texts in, scores out.

import Foundation
import HTTPServer
import Scoring
import Synchronization

/// `GET /health`, `POST /score`, and with a decider `POST /decide`; described by `openapi.yaml`. The scores of `/score` are
/// computed on the event loops, where a pair takes microseconds; but for BERTScore's, which take milliseconds.
package final class JudgeAPI: Sendable {
    package struct Configuration: Sendable {
        package var server: Server.Configuration
        package var token: BearerToken?
        /// Where a request names none.
        package var metric: Metric
        /// Who decides about answers; nil: nobody, and `/decide` is not there. Ends with the interface.
        package var decider: Decider?

        package init(server: Server.Configuration = .init(), token: BearerToken? = nil, metric: Metric = .tfidfCosine, decider: Decider? = nil) {
            self.server = server
            self.token = token
            self.metric = metric
            self.decider = decider
        }
    }

    private static let mostPairs = 1000
    private static let longestText = 100_000
    /// Requests that may wait for a thread.
    private static let mostWaiting = 100

    private let configuration: Configuration
    private let scorers = ScorerPool()
    /// For metrics that would hold the event loops up.
    private let threads: ThreadPool<Void>
    private let server: Mutex<Server?>
    /// Where it listens.
    package let port: Int

    /// Serves from here on. Throws where the address is not to be had.
    package init(_ configuration: Configuration) throws {
        self.configuration = configuration
        let threads = ThreadPool<Void>("score", threads: ProcessInfo.processInfo.activeProcessorCount, capacity: Self.mostWaiting) { _ in }
        self.threads = threads
        let scorers = scorers
        let metric = configuration.metric
        var routes = [
            Route("GET", "/health", isOpen: true) { _, reply in reply.send(.json(200, #"{"status":"ok","service":"judge"}"#)) },
            Route("GET", "/openapi.yaml", isOpen: true) { _, reply in reply.send(.text(200, OpenAPI.text, type: "application/yaml")) },
            Route("POST", "/score") { request, reply in
                do throws(RequestProblem) {
                    try Self.score(request, reply, metric, scorers, threads)
                } catch {
                    reply.send(.error(error))
                }
            },
        ]
        var settings = configuration.server
        if let decider = configuration.decider {
            settings.limits.bodyBytes = max(settings.limits.bodyBytes, Decider.bodyBytes)
            routes.append(Route("POST", "/decide") { request, reply in
                do throws(RequestProblem) {
                    try Self.decide(request, reply, decider)
                } catch {
                    reply.send(.error(error))
                }
            })
        }
        let table = RouteTable(routes, token: configuration.token)
        let started: Server
        do { started = try Server(settings) { request, reply in table.respond(to: request, reply) } } catch {
            threads.close()
            throw error
        }
        port = started.port
        server = Mutex(started)
    }

    /// Lets requests under way be answered, and ends. Blocks.
    package func stop() {
        server.withLock { $0.take() }?.stop(within: 2_000_000_000)
        threads.close()
        configuration.decider?.close()
    }

    private static func decide(_ request: Request, _ reply: Reply, _ decider: Decider) throws(RequestProblem) {
        try request.requireType("application/x-ndjson", "a message a line")
        let giveUp = try decider.decide(request.body) { lines in
            reply.send(Response(200, headers: [("Content-Type", "application/x-ndjson")], body: lines))
        }
        guard let giveUp else {
            reply.send(.error(
                503, "busy", "more than \(Decider.longestQueue) lines or \(Decider.mostBytes >> 20) MiB would wait; ask again later, with fewer at a time", headers: [("Retry-After", "1")]))
            return
        }
        reply.after(Decider.patience) {
            giveUp()
            reply.send(.error(
                503, "busy", "these lines took more than \(Decider.patience / 1_000_000_000) s; ask again with fewer", headers: [("Retry-After", "1")]))
        }
    }

    private static func score(
        _ request: Request, _ reply: Reply, _ preset: Metric, _ scorers: ScorerPool, _ threads: ThreadPool<Void>
    ) throws(RequestProblem) {
        let body = try JSONBody(request, fields: ["metric", "answer", "reference", "pairs"])
        let metric = try metric(body) ?? preset
        switch metric {
        case .jaccard, .tfidfCosine: reply.send(try score(body, metric, scorers))
        case .bertscoreMinilmL6:
            let isTaken = threads.perform([{ _ in
                do throws(RequestProblem) {
                    reply.send(try score(body, metric, scorers))
                } catch {
                    reply.send(.error(error))
                }
            }])
            guard !isTaken else { return }
            reply.send(.error(503, "busy", "\(mostWaiting) requests for scores wait; ask again later", headers: [("Retry-After", "1")]))
        }
    }

    private static func score(_ body: JSONBody, _ metric: Metric, _ scorers: ScorerPool) throws(RequestProblem) -> Response {
        guard let pairs = body.value("pairs") else {
            let score = try scorers.with(metric) { (scorer) throws(RequestProblem) in try Self.figures(body, &scorer) }
            return .json(200, #"{"metric":"\#(metric.rawValue)",\#(score)}"#)
        }
        guard body.value("answer") == nil, body.value("reference") == nil else {
            throw JSONBody.invalid("give either answer and reference, or pairs")
        }
        guard case .array(let pairs) = pairs else { throw JSONBody.invalid("pairs is \(pairs.kind), not an array") }
        guard (1...mostPairs).contains(pairs.count) else {
            throw JSONBody.invalid("pairs has \(pairs.count) elements, allowed are 1 to \(mostPairs)")
        }
        let scores = try scorers.with(metric) { (scorer) throws(RequestProblem) in
            var scores: [String] = []
            for (index, pair) in pairs.enumerated() {
                let pair = try JSONBody(pair, place: "pairs[\(index)].", fields: ["answer", "reference"])
                scores.append("\(try Self.score(pair, &scorer))")
            }
            return scores
        }
        return .json(200, #"{"metric":"\#(metric.rawValue)","scores":["# + scores.joined(separator: ",") + "]}")
    }

    private static func metric(_ body: JSONBody) throws(RequestProblem) -> Metric? {
        guard let name = try body.string("metric", count: 0...100) else { return nil }
        let allowed = Metric.allCases.filter(\.isAvailable)
        guard let metric = allowed.first(where: { $0.rawValue == name }) else {
            throw JSONBody.invalid("metric is '\(name.prefix(40))', allowed are \(allowed.map(\.rawValue).joined(separator: ", "))"
                + (Metric(rawValue: name) == nil ? "" : "; scripts/setup --bertscore fetches what it needs"))
        }
        return metric
    }

    /// The score of one pair, and where the metric has them, its precision, recall and F1.
    private static func figures(_ pair: JSONBody, _ scorer: inout Scorer) throws(RequestProblem) -> String {
        guard let bertScore = scorer.bertScore else { return #""score":\#(try score(pair, &scorer))"# }
        let (answer, reference) = try texts(pair)
        let all = bertScore.result(answer, against: reference)
        return #""score":\#(Scorer.bounded(all[bertScore.figure])),"precision":\#(all.precision),"recall":\#(all.recall),"f1":\#(all.f1)"#
    }

    private static func score(_ pair: JSONBody, _ scorer: inout Scorer) throws(RequestProblem) -> Double {
        let (answer, reference) = try texts(pair)
        return scorer.score(answer, against: reference)
    }

    private static func texts(_ pair: JSONBody) throws(RequestProblem) -> (answer: String, reference: String) {
        let answer = try pair.required("answer", pair.string("answer", count: 0...longestText))
        return (answer, try pair.required("reference", pair.string("reference", count: 0...longestText)))
    }
}

/// Scorers to borrow, for each has memory that it uses again and belongs to one thread at a time.
private final class ScorerPool: Sendable {
    private let idle = Mutex<[Scorer]>([])

    func with<R>(_ metric: Metric, _ body: (inout Scorer) throws(RequestProblem) -> R) throws(RequestProblem) -> R {
        let found = idle.withLock { idle in idle.firstIndex { $0.metric == metric }.map { idle.remove(at: $0) } }
        guard var scorer = found ?? (try? Scorer(metric)) else {
            throw JSONBody.invalid("metric \(metric.rawValue) is not to be had here")
        }
        defer { idle.withLock { $0.append(scorer) } }
        return try body(&scorer)
    }
}

/// The description of both interfaces, which is part of the program.
enum OpenAPI {
    static let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
}
