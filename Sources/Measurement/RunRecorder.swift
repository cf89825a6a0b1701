import Pipeline
import Provider
import Scenarios
import Workload

/// What the recorder must know of a run beforehand.
package struct RecorderConfiguration: Sendable {
    /// Questions with an earlier intended arrival are in the ledger and the timeline, not in the statistics.
    package var warmup: Instant
    /// The judge's threshold, for the shares of answers that pass it.
    package var threshold: Double
    /// LLM workers · concurrency: what utilisation is measured against.
    package var callCapacity: Int
    /// Against which the judges' utilisation is measured.
    package var judges: Int
    /// Nil: the run has no cost, and its column stays empty.
    package var price: Price?
    /// A hint that saves the ledger from growing.
    package var expectedQuestions: Int
    /// The number of items of which questions are drawn by Zipf's law or evenly; nil: by no law, and no exponent is estimated.
    package var rankedItems: Int?
    /// Takes a row for each question; nil: none are kept.
    package var sink: QuestionSink?

    package init(
        warmup: Instant = .zero, threshold: Double, callCapacity: Int, judges: Int = 1, price: Price? = nil,
        expectedQuestions: Int = 0, rankedItems: Int? = nil, sink: QuestionSink? = nil
    ) {
        self.warmup = warmup
        self.threshold = threshold
        self.callCapacity = callCapacity
        self.judges = judges
        self.price = price
        self.expectedQuestions = expectedQuestions
        self.rankedItems = rankedItems
        self.sink = sink
    }

    /// `items`: how many questions the corpus has.
    package init(_ scenario: Scenario, items: Int, sink: QuestionSink? = nil) {
        let isRanked =
            switch scenario.traffic.popularity {
            case .zipf, .uniform: true
            case .sequential, .trace: false
            }
        self.init(
            warmup: .zero + scenario.warmup, threshold: scenario.pipeline.acceptance.threshold,
            callCapacity: scenario.pipeline.llmWorkers * scenario.pipeline.concurrency, judges: scenario.pipeline.judges, price: scenario.provider.price,
            expectedQuestions: scenario.expectedQuestions, rankedItems: isRanked ? items : nil, sink: sink)
    }
}

