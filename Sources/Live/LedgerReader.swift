import Foundation
import KafkaClient
import Measurement
import Pipeline
import Synchronization

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
    private var ended: Set<UInt64> = []
    private var firstOpen: UInt64 = 0
    private var bytes: [UInt8] = []

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
            try reader.consumer.readToEnd { try reader.take($0) }
            reader.consumer.close()
            control.report(.stopped)
        } catch {
            control.report(.failed("the ledger: \(error)"))
        }
    }

    private func read(timeoutMilliseconds: Int32) throws {
        try consumer.consumeBatch(max: 1000, timeoutMilliseconds: timeoutMilliseconds) { try take($0) }
        for problem in consumer.takeProblems() where problem.reason != .passing && problem.reason != .serverMissing {
            throw problem
        }
    }

    private func take(_ record: Record) throws {
        if let front = WireFront(record.value), front.kind != .answered, front.kind != .failed { return }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: record.value)
        guard let (message, sentAt) = try? context.wire.decodeWithSendingTime(bytes),
            message.kind == .answered || message.kind == .failed
        else { return }
        let isFirst = ended.insert(message.question).inserted
        if !isFirst, gauges.crashes.load(ordering: .relaxed) > 0 {
            gauges.repeatedEnds.add(1, ordering: .relaxed)
            return
        }
        // A hit ends when it is delivered: now. What had to be stored ends when the store has acknowledged,
        // which is when the recorder sends this message.
        let now = context.clock.now()
        let end = message.answersReceived > 0 || message.outcome.isDeadLetter ? min(now, sentAt ?? now) : now
        recorder.withLock { $0.settled(message, at: end) }
        guard isFirst else { return }
        while ended.contains(firstOpen) { firstOpen += 1 }
        progress.firstOpen.store(Int(firstOpen), ordering: .relaxed)
        progress.settled.add(1, ordering: .releasing)
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
