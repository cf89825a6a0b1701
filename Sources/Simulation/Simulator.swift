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
    private var requests: [Ring<UInt32>]
    private var judges: [Judge<SimulatedTexts>]
    private var responses: [Ring<UInt32>]
    private var judgeIsBusy: [Bool]
    private var overloadRetry: Retry<SimulatedTexts>
    private var quotaRetry: Retry<SimulatedTexts>
    private var recorder: Recorder<SimulatedTexts>
    private var provider: ProviderModel
    private var scoring: SimulatedScoring
    /// The score of the newest result for a key in the store, as far as a lookup may ask for it.
    private var storedScores: [UInt64: Double] = [:]

    private var traffic: Traffic
    private let arrivalsEnd: Instant
    private let drain: Nanoseconds

    private var events = EventQueue()
    private var flights = Flights()
    private var effects = EffectBuffer<SimulatedTexts>()
    private var now = Instant.zero
    private var asked: UInt64 = 0
    private var settled: UInt64 = 0
    private var requestsWaiting = 0
    private var responsesWaiting = 0
    private var measurement: RunRecorder
    private var invariants: Invariants?
    private let trace: QuestionTrace?
    /// Whether there are invariants or a trace; asked first, for reaching into the optional copies what it holds.
    private let isWatched: Bool

    /// - Parameters:
    ///   - scenario: one point, resolved.
    ///   - repeat: which replication, from 0: it goes into every draw.
    ///   - measurement: what the run is observed by.
    ///   - checked: whether every effect is held against the invariants (costs a few times the run).
    ///   - trace: told one question's life.
    package init(
        _ scenario: Scenario, repeat: Int, corpus: Corpus, popularity: Popularity, measurement: consuming RunRecorder,
        checked: Bool = false, trace: QuestionTrace? = nil
    ) throws {
        let draws = Draws(seed: scenario.seed, repeat: `repeat`)
        // What may throw comes first: a value that cannot be copied must not be left half made.
        let scoring = try SimulatedScoring(scenario.scoring, corpus: corpus, draws: draws)
        let arrivals = try Arrivals(reading: scenario.traffic.arrivals, draws: draws)
        let provider = try ProviderModel(reading: scenario.provider, draws: draws)
        pipeline = scenario.pipeline
        costs = scenario.simulation
        intake = Intake(pipeline.intake)
        workers = Array(
            repeating: LLMWorker(concurrency: pipeline.concurrency, classify: pipeline.classify, guards: CallGuards(pipeline.retry)), count: pipeline.llmWorkers)
        requests = Array(repeating: Ring(), count: pipeline.llmWorkers)
        judges = Array(repeating: Judge(pipeline.acceptance, retry: pipeline.retry), count: pipeline.judges)
        responses = Array(repeating: Ring(), count: pipeline.judges)
        judgeIsBusy = Array(repeating: false, count: pipeline.judges)
        overloadRetry = Retry(pipeline.retry, acceptance: pipeline.acceptance, draws: draws)
        quotaRetry = overloadRetry
        recorder = Recorder()
        self.provider = provider
        self.scoring = scoring
        traffic = Traffic(arrivals, popularity, corpus: corpus, of: scenario)
        arrivalsEnd = traffic.end
        drain = scenario.drain
        self.measurement = measurement
        self.trace = trace
        isWatched = checked || trace != nil
        if checked { invariants = Invariants(pipeline: pipeline) }
    }

    /// Runs to the end: all questions settled, or the drain over.
    ///
    /// - Parameters:
    ///   - identity: what the result is named by.
    ///   - isInterrupted: asked every 65,536 steps; where it says yes the run ends there, invalid.
    package consuming func run(identity: RunIdentity, isInterrupted: () -> Bool = { false }) -> RunResult {
        var drainEnd = Instant.never
        var steps: UInt64 = 0
        var interrupted = false
        while true {
            steps &+= 1
            if steps & 0xFFFF == 0, isInterrupted() || measurement.sinkFailed {
                interrupted = true
                break
            }
            if traffic.needsDrawing {
                traffic.draw()
                prefetchQuestions()
                if traffic.nextArrival == .never { drainEnd = (arrivalsEnd == .never ? now : arrivalsEnd) + drain }
            }
            let nextArrival = traffic.nextArrival
            let nextEvent = Instant(nanoseconds: events.nextTime)
            if nextArrival <= nextEvent {
                if nextArrival == .never { break }
                advance(to: nextArrival)
                ask(traffic.next())
            } else {
                if nextEvent > drainEnd { break }
                let (flight, time) = events.pop()
                if let next = events.likelyNext { flights.prefetch(next) }
                advance(to: Instant(nanoseconds: time))
                fire(flight)
            }
            settleEffects()
        }
        reportWhatIsLeft()
        let end = drainEnd == .never || events.isEmpty ? now : max(now, drainEnd)
        var result = measurement.finish(
            at: end, identity: identity, invalid: interrupted ? ["the run was interrupted"] : [])
        invariants?.ended(isDrained: events.isEmpty && !interrupted, creditsInUse: intake.inFlight, ledger: result.totals)
        result.brokenInvariants = invariants?.violations.list.map(\.description) ?? []
        return result
    }

    /// Tells the ledger of every question of which something is still under way, in the order in which they were asked.
    private mutating func reportWhatIsLeft() {
        var left: [Envelope<SimulatedTexts>] = []
        flights.forEach { left.append($0) }
        intake.forEachFollowerWaiting { left.append($0) }
        left.sort { $0.question < $1.question }
        for question in left { measurement.leftInFlight(question) }
    }

    /// Asks for what intake will look at, for all the questions that were drawn together: first the tables' words, then
    /// what those lead to, as many steps on as the processor would wait for one by one.
    private func prefetchQuestions() {
        for asking in traffic.block { intake.prefetch(asking: asking.key) }
        for asking in traffic.block { intake.prefetchAnswer(asking.key) }
        for asking in traffic.block { intake.prefetchNeighbours(asking.key) }
    }

    private mutating func advance(to moment: Instant) {
        if isWatched { invariants?.moved(to: moment) }
        precondition(moment >= now, "virtual time never goes backwards")
        now = moment
    }

    private mutating func ask(_ asking: Asking) {
        let flight = flights.take(
            Envelope(
                question: asked, key: asking.key, payload: SimulatedTexts(item: asking.item, words: asking.words),
                bytes: asking.bytes, intendedAt: now))
        measurement.asked(asked, rank: Int(asking.rank), intendedAt: now)
        if isWatched {
            invariants?.asked(asked)
            trace?.asked(asked, at: now)
        }
        asked += 1
        publish(.questions, flight)
    }

    private mutating func fire(_ flight: UInt32) {
        switch flights[flight].pointee.event {
        case .delivered(let role): deliver(role, flight)
        case .gathered: gathered(flight)
        case .replied(let result, let heldSlot): replied(flight, result, heldSlot: heldSlot)
        case .scored(let score):
            let judge = Int(flights[flight].pointee.judge)
            scored(flight, score, took: costs.scoringTime)
            judgeIsBusy[judge] = false
            measurement.judging(-1, at: now)
            if let next = responses[judge].popFirst() {
                responsesWaiting -= 1
                giveToJudge(judge, next)
            }
        case .stored: stored(flight)
        case .lookedUp(let found): tellIntake(.lookedUp(found: found), flight)
        case .due:
            measurement.waitEnded(
                asked: flights[flight].pointee.question.askedWait, slept: now - flights[flight].pointee.question.waitingSince,
                intendedAt: flights[flight].pointee.question.intendedAt, at: now)
            tellRetry(.due, isForQuota: flights[flight].pointee.question.errorClass == .quota, flight)
        }
    }

    // MARK: Telling machines

    private mutating func tellIntake(_ message: Intake<SimulatedTexts>.Message, _ flight: UInt32) {
        effects.atHand = flight
        intake.handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
    }

    private mutating func tellWorker(_ worker: Int, _ message: LLMWorker<SimulatedTexts>.Message, _ flight: UInt32) {
        effects.atHand = flight
        workers[worker].handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
    }

    private mutating func tellRetry(_ message: Retry<SimulatedTexts>.Message, isForQuota: Bool, _ flight: UInt32) {
        effects.atHand = flight
        if isForQuota {
            quotaRetry.handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
        } else {
            overloadRetry.handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
        }
    }

    private mutating func tellJudge(_ judge: Int, _ message: Judge<SimulatedTexts>.Message, _ flight: UInt32) {
        effects.atHand = flight
        judges[judge].handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
    }

    private mutating func tellRecorder(_ message: Recorder<SimulatedTexts>.Message, _ flight: UInt32) {
        effects.atHand = flight
        recorder.handle(message, about: &flights[flight].pointee.question, at: now, into: &effects)
    }

    // MARK: Effects

    /// Carries effects out in the order in which they were asked for; each may lead to more.
    private mutating func settleEffects() {
        var index = 0
        while index < effects.count {
            let entry = effects[index]
            if let flight = entry.atHand {
                run(entry.effect, flight)
            } else if entry.effect == .publish(.lowQualityResponses) {
                // A copy for whoever wants to look: nobody here.
            } else if let other = effects.other(of: entry) {
                run(entry.effect, flights.take(other))
            }
            index += 1
        }
        effects.removeAll()
    }

    private mutating func run(_ effect: Effect, _ flight: UInt32) {
        if isWatched {
            let worker = Int(flights[flight].pointee.worker)
            invariants?.sees(effect, about: flights[flight].pointee.question, by: worker, at: now)
            trace?.sees(effect, about: flights[flight].pointee.question, worker: worker, judge: Int(flights[flight].pointee.judge), at: now)
        }
        switch effect {
        case .publish(let role):
            switch flights[flight].pointee.question.kind {
            case .answered, .failed: measurement.settled(flights[flight].pointee.question, at: now)
            case .callFailed: noteGuards(flight)
            case .asked, .requested, .regenerationRequested, .responded, .validated, .belowThreshold, .deadLettered: break
            }
            publish(role, flight)
        case .lookUp: lookUp(flight)
        case .call: call(flight)
        case .score: score(flight)
        case .wait:
            measurement.waitStarted(at: now)
            schedule(.due, flight, at: flights[flight].pointee.question.notBefore)
        case .store:
            if costs.storeTime == 0 { stored(flight) } else { schedule(.stored, flight, at: now + costs.storeTime) }
        }
    }

    /// Tells the recorder what the LLM worker's guards have stopped.
    private mutating func noteGuards(_ flight: UInt32) {
        let intendedAt = flights[flight].pointee.question.intendedAt
        if flights[flight].pointee.question.isRefused {
            measurement.callRefused(intendedAt: intendedAt)
        } else if flights[flight].pointee.question.isOutOfBudget {
            measurement.retryDenied(intendedAt: intendedAt)
        }
    }

    private mutating func schedule(_ event: Event, _ flight: UInt32, at moment: Instant) {
        flights[flight].pointee.event = event
        events.push(slot: flight, at: moment.nanoseconds)
    }

    /// A message goes to its topic: at once, or after the topic's delay.
    private mutating func publish(_ role: Role, _ flight: UInt32) {
        if costs.topicDelay == 0 { return deliver(role, flight) }
        switch flights[flight].pointee.question.kind {
        case .asked, .requested, .regenerationRequested, .responded, .callFailed, .validated, .deadLettered:
            schedule(.delivered(role), flight, at: now + costs.topicDelay)
        case .answered, .failed, .belowThreshold:
            // Settled already: what comes back to intake on the topic is no question under way.
            deliver(role, flight)
        }
    }

    /// A message reaches the consumer of its kind.
    private mutating func deliver(_ role: Role, _ flight: UInt32) {
        switch flights[flight].pointee.question.kind {
        case .asked:
            if isWatched { invariants?.reachesIntake(flights[flight].pointee.question) }
            let effectsBefore = effects.count
            tellIntake(.asked, flight)
            // It joined an equal one: intake keeps it now.
            if effects.count == effectsBefore { flights.drop(flight) }
        case .requested:
            assignReplicas(flight)
            request(flight)
        case .regenerationRequested: request(flight)
        case .responded:
            let judge = Int(flights[flight].pointee.judge)
            if costs.batchDelay > 0 {
                gather(flight)
            } else if judgeIsBusy[judge] {
                responses[judge].append(flight)
                responsesWaiting += 1
                measurement.judgeQueue(responsesWaiting, at: now)
            } else {
                giveToJudge(judge, flight)
            }
        case .callFailed: tellRetry(.failed, isForQuota: role == .errorsQuota, flight)
        case .validated: tellRecorder(.validated, flight)
        case .deadLettered: tellRecorder(.deadLettered, flight)
        case .answered, .failed:
            tellIntake(.settled, flight)
            flights.drop(flight)
        case .belowThreshold: preconditionFailure("nobody reads low-quality responses")
        }
    }

    private mutating func request(_ flight: UInt32) {
        let worker = Int(flights[flight].pointee.worker)
        requests[worker].append(flight)
        requestsWaiting += 1
        startCalls(worker)
    }

    private mutating func startCalls(_ worker: Int) {
        var taken = 0
        while workers[worker].freeSlots > 0, let request = requests[worker].popFirst() {
            taken += 1
            tellWorker(worker, .requested, request)
        }
        requestsWaiting -= taken
        measurement.llmQueue(requestsWaiting, taken: taken, at: now)
    }

    private mutating func call(_ flight: UInt32) {
        let question = flights[flight].pointee.question.question
        let generation = Int(flights[flight].pointee.question.generation)
        let reply = provider.begin(
            question: question, generation: generation, call: Int(flights[flight].pointee.question.calls), at: now,
            promptWords: Int(flights[flight].pointee.question.payload.words))
        measurement.callStarted(
            isRetry: flights[flight].pointee.question.errorClass != .none, intendedAt: flights[flight].pointee.question.intendedAt, at: now)
        let result = CallResult(
            status: UInt16(reply.status), retryAfter: reply.retryAfter, promptTokens: UInt32(reply.promptTokens),
            completionTokens: UInt32(reply.completionTokens), duration: reply.completesAt - now)
        if reply.isAnswer { flights[flight].pointee.question.payload.quality = reply.quality }
        schedule(.replied(result, heldSlot: reply.holdsSlot), flight, at: reply.completesAt)
    }

    private mutating func replied(_ flight: UInt32, _ result: CallResult, heldSlot: Bool) {
        provider.finished(holdingSlot: heldSlot)
        intake.prefetch(settling: flights[flight].pointee.question.key)
        let errorClass = result.status == 200 ? ErrorClass.none : pipeline.classify.errorClass(of: Int(result.status))
        measurement.callEnded(
            errorClass, generation: flights[flight].pointee.question.generation, intendedAt: flights[flight].pointee.question.intendedAt,
            promptTokens: Int(result.promptTokens), completionTokens: Int(result.completionTokens), at: now)
        let worker = Int(flights[flight].pointee.worker)
        if isWatched {
            invariants?.replied(
                flights[flight].pointee.question, isAnswer: errorClass == .none, isFailure: errorClass == .overload || errorClass == .error,
                retryAfter: result.retryAfter, by: worker, at: now)
            trace?.replied(flights[flight].pointee.question, status: Int(result.status), by: worker, at: now)
        }
        tellWorker(worker, .replied(result), flight)
        startCalls(worker)
    }

    /// An answer waits for the judge from here on, as it does in a batch of Flink's.
    private mutating func gather(_ flight: UInt32) {
        responsesWaiting += 1
        measurement.judgeQueue(responsesWaiting, at: now)
        if isWatched { trace?.gathers(flights[flight].pointee.question, judge: Int(flights[flight].pointee.judge), for: costs.batchDelay, at: now) }
        schedule(.gathered, flight, at: now + costs.batchDelay)
    }

    private mutating func gathered(_ flight: UInt32) {
        let judge = Int(flights[flight].pointee.judge)
        guard !judgeIsBusy[judge] else { return responses[judge].append(flight) }
        responsesWaiting -= 1
        giveToJudge(judge, flight)
    }

    private mutating func giveToJudge(_ judge: Int, _ flight: UInt32) {
        measurement.judgeQueue(responsesWaiting, taken: 1, at: now)
        if costs.scoringTime > 0 {
            judgeIsBusy[judge] = true
            measurement.judging(1, at: now)
        }
        tellJudge(judge, .responded, flight)
    }

    private mutating func score(_ flight: UInt32) {
        let score = scoring.score(flights[flight].pointee.question)
        measurement.scored(score, at: now)
        if isWatched {
            invariants?.scored(flights[flight].pointee.question, score)
            trace?.scored(flights[flight].pointee.question, score, judge: Int(flights[flight].pointee.judge), at: now)
        }
        if costs.scoringTime == 0 {
            scored(flight, score, took: 0)
        } else {
            schedule(.scored(score), flight, at: now + costs.scoringTime)
        }
    }

    private mutating func scored(_ flight: UInt32, _ score: Double, took span: Nanoseconds) {
        tellJudge(Int(flights[flight].pointee.judge), .scored(score, took: span), flight)
    }

    private mutating func lookUp(_ flight: UInt32) {
        flights[flight].pointee.question.storageTime += costs.storeTime
        let stored = storedScores[flights[flight].pointee.question.key]
        if let stored { flights[flight].pointee.question.score = stored }
        if costs.storeTime == 0 {
            tellIntake(.lookedUp(found: stored != nil), flight)
        } else {
            schedule(.lookedUp(found: stored != nil), flight, at: now + costs.storeTime)
        }
    }

    private mutating func stored(_ flight: UInt32) {
        if pipeline.intake.storeLookup, flights[flight].pointee.question.outcome.isAnswered {
            storedScores[flights[flight].pointee.question.key] = flights[flight].pointee.question.score
        }
        tellRecorder(.stored(took: costs.storeTime), flight)
    }

    /// The replicas that read the key's partition: partitions by Kafka's own hash, contiguous ranges of them for
    /// each replica, both as in a live run.
    private mutating func assignReplicas(_ flight: UInt32) {
        guard workers.count > 1 || judges.count > 1 else { return }
        let partition = Partitioner.partition(ofQuestionKey: flights[flight].pointee.question.key, count: pipeline.partitions)
        flights[flight].pointee.worker = UInt16(partition * workers.count / pipeline.partitions)
        flights[flight].pointee.judge = UInt16(partition * judges.count / pipeline.partitions)
    }
}
