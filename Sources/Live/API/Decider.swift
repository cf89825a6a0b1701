import Foundation
import HTTPServer
import Pipeline
import Provider
import Scenarios
import Synchronization
import Workload

/// The judge for programs that read and write the topics themselves, such as a Flink job: messages of the llm-responses
/// role in, decisions out, with the messages that are to be sent.
///
/// It decides by the machine, the scorer and the wire format of the judge's own host, and tells the run's observer the
/// same. It remembers nothing: a message that comes again gets the same decision, and what follows from it the same
/// message ids. Answers are scored on threads of its own, one after another on each.
package final class Decider: Sendable {
    /// Lines of one request.
    package static let mostLines = 1000
    /// Lines that may wait for a thread, over all requests.
    static let longestQueue = 10_000
    /// Bytes of requests with lines that wait or are being decided. One more is taken below it.
    static let mostBytes = 128 << 20
    /// How long a request may take before its rest is given up, in real nanoseconds: by then whoever sent it may have
    /// sent it again, and would only wait longer behind what nobody waits for any more.
    static let patience: Int64 = 60_000_000_000
    /// For the server: as many of the longest messages as a batch has by default.
    package static let bodyBytes = 16 * (Wire.maximumBytes + 1)

    private let threads: ThreadPool<SeatedJudge>
    private let held = Held()

    /// - Parameter replica: which share of the service's scoring this process does.
    /// - Throws: `ScorerUnavailable` where the scenario's metric is not to be had here.
    init(_ scenario: Scenario, _ draws: Draws, _ context: LiveContext, replica: Replica = .only) throws {
        let scorer = try AnswerScorer(scenario, draws: draws)
        let (pipeline, scoring) = (scenario.pipeline, scenario.scoring)
        // Judges that a scenario makes slow are as many as it says: they wait most of the time.
        let share = (max(replica.count, pipeline.judges) - replica.number + replica.count - 1) / replica.count
        threads = ThreadPool(
            "judge", threads: scoring.time > 0 ? share : ProcessInfo.processInfo.activeProcessorCount, capacity: Self.longestQueue
        ) { number in
            SeatedJudge("judge.\(replica.number + number * replica.count)", pipeline, scorer: scorer, scoringTime: scoring.time, context)
        }
    }

    deinit { close() }

    /// Decides what is asked from now on no more, and drops what waits.
    func close() { threads.close() }

    /// Decides about each line of a request's body, and hands the lines of the answer over, on a thread of its own.
    ///
    /// - Returns: a way to give the rest of the lines up, which nobody waits for any more; nil where so much is waiting
    ///   that these have no room.
    func decide(_ body: [UInt8], then: @escaping @Sendable ([UInt8]) -> Void) throws(RequestProblem) -> (@Sendable () -> Void)? {
        let lines = try Self.lines(of: body)
        guard held.bytes.load(ordering: .relaxed) < Self.mostBytes else { return nil }
        let batch = Batch(lines.count, of: body.count, held, then)
        let isTaken = threads.perform(lines.enumerated().map { index, line in
            { judge in
                if batch.isGivenUp { return }
                // Bounds were taken from the array itself; a pointer spares a copy of each line.
                batch.put(body.withUnsafeBytes { judge.decide(UnsafeRawBufferPointer(rebasing: $0[line])) }, at: index)
            }
        })
        guard isTaken else { return nil }
        return { batch.giveUp() }
    }

    /// What each line feed ends, and what stands behind the last one. An empty line is one, too: whoever sent it counts it.
    static func lines(of body: [UInt8]) throws(RequestProblem) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        // The array's own bytes, during the call: the C library looks at many of them at once.
        body.withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return }
            var start = 0
            while start < bytes.count {
                let place = memchr(first + start, 0x0A, bytes.count - start).map { first.distance(to: $0) } ?? bytes.count
                lines.append(start..<place)
                start = place + 1
            }
        }
        guard (1...mostLines).contains(lines.count) else {
            throw RequestProblem(400, "invalid_request", "the body has \(lines.count) lines, allowed are 1 to \(mostLines): a message of the llm-responses role on each")
        }
        return lines
    }

    /// What all requests hold together.
    private final class Held: Sendable {
        let bytes = Atomic<Int>(0)
    }

    /// The lines of one request while they are decided, on any of the threads.
    private final class Batch: Sendable {
        private let bytes: Int
        private let held: Held
        private let answers: Mutex<(lines: [[UInt8]], open: Int)>
        private let givenUp = Atomic<Bool>(false)
        private let then: @Sendable ([UInt8]) -> Void

        init(_ count: Int, of bytes: Int, _ held: Held, _ then: @escaping @Sendable ([UInt8]) -> Void) {
            self.bytes = bytes
            self.held = held
            held.bytes.add(bytes, ordering: .relaxed)
            answers = Mutex((Array(repeating: [], count: count), count))
            self.then = then
        }

        /// Done, given up or dropped.
        deinit { held.bytes.subtract(bytes, ordering: .relaxed) }

        var isGivenUp: Bool { givenUp.load(ordering: .relaxed) }
        func giveUp() { givenUp.store(true, ordering: .relaxed) }

        func put(_ line: [UInt8], at index: Int) {
            let whole: [UInt8]? = answers.withLock { answers in
                answers.lines[index] = line
                answers.open -= 1
                return answers.open == 0 ? Array(answers.lines.joined()) : nil
            }
            if let whole { then(whole) }
        }
    }
}

