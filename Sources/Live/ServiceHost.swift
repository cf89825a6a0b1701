import Foundation
import KafkaClient
import Measurement
import Pipeline
import Provider
import Scenarios
import Scoring
import Storage
import Synchronization
import Workload

/// Runs one replica of one service on a thread of its own.
///
/// It reads the service's topics, hands messages to the machine, carries the machine's effects out,
/// and commits a message's offset only when all that it caused is acknowledged (`OffsetTracker`). It
/// never waits for another service: what cannot be sent yet is never held against the reading.
final class ServiceHost {
    /// What to run.
    struct Plan: Sendable {
        let name: String
        let roles: [Role]
        let membership: Consumer.Membership
        let machine: @Sendable () -> any Machine
        /// Judges only.
        var scorer: AnswerScorer?
        /// Judges only: a score takes at least so long, and one comes after another.
        var scoringTime: Nanoseconds = 0
        /// Workers only, and not where scores are drawn whatever the answer: it is the reference then.
        var writer: AnswerWriter?
        var answersAgainst: Scenario.Scoring.Against = .reference
        var classify = StatusClassification([:])
        /// Workers only: calls under way at most.
        var concurrency: Int?
        /// Whether the service writes to or reads from the store.
        var usesStore = false
        /// Whether this is the pipeline's door, which takes no more questions while the broker can hold no more of
        /// what follows from them. It goes on reading how questions end, so nobody waits in a circle.
        var isDoor = false
    }

    private typealias Work = OffsetTracker.Work

    /// What waits for a moment.
    private enum Timer: Sendable {
        case reply(Envelope<LiveTexts>, Reply, startedAt: Instant, Work)
        case scored(Envelope<LiveTexts>, Double, startedAt: Instant, Work)
        /// A durable wait, by its name in the store.
        case due(Envelope<LiveTexts>, name: String)
    }

    /// What a message that was sent is for; told by its token.
    private struct Sending {
        var cause: Work?
        /// The question that a coalesced one's `asked` message waited for.
        var joined: Work?
        /// A kept message that need not be kept once this one stands in the broker.
        var forget: String?
    }

    private let plan: Plan
    private let context: LiveContext
    private let control: HostControl
    private var machine: any Machine
    /// Workers of a run with an LLM server only. Stands before the consumer that it wakes, so that it goes first.
    private let calls: ServerCalls?
    private let consumer: Consumer
    private let producer: Producer
    /// Services with a store only.
    private var store: StoreQueue?
    private var scorer: AnswerScorer?
    private var writer: AnswerWriter?
    private let topics: [Int]

    private var tracker: OffsetTracker
    private var timers = TimerHeap<Timer>()
    private var effects = EffectBuffer<LiveTexts>()
    /// What the effects under way belong to.
    private var cause: Work?
    private var name: String?
    private var sendings: [Sending] = []
    private var freeSendings: [Int] = []
    /// Questions that joined another in flight: their messages are done when they are answered.
    private var joined: [UInt64: Work] = [:]
    private var waiting: Set<String> = []
    private var outgoing = WireWriter()
    private var lastCommit: Int64 = 0
    private var lastRead: Int64 = 0
    /// Whether that read brought nothing.
    private var isQuiet = true
    /// Told to the observer once a turn: all services share it.
    private var observed: [(Observation, Instant)] = []
    /// Whether reading rests because of it.
    private var isResting = false
    /// Partitions with new questions, and whether they are closed for now.
    private let door: [PartitionOffset]
    private let behindDoor: [Int]
    private var isClosed = false

    private static let commitEvery: Nanoseconds = 200_000_000
    private static let longestPoll: Nanoseconds = 10_000_000
    /// The broker answers within a millisecond unless the processors are all busy; then there is something to read.
    private static let longestRelease: Int32 = 2
    /// Longer than another replica writes, and short enough to go on with the rest meanwhile.
    private static let lockPatienceMilliseconds: Int32 = 500
    /// How long the end waits for a store that is away.
    private static let patienceAtTheEnd: Nanoseconds = 10_000_000_000