/// Counts what happens in one run and, when it is over, says how it went.
///
/// A runtime tells it each event as it happens; nothing is allocated per event. Times must not go back
/// in simulation; live, threads may report slightly out of order (see `Timeline`). An event's question
/// is counted in the statistics when it arrived at or after the end of the warm-up, whenever the event
/// itself happens. `SummaryColumn.all` defines every figure that comes out.
package struct RunRecorder: ~Copyable {
    private let warmup: Instant
    private let threshold: Double
    private let sink: QuestionSink?
    private var rows: [QuestionRow] = []
    private static let rowsAtOnce = 1024

    private var ledger: Ledger
    private var timeline = Timeline()
    private var totals: RunTotals
    private var latency = Histogram()
    private var generatedLatency = Histogram()
    private var failedLatency = Histogram()
    private var scheduleDelay = Histogram()
    private var perceivedLatency = Histogram()
    private let rankedItems: Int?
    private var gaps = GapSums()
    private var ranks = RankCounts()

    /// Calls under way, and since when that is the number of them.
    private var callsUnderWay: Int64 = 0
    private var callsCountedTo: Instant
    private var busy: Nanoseconds = 0
    private var llmQueue: StageLoad
    private var judgeQueue: StageLoad
    private var judging: StageLoad
    /// Answers from the end of the warm-up on, and how many of them came before the latest moment.
    private var answered = RunTotals.Answers()
    private var answeredBefore = RunTotals.Answers()
    private var lastAnswerAt = Instant(nanoseconds: -1)
    private var lastIntendedAt = Instant.zero

    /// Whether the sink could not take a row. The runtime should stop: what follows would not be kept.
    package private(set) var sinkFailed = false

    package init(_ configuration: RecorderConfiguration) {
        warmup = configuration.warmup
        threshold = configuration.threshold
        sink = configuration.sink
        rankedItems = configuration.rankedItems
        ledger = Ledger(expectedQuestions: configuration.expectedQuestions)
        totals = RunTotals(
            warmup: configuration.warmup, threshold: configuration.threshold,
            callCapacity: configuration.callCapacity, judges: configuration.judges, price: configuration.price)
        llmQueue = StageLoad(from: configuration.warmup)
        judgeQueue = llmQueue
        judging = llmQueue
        callsCountedTo = configuration.warmup
        if configuration.sink != nil { rows.reserveCapacity(Self.rowsAtOnce) }
    }

    // MARK: Questions

    /// A question arrived. Arrivals come in the order of their intended times. `rank`: that of its popularity, from 0.
    package mutating func asked(_ question: UInt64, rank: Int = 0, intendedAt: Instant) {
        ledger.ask(question)
        timeline.asked(at: intendedAt)
        if intendedAt >= warmup {
            gaps.add(intendedAt)
            ranks.add(UInt64(truncatingIfNeeded: rank &+ 1))
        }
        if intendedAt > lastIntendedAt {
            lastIntendedAt = intendedAt
            // The measured window ends, exclusively, with the last arrival; any arrival may be the last.
            countCalls(to: intendedAt)
            totals.windowBusy = busy
            totals.windowAnswers = lastAnswerAt < intendedAt ? answered : answeredBefore
        }
    }

    /// The asker can have the answer, or the failure is on record: `e` carries the outcome and all the rest.
    @inlinable
    package mutating func settled<P>(_ e: Envelope<P>, at now: Instant) {
        settled(QuestionRow(e, settledAt: now), at: now)
    }

    package mutating func settled(_ row: QuestionRow, at now: Instant) {
        guard ledger.settle(row.question) == .settled else { return }
        totals.outcomes[row.outcome.slot] &+= 1
        let isMeasured = row.intendedAt >= warmup
        if row.outcome.isAnswered {
            timeline.answered(latency: row.latency, isCacheHit: row.outcome == .cacheHit, at: now)
            countAnswer(row, at: now)
            if isMeasured {
                latency.record(row.latency)
                if row.outcome == .accepted || row.outcome == .acceptedBestEffort {
                    generatedLatency.record(row.latency)
                    totals.parts.add(row)
                }
                if row.retries > 0 { totals.retriedThenAnswered &+= 1 }
            }
        } else {
            timeline.failed(at: now)
            if isMeasured { failedLatency.record(row.latency) }
        }
        if isMeasured {
            totals.measuredOutcomes[row.outcome.slot] &+= 1
            countScores(row)
        }
        keep(row)
    }

    /// The drain is over and the runtime still holds this question.
    @inlinable
    package mutating func leftInFlight<P>(_ e: Envelope<P>) { leftInFlight(QuestionRow(e, settledAt: nil)) }

    package mutating func leftInFlight(_ row: QuestionRow) {
        guard ledger.leaveInFlight(row.question) else { return }
        if row.intendedAt >= warmup { countScores(row) }
        keep(row)
    }

    /// Questions that were asked and of which nothing more is known, at most `limit` of them.
    package func missing(limit: Int) -> [UInt64] { ledger.missing(limit: limit) }

    // MARK: Calls, scores, waits

    /// A call to the LLM began, for a question that arrived at `intendedAt`.
    package mutating func callStarted(isRetry: Bool, intendedAt: Instant, at now: Instant) {
        countCalls(to: now)
        callsUnderWay += 1
        if isRetry { timeline.retried(at: now) }
        guard intendedAt >= warmup else { return }
        totals.calls &+= 1
        if isRetry { totals.retries &+= 1 }
    }

    /// A call ended: `generation` is the number of the answer that it was made for, from 0.
    package mutating func callEnded(
        _ errorClass: ErrorClass, generation: UInt16, intendedAt: Instant, promptTokens: Int, completionTokens: Int, at now: Instant
    ) {
        countCalls(to: now)
        callsUnderWay -= 1
        switch errorClass {
        case .none: timeline.generated(isRegeneration: generation > 0, at: now)
        case .overload: timeline.overloadError(at: now)
        case .quota: timeline.quotaError(at: now)
        case .error, .final: break
        }
        guard intendedAt >= warmup else { return }
        switch errorClass {
        case .none: totals.generations &+= 1
        case .overload: totals.overloadErrors &+= 1
        case .quota: totals.quotaErrors &+= 1
        case .error, .final: totals.otherErrors &+= 1
        }
        totals.promptTokens &+= promptTokens
        totals.completionTokens &+= completionTokens
    }

    /// An answer was scored. Only the timeline counts this: the summary's scores are those that the
    /// settled questions carry.
    package mutating func scored(_ score: Double, at now: Instant) { timeline.scored(score, at: now) }

    package mutating func waitStarted(at now: Instant) { timeline.waits(1, at: now) }
    /// A wait is over: of `slept`, where the provider had asked for `asked`; negative where it had not.
    package mutating func waitEnded(asked: Nanoseconds = -1, slept: Nanoseconds = 0, intendedAt: Instant = .zero, at now: Instant) {
        timeline.waits(-1, at: now)
        if asked >= 0, intendedAt >= warmup { totals.askedWaits.add(asked: asked, slept: slept) }
    }
    /// An open circuit breaker refused a request; no call was begun.
    package mutating func callRefused(intendedAt: Instant) {
        if intendedAt >= warmup { totals.breakerRefusals &+= 1 }
    }
    /// The retry budget had no token for a retry.
    package mutating func retryDenied(intendedAt: Instant) {
        if intendedAt >= warmup { totals.budgetRefusals &+= 1 }
    }
    /// So many requests wait for an LLM worker from now on; `taken` have just gone to one.
    package mutating func llmQueue(_ depth: Int, taken: Int = 0, at now: Instant) {
        llmQueue.set(depth, taken: taken, at: now, after: lastIntendedAt)
        timeline.llmQueue(depth, at: now)
    }
    /// So many answers wait for a judge from now on; `taken` have just gone to one.
    package mutating func judgeQueue(_ depth: Int, taken: Int = 0, at now: Instant) {
        judgeQueue.set(depth, taken: taken, at: now, after: lastIntendedAt)
    }
    /// So many judges more are busy from now on.
    package mutating func judging(_ change: Int, at now: Instant) { judging.change(change, at: now, after: lastIntendedAt) }
    /// In place of that, for who tells when it is over: a judge was busy.
    package mutating func judged(from begin: Instant, to end: Instant) {
        judging.held(from: begin, to: end, after: lastIntendedAt)
    }
    /// Live: how much later than intended a question was really sent.
    package mutating func scheduleDelay(_ delay: Nanoseconds) { scheduleDelay.record(delay) }

    // MARK: Those who ask over HTTP

    /// What an asker was told.
    package enum Told: Sendable { case found, pending, error }

    package mutating func told(_ what: Told, intendedAt: Instant) {
        guard intendedAt >= warmup else { return }
        switch what {
        case .found: totals.askedOverHTTP.found &+= 1
        case .pending: totals.askedOverHTTP.pending &+= 1
        case .error: totals.askedOverHTTP.errors &+= 1
        }
    }

    /// An asker has its answer.
    package mutating func perceived(intendedAt: Instant, at now: Instant) {
        if intendedAt >= warmup { perceivedLatency.record(max(0, now - intendedAt)) }
    }

    // MARK: The end

    /// Closes the books. What the drain left behind must have been told by `leftInFlight`; questions that
    /// nobody accounts for are lost. `invalid` says why the run's figures are not to be used, if so.
    package mutating func finish(at end: Instant, identity: RunIdentity, invalid: [String] = []) -> RunResult {
        flush()
        totals.asked = ledger.asked
        totals.inFlight = ledger.leftInFlight
        totals.duplicates = ledger.duplicates
        totals.unasked = ledger.unasked
        totals.askedTwice = ledger.askedTwice
        totals.window = max(0, lastIntendedAt - warmup)
        totals.end = end
        totals.measured = gaps.arrivals
        totals.llmQueue = llmQueue.finish(at: lastIntendedAt)
        totals.judgeQueue = judgeQueue.finish(at: lastIntendedAt)
        totals.judging = judging.finish(at: lastIntendedAt)
        let seconds = timeline.finish(at: end)
        totals.traffic.ratePerSecond = gaps.ratePerSecond
        totals.traffic.variation = gaps.coefficientOfVariation
        totals.traffic.dispersion = Self.dispersion(of: seconds, from: warmup, until: lastIntendedAt)
        if let rankedItems, let estimate = ZipfEstimate(ranks, items: rankedItems) { totals.traffic.exponent = estimate.exponent }
        var result = RunResult(
            identity: identity, totals: totals, latency: latency, generatedLatency: generatedLatency,
            failedLatency: failedLatency, scheduleDelay: scheduleDelay, seconds: seconds,
            invalid: invalid, missing: ledger.missing(limit: 10))
        result.perceivedLatency = perceivedLatency
        return result
    }

    /// Gives the rows that are still in memory to the sink.
    package mutating func flush() {
        guard let sink, !rows.isEmpty, !sinkFailed else { return }
        if !sink(rows) { sinkFailed = true }
        rows.removeAll(keepingCapacity: true)
    }

    // MARK: Helpers

    /// Variance (n − 1) over mean of the arrivals in each whole second of [from, until); `.nan` with fewer than two.
    private static func dispersion(of seconds: [SecondRow], from: Instant, until: Instant) -> Double {
        let second: Nanoseconds = 1_000_000_000
        let range = Int((from.nanoseconds + second - 1) / second)..<max(Int((from.nanoseconds + second - 1) / second), Int(until.nanoseconds / second))
        let counts = seconds[range.clamped(to: seconds.indices)].map { Double($0.asked) }
        let mean = counts.reduce(0, +) / Double(counts.count)
        guard counts.count > 1, mean > 0 else { return .nan }
        return counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(counts.count - 1) / mean
    }

    @inline(__always)
    private mutating func keep(_ row: QuestionRow) {
        guard sink != nil, !sinkFailed else { return }
        rows.append(row)
        if rows.count == Self.rowsAtOnce { flush() }
    }

    @inline(__always)
    private mutating func countCalls(to now: Instant) {
        guard now > callsCountedTo else { return }
        busy &+= callsUnderWay &* (now - callsCountedTo)
        callsCountedTo = now
    }

    @inline(__always)
    private mutating func countAnswer(_ row: QuestionRow, at now: Instant) {
        guard now >= warmup else { return }
        if now > lastAnswerAt {
            answeredBefore = answered
            lastAnswerAt = now
        }
        answered.all &+= 1
        let passes = row.finalScore.isNaN ? row.outcome != .acceptedBestEffort : row.finalScore >= threshold
        if passes { answered.good &+= 1 }
    }

    @inline(__always)
    private mutating func countScores(_ row: QuestionRow) {
        guard row.isScored else { return }
        totals.firstScores.add(row.firstScore)
        totals.finalScores.add(row.finalScore)
        if row.firstScore >= threshold { totals.firstPasses &+= 1 }
        if row.finalScore >= threshold { totals.finalPasses &+= 1 }
        if row.isRegenerated { totals.regeneratedGains.add(row.finalScore - row.firstScore) }
    }
}

extension Outcome {
    /// Position in `Outcome.allCases`.
    @inline(__always)
    var slot: Int {
        switch self {
        case .pending: 0
        case .cacheHit: 1
        case .storeHit: 2
        case .coalesced: 3
        case .accepted: 4
        case .acceptedBestEffort: 5
        case .deadLetterScore: 6
        case .deadLetterOverload: 7
        case .deadLetterQuota: 8
        case .deadLetterError: 9
        case .rejected: 10
        }
    }
}
