import CRDKafka
import Glibc
import Workload

/// An idempotent producer that waits for all replicas and tells of every message what became of it.
///
/// One thread owns it: that thread sends, polls and gets the deliveries. The partition follows from the
/// key (`Partitioner`), so that the retention guard can account for a message before it is sent.
package final class Producer {
    /// What became of a message, in the order in which the broker told.
    package struct Delivery: Sendable {
        /// The number that the sender gave the message.
        package let token: UInt64
        /// Index of the topic, as `topic(_:partitions:)` gave it.
        package let topic: Int
        package let partition: Int32
        package let offset: Int64
        /// nil: the broker holds the message.
        package let problem: KafkaProblem?
    }

    package enum Sent: Sendable, Equatable {
        /// Its delivery will be told by `poll`.
        case queued
        /// Not taken: the client's queue is full, or the guard holds the producer back. Poll and send again.
        case full
        /// Not taken and never will be (for example, larger than `message.max.bytes`).
        case refused(KafkaProblem)
    }

    /// What happens when a message would put more unconsumed bytes into a partition than the guard allows.
    package enum OverCap: Sendable {
        /// `send` says `full`: for the traffic's source, which may wait.
        case hold
        /// The message is sent and the guard's verdict becomes invalid: for services inside the loop,
        /// which must never block each other.
        case trip
    }

    fileprivate struct Topic {
        let name: String
        let handle: OpaquePointer
        let partitions: Int
        /// The topic's books in the guard.
        let guarded: RetentionGuard.Topic?
        /// By partition, the highest offset of those acknowledged since the guard was told; −1: none.
        var acknowledged: [Int64]
    }

    /// Lives as long as the client and gets the delivery reports: only while `rd_kafka_poll` or
    /// `rd_kafka_flush` runs, hence on the owner's thread.
    fileprivate final class Reports {
        var deliveries: [Delivery] = []
        var problems: [KafkaProblem] = []
        var topics: [Topic] = []
        let retention: RetentionGuard?
        init(_ retention: RetentionGuard?) { self.retention = retention }
    }

    private let client: ClientHandle
    private let reports: Reports
    private let overCap: OverCap
    /// How long a message waits for others, in nanoseconds; 0: the client sends it at once.
    private let linger: Int64
    /// When the oldest message came that may not be under way yet, on the monotonic clock.
    private var unsentSince: Int64?

    package init(
        bootstrapServers: String, profile: BrokerProfile, retention: RetentionGuard? = nil, overCap: OverCap = .trip
    ) throws(KafkaProblem) {
        let reports = Reports(retention)
        self.reports = reports
        self.overCap = overCap
        linger = profile.linger
        let settings: [(key: String, value: String)] = [
            ("bootstrap.servers", bootstrapServers), ("enable.idempotence", "true"), ("acks", "all"),
            ("queue.buffering.max.messages", "200000"), ("message.max.bytes", "4000000"),
        ]
        client = try ClientHandle(
            RD_KAFKA_PRODUCER, settings: settings + profile.client + profile.producer, callee: reports
        ) { configuration in
            rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(reports).toOpaque())
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let opaque else { return }
                Unmanaged<Reports>.fromOpaque(opaque).takeUnretainedValue().report(message.pointee)
            }
            rd_kafka_conf_set_error_cb(configuration) { client, code, text, opaque in
                guard let opaque else { return }
                Unmanaged<Reports>.fromOpaque(opaque).takeUnretainedValue()
                    .problems.append(.fromErrorCallback(client, code, text))
            }
        }
    }

    deinit {
        // Nothing may be waited for: who wanted the messages out has called `flush`.
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
        for topic in reports.topics { rd_kafka_topic_destroy(topic.handle) }
    }

    /// Makes a topic known to this producer; its index is what `send` takes.
    package func topic(_ name: String, partitions: Int) -> Int {
        if let known = reports.topics.firstIndex(where: { $0.name == name }) { return known }
        let index = reports.topics.count
        let configuration = rd_kafka_topic_conf_new()
        rd_kafka_topic_conf_set_opaque(configuration, UnsafeMutableRawPointer(bitPattern: index))
        let handle = rd_kafka_topic_new(client.pointer, name, configuration)!
        reports.topics.append(Topic(
            name: name, handle: handle, partitions: partitions, guarded: reports.retention?.topic(name, partitions: partitions),
            acknowledged: Array(repeating: -1, count: partitions)))
        return index
    }

    /// Hands a message to the client, which copies it.
    package func send(
        topic index: Int, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, token: UInt64
    ) -> Sent {
        let topic = reports.topics[index]
        let partition = Partitioner.partition(of: key, count: topic.partitions)
        let size = RetentionGuard.size(key: key.count, value: value.count)
        if let retention = reports.retention, let guarded = topic.guarded,
            !retention.admit(topic: guarded, partition: partition, bytes: size, hold: overCap == .hold)
        {
            return .full
        }
        // A pointer that is not null makes an empty value, not an absent one.
        let outcome = withUnsafeBytes(of: UInt8(0)) { zero in
            rd_kafka_produce(
                topic.handle, partition, RD_KAFKA_MSG_F_COPY,
                UnsafeMutableRawPointer(mutating: value.baseAddress ?? zero.baseAddress!), value.count,
                key.baseAddress ?? zero.baseAddress!, key.count, UnsafeMutableRawPointer(bitPattern: UInt(token)))
        }
        if outcome == 0 {
            if linger > 0, unsentSince == nil { unsentSince = Self.monotonic() }
            return .queued
        }
        let code = rd_kafka_last_error()
        if let guarded = topic.guarded { reports.retention?.withdrawn(topic: guarded, partition: partition, bytes: size) }
        return code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? .full : .refused(KafkaProblem(code, "sending to \(topic.name)"))
    }

    /// When `release` is to be called, in nanoseconds on the monotonic clock, for no message to wait longer than the
    /// profile says; nil: none waits.
    package var nextRelease: Int64? { unsentSince.map { $0 + linger } }

    /// Sends what has waited for company, and gives the deliveries that come in, waiting for all of them at most so long.
    ///
    /// The wait is what makes the client's thread send: without one it may not have noticed yet.
    package func release(timeoutMilliseconds: Int32, _ body: (Delivery) -> Void) {
        rd_kafka_flush(client.pointer, timeoutMilliseconds)
        unsentSince = rd_kafka_outq_len(client.pointer) > 0 ? Self.monotonic() : nil
        handOver(body)
    }

    /// Gives the deliveries that came in, waiting for the first at most so long.
    package func poll(timeoutMilliseconds: Int32 = 0, _ body: (Delivery) -> Void) {
        if timeoutMilliseconds > 0, unsentSince != nil { return release(timeoutMilliseconds: timeoutMilliseconds, body) }
        rd_kafka_poll(client.pointer, timeoutMilliseconds)
        handOver(body)
    }

    private static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Waits until every message has been delivered or has failed, at most so long.
    /// - Returns: the number of messages whose fate is still open.
    package func flush(timeoutMilliseconds: Int32, _ body: (Delivery) -> Void) -> Int {
        rd_kafka_flush(client.pointer, timeoutMilliseconds)
        handOver(body)
        return outstanding
    }

    /// Messages whose fate is still open.
    package var outstanding: Int { Int(rd_kafka_outq_len(client.pointer)) }

    /// How full the fullest partition among some topics is, as a share of what the guard allows; 0 without a guard.
    package func fill(topics indices: some Sequence<Int>) -> Double {
        guard let retention = reports.retention else { return 0 }
        return indices.reduce(0) { max($0, reports.topics[$1].guarded.map { retention.fill(topic: $0) } ?? 0) }
    }

    /// The client's own troubles since the last call.
    package func takeProblems() -> [KafkaProblem] {
        defer { reports.problems.removeAll() }
        return reports.problems
    }

    private func handOver(_ body: (Delivery) -> Void) {
        guard !reports.deliveries.isEmpty else { return }
        reports.tellGuard()
        // The body may send, but not poll.
        for delivery in reports.deliveries { body(delivery) }
        reports.deliveries.removeAll(keepingCapacity: true)
    }
}