    /// - Parameters:
    ///   - store: nil for services without one.
    ///   - kept: waits that stood there, from before a crash.
    init(_ plan: Plan, _ context: LiveContext, _ control: HostControl, store: (any Store)?, kept: [DelayedMessage]) throws {
        self.plan = plan
        self.context = context
        self.control = control
        machine = plan.machine()
        scorer = plan.scorer
        writer = plan.writer
        producer = try Producer(
            bootstrapServers: context.bootstrapServers, profile: context.profile, retention: context.retention)
        topics = context.routes.topics.map { [producer] in producer.topic($0.name, partitions: $0.partitions) }
        let read = context.routes.topics(of: plan.roles)
        tracker = OffsetTracker(topics: read.map(\.name))
        let entry = context.routes.topic(of: .questions)
        if plan.isDoor, let entry {
            let topic = context.routes.topics[entry]
            door = (0..<topic.partitions).map { PartitionOffset(topic: topic.name, partition: Int32($0)) }
        } else {
            door = []
        }
        behindDoor = topics.indices.filter { $0 != entry }.map { [topics] in topics[$0] }
        consumer = try context.consumer(group: plan.group, roles: plan.roles, membership: plan.membership)
        calls = plan.concurrency.flatMap { [consumer] concurrency in
            let waker = consumer.waker
            return context.llm.map { ServerCalls($0, clock: context.clock, concurrency: concurrency) { waker.wake() } }
        }
        self.store = store.map { StoreQueue($0) { [weak self] error, isFirst in self?.noteMissing(error, isFirst) } }
        for message in kept { keep(message.messageID, try context.wire.decodeKept(message.body)) }
        consumer.onRevoke { [weak self] gone, isLost in self?.leave(gone, isLost: isLost) ?? [] }
    }

    /// The thread's life.
    static func run(_ plan: Plan, _ context: LiveContext, _ control: HostControl) {
        Thread.nameThis(plan.name)
        do {
            var store: (any Store)?
            var kept: [DelayedMessage] = []
            if plan.usesStore {
                // A replica that comes back while the store is away waits for it.
                let found = try StoreOutage.waitOut(unless: { control.isStopping || control.isKilled }) { () throws(StoreError) in
                    let store = try context.openStore(lockPatienceMilliseconds: Self.lockPatienceMilliseconds)
                    return (store, try store.delayed(for: plan.name))
                }
                guard let found else { return control.report(control.isKilled ? .crashed : .stopped) }
                (store, kept) = found
            }
            let host = try ServiceHost(plan, context, control, store: store, kept: kept)
            try host.consumer.awaitMessages()
            control.reportReady()
            context.log(.info, plan.name, "ready, reading \(host.consumer.topics.joined(separator: ", "))")
            do {
                defer { host.tellObserved() }
                while !control.isStopping { try host.turn() }
                try host.end()
            } catch let crash as Crash {
                host.calls?.close()
                host.consumer.abandon()
                host.store?.close()
                throw crash
            }
            context.log(.info, plan.name, "stopped")
            control.report(.stopped)
        } catch is Crash {
            control.report(.crashed)
        } catch {
            context.log(.error, plan.name, "\(error)")
            control.report(.failed("\(plan.name): \(error)"))
        }
    }

    // MARK: The loop

