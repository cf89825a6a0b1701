import Foundation
import KafkaClient
import Measurement
import Pipeline
import Synchronization
import Workload

/// The open-loop traffic source: sends each question at its intended time, whatever the pipeline does.
///
/// Shortly before the intended moment it stops sleeping and spins, where the rate leaves time to sleep. What the broker's guard does not let
/// through yet waits here in memory, and the delay shows in the schedule, never in fewer questions.
final class Generator {
    /// What to ask, and when.
    struct Plan: Sendable {
        let arrivals: Arrivals
        let popularity: Popularity
        let corpus: Corpus
        /// Questions at most, and the end of the arrivals.
        let questions: UInt64
        let until: Instant
        /// A closed loop in place of the arrivals: the next question is asked when fewer than so many are in flight.
        /// For measuring how much the pipeline can do, and for nothing else: who waits for answers sees no queue.
        var window: Int?
    }

    /// What other threads know of it.
    final class Progress: Sendable {
        let asked = Atomic<Int>(0)
        let schedule = ScheduleGuard()
        /// What the closed loop goes by.
        let settled = Atomic<Int>(0)
        let isStopping = Atomic<Bool>(false)
        /// Over HTTP: questions that no reply has acknowledged, and askers that still wait for their answers.
        let unacknowledged = Atomic<Int>(0)
        let open = Atomic<Int>(0)
        /// Over HTTP: questions that the storage API answered by itself, of which no topic knows.
        let settledByAPI = Atomic<Int>(0)
        /// When the last question had been sent and acknowledged.
        let isSent = Atomic<Bool>(false)
        /// When nothing more is to be expected of the generator, or it was stopped.
        let isFinished = Atomic<Bool>(false)
        let failure = Mutex<String?>(nil)
        /// Questions that never reached the broker.
        let unsent = Mutex<[Envelope<LiveTexts>]>([])
    }

    private let plan: Plan
    private let context: LiveContext
    private let progress: Progress
    private let recorder: SharedRecorder
    private let producer: Producer
    private let topic: Int
    private var popularity: Popularity
    private var unsent: [Envelope<LiveTexts>] = []
    private var head = 0
    /// Schedule delays that are told with the next question.
    private var delays: [Nanoseconds] = []
    private var outgoing = WireWriter()
    private var problem: KafkaProblem?

    init(_ plan: Plan, _ context: LiveContext, _ recorder: SharedRecorder, _ progress: Progress) throws {
        self.plan = plan
        self.recorder = recorder
        self.context = context
        popularity = plan.popularity
        self.progress = progress
        producer = try Producer(
            bootstrapServers: context.bootstrapServers, profile: context.profile, retention: context.retention, overCap: .hold)
        guard let questions = context.routes.topic(of: .questions) else {
            throw HostFailure(description: "traffic via kafka needs a topic for the role questions")
        }
        let route = context.routes.topics[questions]
        topic = producer.topic(route.name, partitions: route.partitions)
    }

    static func run(_ plan: Plan, _ context: LiveContext, _ recorder: SharedRecorder, _ progress: Progress) {
        Pacing.takePrecedence()
        Thread.nameThis("generator")
        do {
            try Generator(plan, context, recorder, progress).run()
        } catch {
            progress.failure.withLock { $0 = "the traffic source: \(error)" }
        }
        progress.isSent.store(true, ordering: .releasing)
        progress.isFinished.store(true, ordering: .releasing)
    }

    private var isStopping: Bool { progress.isStopping.load(ordering: .relaxed) }

    private func run() throws {
        var arrivals = plan.arrivals
        var number: UInt64 = 0
        var previous = context.clock.startedAt
        while number < plan.questions, !isStopping {
            if let window = plan.window {
                while Int(number) - progress.settled.load(ordering: .acquiring) >= window, !isStopping {
                    try send()
                    // Nothing follows before answers have come.
                    if producer.nextRelease != nil { producer.release(timeoutMilliseconds: 1) { note($0) } }
                    LiveClock.sleep(500_000)
                }
                try ask(number, at: context.clock.now())
                number += 1
                continue
            }
            let intended = arrivals.next()
            if intended >= plan.until { break }
            let moment = context.clock.monotonic(of: intended)
            guard try Pacing.wait(until: moment, gap: moment - previous, isStopping: { isStopping }, meanwhile: {
                takeDeliveries()
                if head < unsent.count { try send() }
                return untilRelease
            }) else { break }
            previous = moment
            try ask(number, at: intended)
            number += 1
        }
        while head < unsent.count, !isStopping {
            try send()
            takeDeliveries(timeoutMilliseconds: 1)
        }
        recorder.withLock { for delay in delays { $0.scheduleDelay(delay) } }
        let open = producer.flush(timeoutMilliseconds: isStopping ? 1000 : 10_000) { note($0) }
        if let problem { throw problem }
        if open > 0 { throw HostFailure(description: "\(open) questions were not acknowledged by the broker") }
        progress.unsent.withLock { $0 = Array(unsent[head...]) }
    }

    private func ask(_ number: UInt64, at intended: Instant) throws {
        recorder.withLock { recorder in
            recorder.asked(number, rank: popularity.rank(ofQuestion: number), intendedAt: intended)
            for delay in delays { recorder.scheduleDelay(delay) }
        }
        delays.removeAll(keepingCapacity: true)
        progress.asked.store(Int(number) + 1, ordering: .releasing)
        unsent.append(question(number, intended))
        try send()
    }

    private func question(_ number: UInt64, _ intended: Instant) -> Envelope<LiveTexts> {
        let item = popularity.item(ofQuestion: number, at: intended)
        let texts = LiveTexts(
            questionID: QuestionID.of(number), question: plan.corpus.question(item), reference: plan.corpus.reference(item))
        return Envelope(
            kind: .asked, question: number, key: plan.corpus.key(item), payload: texts,
            bytes: UInt32(clamping: texts.byteCount), intendedAt: intended)
    }

    /// Sends what is waiting, in order, as far as the broker has room.
    private func send() throws {
        takeDeliveries()
        while head < unsent.count {
            let question = unsent[head]
            let now = context.clock.now()
            context.wire.encode(question, at: now, into: &outgoing)
            let sent = QuestionKey.withDigits(of: question.key) { key in
                outgoing.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: 1) }
            }
            switch sent {
            case .queued: break
            case .full: return
            case .refused(let problem): throw problem
            }
            let delay = context.clock.real(now - question.intendedAt)
            delays.append(max(0, delay))
            progress.schedule.sent(intendedAt: question.intendedAt, at: now)
            head += 1
        }
        unsent.removeAll(keepingCapacity: true)
        head = 0
    }

    /// How long the producer may be left alone.
    private var untilRelease: Nanoseconds {
        producer.nextRelease.map { max(0, min($0 - LiveClock.monotonic(), Pacing.longestSleep)) } ?? Pacing.longestSleep
    }

    private func takeDeliveries(timeoutMilliseconds: Int32 = 0) {
        if let release = producer.nextRelease, release <= LiveClock.monotonic() {
            return producer.release(timeoutMilliseconds: 1) { note($0) }
        }
        producer.poll(timeoutMilliseconds: timeoutMilliseconds) { note($0) }
    }

    private func note(_ delivery: Producer.Delivery) {
        if let problem = delivery.problem { self.problem = problem }
    }
}
