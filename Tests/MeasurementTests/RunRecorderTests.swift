import Pipeline
import Synchronization
import Testing
import Workload
@testable import Measurement

private struct NoTexts: Payload {
    mutating func keepResponseAsBest() {}
    mutating func takeBestResponse() {}
    mutating func adoptResponse(of other: NoTexts) {}
}

private func at(_ milliseconds: Double) -> Instant { Instant(nanoseconds: Nanoseconds(milliseconds * 1e6)) }

private func envelope(
    _ question: UInt64, at intended: Instant, _ outcome: Outcome, generations: UInt16 = 0, first: Double = .nan, final: Double = .nan
) -> Envelope<NoTexts> {
    var e = Envelope(kind: .answered, question: question, key: question, payload: NoTexts(), intendedAt: intended)
    e.outcome = outcome
    e.answersReceived = generations
    e.firstScore = first
    e.score = final
    return e
}

private let identity = RunIdentity(scenario: "conversation", seed: 1, mode: .simulated)

@Suite struct RunRecorderTests {
    @Test func everyQuestionIsAccountedForOnce() {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1))
        for question in 0..<100 as Range<UInt64> { recorder.asked(question, intendedAt: at(Double(question))) }
        for question in 0..<97 as Range<UInt64> { recorder.settled(envelope(question, at: at(Double(question)), .cacheHit), at: at(200)) }
        // Twice, never asked (near and far), and left in flight.
        recorder.settled(envelope(5, at: at(5), .cacheHit), at: at(300))
        recorder.settled(envelope(120, at: at(5), .cacheHit), at: at(300))
        recorder.settled(envelope(9_999, at: at(5), .cacheHit), at: at(300))
        recorder.leftInFlight(envelope(97, at: at(97), .pending))
        recorder.leftInFlight(envelope(97, at: at(97), .pending))
        recorder.leftInFlight(envelope(3, at: at(3), .pending))
        let result = recorder.finish(at: at(1000), identity: identity)
        #expect(result.totals.asked == 100 && result.totals.count(.cacheHit) == 97)
        #expect(result.totals.inFlight == 1 && result.totals.lost == 2)
        #expect(result.totals.duplicates == 1 && result.totals.unasked == 2)
        #expect(result.missing == [98, 99])
        #expect(result.verdict == .violated)
        #expect(result.violations == [
            "2 of 100 questions were lost: neither settled nor in flight", "1 questions were settled more than once",
            "2 settled questions had never been asked",
        ])
    }

    /// One loss and one duplicate leave the totals right; the ledger must see both.
    @Test func lossAndDuplicateDoNotCancelOut() {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1))
        recorder.asked(0, intendedAt: at(0))
        recorder.asked(1, intendedAt: at(1))
        for _ in 0..<2 { recorder.settled(envelope(0, at: at(0), .accepted), at: at(2)) }
        let result = recorder.finish(at: at(3), identity: identity)
        #expect(result.totals.lost == 1 && result.totals.duplicates == 1)
    }

    @Test func warmUpIsInTheLedgerAndTheTimelineOnly() throws {
        var recorder = RunRecorder(.init(warmup: at(1000), threshold: 0.5, callCapacity: 1, price: .init(prompt: 1, completion: 2)))
        recorder.asked(0, intendedAt: at(999))
        recorder.asked(1, intendedAt: at(1000))
        recorder.asked(2, intendedAt: at(2000))
        for question in 0...2 as ClosedRange<UInt64> {
            let arrival = at([999, 1000, 2000][Int(question)])
            recorder.callStarted(isRetry: false, intendedAt: arrival, at: at(2100))
            recorder.callEnded(.none, generation: 0, intendedAt: arrival, promptTokens: 1_000_000, completionTokens: 500_000, at: at(2200))
            recorder.scored(0.75, at: at(2200))
            recorder.settled(envelope(question, at: arrival, .accepted, generations: 1, first: 0.75, final: 0.75), at: at(2200))
        }
        let result = recorder.finish(at: at(3000), identity: identity)
        #expect(result.totals.asked == 3 && result.totals.measured == 2)
        #expect(result.totals.count(.accepted) == 3 && result.totals.measuredCount(.accepted) == 2)
        #expect(result.latency.count == 2 && result.latency.maximum == 1_200_000_000)
        #expect(result.value("calls") == .count(2) && result.value("generations") == .count(2))
        #expect(result.value("cost") == .number(4))
        #expect(result.seconds.map(\.answered) == [0, 0, 3, 0])
        #expect(result.seconds.map(\.generations) == [0, 0, 3, 0])
        #expect(result.seconds[2].scores.count == 3)
    }

    @Test func scoresAndRegenerations() throws {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1))
        let questions: [Envelope<NoTexts>] = [
            envelope(0, at: at(0), .accepted, generations: 1, first: 0.5, final: 0.5),
            envelope(1, at: at(1), .accepted, generations: 3, first: 0.125, final: 0.625),
            envelope(2, at: at(2), .acceptedBestEffort, generations: 2, first: 0.25, final: 0.25),
            envelope(3, at: at(3), .deadLetterScore, generations: 2, first: 0.25, final: 0.125),
            envelope(4, at: at(4), .cacheHit, first: .nan, final: 0.5),
            envelope(5, at: at(5), .deadLetterError),
        ]
        for e in questions { recorder.asked(e.question, intendedAt: e.intendedAt) }
        for e in questions { recorder.settled(e, at: at(10)) }
        let result = recorder.finish(at: at(10), identity: identity)
        func number(_ name: String) throws -> Double { try #require(result.value(name)).double }
        #expect(try number("scored") == 4 && number("regenerated") == 3)
        #expect(try number("regeneration_rate") == 0.75)
        #expect(try number("mean_first_score") == 0.28125 && number("mean_final_score") == 0.375)
        #expect(try number("score_gain") == 0.09375)
        #expect(abs(try number("score_gain_regenerated") - 0.125) < 1e-12)
        #expect(try number("first_pass_ratio") == 0.25 && number("final_pass_ratio") == 0.5)
        #expect(try number("hit_ratio") == 1.0 / 6)
        #expect(result.latency.count == 4 && result.generatedLatency.count == 3 && result.failedLatency.count == 2)
        #expect(result.value("cost")?.isMissing == true && result.value("no_such_column") == nil)
    }

    /// Window: from the warm-up's end (0) to the last arrival at 4 s, which is not part of it.
    @Test func ratesAreOfTheMeasuredWindow() throws {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 2))
        recorder.asked(0, intendedAt: at(0))
        recorder.callStarted(isRetry: false, intendedAt: at(0), at: at(0))
        recorder.callEnded(.none, generation: 0, intendedAt: at(0), promptTokens: 0, completionTokens: 0, at: at(2000))
        recorder.settled(envelope(0, at: at(0), .accepted, generations: 1, first: 0.9, final: 0.9), at: at(2000))
        recorder.asked(1, intendedAt: at(2000))
        recorder.settled(envelope(1, at: at(2000), .acceptedBestEffort, generations: 1, first: 0.1, final: 0.1), at: at(3000))
        recorder.callStarted(isRetry: false, intendedAt: at(2000), at: at(3000))
        recorder.asked(2, intendedAt: at(3500))
        // Answered at the very moment of the last arrival, before it is reported.
        recorder.settled(envelope(2, at: at(3500), .cacheHit), at: at(4000))
        recorder.asked(3, intendedAt: at(4000))
        recorder.settled(envelope(3, at: at(4000), .cacheHit), at: at(4000))
        recorder.callEnded(.none, generation: 0, intendedAt: at(2000), promptTokens: 0, completionTokens: 0, at: at(9000))
        let result = recorder.finish(at: at(9000), identity: identity)
        #expect(result.value("throughput_per_s") == .number(0.5))
        #expect(result.value("goodput_per_s") == .number(0.25))
        // Two seconds and one second of calls under way, over 4 s times 2 calls.
        #expect(result.value("utilisation") == .number(0.375))
        #expect(result.totals.lost == 0 && result.verdict == .passed)
    }

    @Test func waitsAreHeldAgainstWhatWasAsked() {
        var recorder = RunRecorder(.init(warmup: at(100), threshold: 0.5, callCapacity: 1))
        recorder.asked(0, intendedAt: at(0))
        recorder.asked(1, intendedAt: at(200))
        for (asked, slept, intended) in [(1000, 10, 0), (-1, 500, 200), (1000, 1000, 200), (3000, 600, 200), (0, 0, 200)] as [(Double, Double, Double)] {
            recorder.waitStarted(at: at(300))
            recorder.waitEnded(
                asked: asked < 0 ? -1 : Nanoseconds(asked * 1e6), slept: Nanoseconds(slept * 1e6), intendedAt: at(intended), at: at(5000))
        }
        recorder.callRefused(intendedAt: at(0))
        recorder.callRefused(intendedAt: at(200))
        recorder.retryDenied(intendedAt: at(200))
        let result = recorder.finish(at: at(6000), identity: identity)
        // Of the three that were asked for after the warm-up: 4 s asked, 1.6 s slept.
        #expect(result.value("retry_after_waits") == .count(3))
        #expect(result.value("retry_after_cut_short") == .count(1))
        #expect(result.value("retry_after_obedience") == .number(0.4))
        #expect(result.value("retry_after_asked_mean_ms") == .number(4_000_000_000 / 3.0 / 1e6))
        #expect(result.value("retry_after_slept_mean_ms") == .number(1_600_000_000 / 3.0 / 1e6))
        #expect(result.value("breaker_refusals") == .count(1) && result.value("budget_refusals") == .count(1))
    }

    @Test func secondsHoldLevelsAndExactPercentiles() {
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1))
        for question in 0..<100 as Range<UInt64> { recorder.asked(question, intendedAt: at(0)) }
        recorder.waitStarted(at: at(100))
        recorder.waitStarted(at: at(100))
        recorder.waitEnded(at: at(1100))
        recorder.llmQueue(7, at: at(1200))
        for question in 0..<100 as Range<UInt64> {
            recorder.settled(envelope(question, at: at(0), .coalesced), at: at(2000 + Double(question)))
        }
        // A late report of an earlier second: its own row counts it, the open second takes its latency.
        recorder.asked(100, intendedAt: at(2099))
        recorder.settled(envelope(100, at: at(0), .cacheHit), at: at(500))
        let result = recorder.finish(at: at(4500), identity: identity)
        #expect(result.seconds.count == 5)
        #expect(result.seconds.map(\.inFlight) == [99, 99, 0, 0, 0])
        #expect(result.seconds.map(\.waitingRetries) == [2, 1, 1, 1, 1])
        #expect(result.seconds.map(\.llmQueue) == [0, 7, 7, 7, 7])
        #expect(result.seconds.map(\.cacheHits) == [1, 0, 0, 0, 0])
        #expect(result.seconds[2].latencyP50 == 2_049_000_000)
        #expect(result.seconds[2].latencyP99 == 2_098_000_000)
        #expect(result.seconds[3].latencyP50 == -1)
    }

    @Test func stagesAreCountedFromTheWarmUpToTheLastArrival() throws {
        var recorder = RunRecorder(.init(warmup: at(1000), threshold: 0.5, callCapacity: 1, judges: 2))
        recorder.asked(0, intendedAt: at(0))
        recorder.judging(1, at: at(0))
        // Three wait since before the warm-up's end, more for no time at all, none from 2 s on: 3 · 1 s.
        recorder.llmQueue(9, at: at(500))
        recorder.llmQueue(3, taken: 6, at: at(900))
        recorder.llmQueue(50, taken: 0, at: at(2000))
        recorder.llmQueue(0, taken: 50, at: at(2000))
        // Two from 2.5 s on, of which one is taken after the last arrival, at 5 s: 2 · 2.5 s.
        recorder.asked(1, intendedAt: at(2500))
        recorder.llmQueue(2, at: at(2500))
        recorder.judging(1, at: at(3000))
        recorder.judging(-2, at: at(4000))
        recorder.judgeQueue(0, taken: 4, at: at(4000))
        // As a live judge tells: half of it before the warm-up's end.
        recorder.judged(from: at(500), to: at(1500))
        recorder.judged(from: at(100), to: at(900))
        recorder.asked(2, intendedAt: at(5000))
        recorder.llmQueue(7, taken: 1, at: at(6000))
        recorder.judgeQueue(8, at: at(6000))
        let result = recorder.finish(at: at(8000), identity: identity)
        #expect(result.value("llm_queue_mean") == .number(8.0 / 4) && result.value("llm_queue_max") == .count(3))
        #expect(result.value("llm_wait_mean_ms") == .number(8000.0 / 50) && result.value("llm_throughput_per_s") == .number(50.0 / 4))
        #expect(result.value("judge_queue_mean") == .number(0) && result.value("judge_queue_max") == .count(0))
        #expect(result.value("judge_wait_mean_ms") == .number(0) && result.value("judge_throughput_per_s") == .number(1))
        // 1 · 2 s + 2 · 1 s + 0.5 s of 2 judges' 4 s
        #expect(result.value("judge_utilisation") == .number(4.5 / 8))
        #expect(try #require(result.value("lag_llm_requests_mean")).isMissing)
    }

    @Test func lagIsOfTheWholeSecondsOfTheMeasuredWindow() throws {
        var recorder = RunRecorder(.init(warmup: at(1500), threshold: 0.5, callCapacity: 1))
        for (question, moment) in [0.0, 2000, 5200].enumerated() { recorder.asked(UInt64(question), intendedAt: at(moment)) }
        var result = recorder.finish(at: at(8000), identity: identity)
        let lags = [100, 90, 4, 10, 1, 80, 70, 60, 50]
        result.add([
            TopicSeries(role: .llmRequests, isRead: true, seconds: lags.map { .init(lag: $0) }),
            TopicSeries(role: .questions, isRead: false, seconds: lags.map { .init(lag: $0) }),
        ])
        // What a report of many points no longer keeps.
        result.topics = []
        #expect(result.value("lag_llm_requests_mean") == .number(5) && result.value("lag_llm_requests_max") == .number(10))
        #expect(try #require(result.value("lag_questions_mean")).isMissing)
    }

    @Test func rowsReachTheSinkInOrderOfSettlement() {
        let seen = Collected()
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1, sink: { seen.append($0) }))
        let count: UInt64 = 3000
        for question in 0..<count { recorder.asked(question, intendedAt: at(0)) }
        for question in (1..<count).reversed() { recorder.settled(envelope(question, at: at(0), .rejected), at: at(1)) }
        recorder.leftInFlight(envelope(0, at: at(0), .pending))
        _ = recorder.finish(at: at(1), identity: identity)
        let failed = recorder.sinkFailed
        #expect(seen.questions == (0..<count).reversed() && !failed)
    }

    @Test func aSinkThatFailsIsNotAskedAgain() {
        let seen = Collected(limit: 1)
        var recorder = RunRecorder(.init(threshold: 0.5, callCapacity: 1, sink: { seen.append($0) }))
        for question in 0..<5000 as Range<UInt64> {
            recorder.asked(question, intendedAt: at(0))
            recorder.settled(envelope(question, at: at(0), .rejected), at: at(1))
        }
        let failed = recorder.sinkFailed
        #expect(failed)
        let result = recorder.finish(at: at(1), identity: identity)
        #expect(seen.calls == 1 && result.totals.count(.rejected) == 5000)
    }

    @Test func columnsAreNamedOnceAndDefined() {
        let names = SummaryColumn.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(SummaryColumn.all.allSatisfy { $0.meaning.hasSuffix(".") || $0.meaning.contains(".") })
        #expect(Outcome.allCases.map(\.slot) == Array(Outcome.allCases.indices))
    }
}


/// What a sink was given; rows come from one thread in these tests, the lock is for the compiler.
private final class Collected: Sendable {
    private let state = Mutex<(questions: [UInt64], calls: Int)>(([], 0))
    private let limit: Int

    init(limit: Int = .max) { self.limit = limit }

    func append(_ rows: [QuestionRow]) -> Bool {
        state.withLock {
            $0.calls += 1
            $0.questions += rows.map(\.question)
            return $0.calls < limit
        }
    }
    var questions: [UInt64] { state.withLock { $0.questions } }
    var calls: Int { state.withLock { $0.calls } }
}