    /// What is due, what was acknowledged, what there is to read.
    private func turn() throws {
        defer { tellObserved() }
        if hasWorked { try control.step() } else { try control.stepWhileWaiting() }
        hasWorked = false
        try fireTimers()
        try takeReplies()
        try flushStore()
        if let release = producer.nextRelease, isQuiet || release <= LiveClock.monotonic() {
            producer.release(timeoutMilliseconds: Self.longestRelease) { acknowledged($0) }
        } else {
            takeDeliveries()
        }
        try flushForgotten()
        try commit(wait: false)
        watchDoor()
        watchStore()

        let room = machine.room
        let now = LiveClock.monotonic()
        // What waits to be sent goes as soon as nothing more comes in that would keep it company.
        let due = min(context.clock.monotonic(of: timers.next), producer.nextRelease == nil ? .max : now + context.profile.gather)
        var patience = max(0, min(due - now, Self.longestPoll))
        // Messages that come in a stream are worth more together: what a turn costs is shared by them.
        let early = min(lastRead + context.profile.gather - now, patience)
        if early > 0, room > 0 {
            LiveClock.sleep(early)
            patience -= early
        }
        guard room > 0 else {
            consumer.serveGroup()
            isQuiet = true
            LiveClock.sleep(min(patience, 1_000_000))
            return try checkClients()
        }
        // The client waits in whole milliseconds; what is less is slept, so that a timer is met.
        lastRead = LiveClock.monotonic()
        let read = try consumer.consumeBatch(max: room, timeoutMilliseconds: Int32(patience / 1_000_000)) { try take($0) }
        isQuiet = read == 0
        if isQuiet, patience < 1_000_000 { LiveClock.sleep(patience) }
        try checkClients()
    }

    /// Half of what the broker holds safely is left for retries, regenerations and results.
    private func watchDoor() {
        guard !door.isEmpty, context.retention != nil else { return }
        let fill = producer.fill(topics: behindDoor)
        if !isClosed, fill > 0.5 {
            isClosed = true
            consumer.pause(door)
        } else if isClosed, fill < 0.25 {
            isClosed = false
            consumer.resume(door)
        }
    }

    /// While the store is away nothing is read that would have to be kept in memory until it is back; polling an
    /// assignment that rests goes on, so that the group does not take this member for dead.
    private func watchStore() {
        guard let store else { return }
        if store.isAway, !isResting, store.hasUnwritten {
            consumer.pause(consumer.position)
            isResting = true
        } else if isResting, !store.isAway {
            consumer.resume(consumer.position)
            isResting = false
        }
    }

    private func take(_ record: Record) throws {
        let work = tracker.begin(topic: record.topic, partition: record.partition, offset: record.offset)
        // Somebody else's: not worth being read whole.
        if let front = WireFront(record.value), !machine.mayRead(front) { return tracker.finish(work) }
        let now = context.clock.now()
        guard var message = try? context.wire.decode(record.value, defaultKind: defaultKind(record.topic), receivedAt: now) else {
            // One bad message must not stop the pipeline for all the others.
            note(.malformed, at: now)
            context.log(
                .warning, plan.name,
                "a message that cannot be read: topic \(consumer.topics[record.topic]), partition \(record.partition), offset \(record.offset)")
            return tracker.finish(work)
        }
        guard machine.reads(message) else { return tracker.finish(work) }
        context.log(.debug, plan.name, "took \(message.kind.rawValue)", about: Wire.names(of: message))
        if let stage = Stage(of: message.kind) { note(.queue(stage, change: -1), at: now) }
        try tell(.message, about: &message, from: work, at: now)
        if message.kind == .asked, effectsRun == 0 {
            // It joined an equal question in flight: it is done with that one.
            joined[message.question] = work
        } else {
            tracker.finish(work)
        }
    }

    /// Whoever asks on the questions topic need not say that it is a question.
    private func defaultKind(_ topic: Int) -> Kind? {
        context.routes.topic(of: .questions).map { context.routes.topics[$0].name } == consumer.topics[topic] ? .asked : nil
    }

    private func fireTimers() throws {
        while let timer = timers.due(at: context.clock.now()) {
            let now = context.clock.now()
            switch timer {
            case .reply(var question, let reply, let startedAt, let work):
                try replied(&question, reply, startedAt, work, at: now)
            case .scored(var question, let score, let startedAt, let work):
                note(.scored(score, took: now - startedAt), at: now)
                // The question went to another judge, with its partition.
                guard tracker.isCurrent(work) else { continue }
                try tell(.scored(score, took: now - startedAt), about: &question, from: work, at: now)
                tracker.finish(work)
            case .due(var question, let name):
                let (asked, slept, intendedAt) = (question.askedWait, now - question.waitingSince, question.intendedAt)
                note(.waitEnded(asked: asked, slept: slept, intendedAt: intendedAt), at: now)
                self.name = name
                try tell(.due, about: &question, from: nil, at: now)
                self.name = nil
            }
        }
    }

