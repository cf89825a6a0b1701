import HTTPServer
import Measurement
import Pipeline
import Synchronization
import Workload

/// The open-loop traffic source that asks as users do: POST, and where the answer is not there yet, long polls for it.
///
/// Each question is posted at its intended moment whatever became of those before it. Connections are bounded; where
/// none is free, the request waits, and the wait is told as schedule delay like any other.
final class HTTPGenerator {
    /// Connections for questions and for polls, kept apart so that no question waits behind a poll.
    private static let connectionsForQuestions = 512
    private static let connectionsForPolls = 4096

    static func run(
        _ plan: Generator.Plan, _ context: LiveContext, _ recorder: SharedRecorder, _ progress: Generator.Progress, ports: [Int],
        token: String?
    ) {
        let servers = ports.map { port in
            Asker.Server(
                questions: Client(port: port, connections: connectionsForQuestions, token: token),
                polls: Client(port: port, connections: connectionsForPolls, token: token))
        }
        Pacing.takePrecedence()
        let asker = Asker(context, recorder, progress)
        var arrivals = plan.arrivals
        var popularity = plan.popularity
        var number: UInt64 = 0
        var previous = context.clock.startedAt
        let isStopping = { progress.isStopping.load(ordering: .relaxed) }
        while number < plan.questions, !isStopping() {
            let intended = arrivals.next()
            if intended >= plan.until { break }
            let moment = context.clock.monotonic(of: intended)
            guard Pacing.wait(until: moment, gap: moment - previous, isStopping: isStopping, meanwhile: { Pacing.longestSleep }) else { break }
            previous = moment
            let rank = popularity.rank(ofQuestion: number)
            recorder.withLock { $0.asked(number, rank: rank, intendedAt: intended) }
            let item = popularity.item(ofQuestion: number, at: intended)
            asker.ask(
                Asker.Question(
                    number: number, key: plan.corpus.key(item), text: plan.corpus.question(item), reference: plan.corpus.reference(item),
                    intendedAt: intended, dueAt: moment),
                servers[Int(number % UInt64(servers.count))])
            progress.asked.store(Int(number) + 1, ordering: .releasing)
            number += 1
        }
        while progress.unacknowledged.load(ordering: .acquiring) > 0, !isStopping() { LiveClock.sleep(1_000_000) }
        // Who still waits for an answer is heard until the run stops.
        progress.isSent.store(true, ordering: .releasing)
        while progress.open.load(ordering: .acquiring) > 0, !isStopping() { LiveClock.sleep(1_000_000) }
        for server in servers {
            server.questions.close()
            server.polls.close()
        }
        progress.unsent.withLock { $0 = asker.unacknowledged }
        progress.isFinished.store(true, ordering: .releasing)
    }
}

/// Follows each question from its POST to its answer, on the clients' event loops.
private final class Asker: Sendable {
    struct Server: Sendable {
        let questions: Client
        let polls: Client
    }

    struct Question: Sendable {
        let number: UInt64
        let key: UInt64
        let text: String
        let reference: String
        let intendedAt: Instant
        /// On the monotonic clock.
        let dueAt: Int64

        var envelope: Envelope<LiveTexts> {
            Envelope(
                kind: .asked, question: number, key: key, payload: LiveTexts(questionID: QuestionID.of(number), question: text, reference: reference),
                intendedAt: intendedAt)
        }
    }

    private let context: LiveContext
    private let recorder: SharedRecorder
    private let progress: Generator.Progress
    /// Questions of which no reply has said that they were taken.
    private let open = Mutex<[UInt64: Question]>([:])

    /// How long a long poll waits, and how long after an error the next request is sent.
    private static let wait = "5s"
    private static let pause: Int64 = 100_000_000

    init(_ context: LiveContext, _ recorder: SharedRecorder, _ progress: Generator.Progress) {
        self.context = context
        self.recorder = recorder
        self.progress = progress
    }

    var unacknowledged: [Envelope<LiveTexts>] { open.withLock { $0.values.map(\.envelope) } }

