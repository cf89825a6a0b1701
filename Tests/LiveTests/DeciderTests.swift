import Foundation
import HTTPServer
import KafkaClient
import Pipeline
import Scenarios
import SeededChance
import Synchronization
import Testing
import Workload

@testable import Live

/// The judge over HTTP against the judge on topics: the same messages, one by one.
@Suite struct DeciderTests {
    static func scenario(_ score: String, _ more: String = "") -> String {
        """
        name: decide
        questions: 1
        pipeline:
          partitions: 1
          score: \(score)
        \(more)
        traffic:
          arrivals: {process: constant, rate: 1/s}
          corpus: {synthetic: 10}
        """
    }

    /// An answer of `share` tenths of the reference's words, as it stands on the topic.
    static func answer(_ question: Int, share: Int, kind: Kind = .responded, _ change: (inout Envelope<LiveTexts>) -> Void = { _ in }) -> [UInt8] {
        let words = (0..<10).map { "word\($0)" }
        var e = Envelope(
            kind: kind, question: UInt64(question), key: QuestionKey.of("what is \(question)?"),
            payload: LiveTexts(
                questionID: QuestionID.of(UInt64(question)), question: "What is \(question)?", reference: words.joined(separator: " "),
                response: words.prefix(share).joined(separator: " ")),
            intendedAt: Instant(nanoseconds: 1000))
        (e.calls, e.answersReceived, e.ticket) = (1, 1, 7)
        change(&e)
        return encoded(e)
    }

    /// The third answer to a question whose earlier ones scored so.
    static func last(_ question: Int, share: Int, first: Double, best: Double) -> [UInt8] {
        answer(question, share: share) {
            ($0.calls, $0.answersReceived, $0.generation) = (4, 3, 2)
            ($0.firstScore, $0.score, $0.bestScore, $0.payload.bestResponse) = (first, first, best, "the best of all")
        }
    }