    private func takeReplies() throws {
        guard let calls else { return }
        for ended in calls.takeEnded() {
            var question = ended.question
            if let text = ended.text { question.payload.response = text }
            try replied(&question, ended.result, ended.work, at: context.clock.now())
        }
    }

    private func takeDeliveries() {
        producer.poll { acknowledged($0) }
    }

    private var deliveryFailure: KafkaProblem?

    private func acknowledged(_ delivery: Producer.Delivery) {
        if let problem = delivery.problem {
            deliveryFailure = problem
            return
        }
        let slot = Int(delivery.token) - 1
        let sending = sendings[slot]
        freeSendings.append(slot)
        if let cause = sending.cause { tracker.finish(cause) }
        if let joined = sending.joined { tracker.finish(joined) }
        if let name = sending.forget { store?.forget(name) }
    }

    private func commit(wait: Bool) throws {
        let now = LiveClock.monotonic()
        guard wait || now - lastCommit >= Self.commitEvery else { return }
        lastCommit = now
        // A commit that fails is repeated with the next one; losing it costs only repeated work.
        consumer.commit(tracker.takeCommits(), wait: wait)
    }

    private func checkClients() throws {
        if let deliveryFailure { throw HostFailure(description: "a message could not be delivered: \(deliveryFailure)") }
        for problem in consumer.takeProblems() + producer.takeProblems() {
            switch problem.reason {
            case .passing, .serverMissing: break  // the client mends itself
            case .messagesDropped, .fatal, .configuration, .other: throw HostFailure(description: "\(problem)")
            }
        }
    }

    /// Partitions are being taken away: what is done is committed, everything else is left to whoever gets them.
    ///
    /// A rebalance takes all partitions and then gives some, each from its committed offset on. So the machine begins
    /// anew, as after a restart, with what broker and store hold; durable waits, which are this replica's own, go on.
    private func leave(_ gone: [PartitionOffset], isLost: Bool) -> [PartitionOffset] {
        var done: [PartitionOffset] = []
        if !isLost {
            // What was sent is done once it stands in the broker: a moment's patience spares the next owner the work.
            _ = producer.flush(timeoutMilliseconds: 500) { acknowledged($0) }
            done = tracker.takeCommits()
        }
        for partition in gone { tracker.forget(topic: partition.topic, partition: partition.partition) }
        machine = plan.machine()
        joined.removeAll()
        store?.keep(only: { tracker.isCurrent($0) })
        // What was paused is not any more.
        (isClosed, isResting) = (false, false)
        return done
    }

    /// The orderly end: what was sent is acknowledged, what is done is committed.
    private func end() throws {
        calls?.close()
        let limit = LiveClock.monotonic() + Self.patienceAtTheEnd
        try flushStore()
        while store?.hasUnwritten == true, LiveClock.monotonic() < limit {
            LiveClock.sleep(5_000_000)
            try flushStore()
        }
        let open = producer.flush(timeoutMilliseconds: 5000) { acknowledged($0) }
        try flushForgotten()
        try commit(wait: true)
        consumer.close()
        store?.close()
        if let store, store.hasUnwritten, let error = store.error {
            throw HostFailure(description: "at the end of the run not all was written, and its messages stay uncommitted: \(error)")
        }
        if open > 0 { throw HostFailure(description: "\(open) messages were not acknowledged within 5 s of the end") }
    }

    private func noteMissing(_ error: StoreError, _ isFirst: Bool) {
        note(.storeMissing, at: context.clock.now())
        if isFirst { context.log(.warning, plan.name, "the store is away, and is waited for: \(error)") }
    }

    private func note(_ observation: Observation, at now: Instant) { observed.append((observation, now)) }

    private func tellObserved() {
        guard !observed.isEmpty else { return }
        context.observer.note(observed)
        observed.removeAll(keepingCapacity: true)
    }

    // MARK: Effects

    private var effectsRun = 0
    /// Whether effects ran since the last turn began.
    private var hasWorked = false