    func ask(_ question: Question, _ server: Server) {
        open.withLock { $0[question.number] = question }
        progress.unacknowledged.add(1, ordering: .releasing)
        progress.open.add(1, ordering: .releasing)
        var writer = WireWriter()
        writer.begin()
        writer.field("question", question.text)
        writer.field("question_id", QuestionID.of(question.number))
        if !question.reference.isEmpty { writer.field("reference", question.reference) }
        writer.field("intended_at_ns", question.intendedAt.nanoseconds)
        writer.end()
        post(question, writer.bytes, isFirst: true, server)
    }

    private func post(_ question: Question, _ body: [UInt8], isFirst: Bool, _ server: Server) {
        server.questions.send("POST", "/query", headers: [("Content-Type", "application/json")], body: body, timeout: 15_000_000_000) { [self] exchange in
            if isFirst, exchange.sentAt > 0 {
                let delay = exchange.sentAt - question.dueAt
                delayed(delay)
                progress.schedule.sent(intendedAt: question.intendedAt, at: question.intendedAt + context.clock.scenario(delay))
            }
            switch (try? exchange.result.get())?.status {
            case 200:
                acknowledged(question)
                tell(.found, question)
                ended(question, exchange, isFirstReply: true)
            case 202:
                acknowledged(question)
                tell(.pending, question)
                poll(question, server)
            default:
                tell(.error, question)
                later(server) { [self] in post(question, body, isFirst: false, server) }
            }
        }
    }

    private func poll(_ question: Question, _ server: Server) {
        let due = LiveClock.monotonic()
        server.polls.send("GET", "/query/\(QuestionID.of(question.number))?wait=\(Self.wait)", timeout: 15_000_000_000) { [self] exchange in
            if exchange.sentAt > 0 { delayed(exchange.sentAt - due) }
            switch (try? exchange.result.get())?.status {
            case 200: ended(question, exchange, isFirstReply: false)
            case 202: poll(question, server)
            default:
                // Also where another process has taken the place of the one that was asked, and does not know of it yet.
                tell(.error, question)
                later(server) { [self] in poll(question, server) }
            }
        }
    }

    private func later(_ server: Server, _ again: @escaping @Sendable () -> Void) {
        guard !progress.isStopping.load(ordering: .relaxed) else { return }
        server.polls.after(Self.pause, again)
    }

    private func acknowledged(_ question: Question) {
        if open.withLock({ $0.removeValue(forKey: question.number) }) != nil { progress.unacknowledged.subtract(1, ordering: .releasing) }
    }

    /// The question has ended, well or badly, as the reply says.
    private func ended(_ question: Question, _ exchange: Client.Exchange, isFirstReply: Bool) {
        defer { progress.open.subtract(1, ordering: .releasing) }
        let now = context.clock.moment(monotonic: exchange.endedAt)
        let body = (try? exchange.result.get())?.body ?? []
        guard case .object(let fields)? = try? WireReader.reading(body, { reader throws(WireError) in try reader.value() }) else { return tell(.error, question) }
        func text(_ name: String) -> String? {
            if case .string(let text)? = fields.first(where: { $0.name == name })?.value { text } else { nil }
        }
        guard text("status") == "found" else { return }
        recorder.withLock { $0.perceived(intendedAt: question.intendedAt, at: now) }
        // What the pipeline itself ended is in its topics; what the API answered by itself is known from here.
        guard isFirstReply, text("source") != FoundAnswer.Source.pipeline.rawValue, let outcome = text("outcome").flatMap(Outcome.init) else { return }
        var message = question.envelope
        message.kind = .answered
        message.outcome = outcome
        if case .number(let score)? = fields.first(where: { $0.name == "score" })?.value { message.score = score }
        let hit = message
        recorder.withLock { $0.settled(hit, at: now) }
        progress.settledByAPI.add(1, ordering: .releasing)
    }

    private func tell(_ what: RunRecorder.Told, _ question: Question) {
        recorder.withLock { $0.told(what, intendedAt: question.intendedAt) }
    }

    private func delayed(_ delay: Int64) {
        recorder.withLock { $0.scheduleDelay(max(0, delay)) }
    }
}