extension Producer.Reports {
    /// Once for all that was reported: the guard's locks are others' too.
    fileprivate func tellGuard() {
        guard let retention else { return }
        for index in topics.indices {
            guard let guarded = topics[index].guarded else { continue }
            for p in topics[index].acknowledged.indices where topics[index].acknowledged[p] >= 0 {
                retention.acknowledged(topic: guarded, partition: Int32(p), offset: topics[index].acknowledged[p])
                topics[index].acknowledged[p] = -1
            }
        }
    }

    fileprivate func report(_ message: rd_kafka_message_t) {
        let index = Int(bitPattern: rd_kafka_topic_opaque(message.rkt))
        let failed = message.err != RD_KAFKA_RESP_ERR_NO_ERROR
        if let retention, let guarded = topics[index].guarded {
            if failed {
                retention.withdrawn(
                    topic: guarded, partition: message.partition,
                    bytes: RetentionGuard.size(key: message.key_len, value: message.len))
            } else {
                let p = Int(message.partition)
                topics[index].acknowledged[p] = max(topics[index].acknowledged[p], message.offset)
            }
        }
        deliveries.append(Producer.Delivery(
            token: UInt64(UInt(bitPattern: message._private)), topic: index, partition: message.partition,
            offset: message.offset, problem: failed ? KafkaProblem(message.err, "delivery to \(topics[index].name)") : nil))
    }
}

extension KafkaProblem {
    /// The error behind an error callback: a fatal one stands in the client, the others pass.
    static func fromErrorCallback(_ client: OpaquePointer?, _ code: Int32, _ text: UnsafePointer<CChar>?) -> KafkaProblem {
        let error = rd_kafka_resp_err_t(rawValue: code)
        let said = text.map { String(cString: $0) } ?? error.errorText
        guard error == RD_KAFKA_RESP_ERR__FATAL else {
            return KafkaProblem(reason: .passing, name: error.errorName, text: said)
        }
        var reason = [CChar](repeating: 0, count: 512)
        let behind = rd_kafka_fatal_error(client, &reason, reason.count)
        let detail = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return KafkaProblem(reason: .fatal, name: behind.errorName, text: detail)
    }
}