    /// Gives the machine an input and carries out what it wants done, on account of `work`.
    private func tell(_ input: Input, about question: inout Envelope<LiveTexts>, from work: Work?, at now: Instant) throws {
        cause = work
        effectsRun = 0
        machine.handle(input, about: &question, at: now, into: &effects)
        var index = 0
        while index < effects.count {
            try control.step()
            hasWorked = true
            effectsRun += 1
            let entry = effects[index]
            if var other = effects.other(of: entry) {
                try run(entry.effect, &other)
            } else {
                try run(entry.effect, &question)
            }
            index += 1
        }
        effects.removeAll()
    }

    private func run(_ effect: Effect, _ question: inout Envelope<LiveTexts>) throws {
        switch effect {
        case .publish(let role):
            noteGuards(question)
            try publish(role, question)
        case .lookUp:
            try lookUp(&question)
        case .call:
            let isRetry = question.errorClass != .none
            if let calls {
                let now = context.clock.now()
                noteCall(isRetry: isRetry, of: question, at: now)
                return calls.begin(question, on: hold(), at: now)
            }
            let (reply, now) = context.provider.begin(question)
            noteCall(isRetry: isRetry, of: question, at: now)
            timers.add(.reply(question, reply, startedAt: now, hold()), at: reply.completesAt)
        case .score:
            guard scorer != nil else { preconditionFailure("\(plan.name) has no scorer") }
            let began = context.clock.now()
            let score = scorer!.score(question)
            if plan.scoringTime > 0 {
                return timers.add(.scored(question, score, startedAt: began, hold()), at: began + plan.scoringTime)
            }
            let now = context.clock.now()
            note(.scored(score, took: now - began), at: now)
            machine.handle(.scored(score, took: now - began), about: &question, at: now, into: &effects)
        case .wait:
            note(.waitStarted, at: context.clock.now())
            context.log(
                .debug, plan.name, "waits until \(UTC.text(unixNanoseconds: context.wire.unix(question.notBefore)))", about: Wire.names(of: question))
            // Intake's ticket is part of the name: a question that a restarted intake asked for again waits for
            // an end with its new ticket, beside the wait of the first time.
            let name = "\(Wire.messageID(of: question)).\(question.ticket)"
            context.wire.encode(question, at: context.clock.now(), into: &outgoing)
            let work = hold()
            requiredStore {
                $0.add(DelayedMessage(messageID: name, service: plan.name, notBefore: question.notBefore, body: outgoing.bytes), question, work)
            }
        case .store:
            if !question.outcome.isAnswered {
                context.log(.warning, plan.name, "given up: \(question.outcome.rawValue)", about: Wire.names(of: question))
            }
            let work = hold()
            requiredStore { $0.add(question, work) }
        }
    }

    private func noteCall(isRetry: Bool, of question: Envelope<LiveTexts>, at now: Instant) {
        let intendedAt = question.intendedAt
        note(.callStarted(isRetry: isRetry, intendedAt: intendedAt), at: now)
    }

    /// Tells the recorder what the LLM worker's guards have stopped.
    private func noteGuards(_ question: Envelope<LiveTexts>) {
        guard question.kind == .callFailed, question.isRefused || question.isOutOfBudget else { return }
        let intendedAt = question.intendedAt
        note(
            question.isRefused ? .callRefused(intendedAt: intendedAt) : .retryDenied(intendedAt: intendedAt), at: context.clock.now())
    }

    /// The message under way waits for one thing more.
    private func hold() -> Work {
        guard let cause else { preconditionFailure("\(plan.name): this effect follows from no message") }
        tracker.wait(cause)
        return cause
    }

