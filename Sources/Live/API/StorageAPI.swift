// The pipeline as its users meet it over HTTP: ask, wait for the answer, look at what is stored.

import Foundation
import HTTPServer
import KafkaClient
import Pipeline
import Storage
import Synchronization
import Workload

/// `GET /health`, `POST /query`, `GET /query/{id}`, `POST /persist`, `GET /results`, `GET /metrics`; described by
/// `openapi.yaml`.
///
/// A hit in the cache, which it shares with the intake host of its process, is answered at once and touches no topic.
/// Any other question goes into the questions topic, as if it had been asked there, and its asker comes back for the
/// answer. Questions and their ends are read from the topics, in a group of this process's own, so that every replica
/// knows of them.
package final class StorageAPI: Sendable {
    package struct Configuration: Sendable {
        package var server: Server.Configuration
        package var token: BearerToken?
        /// Tells the processes of one pipeline apart; each reads all ends.
        package var replica = 0
        /// Whether POST /query looks into the store: `pipeline.store.lookup`.
        package var looksIntoStore = false
        /// Questions whose state is kept at hand; behind them stands the store.
        package var boardCapacity = 100_000

        package init(server: Server.Configuration = .init(), token: BearerToken? = nil, replica: Int = 0, looksIntoStore: Bool = false) {
            self.server = server
            self.token = token
            self.replica = replica
            self.looksIntoStore = looksIntoStore
            // Each asker who waits for an answer holds one.
            self.server.limits.connections = 10_000
            self.server.limits.bodyBytes = min(self.server.limits.bodyBytes, Self.longestBody)
        }

        static let longestBody = 512 << 10
    }

    /// What the broker or the store has not done by then is told as 503, in nanoseconds.
    private static let patience: Int64 = 10_000_000_000
    private static let mostResults = 1000
    /// A question must fit into a message with its reference and its answers; in characters (Unicode scalars).
    private static let longestText = 20_000

    private let context: LiveContext
    private let configuration: Configuration
    private let intake: SharedIntake
    private let board: AnswerBoard
    private let questions: QuestionDesk
    private let store: StoreDesk
    private let counts: APICounts
    private let reader: BoardReader
    private let reading: HostControl
    private let namePrefix: String
    private let lastName = Atomic<Int>(0)
    private let server: Mutex<Server?>

    /// Serves from here on. Throws where the address, the broker or its topics are not to be had.
    ///
    /// - Parameter intake: the one that this process's intake host has.
    init(_ configuration: Configuration, _ context: LiveContext, intake: SharedIntake) throws {
        self.configuration = configuration
        self.context = context
        self.intake = intake
        board = AnswerBoard(capacity: configuration.boardCapacity)
        counts = APICounts()
        questions = try QuestionDesk(context)
        store = StoreDesk { () throws(StoreError) in try context.openStore() }
        reader = BoardReader(context, board)
        reading = HostControl()
        namePrefix = "a-\(String(UInt64.random(in: 0 ... .max), radix: 36))-"
        server = Mutex(nil)
        let (reader, reading) = (reader, reading)
        let group = "storage-api-\(configuration.replica)"
        let thread = Thread { reader.run(group: group, reading) }
        thread.name = "board reader"
        thread.start()
        reading.waitUntilReady()
        if case .failed(let reason)? = reading.ended { throw HostFailure(description: reason) }
        let routes = RouteTable([
            Route("GET", "/health", isOpen: true) { _, reply in reply.send(.json(200, #"{"status":"ok","service":"storage-api"}"#)) },
            Route("GET", "/openapi.yaml", isOpen: true) { _, reply in reply.send(.text(200, OpenAPI.text, type: "application/yaml")) },
            Route("POST", "/query") { [weak self] request, reply in self?.ask(request, reply) },
            Route("GET", "/query/{id}") { [weak self] request, reply in self?.tell(request, reply) },
            Route("POST", "/persist") { [weak self] request, reply in self?.persist(request, reply) },
            Route("GET", "/results") { [weak self] request, reply in self?.list(request, reply) },
            Route("GET", "/metrics") { [weak self] request, reply in self?.measure(request, reply) },
        ], token: configuration.token)
        let started = try Server(configuration.server) { request, reply in routes.respond(to: request, reply) }
        server.withLock { $0 = started }
    }

    /// Where it listens; 0 when it has stopped.
    package var port: Int { server.withLock { $0?.port ?? 0 } }

    /// Why it can no longer tell how questions end; nil while all is well.
    package var failure: String? {
        if case .failed(let reason)? = reading.ended { return reason }
        return nil
    }

    /// Lets requests under way be answered, and ends. Blocks.
    package func stop() {
        // Who waits for an answer asks again elsewhere.
        board.releaseAll()
        server.withLock { $0.take() }?.stop(within: 2_000_000_000)
        questions.close()
        store.close()
        reading.stop()
        reading.waitUntilFinished()
    }

    // MARK: Asking

    private func ask(_ request: Request, _ reply: Reply) {
        let question: String, reference: String, questionID: String, intendedAt: Instant
        do throws(RequestProblem) {
            let body = try JSONBody(request, fields: ["question", "question_id", "reference", "intended_at_ns"])
            question = try body.required("question", body.string("question", count: 1...Self.longestText))
            reference = try body.string("reference", count: 0...Self.longestText) ?? ""
            questionID = try body.string("question_id", count: 1...200) ?? newName()
            // For generators of load: scenario time is what the pipeline measures from.
            intendedAt = try body.integer("intended_at_ns", 0...(1 << 53) - 1).map { Instant(nanoseconds: Int64($0)) } ?? context.clock.now()
        } catch {
            reply.send(.error(error))
            return
        }
        let key = QuestionKey.of(question)
        if let cached = intake.cachedAnswer(to: key, at: context.clock.now()) {
            counts.cacheHits.add(1, ordering: .relaxed)
            let found = FoundAnswer(
                questionID: questionID, key: key, answer: cached.text, score: cached.score, outcome: Outcome.cacheHit.rawValue, source: .cache)
            return say(.found(found), of: questionID, reply)
        }
        switch board.claim(questionID, key: key) {
        case .known(let state): return say(state, of: questionID, reply)
        case .taken:
            reply.send(.error(409, "question_id_taken", "another question was asked under this question_id; choose another, or none"))
            return
        case .new: break
        }
        let texts = LiveTexts(questionID: questionID, question: question, reference: reference)
        let message = Envelope(
            kind: .asked, question: QuestionID.number(of: questionID), key: key, payload: texts, bytes: UInt32(clamping: texts.byteCount),
            intendedAt: intendedAt)
        guard configuration.looksIntoStore else { return publish(message, reply) }
        lookUp(message, reply)
    }

    /// Asks the store for an answer to an equal question, as intake would.
    private func lookUp(_ message: Envelope<LiveTexts>, _ reply: Reply) {
        let (key, texts) = (message.key, message.payload)
        store.perform { (store) throws(StoreError) in try store.lookUp(key) } then: { [self] result in
            switch result {
            case .success(let row?):
                counts.storeHits.add(1, ordering: .relaxed)
                intake.keep(row.answer, score: row.score, question: texts.question, questionID: texts.questionID, for: key, at: context.clock.now())
                let state = QueryState.found(FoundAnswer(
                    questionID: texts.questionID, key: key, answer: row.answer, score: row.score, outcome: Outcome.storeHit.rawValue, source: .store))
                board.end(texts.questionID, key: key, state)
                say(state, of: texts.questionID, reply)
            case .success(nil): publish(message, reply)
            case .failure:
                // The pipeline can answer without the store's help.
                counts.databaseErrors.add(1, ordering: .relaxed)
                publish(message, reply)
            }
        }
    }

    private func publish(_ message: Envelope<LiveTexts>, _ reply: Reply) {
        let name = message.payload.questionID
        // The question may still reach the broker: asking again under the same name is safe.
        reply.after(Self.patience) { reply.send(Self.brokerAway) }
        let isTaken = questions.ask(message) { [self] problem in
            guard problem != nil else { return say(.pending, of: name, reply) }
            board.withdraw(name)
            reply.send(Self.brokerAway)
        }
        guard isTaken else {
            board.withdraw(name)
            reply.send(.error(503, "busy", "too many questions wait to be sent; ask again later", headers: [("Retry-After", "1")]))
            return
        }
    }

    private static let brokerAway = brokerAway("the broker did not take the question; ask again under the same question_id")
    private static let cannotTell = brokerAway("the broker cannot be asked for the question; ask again")
    private static let unknown = Response.error(404, "unknown_question", "no question of this name was asked")

    private static func brokerAway(_ message: String) -> Response {
        .error(503, "broker_unavailable", message, headers: [("Retry-After", "1")])
    }

    private func newName() -> String {
        "\(namePrefix)\(lastName.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    private func say(_ state: QueryState, of questionID: String, _ reply: Reply) {
        switch state {
        case .pending: counts.pending.add(1, ordering: .relaxed)
        case .found: counts.found.add(1, ordering: .relaxed)
        case .failed: counts.failed.add(1, ordering: .relaxed)
        }
        reply.send(.query(questionID, state))
    }

    // MARK: Waiting for the answer

    private func tell(_ request: Request, _ reply: Reply) {
        guard let name = request.capture("id"), name.unicodeScalars.count <= 200 else {
            reply.send(.error(404, "unknown_question", "a question_id has at most 200 characters"))
            return
        }
        let wait: Int64
        do throws(RequestProblem) {
            let text = try request.onlyParameter("wait") ?? "0s"
            guard let span = Self.span(text) else {
                throw RequestProblem(400, "invalid_request", "wait is '\(text.prefix(40))'; it is a time from 0s to 30s, such as 5s or 250ms")
            }
            wait = span
        } catch {
            reply.send(.error(error))
            return
        }
        guard let state = board.state(of: name) else { return recall(name, waiting: wait, reply) }
        tell(state, of: name, waiting: wait, reply)
    }

    private func tell(_ state: QueryState, of name: String, waiting wait: Int64, _ reply: Reply) {
        guard state.isPending, wait > 0, let number = board.wait(for: name, { [self] state in say(state, of: name, reply) }) else {
            return say(board.state(of: name) ?? state, of: name, reply)
        }
        reply.after(wait) { [self] in
            board.stopWaiting(for: name, number)
            say(board.state(of: name) ?? .pending, of: name, reply)
        }
    }

    /// A question that was asked long ago, whose end the store knows, or elsewhere a moment ago: then the topic has it.
    private func recall(_ name: String, waiting wait: Int64, _ reply: Reply) {
        reply.after(Self.patience) { [self] in
            // Where the board knows it by now, the answer is waited for.
            if board.state(of: name) == nil { refuse(.busy, reply) }
        }
        store.perform { (store) throws(StoreError) in try QueryState.stored(name, in: store) } then: { [self] result in
            switch result {
            case .success(let state):
                if let state = state ?? board.state(of: name) { return tell(state, of: name, waiting: wait, reply) }
                reader.catchUp { [self] problem in
                    if let state = board.state(of: name) { return tell(state, of: name, waiting: wait, reply) }
                    reply.send(problem == nil ? Self.unknown : Self.cannotTell)
                }
            case .failure(let failure): refuse(failure, reply)
            }
        }
    }

    /// A time from `0s` to `30s` or from `0ms` to `9999ms`, in nanoseconds.
    static func span(_ text: String) -> Int64? {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard (1...4).contains(digits.count), let number = Int64(Substring(digits)) else { return nil }
        switch text.dropFirst(digits.count) {
        case "s": return number <= 30 && "\(number)s" == text ? number * 1_000_000_000 : nil
        case "ms": return number * 1_000_000
        default: return nil
        }
    }

    // MARK: The store

    private func persist(_ request: Request, _ reply: Reply) {
        let row: StoredResult
        do throws(RequestProblem) {
            let body = try JSONBody(request, fields: ["question_id", "trace_id", "question", "answer", "score", "attempts"])
            let name = try body.required("question_id", body.string("question_id", count: 1...200))
            let question = try body.required("question", body.string("question", count: 1...Self.longestText))
            row = StoredResult(
                questionID: name, questionKey: QuestionKey.of(question), traceID: try body.string("trace_id", count: 1...200) ?? name,
                question: question, answer: try body.required("answer", body.string("answer", count: 0...Self.longestText)),
                score: try body.number("score", 0...1) ?? .nan, attempts: try body.integer("attempts", 0...1_000_000) ?? 1,
                decidedAtUnixNanoseconds: context.wire.unix(context.clock.now()))
        } catch {
            reply.send(.error(error))
            return
        }
        reply.after(Self.patience) { [self] in refuse(.busy, reply) }
        store.perform { (store) throws(StoreError) in try store.recordResults([row]) } then: { [self] result in
            switch result {
            case .success(let outcomes):
                let name = JSONText.quoted(row.questionID)
                switch outcomes[0] {
                case .written: reply.send(.json(201, #"{"status":"written","question_id":"# + name + "}"))
                case .alreadyThere: reply.send(.json(200, #"{"status":"already_there","question_id":"# + name + "}"))
                case .settledOtherwise: reply.send(.error(409, "settled_otherwise", "this question stands in failed_questions: it was given up"))
                }
            case .failure(let failure): refuse(failure, reply)
            }
        }
    }

    private func list(_ request: Request, _ reply: Reply) {
        let limit: Int
        do throws(RequestProblem) {
            let text = try request.onlyParameter("limit") ?? "100"
            guard text.utf8.count <= 9, let number = Int(text), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), (1...Self.mostResults).contains(number) else {
                throw RequestProblem(400, "invalid_request", "limit is '\(text.prefix(40))'; it is a whole number from 1 to \(Self.mostResults)")
            }
            limit = number
        } catch {
            reply.send(.error(error))
            return
        }
        reply.after(Self.patience) { [self] in refuse(.busy, reply) }
        store.perform { (store) throws(StoreError) in try store.latest(limit) } then: { [self] result in
            switch result {
            case .success(let rows): reply.send(.results(rows))
            case .failure(let failure): refuse(failure, reply)
            }
        }
    }

    private func refuse(_ failure: StoreDesk.Failure, _ reply: Reply) {
        let isFirst = reply.send(.error(503, "store_unavailable", "\(failure)", headers: [("Retry-After", "1")]))
        if isFirst { counts.databaseErrors.add(1, ordering: .relaxed) }
    }

    // MARK: Figures

    private func measure(_ request: Request, _ reply: Reply) {
        let figures = APIFigures(counts, pending: board.pendingCount, server: server.withLock { $0?.counts } ?? ServerCounts())
        let wantsJSON = request.header("accept")?.lowercased().contains("application/json") ?? false
        reply.send(wantsJSON ? .json(200, figures.json) : .text(200, figures.prometheus, type: "text/plain; version=0.0.4; charset=utf-8"))
    }
}
