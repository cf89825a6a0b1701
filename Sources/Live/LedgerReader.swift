import Foundation
import KafkaClient
import Measurement
import Pipeline
import Synchronization
import Workload

/// Reads how questions end, as an asker would: `answered` and `failed`, in a group of its own.
final class LedgerReader {
    final class Progress: Sendable {
        /// Questions that have ended, each counted once.
        let settled = Atomic<Int>(0)
        /// All questions with a lower number have ended.
        let firstOpen = Atomic<Int>(0)
        let isStopping = Atomic<Bool>(false)
        let failure = Mutex<String?>(nil)
    }

    private static let roles: [Role] = [.validatedResponses, .deadLetters]
    private let context: LiveContext
    private let progress: Progress
    private let recorder: SharedRecorder
    private let gauges: Gauges
    private let consumer: Consumer
    /// All questions below it have ended, and so have these above it.
    private var firstOpen: UInt64 = 0
    private var ended: Set<UInt64> = []
    /// Told to the recorder once a batch: all threads share it.
    private var rows: [(QuestionRow, Instant)] = []
    /// How many of them are the first ends of their questions.
    private var firsts = 0

    private init(_ context: LiveContext, _ recorder: SharedRecorder, _ gauges: Gauges, _ progress: Progress) throws {
        self.context = context
        self.recorder = recorder
        self.gauges = gauges
        self.progress = progress
        consumer = try context.consumer(group: "ledger", roles: Self.roles, membership: .fixed(replica: 0, of: 1))
    }

    static func run(
        _ context: LiveContext, _ recorder: SharedRecorder, _ gauges: Gauges, _ progress: Progress, _ control: HostControl
    ) {
        Thread.nameThis("ledger")
        do {
            let reader = try LedgerReader(context, recorder, gauges, progress)
            try reader.consumer.awaitMessages()
            control.reportReady()
            while !control.isStopping { try reader.read(timeoutMilliseconds: 10) }
            // The services have ended: what they said last is still to be read.
            try reader.consumer.readToEnd { reader.take($0) }
            reader.tell()
            reader.consumer.close()
            control.report(.stopped)
        } catch {
            control.report(.failed("the ledger: \(error)"))
        }
    }

    private func read(timeoutMilliseconds: Int32) throws {
        consumer.consumeBatch(max: 1000, timeoutMilliseconds: timeoutMilliseconds) { take($0) }
        tell()
        for problem in consumer.takeProblems() where problem.reason != .passing && problem.reason != .serverMissing {
            throw problem
        }
    }

    private func take(_ record: Record) {
        if let front = WireFront(record.value), front.kind != .answered, front.kind != .failed { return }
        guard let (message, sentAt) = try? context.wire.decodeFigures(record.value),
            message.kind == .answered || message.kind == .failed
        else { return }
        let isFirst = message.question >= firstOpen && ended.insert(message.question).inserted
        if !isFirst, gauges.crashes.load(ordering: .relaxed) > 0 {
            gauges.repeatedEnds.add(1, ordering: .relaxed)
            return
        }
        // A hit ends when it is delivered: now. What had to be stored ends when the store has acknowledged,
        // which is when the recorder sends this message.
        let now = context.clock.now()
        let end = message.answersReceived > 0 || message.outcome.isDeadLetter ? min(now, sentAt ?? now) : now
        rows.append((QuestionRow(message, settledAt: end), end))
        guard isFirst else { return }
        firsts += 1
        while ended.remove(firstOpen) != nil { firstOpen += 1 }
    }

    private func tell() {
        guard !rows.isEmpty else { return }
        recorder.withLock { [rows] recorder in
            for (row, end) in rows { recorder.settled(row, at: end) }
        }
        rows.removeAll(keepingCapacity: true)
        progress.firstOpen.store(Int(firstOpen), ordering: .relaxed)
        progress.settled.add(firsts, ordering: .releasing)
        firsts = 0
    }
}

extension Consumer {
    /// Waits until messages would arrive at once, so that a run's first questions meet a pipeline that runs.
    func awaitMessages() throws {
        // A group that lost a member without a farewell waits for its session time-out first, 45 s with Kafka's defaults.
        let seconds = membership == .subscribe ? 90 : 20
        guard waitUntilReading(timeoutMilliseconds: seconds * 1000) else {
            throw HostFailure(description: "the broker did not begin to serve \(topics.joined(separator: ", ")) within \(seconds) s")
        }
    }

    /// Reads on until the ends that the partitions have now, or until `seconds` are over.
    func readToEnd(seconds: Double = 10, _ body: (Record) throws -> Void) throws {
        var ends: [PartitionOffset] = []
        for place in position {
            let marks = try watermarks(topic: place.topic, partition: place.partition).get()
            if marks.high > max(0, place.offset) {
                ends.append(PartitionOffset(topic: place.topic, partition: place.partition, offset: marks.high))
            }
        }
        let limit = LiveClock.monotonic() + Int64(seconds * 1e9)
        while !ends.isEmpty {
            guard LiveClock.monotonic() < limit else {
                throw HostFailure(description: "could not read to the end of \(ends.map(\.topic)) within \(seconds) s")
            }
            try consumeBatch(max: 1000, timeoutMilliseconds: 20, body)
            let reached = position
            ends.removeAll { end in
                reached.contains { $0.topic == end.topic && $0.partition == end.partition && $0.offset >= end.offset }
            }
            for problem in takeProblems() where problem.reason != .passing && problem.reason != .serverMissing { throw problem }
        }
    }
}