    private func publish(_ role: Role, _ message: Envelope<LiveTexts>) throws {
        guard let (topic, now) = context.write(message, to: role, by: plan.name, into: &outgoing) else { return }
        var sending = Sending(cause: nil, joined: joined.isEmpty ? nil : joined.removeValue(forKey: message.question), forget: name)
        if cause != nil { sending.cause = hold() }
        let slot: Int
        if let free = freeSendings.popLast() {
            slot = free
            sendings[free] = sending
        } else {
            slot = sendings.count
            sendings.append(sending)
        }
        if let stage = Stage(of: message.kind) { note(.queue(stage, change: 1), at: now) }
        while true {
            switch QuestionKey.withDigits(of: message.key, { key in
                outgoing.withUnsafeBytes { producer.send(topic: topics[topic], key: key, value: $0, token: UInt64(slot + 1)) }
            }) {
            case .queued: return
            // The client's own queue is full. It empties by itself: no other service is waited for.
            case .full:
                try control.stepWhileWaiting()
                producer.poll(timeoutMilliseconds: 1) { acknowledged($0) }
            case .refused(let problem): throw HostFailure(description: "\(problem)")
            }
        }
    }

    private func replied(
        _ question: inout Envelope<LiveTexts>, _ reply: Reply, _ startedAt: Instant, _ work: Work, at now: Instant
    ) throws {
        if reply.isAnswer {
            let texts = question.payload
            question.payload.response = writer?.answer(
                to: texts.question, against: texts.text(of: plan.answersAgainst),
                target: reply.quality, question: question.question, generation: Int(question.generation))
                ?? texts.reference
        }
        let result = CallResult(
            status: UInt16(reply.status), retryAfter: reply.retryAfter, promptTokens: UInt32(reply.promptTokens),
            completionTokens: UInt32(reply.completionTokens), duration: now - startedAt)
        try replied(&question, result, work, at: now)
    }

    private func replied(_ question: inout Envelope<LiveTexts>, _ result: CallResult, _ work: Work, at now: Instant) throws {
        context.log(.debug, plan.name, "the call ended with status \(result.status)", about: Wire.names(of: question))
        note(
            .callEnded(
                plan.classify.errorClass(of: result), generation: Int(question.generation), intendedAt: question.intendedAt,
                promptTokens: Int(result.promptTokens), completionTokens: Int(result.completionTokens)), at: now)
        // The question went to another worker, with its partition.
        guard tracker.isCurrent(work) else { return }
        try tell(.replied(result), about: &question, from: work, at: now)
        tracker.finish(work)
    }

    // MARK: The store

    private func lookUp(_ question: inout Envelope<LiveTexts>) throws {
        let began = context.clock.now()
        // No asker is kept waiting for a store that is away: what is not found is generated.
        let found = try requiredStore { store in try store.lookUp(question.key) }
        let now = context.clock.now()
        question.storageTime += now - began
        if let found {
            question.payload.response = found.answer
            question.score = found.score
        }
        machine.handle(.lookedUp(found: found != nil), about: &question, at: now, into: &effects)
    }

    private func requiredStore<Value>(_ body: (inout StoreQueue) throws -> Value) rethrows -> Value {
        guard store != nil else { preconditionFailure("\(plan.name) has no store") }
        return try body(&store!)
    }

    /// Writes what the batch wants kept, and goes on with what stands there.
    private func flushStore() throws {
        guard store != nil, store!.hasUnwritten else { return }
        for (message, question, work) in try store!.writeWaits() {
            keep(message.messageID, question)
            tracker.finish(work)
        }
        let began = context.clock.now()
        let written = try store!.writeEnds(context.wire, at: began)
        let now = context.clock.now()
        // The end is told whatever stood there before: after a crash the same question may have come twice
        // (and ended differently), and intake's followers of the second time wait for its own end. What
        // stands in the store is the first end, and so is what an asker takes.
        for (kept, work) in written {
            var question = kept
            try tell(.stored(took: now - began), about: &question, from: work, at: now)
            tracker.finish(work)
        }
    }

    private func flushForgotten() throws {
        for name in try store?.writeForgotten() ?? [] { waiting.remove(name) }
    }

    private func keep(_ name: String, _ question: Envelope<LiveTexts>) {
        // The same failure may come twice; it waits once.
        guard waiting.insert(name).inserted else { return }
        timers.add(.due(question, name: name), at: question.notBefore)
    }
}

extension ServiceHost.Plan {
    /// Replicas of one service share a group: the name without the replica's number.
    var group: String { String(name.split(separator: ".")[0]) }
}