    static let conversation: [[UInt8]] = [
        answer(1, share: 10), answer(2, share: 5), answer(3, share: 1), answer(4, share: 0),
        // Used up, with a better one before and without.
        last(5, share: 2, first: 0.1, best: 0.4), last(6, share: 3, first: 0.1, best: 0.1), last(7, share: 6, first: 0.1, best: 0.2),
        // Its retries count, too, where everything together is bounded.
        answer(8, share: 1) { ($0.totalOverloadRetries, $0.overloadRetries, $0.errorClass, $0.status) = (3, 2, .overload, 503) },
        // Somebody else's, some by their beginnings and one that must be read.
        answer(9, share: 1, kind: .asked), answer(10, share: 1, kind: .regenerationRequested), answer(11, share: 1, kind: .answered),
        Array(#"{"question_id": "x", "question_text": "y", "kind": "requested"}"#.utf8),
        // With two fields and an answer of its own making.
        Array(#"{"kind": "responded", "question_id": "free \"form\"", "question_text": "Why?", "llm_response": "b\u00e9cause", "original_answer": "bécause", "intended_at": "2024-02-29T12:34:57Z"}"#.utf8),
        // No messages.
        [], Array("nonsense".utf8), Array(#"{"kind": "responded", "question_id": "a"}"#.utf8), [0xFF, 0xFE], Array(#"{"question_id": "a", "question_text": "b"}"#.utf8),
        Array(#"{"kind": "translated", "question_id": "a", "question_text": "b"}"#.utf8),
        // Numbers that nobody counts to.
        answer(12, share: 1) { ($0.scoringTime, $0.generation, $0.answersReceived) = (.max, .max, 0) },
        answer(13, share: 1) { ($0.generation, $0.answersReceived, $0.totalErrorRetries, $0.calls) = (.max, .max, .max, .max) },
    ]

    static let scenarios = [
        scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}"),
        scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: accept_best}"),
        scenario("{metric: tfidf-cosine, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: accept_last}"),
        scenario("{metric: jaccard, against: question, threshold: 0.3, max_regenerations: 0, on_exhausted: dead_letter}"),
        scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: accept_best, evaluate: sampled}"),
        scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}", "  retry: {max_total_retries: 3}"),
        scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}", "  topics: {low-quality-responses: none}"),
        // One topic for almost all of it: the judge's own words come back to it.
        scenario(
            "{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}",
            "  topics: {questions: all, llm-requests: all, llm-responses: all, regeneration-requests: all, dead-letters: all}"),
    ]

    @Test(arguments: scenarios.indices) func `decides as the judge on topics does`(_ number: Int) throws {
        try compare(Self.scenarios[number], Self.conversation)
    }

    @Test func `decides as the judge on topics does, whatever the messages say`() throws {
        var samples = WireSamples(seed: 5)
        let messages = (0..<400).map { _ in
            var e = samples.envelope()
            if Int.random(in: 0..<5, using: &samples.random) > 0 { e.kind = .responded }
            return encoded(e)
        }
        try compare(Self.scenarios[0], messages)
    }

    private func compare(_ yaml: String, _ messages: [[UInt8]]) throws {
        let bench = try DeciderBench(yaml)
        let decider = try bench.decider()
        let decisions = try bench.decide(messages, by: decider)
        let told = bench.observer.take()
        #expect(decisions.count == messages.count)

        // Another pipeline's eyes, so that each has seen its own only.
        let native = try bench.publishedByHost(messages, awaiting: decisions.reduce(0) { $0 + $1.messages.count })
        let toldByHost = bench.observer.take()
        let topics = Set(native.keys).union(decisions.flatMap { $0.messages.map(\.topic) })
        for topic in topics {
            let mine = decisions.flatMap(\.messages).filter { $0.topic == topic }
            let theirs = native[topic] ?? []
            #expect(mine.count == theirs.count, "\(topic)")
            for (a, b) in zip(mine, theirs) {
                #expect(a.key == b.key)
                #expect(try fields(a.value) == fields(b.value), "\(topic): \(a.value)")
            }
        }
        #expect(told.mapValues { $0.sorted() } == toldByHost.mapValues { $0.sorted() })
    }

    /// Without what depends on the moment.
    private func fields(_ value: String) throws -> NSDictionary {
        var fields = try #require(try JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any])
        for moment in ["scoring_time_ns", "timestamp", "total_processing_time_ms"] { fields[moment] = nil }
        return fields as NSDictionary
    }

    @Test func `says what it decided, and what is wrong`() throws {
        let bench = try DeciderBench(Self.scenarios[0])
        let decisions = try bench.decide(Self.conversation, by: bench.decider())
        #expect(decisions.map(\.decision) == [
            "accepted", "accepted", "regenerated", "regenerated", "dead_letter_score", "dead_letter_score", "accepted", "regenerated", "skipped", "skipped", "skipped",
            "skipped", "accepted", "malformed", "malformed", "malformed", "malformed", "malformed", "malformed", "regenerated", "dead_letter_score",
        ])
        for decision in decisions { #expect(decision.reason.isEmpty == (decision.decision != "malformed")) }
        #expect(decisions[13].reason == "message not understood at byte 0: it ends before its end")
        #expect(decisions[4].messages.map(\.topic) == ["low-quality-responses", "dead-letters"])
        #expect(decisions[0].messages.map(\.key) == [String(format: "%016lx", QuestionKey.of("what is 1?"))])
        let best = try bench.decide(Self.conversation, by: DeciderBench(Self.scenarios[1]).decider())
        #expect(best[4].decision == "accepted_best_effort" && best[4].messages.last?.topic == "validated-responses")
        #expect(try fields(best[4].messages.last!.value)["llm_response"] as? String == "the best of all")
    }

    /// After a failure a caller sends again what it had sent: whoever reads the topics knows the second for the first.
    @Test func `what comes again is decided again in the same way`() throws {
        let bench = try DeciderBench(Self.scenarios[1])
        let decider = try bench.decider()
        let first = try bench.decide(Self.conversation, by: decider), second = try bench.decide(Self.conversation, by: decider)
        #expect(first.map(\.decision) == second.map(\.decision))
        for (a, b) in zip(first.flatMap(\.messages), second.flatMap(\.messages)) {
            let fields = try (fields(a.value), fields(b.value))
            #expect(a.topic == b.topic && a.key == b.key && fields.0 == fields.1)
            #expect((fields.0["message_id"] as? String)?.isEmpty == false)
        }
    }

    /// At least so long each, one after another on each of the two.
    @Test func `takes its time where the scenario says so`() throws {
        let bench = try DeciderBench(
            Self.scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}", "  judge: {scoring_time: 20ms}\n  workers: {judge: 2}"))
        let began = LiveClock.monotonic()
        let decisions = try bench.decide((0..<6).map { Self.answer($0, share: 1) }, by: bench.decider())
        #expect(LiveClock.monotonic() - began >= 60_000_000)
        for message in decisions.flatMap(\.messages) { #expect((try fields(message.value)["question_id"] as? String) != nil) }
        #expect(bench.observer.take()["judge scored 0.1"]?.count == 6)
        #expect(decisions.flatMap(\.messages).allSatisfy { $0.scoringTime >= 20_000_000 })
    }

    @Test func `over HTTP: types, lines, limits and the way in`() throws {
        let bench = try DeciderBench(Self.scenarios[0])
        let judge = try JudgeAPI(.init(token: BearerToken("secret"), decider: bench.decider()))
        defer { judge.stop() }
        let client = Client(port: judge.port, token: "secret"), stranger = Client(port: judge.port)
        defer {
            client.close()
            stranger.close()
        }
        let lines = [("Content-Type", "application/x-ndjson; charset=utf-8")]
        let line = String(decoding: Self.answer(1, share: 10), as: UTF8.self)
        let one = try client.ask("POST", "/decide", line + "\n", headers: lines)
        #expect(one.status == 200 && one.response.header("content-type") == "application/x-ndjson")
        #expect(one.json["decision"] as? String == "accepted")
        // With or without the last line feed; an empty line counts.
        for (body, count) in [(line, 1), (line + "\n\n" + line, 3), ("\n", 1), (line + "\r\n", 1)] {
            let reply = try client.ask("POST", "/decide", body, headers: lines).response
            #expect(reply.body.split(separator: 0x0A).count == count && reply.body.last == 0x0A, "\(body)")
        }
        #expect(try client.ask("POST", "/decide", String(repeating: "\n", count: 1000), headers: lines).status == 200)
        for (body, status, code) in [
            ("", 400, "invalid_request"), (String(repeating: "\n", count: 1001), 400, "invalid_request"),
        ] {
            let refused = try client.ask("POST", "/decide", body, headers: lines)
            #expect(refused.status == status && errorCode(refused.json) == code, "\(refused.json)")
        }
        // A thousand messages of more than a kilobyte, more than other requests may bring.
        let long = String(repeating: line.replacing("What is 1?", with: String(repeating: "What is 1?", count: 100)) + "\n", count: 1000)
        #expect(long.utf8.count > Limits().bodyBytes)
        let many = try client.ask("POST", "/decide", long, headers: lines).response
        #expect(many.status == 200 && many.body.split(separator: 0x0A).count == 1000)
        // One that is longer than a message may be spoils nothing for its neighbours.
        let tooLong = try client.ask("POST", "/decide", line + "\n" + String(repeating: "x", count: Wire.maximumBytes + 1) + "\n" + line, headers: lines).response
        #expect(tooLong.body.split(separator: 0x0A).map { String(decoding: $0.prefix(22), as: UTF8.self) } == [#"{"decision":"accepted""#, #"{"decision":"malformed"#, #"{"decision":"accepted""#])
        #expect(try client.ask("POST", "/decide", line).status == 415)
        #expect(try stranger.ask("POST", "/decide", line, headers: lines).status == 401)
        #expect(try client.ask("GET", "/decide").status == 405)

        let scorer = try JudgeAPI(.init())
        defer { scorer.stop() }
        let other = Client(port: scorer.port)
        defer { other.close() }
        #expect(try other.ask("POST", "/decide", line, headers: lines).status == 404)
    }

    /// A judge that is busy for an hour: what has room waits, what has none is told so.
    @Test func `more than can wait is refused and not forgotten`() throws {
        let bench = try DeciderBench(
            Self.scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}", "  judge: {scoring_time: 1h}\n  workers: {judge: 1}"))
        let decider = try bench.decider()
        let judge = try JudgeAPI(.init(decider: decider))
        let client = Client(port: judge.port)
        defer {
            client.close()
            judge.stop()
        }
        let thousand = Array([[UInt8]](repeating: Self.answer(1, share: 1), count: 1000).joined(separator: [0x0A]))
        for _ in 0..<10 { #expect(try decider.decide(thousand) { _ in } != nil) }
        // One line of them may be at the judge by now.
        #expect(try decider.decide(thousand) { _ in } == nil)
        let refused = try client.ask("POST", "/decide", String(decoding: thousand, as: UTF8.self), headers: [("Content-Type", "application/x-ndjson")])
        #expect(refused.status == 503 && errorCode(refused.json) == "busy" && refused.response.header("retry-after") == "1")
    }

    /// Few lines, and long ones.
    @Test func `more bytes than may wait are refused, and have room again`() throws {
        let bench = try DeciderBench(
            Self.scenario("{metric: jaccard, against: reference, threshold: 0.5, max_regenerations: 2, on_exhausted: dead_letter}", "  judge: {scoring_time: 1h}\n  workers: {judge: 1}"))
        let decider = try bench.decider()
        let busy = Self.answer(1, share: 1)
        #expect(try decider.decide(busy) { _ in } != nil)
        // Nonsense is not scored, but it is behind one that is.
        let long = [UInt8](repeating: 0x20, count: Decider.mostBytes / 4)
        var waiting: [@Sendable () -> Void] = []
        while let giveUp = try decider.decide(long, then: { _ in }) { waiting.append(giveUp) }
        #expect(waiting.count == 4)
        decider.close()
        let other = try bench.decider()
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<8 {
            #expect(try other.decide(long) { _ in done.signal() } != nil)
            #expect(done.wait(timeout: .now() + 60) == .success)
        }
    }

    /// Any body at all gets an answer for each of its lines, and what is decided can be read as messages.
    @Test(arguments: [21, 22] as [UInt64]) func `bodies that were changed, cut and spliced`(_ seed: UInt64) throws {
        let bench = try DeciderBench(
            Self.scenario("{metric: jaccard, against: reference, threshold: 0.2, max_regenerations: 2, on_exhausted: dead_letter, evaluate: sampled}"))
        let decider = try bench.decider()
        var samples = WireSamples(seed: seed)
        let marks = Array(#"{}[]":,\u0eE+-.9ntf "#.utf8) + [0x00, 0x0A, 0x0D, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        // As many lines as scripts/fuzz asks for, shared out among the seeds.
        let rounds = ProcessInfo.processInfo.environment["CRISOL_FUZZ_CASES"].flatMap { Int($0) }.map { $0 / 20 } ?? 40
        var seen: Set<String> = []
        for round in 0..<rounds {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 1...20, using: &samples.random) {
                var e = samples.envelope()
                if Int.random(in: 0..<4, using: &samples.random) > 0 { e.kind = .responded }
                body += encoded(e) + [0x0A]
            }
            for _ in 0..<Int.random(in: 0...8, using: &samples.random) where !body.isEmpty {
                let place = Int.random(in: 0..<body.count, using: &samples.random)
                switch Int.random(in: 0..<4, using: &samples.random) {
                case 0: body[place] = marks.randomElement(using: &samples.random)!
                case 1: body.insert(marks.randomElement(using: &samples.random)!, at: place)
                case 2: body.removeSubrange(place..<min(body.count, place + Int.random(in: 1...40, using: &samples.random)))
                default: body = Array(body[..<place]) + body[Int.random(in: 0..<body.count, using: &samples.random)...]
                }
            }
            var lines = body.split(separator: 0x0A, omittingEmptySubsequences: false).count
            if body.last == 0x0A || body.isEmpty { lines -= 1 }
            guard lines > 0 else { continue }
            let decisions = try bench.decide(body: body, by: decider)
            #expect(decisions.count == lines, "seed \(seed), round \(round)")
            for decision in decisions {
                seen.insert(decision.decision)
                for message in decision.messages { _ = try bench.context.wire.decode(Array(message.value.utf8)) }
                #expect(["malformed", "skipped"].contains(decision.decision) == decision.messages.isEmpty, "seed \(seed), round \(round)")
            }
        }
        #expect(seen.isSuperset(of: ["accepted", "regenerated", "dead_letter_score", "malformed", "skipped"]))
    }
}

/// A line of `/decide`'s answer as a client reads it.
private struct ReadDecision: Decodable {
    struct Message: Decodable {
        let topic: String, key: String, value: String
        var scoringTime: Int64 {
            ((try? JSONSerialization.jsonObject(with: Data(value.utf8))) as? [String: Any])?["scoring_time_ns"] as? Int64 ?? 0
        }
    }
    let decision: String
    var reason: String { said ?? "" }
    let messages: [Message]
    private let said: String?
    private enum CodingKeys: String, CodingKey { case decision, messages, said = "reason" }
}

/// What a judge tells the run, in words; moments are left out.
private final class Witness: Observer {
    private let seen = Mutex<[String]>([])

    func note(_ observation: Observation, at now: Instant) {
        let words = switch observation {
        case .scored(let score, _): "judge scored \(score)"
        case .queue(let stage, let change): "queue \(stage) \(change)"
        case .malformed: "malformed"
        default: "\(observation)"
        }
        seen.withLock { $0.append(words) }
    }

    /// All since the last time, alike ones together.
    func take() -> [String: [String]] {
        seen.withLock { seen in
            defer { seen = [] }
            return Dictionary(grouping: seen) { $0 }
        }
    }
}

/// A scenario's judge, over HTTP's reader or on topics of an embedded broker.
private struct DeciderBench {
    let scenario: Scenario
    let context: LiveContext
    let observer = Witness()
    private let broker: EmbeddedBroker
    private let draws: Draws

    init(_ yaml: String) throws {
        let bench = try LiveBench(yaml)
        defer { bench.remove() }
        scenario = bench.scenario
        draws = Draws(seed: scenario.seed, repeat: 0)
        broker = try EmbeddedBroker()
        let routes = Routes(scenario.pipeline)
        for topic in routes.topics { try broker.createTopic(topic.name, partitions: topic.partitions) }
        let clock = LiveClock(scale: 1)
        context = LiveContext(
            clock: clock, metric: scenario.scoring.metric.rawValue, routes: routes, bootstrapServers: broker.bootstrapServers, profile: .embedded,
            retention: nil, store: bench.store, downtime: nil, provider: try MockProvider(scenario.provider, draws: draws, clock: clock), llm: nil,
            observer: observer, log: Log(level: .error), groupPrefix: "", beginnings: [])
    }

    func decider() throws -> Decider { try Decider(scenario, draws, context) }

    func decide(_ messages: [[UInt8]], by decider: Decider) throws -> [ReadDecision] {
        try decide(body: messages.flatMap { $0 + [0x0A] }, by: decider)
    }

    func decide(body: [UInt8], by decider: Decider) throws -> [ReadDecision] {
        let answer = Mutex<[UInt8]>([])
        let done = DispatchSemaphore(value: 0)
        let isTaken = try decider.decide(body) { lines in
            answer.withLock { $0 = lines }
            done.signal()
        }
        #expect(isTaken != nil)
        #expect(done.wait(timeout: .now() + 60) == .success)
        return try answer.withLock { $0 }.split(separator: 0x0A).map { try JSONDecoder().decode(ReadDecision.self, from: Data($0)) }
    }

    /// What the judge's own host writes on topics, by topic, in its order.
    func publishedByHost(_ messages: [[UInt8]], awaiting count: Int) throws -> [String: [ReadDecision.Message]] {
        let producer = try Producer(bootstrapServers: broker.bootstrapServers, profile: .embedded)
        let source = context.routes.topics[context.routes.topic(of: .llmResponses)!]
        let topic = producer.topic(source.name, partitions: source.partitions)
        for message in messages {
            let sent = [UInt8]("k".utf8).withUnsafeBytes { key in message.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: 0) } }
            #expect(sent == .queued)
        }
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
        let supervisor = Supervisor(Gauges())
        for plan in try Service.judge.plans(scenario, draws: draws) { supervisor.start(plan, context) }
        defer { supervisor.stop() }
        let roles = Role.allCases
        let consumer = try context.consumer(group: "witness", roles: roles, membership: .fixed(replica: 0, of: 1))
        var found: [String: [ReadDecision.Message]] = [:]
        var total = 0, sources = 0
        let limit = LiveClock.monotonic() + 60_000_000_000
        while total < count || sources < messages.count, LiveClock.monotonic() < limit, supervisor.failure == nil {
            consumer.consumeBatch(max: 1000, timeoutMilliseconds: 10) { record in
                let name = consumer.topics[record.topic]
                // What was put there for the judge comes first.
                if name == source.name, sources < messages.count {
                    sources += 1
                    return
                }
                total += 1
                found[name, default: []].append(.init(topic: name, key: String(decoding: record.key, as: UTF8.self), value: String(decoding: record.value, as: UTF8.self)))
            }
        }
        #expect(supervisor.failure == nil)
        return found
    }
}