/// The judge of one thread.
struct SeatedJudge: ~Copyable {
    private let name: String
    private let context: LiveContext
    private let machine: JudgeMachine
    private var scorer: AnswerScorer
    private let scoringTime: Nanoseconds
    /// What a message that says no kind is, as on the topic.
    private let defaultKind: Kind?
    private var effects = EffectBuffer<LiveTexts>()
    private var observed: [(Observation, Instant)] = []
    private var outgoing = WireWriter()
    private var line = WireWriter()

    init(_ name: String, _ pipeline: PipelineConfiguration, scorer: AnswerScorer, scoringTime: Nanoseconds, _ context: LiveContext) {
        self.name = name
        self.context = context
        self.scorer = scorer
        self.scoringTime = scoringTime
        // Whoever calls takes answers from the topic as fast as they are decided.
        machine = JudgeMachine(pipeline.acceptance, retry: pipeline.retry, takesTime: false)
        let routes = context.routes
        defaultKind = routes.topic(of: .questions) != nil && routes.topic(of: .questions) == routes.topic(of: .llmResponses) ? .asked : nil
    }

    /// The decision about one message, as a line with its end.
    mutating func decide(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let decision: Decision = decide(bytes)
        context.observer.note(observed)
        observed.removeAll(keepingCapacity: true)
        line.removeAll()
        decision.write(into: &line)
        line.append("\n")
        return line.bytes
    }

    private mutating func decide(_ bytes: UnsafeRawBufferPointer) -> Decision {
        // As `ServiceHost.take` does.
        if let front = WireFront(bytes), !machine.mayRead(front) { return Decision(verdict: .skipped) }
        let now = context.clock.now()
        var question: Envelope<LiveTexts>
        do throws(WireError) {
            question = try context.wire.decode(bytes, defaultKind: defaultKind, receivedAt: now)
        } catch {
            observed.append((.malformed, now))
            context.log(.warning, name, "a message that cannot be read: \(error)")
            return Decision(verdict: .malformed, reason: "\(error)")
        }
        guard machine.reads(question) else { return Decision(verdict: .skipped) }
        context.log(.debug, name, "took \(question.kind.rawValue)", about: Wire.names(of: question))
        observed.append((.queue(.judge, change: -1), now))
        machine.handle(.message, about: &question, at: now, into: &effects)
        var messages: [Decision.Message] = []
        var index = 0
        while index < effects.count {
            let entry = effects[index]
            switch entry.effect {
            case .score: score(&question)
            case .publish(let role): publish(effects.other(of: entry) ?? question, to: role, &messages)
            case .lookUp, .call, .wait, .store: preconditionFailure("a judge asks for scores and messages only")
            }
            index += 1
        }
        effects.removeAll()
        return Decision(verdict: Decision.Verdict(question), messages: messages)
    }

    private mutating func score(_ question: inout Envelope<LiveTexts>) {
        let began = context.clock.now()
        let score = scorer.score(question)
        if scoringTime > 0 { LiveClock.sleep(context.clock.monotonic(of: began + scoringTime) - LiveClock.monotonic()) }
        let now = context.clock.now()
        observed.append((.scored(score, took: now - began), now))
        machine.handle(.scored(score, took: now - began), about: &question, at: now, into: &effects)
    }

    private mutating func publish(_ message: Envelope<LiveTexts>, to role: Role, _ messages: inout [Decision.Message]) {
        guard let (topic, now) = context.write(message, to: role, by: name, into: &outgoing) else { return }
        if let stage = Stage(of: message.kind) { observed.append((.queue(stage, change: 1), now)) }
        messages.append(Decision.Message(topic: context.routes.topics[topic].name, key: message.key, value: outgoing.bytes))
    }
}
