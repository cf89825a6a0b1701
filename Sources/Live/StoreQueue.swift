import Pipeline
import Storage
import Workload

/// What a host has for the store and from it: writes wait here until the store has them, however long it is away.
///
/// The batch of a turn is written in one transaction for each table. While the store is away the batch stays, its
/// messages' offsets uncommitted; if the connection broke when something had been written already, it is written a second
/// time, which changes nothing.
struct StoreQueue {
    typealias Work = OffsetTracker.Work
    typealias Entry = (question: Envelope<LiveTexts>, work: Work)

    private let store: any Store
    private var outage = StoreOutage()
    private var results: [Entry] = []
    private var failures: [Entry] = []
    private var waits: [(message: DelayedMessage, question: Envelope<LiveTexts>, work: Work)] = []
    private var forgotten: [String] = []
    /// Told of each attempt that found the store away, and whether it is the first one.
    private let missing: (StoreError, _ isFirst: Bool) -> Void

    init(_ store: any Store, missing: @escaping (StoreError, _ isFirst: Bool) -> Void) {
        self.store = store
        self.missing = missing
    }

    func close() { store.close() }

    /// Why the store is away; nil where it is not known to be.
    var error: StoreError? { outage.error }
    var isAway: Bool { outage.isOn }
    var hasUnwritten: Bool { !(waits.isEmpty && results.isEmpty && failures.isEmpty) }

    // MARK: What is to be written

    mutating func add(_ question: Envelope<LiveTexts>, _ work: Work) {
        if question.outcome.isAnswered {
            results.append((question, work))
        } else {
            failures.append((question, work))
        }
    }

    mutating func add(_ message: DelayedMessage, _ question: Envelope<LiveTexts>, _ work: Work) {
        waits.append((message, question, work))
    }

    /// A kept message that need not be kept any longer.
    mutating func forget(_ name: String) { forgotten.append(name) }

    /// Drops what others will do: work on partitions that were taken away.
    mutating func keep(only isCurrent: (Work) -> Bool) {
        results.removeAll { !isCurrent($0.work) }
        failures.removeAll { !isCurrent($0.work) }
        waits.removeAll { !isCurrent($0.work) }
    }

    // MARK: Writing

    /// Waits that stand in the store from now on.
    mutating func writeWaits() throws(StoreError) -> [(message: DelayedMessage, question: Envelope<LiveTexts>, work: Work)] {
        guard !waits.isEmpty else { return [] }
        let batch = waits
        guard try reach({ store throws(StoreError) in try store.delay(batch.map(\.message)) }) else { return [] }
        waits.removeAll(keepingCapacity: true)
        return batch
    }

    /// Ends that stand in the store from now on.
    mutating func writeEnds(_ wire: Wire, at now: Instant) throws(StoreError) -> [Entry] {
        var written: [Entry] = []
        if !results.isEmpty {
            let rows = results.map { wire.storedResult($0.question, at: now) }
            if try reach({ store throws(StoreError) in _ = try store.recordResults(rows) }) { swap(&written, &results) }
        }
        if !failures.isEmpty {
            let rows = failures.map { wire.storedFailure($0.question, at: now) }
            if try reach({ store throws(StoreError) in _ = try store.recordFailures(rows) }) {
                written += failures
                failures.removeAll(keepingCapacity: true)
            }
        }
        return written
    }

    /// Names that do not stand in the store any longer.
    mutating func writeForgotten() throws(StoreError) -> [String] {
        guard !forgotten.isEmpty else { return [] }
        let names = forgotten
        guard try reach({ store throws(StoreError) in try store.forget(names) }) else { return [] }
        forgotten.removeAll(keepingCapacity: true)
        return names
    }

    /// The newest answer to a question; nil as well where the store is away.
    mutating func lookUp(_ key: UInt64) throws(StoreError) -> StoredResult? {
        var found: StoredResult?
        _ = try reach { store throws(StoreError) in found = try store.lookUp(key) }
        return found
    }

    /// Does something with the store. False: it is away, and what was to be done is to be tried again.
    private mutating func reach(_ body: (any Store) throws(StoreError) -> Void) throws(StoreError) -> Bool {
        guard outage.mayTry(at: LiveClock.monotonic()) else { return false }
        do throws(StoreError) {
            try body(store)
            outage.ended()
            return true
        } catch {
            guard error.isPassing else { throw error }
            missing(error, !outage.isOn)
            outage.failed(error, at: LiveClock.monotonic())
            return false
        }
    }
}

extension Wire {
    func storedResult(_ e: Envelope<LiveTexts>, at now: Instant) -> StoredResult {
        StoredResult(
            questionID: e.payload.questionID, questionKey: e.key, traceID: e.payload.traceID, question: e.payload.question,
            answer: e.payload.response, score: e.score, firstScore: e.firstScore, attempts: Int(e.calls),
            generations: Int(e.answersReceived), outcome: e.outcome.rawValue, promptTokens: Int(e.promptTokens),
            completionTokens: Int(e.completionTokens), decidedAtUnixNanoseconds: unix(now))
    }

    func storedFailure(_ e: Envelope<LiveTexts>, at now: Instant) -> StoredFailure {
        let message = Self.errorMessage(of: e)
        return StoredFailure(
            questionID: e.payload.questionID, questionKey: e.key, traceID: e.payload.traceID, question: e.payload.question,
            outcome: e.outcome.rawValue, retryCount: e.totalRetries,
            lastError: message.isEmpty ? Self.scoreMessage(of: e) : message, lastAttemptUnixNanoseconds: unix(now))
    }

    /// Why a question whose calls did not fail is a failure all the same.
    static func scoreMessage(of e: Envelope<LiveTexts>) -> String {
        e.hasScore ? "score \(e.score) below the threshold" : "joined an equal question in flight, whose answers stayed below the threshold"
    }
}
