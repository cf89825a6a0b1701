// The simulated runtime: virtual time, one event queue, seeded draws. It carries out the effects of the
// very machines that run live; what a topic, a thread or a socket would do there is a queue here.

import Measurement
import Pipeline
import Provider
import Scenarios
import Scoring
import Workload

package struct Simulator: ~Copyable {
    private let pipeline: PipelineConfiguration
    private let costs: Scenario.SimulationCosts

    private var intake: Intake<SimulatedTexts>
    private var workers: [LLMWorker<SimulatedTexts>]
    private var requests: [Ring<Envelope<SimulatedTexts>>]
    private var judges: [Judge<SimulatedTexts>]
    private var responses: [Ring<Envelope<SimulatedTexts>>]
    private var judgeIsBusy: [Bool]
    private var overloadRetry: Retry<SimulatedTexts>
    private var quotaRetry: Retry<SimulatedTexts>
    private var recorder: Recorder<SimulatedTexts>
    private var provider: ProviderModel
    private var scoring: SimulatedScoring
    /// The score of the newest result for a key in the store, as far as a lookup may ask for it.
    private var storedScores: [UInt64: Double] = [:]

    private let corpus: Corpus
    private var textBytes: TextBytes
    private var arrivals: Arrivals
    private var popularity: Popularity
    private let lastQuestion: UInt64
    private let arrivalsEnd: Instant
    private let drain: Nanoseconds

    private var events = EventQueue()
    private var pending = PendingEvents()
    private var effects = EffectBuffer<SimulatedTexts>()
    private var now = Instant.zero
    private var asked: UInt64 = 0
    private var settled: UInt64 = 0
    private var requestsWaiting = 0
    private var measurement: RunRecorder
    private var invariants: Invariants?
    /// Whether there are invariants; asked first, for reaching into the optional copies what it holds.
    private let isChecked: Bool

    /// - Parameters:
    ///   - scenario: one point, resolved.
    ///   - repeat: which replication, from 0: it goes into every draw.
    ///   - measurement: what the run is observed by.
    ///   - checked: whether every effect is held against the invariants (costs a few times the run).
    package init(
        _ scenario: Scenario, repeat: Int, corpus: Corpus, popularity: Popularity, measurement: consuming RunRecorder,
        checked: Bool = false
    ) throws {
        let draws = Draws(seed: scenario.seed, repeat: `repeat`)
        // What may throw comes first: a value that cannot be copied must not be left half made.
        let scoring = try SimulatedScoring(scenario.scoring, corpus: corpus, draws: draws)
        let arrivals = try Arrivals(reading: scenario.traffic.arrivals, draws: draws)
        pipeline = scenario.pipeline
        costs = scenario.simulation
        intake = Intake(pipeline.intake)
        workers = Array(
            repeating: LLMWorker(concurrency: pipeline.concurrency, classify: pipeline.classify), count: pipeline.llmWorkers)
        requests = Array(repeating: Ring(), count: pipeline.llmWorkers)
        judges = Array(repeating: Judge(pipeline.acceptance, retry: pipeline.retry), count: pipeline.judges)
        responses = Array(repeating: Ring(), count: pipeline.judges)
        judgeIsBusy = Array(repeating: false, count: pipeline.judges)
        overloadRetry = Retry(pipeline.retry, acceptance: pipeline.acceptance, draws: draws)
        quotaRetry = overloadRetry
        recorder = Recorder()
        provider = ProviderModel(scenario.provider, draws: draws)
        self.scoring = scoring
        self.corpus = corpus
        textBytes = TextBytes(of: corpus)
        self.arrivals = arrivals
        self.popularity = popularity
        switch scenario.length {
        case .questions(let count): (lastQuestion, arrivalsEnd) = (UInt64(count), .never)
        case .duration(let nanoseconds): (lastQuestion, arrivalsEnd) = (.max, Instant(nanoseconds: nanoseconds))
        }
        drain = scenario.drain
        self.measurement = measurement
        isChecked = checked
        if checked { invariants = Invariants(pipeline: pipeline) }
    }

    /// Runs to the end: all questions settled, or the drain over.
    ///
    /// - Parameters:
    ///   - identity: what the result is named by.
    ///   - isInterrupted: asked every 65,536 steps; where it says yes the run ends there, invalid.
    package consuming func run(identity: RunIdentity, isInterrupted: () -> Bool = { false }) -> RunResult {
        var nextArrival = arrivals.next()
        var drainEnd = Instant.never
        var steps: UInt64 = 0
        var interrupted = false
        while true {
            steps &+= 1
            if steps & 0xFFFF == 0, isInterrupted() || measurement.sinkFailed {
                interrupted = true
                break
            }
            // A process that has come to its end says `.never`, which no end is later than.
            if drainEnd == .never, asked >= lastQuestion || nextArrival >= arrivalsEnd {
                drainEnd = (arrivalsEnd == .never ? now : arrivalsEnd) + drain
                nextArrival = .never
            }
            let nextEvent = Instant(nanoseconds: events.nextTime)
            if nextArrival <= nextEvent {
                if nextArrival == .never { break }
                advance(to: nextArrival)
                ask()
                nextArrival = arrivals.next()
            } else {
                if nextEvent > drainEnd { break }
                let (slot, time) = events.pop()
                advance(to: Instant(nanoseconds: time))
                fire(pending.take(slot))
            }
            settleEffects()
        }
        reportWhatIsLeft()
        invariants?.ended(isDrained: events.isEmpty && !interrupted, creditsInUse: intake.inFlight)
        let end = drainEnd == .never || events.isEmpty ? now : max(now, drainEnd)
        var result = measurement.finish(
            at: end, identity: identity, invalid: interrupted ? ["the run was interrupted"] : [])
        result.brokenInvariants = invariants?.violations.list.map(\.description) ?? []
        return result
    }

    /// Tells the ledger of every question of which something is still under way.
    private mutating func reportWhatIsLeft() {
        pending.forEach { measurement.leftInFlight($0) }
        for queue in requests { queue.forEach { measurement.leftInFlight($0) } }
        for queue in responses { queue.forEach { measurement.leftInFlight($0) } }
        intake.forEachFollowerWaiting { measurement.leftInFlight($0) }
    }

    private mutating func advance(to moment: Instant) {
        if isChecked { invariants?.moved(to: moment) }
        precondition(moment >= now, "virtual time never goes backwards")
        now = moment
    }

    private mutating func ask() {
        let item = popularity.item(ofQuestion: asked, at: now)
        let question = Envelope(
            question: asked, key: corpus.key(item), payload: SimulatedTexts(item: UInt32(truncatingIfNeeded: item)),
            bytes: textBytes.count(item), intendedAt: now)
        asked += 1
        measurement.asked(question.question, intendedAt: now)
        if isChecked { invariants?.asked(question.question) }
        publish(.questions, question)
    }

    private mutating func fire(_ event: Event) {
        switch event {
        case .delivered(let role, let message): deliver(role, message)
        case .replied(let worker, let question, let reply, let startedAt):
            replied(Int(worker), question, reply, took: now - startedAt)
        case .scored(let index, let question, let score):
            let judge = Int(index)
            judges[judge].handle(.scored(question, score: score, took: costs.scoringTime), at: now, into: &effects)
            judgeIsBusy[judge] = false
            if let next = responses[judge].popFirst() { giveToJudge(judge, next) }
        case .stored(let question): stored(question)
        case .lookedUp(let question, let found):
            intake.handle(.lookedUp(question, found: found), at: now, into: &effects)
        case .due(let question):
            measurement.waitEnded(at: now)
            if question.errorClass == .quota {
                quotaRetry.handle(.due(question), at: now, into: &effects)
            } else {
                overloadRetry.handle(.due(question), at: now, into: &effects)
            }
        }
    }

    /// Carries effects out in the order in which they were asked for; each may lead to more.
    private mutating func settleEffects() {
        var index = 0
        while index < effects.count {
            run(effects[index])
            index += 1
        }
        effects.removeAll()
    }

    private mutating func run(_ effect: Effect<SimulatedTexts>) {
        if isChecked { invariants?.sees(effect, at: now) }
        switch effect {
        case .publish(let role, let message):
            switch message.kind {
            case .answered, .failed: measurement.settled(message, at: now)
            case .asked, .requested, .regenerationRequested, .responded, .callFailed, .validated, .belowThreshold,
                .deadLettered:
                break
            }
            publish(role, message)
        case .lookUp(let question):
            lookUp(question)
        case .call(let question):
            let reply = provider.begin(
                question: question.question, generation: Int(question.generation), call: Int(question.calls), at: now,
                promptWords: corpus.words(Int(question.payload.item)))
            measurement.callStarted(isRetry: question.errorClass != .none, intendedAt: question.intendedAt, at: now)
            schedule(
                .replied(worker: Int32(worker(of: question.key)), question, reply, startedAt: now), at: reply.completesAt)
        case .score(let question):
            let judge = judge(of: question.key)
            let score = scoring.score(question)
            measurement.scored(score, at: now)
            if isChecked { invariants?.scored(question, score) }
            if costs.scoringTime == 0 {
                judges[judge].handle(.scored(question, score: score, took: 0), at: now, into: &effects)
            } else {
                schedule(.scored(judge: Int32(judge), question, score: score), at: now + costs.scoringTime)
            }
        case .wait(let question):
            measurement.waitStarted(at: now)
            schedule(.due(question), at: question.notBefore)
        case .store(let question):
            if costs.storeTime == 0 {
                stored(question)
            } else {
                schedule(.stored(question), at: now + costs.storeTime)
            }
        }
    }

    private mutating func schedule(_ event: Event, at moment: Instant) {
        events.push(slot: pending.put(event), at: moment.nanoseconds)
    }

    /// A message goes to its topic: at once, or after the topic's delay.
    private mutating func publish(_ role: Role, _ message: Envelope<SimulatedTexts>) {
        if costs.topicDelay == 0 {
            deliver(role, message)
        } else {
            switch message.kind {
            case .asked, .requested, .regenerationRequested, .responded, .callFailed, .validated, .deadLettered:
                schedule(.delivered(role, message), at: now + costs.topicDelay)
            case .answered, .failed:
                // Settled already: what comes back to intake on the topic is no question under way.
                deliver(role, message)
            case .belowThreshold: break
            }
        }
    }

    /// A message reaches the consumer of its kind.
    private mutating func deliver(_ role: Role, _ message: Envelope<SimulatedTexts>) {
        switch message.kind {
        case .asked: intake.handle(.asked(message), at: now, into: &effects)
        case .requested, .regenerationRequested:
            let worker = worker(of: message.key)
            requests[worker].append(message)
            requestsWaiting += 1
            startCalls(worker)
        case .responded:
            let judge = judge(of: message.key)
            if judgeIsBusy[judge] { responses[judge].append(message) } else { giveToJudge(judge, message) }
        case .callFailed:
            if role == .errorsQuota {
                quotaRetry.handle(.failed(message), at: now, into: &effects)
            } else {
                overloadRetry.handle(.failed(message), at: now, into: &effects)
            }
        case .validated: recorder.handle(.validated(message), at: now, into: &effects)
        case .deadLettered: recorder.handle(.deadLettered(message), at: now, into: &effects)
        case .answered, .failed: intake.handle(.settled(message), at: now, into: &effects)
        case .belowThreshold: break
        }
    }

    private mutating func giveToJudge(_ judge: Int, _ response: Envelope<SimulatedTexts>) {
        judgeIsBusy[judge] = costs.scoringTime > 0
        judges[judge].handle(.responded(response), at: now, into: &effects)
    }

    private mutating func startCalls(_ worker: Int) {
        while workers[worker].freeSlots > 0, let request = requests[worker].popFirst() {
            requestsWaiting -= 1
            workers[worker].handle(.requested(request), at: now, into: &effects)
        }
        measurement.llmQueue(requestsWaiting, at: now)
    }

    private mutating func replied(
        _ worker: Int, _ called: Envelope<SimulatedTexts>, _ reply: Reply, took duration: Nanoseconds
    ) {
        var question = called
        provider.finished(reply, at: now)
        let result = CallResult(
            status: UInt16(reply.status), retryAfter: reply.retryAfter, promptTokens: UInt32(reply.promptTokens),
            completionTokens: UInt32(reply.completionTokens), duration: duration)
        if reply.isAnswer { question.payload.quality = reply.quality }
        let errorClass = reply.isAnswer ? ErrorClass.none : pipeline.classify.errorClass(of: reply.status)
        measurement.callEnded(
            errorClass, generation: question.generation, intendedAt: question.intendedAt,
            promptTokens: Int(result.promptTokens), completionTokens: Int(result.completionTokens), at: now)
        if isChecked { invariants?.replied(question, isAnswer: errorClass == .none) }
        workers[worker].handle(.replied(question, result), at: now, into: &effects)
        startCalls(worker)
    }

    private mutating func lookUp(_ question: Envelope<SimulatedTexts>) {
        var question = question
        question.storageTime += costs.storeTime
        let stored = storedScores[question.key]
        let found = stored != nil
        if let stored { question.score = stored }
        if costs.storeTime == 0 {
            intake.handle(.lookedUp(question, found: found), at: now, into: &effects)
        } else {
            schedule(.lookedUp(question, found: found), at: now + costs.storeTime)
        }
    }

    private mutating func stored(_ question: Envelope<SimulatedTexts>) {
        if pipeline.intake.storeLookup, question.outcome.isAnswered { storedScores[question.key] = question.score }
        recorder.handle(.stored(question, took: costs.storeTime), at: now, into: &effects)
    }

    /// The replica that reads the key's partition: partitions by Kafka's own hash, contiguous ranges of them for
    /// each replica, both as in a live run.
    // Inlined, and from the key alone: a call would copy the whole simulator (3.5 KB) for its argument.
    @inline(__always) private func worker(of key: UInt64) -> Int {
        Self.replica(key, of: workers.count, partitions: pipeline.partitions)
    }
    @inline(__always) private func judge(of key: UInt64) -> Int {
        Self.replica(key, of: judges.count, partitions: pipeline.partitions)
    }
    @inline(__always) private static func replica(_ key: UInt64, of replicas: Int, partitions: Int) -> Int {
        if replicas == 1 { return 0 }
        return Partitioner.partition(ofQuestionKey: key, count: partitions) * replicas / partitions
    }
}
