import CRDKafka
import Glibc

/// One message as a consumer hands it out; its bytes live only while the closure that gets it runs.
package struct Record {
    /// Index in the consumer's list of topics.
    package let topic: Int
    package let partition: Int32
    package let offset: Int64
    package let key: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer
}

/// A consumer with offsets of its owner's making: nothing is committed that the owner did not give.
///
/// One thread owns it. It starts each partition at the group's committed offset, else at an explicit
/// beginning, and takes an offset that is gone as an error instead of jumping over what was lost.
package final class Consumer {
    package enum Membership: Sendable, Equatable {
        /// The broker shares the partitions out among the group's members, and takes a dead one's
        /// away (after the session time-out).
        case subscribe
        /// This is one of so many replicas: it has a contiguous range of every topic's partitions, as
        /// Kafka's range assignor gives it. At once, without the seconds that forming a group takes.
        case fixed(replica: Int, of: Int)
    }

    package enum Rebalance: Sendable, Equatable {
        case assigned([PartitionOffset])
        case revoked([PartitionOffset])
        /// Taken away without asking (this member was thought dead): commits are no longer possible.
        case lost([PartitionOffset])
    }

    /// What callbacks use; they run only while the owner's thread polls or closes.
    fileprivate final class Membered {
        let startsAtZero: Bool
        let beginnings: [PartitionOffset]
        /// Where the partitions of the latest assignment were begun.
        var starts: [PartitionOffset] = []
        var rebalances: [Rebalance] = []
        /// Whether partitions were given, be it none at all.
        var isAssigned = false
        /// How often partitions were taken away.
        var revocations = 0
        var problems: [KafkaProblem] = []
        var offsetsOnRevoke: ([PartitionOffset], Bool) -> [PartitionOffset] = { _, _ in [] }

        init(startsAtZero: Bool, beginnings: [PartitionOffset]) {
            self.startsAtZero = startsAtZero
            self.beginnings = beginnings
        }

        /// Where a partition without a committed offset is begun.
        func beginning(_ partition: PartitionOffset) -> Int64 {
            let given = beginnings.first { $0.topic == partition.topic && $0.partition == partition.partition }
            return given?.offset ?? (startsAtZero ? 0 : Int64(RD_KAFKA_OFFSET_BEGINNING))
        }
    }

    package let topics: [String]
    private let group: String
    package let membership: Membership
    private let client: ClientHandle
    private let queue: OpaquePointer
    private let membered: Membered
    private var handles: [OpaquePointer] = []
    private let retention: RetentionGuard?
    /// The topic whose message was handed out last, in this batch: its messages keep the handle alive.
    private var latest: (handle: OpaquePointer?, index: Int) = (nil, 0)
    private var slots: [UnsafeMutablePointer<rd_kafka_message_t>?] = []
    /// A message that came while only the group was served; the next batch begins with it.
    private var early: UnsafeMutablePointer<rd_kafka_message_t>?
    /// Consumed records by topic, for the guard; kept to be used again.
    private var accounts: [[(partition: Int32, offset: Int64, bytes: Int)]]

    /// - Parameters:
    ///   - topics: with their numbers of partitions, which a fixed membership needs.
    ///   - beginnings: where partitions without a committed offset are begun, if not as the profile says.
    package init(
        bootstrapServers: String, profile: BrokerProfile, group: String, topics: [(name: String, partitions: Int)],
        membership: Membership = .subscribe, beginnings: [PartitionOffset] = [], retention: RetentionGuard? = nil
    ) throws(KafkaProblem) {
        self.topics = topics.map(\.name)
        self.group = group
        self.membership = membership
        self.retention = retention
        accounts = Array(repeating: [], count: topics.count)
        let membered = Membered(startsAtZero: profile.startsAtZero, beginnings: beginnings)
        self.membered = membered
        retention?.declare(group: group, topics: self.topics)
        let settings: [(key: String, value: String)] = [
            ("bootstrap.servers", bootstrapServers), ("group.id", group), ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"), ("auto.offset.reset", "error"),
            // Range: partition p of every topic goes to the same member, which intake relies on.
            ("partition.assignment.strategy", "range"), ("allow.auto.create.topics", "false"),
        ]
        client = try ClientHandle(
            RD_KAFKA_CONSUMER, settings: settings + profile.client + profile.consumer, callee: membered
        ) { configuration in
            rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(membered).toOpaque())
            rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, opaque in
                guard let client, let opaque else { return }
                Unmanaged<Membered>.fromOpaque(opaque).takeUnretainedValue().rebalance(client, code, partitions)
            }
            rd_kafka_conf_set_error_cb(configuration) { client, code, text, opaque in
                guard let opaque else { return }
                Unmanaged<Membered>.fromOpaque(opaque).takeUnretainedValue()
                    .problems.append(.fromErrorCallback(client, code, text))
            }
        }
        // The main queue's events come through the consumer's queue.
        rd_kafka_poll_set_consumer(client.pointer)
        queue = rd_kafka_queue_get_consumer(client.pointer)
        switch membership {
        case .subscribe:
            let code = self.topics.map { PartitionOffset(topic: $0, partition: -1) }
                .withList { rd_kafka_subscribe(client.pointer, $0) }
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaProblem(code, "subscribing to \(self.topics)") }
        case .fixed(let replica, let count):
            let mine = topics.flatMap { topic in
                (0..<topic.partitions).filter { $0 * count / topic.partitions == replica }
                    .map { PartitionOffset(topic: topic.name, partition: Int32($0)) }
            }
            findLeaders()
            try mine.withList { list -> Result<Void, KafkaProblem> in membered.assign(client.pointer, list) }.get()
        }
    }

    deinit {
        if let early { rd_kafka_message_destroy(early) }
        for handle in handles { rd_kafka_topic_destroy(handle) }
        rd_kafka_queue_destroy(queue)
    }

    /// Asks for the topics' leaders at once; left to itself the client looks for them once a second.
    private func findLeaders() {
        for topic in topics {
            if let handle = rd_kafka_topic_new(client.pointer, topic, nil) { handles.append(handle) }
        }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        // A server that is away is found later all the same.
        guard rd_kafka_metadata(client.pointer, 0, nil, &metadata, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        rd_kafka_metadata_destroy(metadata)
    }

    /// Reads at most `max` messages, waiting at most so long for the first ones.
    ///
    /// Also serves the group: call it often enough (within `max.poll.interval.ms`), and `serveGroup` where there is no
    /// room for messages.
    /// - Returns: the number of messages handed out.
    @discardableResult
    package func consumeBatch(
        max: Int, timeoutMilliseconds: Int32, _ body: (Record) throws -> Void
    ) rethrows -> Int {
        guard max > 0 else { return 0 }
        if slots.count < max { slots = Array(repeating: nil, count: max) }
        let revocations = membered.revocations
        var got = slots.withUnsafeMutableBufferPointer { slots in
            // A batch call waits its whole time-out unless the batch gets full: wait for one message
            // only, then take what is there with it.
            var first = 1
            if let early {
                slots[0] = early
                self.early = nil
            } else {
                first = rd_kafka_consume_batch_queue(queue, timeoutMilliseconds, slots.baseAddress, 1)
            }
            guard first == 1, max > 1 else { return first }
            return 1 + Swift.max(0, rd_kafka_consume_batch_queue(queue, 0, slots.baseAddress! + 1, max - 1))
        }
        if membered.revocations != revocations { got = dropRevoked(got) }
        guard got > 0 else { return 0 }
        latest = (nil, 0)
        var handedOut = 0
        var next = 0
        defer {
            // What a throwing body left behind is destroyed all the same.
            while next < got {
                rd_kafka_message_destroy(slots[next])
                next += 1
            }
            account()
        }
        while next < got {
            let message = slots[next]!
            defer {
                rd_kafka_message_destroy(message)
                next += 1
            }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                note(message)
                continue
            }
            let topic = index(of: message.pointee.rkt)
            let record = Record(
                topic: topic, partition: message.pointee.partition, offset: message.pointee.offset,
                key: UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len),
                value: UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
            if retention != nil {
                accounts[topic].append((
                    record.partition, record.offset,
                    RetentionGuard.size(key: record.key.count, value: record.value.count)))
            }
            handedOut += 1
            try body(record)
        }
        return handedOut
    }

    /// Serves the group without handing messages out: for a member that has no room for any, but must give partitions
    /// away when it is asked to. One message may be read ahead; beyond it the group waits until there is room again.
    package func serveGroup(timeoutMilliseconds: Int32 = 0) {
        guard membership == .subscribe, early == nil else { return }
        let revocations = membered.revocations
        var one: UnsafeMutablePointer<rd_kafka_message_t>?
        guard rd_kafka_consume_batch_queue(queue, timeoutMilliseconds, &one, 1) == 1 else { return }
        early = one
        if membered.revocations != revocations { dropEarly() }
    }

    /// Partitions were taken away in the middle of a batch: what was read of them before belongs to others now. What
    /// was read since then, of partitions given anew, lies behind their beginnings.
    private func dropRevoked(_ got: Int) -> Int {
        var kept = 0
        for index in 0..<Swift.max(0, got) {
            if isOurs(slots[index]!) {
                slots[kept] = slots[index]
                kept += 1
            } else {
                rd_kafka_message_destroy(slots[index])
            }
        }
        return kept
    }

    private func dropEarly() {
        guard let message = early, !isOurs(message) else { return }
        rd_kafka_message_destroy(message)
        early = nil
    }

    private func isOurs(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Bool {
        guard let handle = message.pointee.rkt, message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return true }
        let topic = topics[index(of: handle)]
        return membered.isAssigned && membered.starts.contains {
            $0.topic == topic && $0.partition == message.pointee.partition && $0.offset <= message.pointee.offset
        }
    }

    /// Commits the given offsets (each the next one to read) for the group.
    /// - Returns: nil if they were taken, or if `wait` is false; else why not.
    @discardableResult
    package func commit(_ offsets: [PartitionOffset], wait: Bool) -> KafkaProblem? {
        guard !offsets.isEmpty else { return nil }
        let code = offsets.withList { rd_kafka_commit(client.pointer, $0, wait ? 0 : 1) }
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaProblem(code, "committing offsets of group \(group)")
    }

    /// What the group has committed for the partitions; −1 where it has nothing.
    package func committed(_ partitions: [PartitionOffset], timeoutMilliseconds: Int32 = 5000) -> Result<[PartitionOffset], KafkaProblem> {
        partitions.withList { list in
            let code = rd_kafka_committed(client.pointer, list, timeoutMilliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaProblem(code, "committed offsets of \(group)")) }
            return .success([PartitionOffset](list).map { offset in
                var offset = offset
                if offset.offset < 0 { offset.offset = -1 }
                return offset
            })
        }
    }

    /// Ends a wait of `consumeBatch` early, from any thread; one that nobody is in ends the next one.
    ///
    /// Must not be called when the consumer has gone.
    package var waker: Waker { Waker(queue: queue) }

    /// Unchecked: librdkafka's queues may be used from any thread at once, and whoever has a waker lets go of it
    /// before the consumer does of its queue.
    package struct Waker: @unchecked Sendable {
        fileprivate let queue: OpaquePointer
        package func wake() { rd_kafka_queue_yield(queue) }
    }

    /// Stops reading the partitions for a while. What was fetched ahead is fetched again afterwards, so
    /// this is for long pauses; for short ones ask for fewer messages.
    package func pause(_ partitions: [PartitionOffset]) {
        partitions.withList { _ = rd_kafka_pause_partitions(client.pointer, $0) }
    }
    package func resume(_ partitions: [PartitionOffset]) {
        partitions.withList { _ = rd_kafka_resume_partitions(client.pointer, $0) }
    }

    /// The partitions that this consumer has now, each with the next offset to hand out (−1: not known yet).
    package var position: [PartitionOffset] {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(client.pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_position(client.pointer, list)
        return [PartitionOffset](list).map { place in
            guard place.offset < 0 else { return place }
            // Nothing was handed out yet: it is where reading began.
            let start = membered.starts.first { $0.topic == place.topic && $0.partition == place.partition }
            return PartitionOffset(topic: place.topic, partition: place.partition, offset: max(-1, start?.offset ?? -1))
        }
    }

    package func watermarks(topic: String, partition: Int32, timeoutMilliseconds: Int32 = 2000) -> Result<(low: Int64, high: Int64), KafkaProblem> {
        client.watermarks(topic: topic, partition: partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Waits until this consumer has its partitions, and the first answers to fetches have come for each of them: from
    /// then on messages arrive without the delay of finding leaders. Hands nothing out. A member of a group to which no
    /// partition is left is ready as well.
    /// - Returns: false if that took longer than the time-out.
    package func waitUntilReading(timeoutMilliseconds: Int) -> Bool {
        let end = Self.milliseconds() + timeoutMilliseconds
        while Self.milliseconds() < end {
            if membership == .subscribe { serveGroup(timeoutMilliseconds: 1) } else { usleep(1000) }
            // A message that has come already is the best sign.
            if early != nil { return true }
            let isReading = membered.isAssigned && position.allSatisfy { place in
                var low: Int64 = 0
                var high: Int64 = 0
                // The high watermark is known here only once a fetch has told it.
                let code = rd_kafka_get_watermark_offsets(client.pointer, place.topic, place.partition, &low, &high)
                return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0
            }
            if isReading { return true }
        }
        return false
    }

    private static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    /// Changes of the assignment since the last call, in order.
    package func takeRebalances() -> [Rebalance] {
        defer { if !membered.rebalances.isEmpty { membered.rebalances.removeAll() } }
        return membered.rebalances
    }

    /// What went wrong since the last call. `.messagesDropped` ends a run; `.passing` mends itself.
    package func takeProblems() -> [KafkaProblem] {
        defer { if !membered.problems.isEmpty { membered.problems.removeAll() } }
        return membered.problems
    }

    /// Told when partitions are taken away: which, and whether they are lost already, so that no commit is possible.
    /// Gives the offsets to commit before they go. Runs on the owner's thread, while it reads, serves or closes.
    package func onRevoke(_ leave: @escaping (_ gone: [PartitionOffset], _ isLost: Bool) -> [PartitionOffset]) {
        membered.offsetsOnRevoke = leave
    }

    /// Leaves the group in order.
    package func close() { rd_kafka_consumer_close(client.pointer) }

    /// Goes without commit or farewell, as a process that was killed: the group finds out by its session time-out.
    package func abandon() { client.destroyFlags = RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE }

    private func index(of handle: OpaquePointer?) -> Int {
        // A batch's messages of one topic stand together as a rule.
        if handle == latest.handle { return latest.index }
        let name = rd_kafka_topic_name(handle)!
        latest = (handle, topics.firstIndex { $0.withCString { strcmp($0, name) == 0 } }!)
        return latest.index
    }

    private func note(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let place = message.pointee.rkt == nil
            ? "group \(group)" : "\(String(cString: rd_kafka_topic_name(message.pointee.rkt))) partition \(message.pointee.partition)"
        let detail = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
        let problem = KafkaProblem(message.pointee.err, "\(place): \(detail)")
        if problem.reason == .messagesDropped { retention?.dropped(group: group, detail: place) }
        membered.problems.append(problem)
    }

    private func account() {
        guard let retention else { return }
        for topic in accounts.indices where !accounts[topic].isEmpty {
            retention.consumed(group: group, topic: topics[topic], records: accounts[topic])
            accounts[topic].removeAll(keepingCapacity: true)
        }
    }
}

extension Consumer.Membered {
    fileprivate func rebalance(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let partitions {
            if case .failure(let problem) = assign(client, partitions) { problems.append(problem) }
        } else {
            let gone = [PartitionOffset](partitions)
            let isLost = rd_kafka_assignment_lost(client) != 0
            let offsets = offsetsOnRevoke(gone, isLost)
            if !isLost, !offsets.isEmpty { _ = offsets.withList { rd_kafka_commit(client, $0, 0) } }
            rebalances.append(isLost ? .lost(gone) : .revoked(gone))
            (isAssigned, starts) = (false, [])
            revocations += 1
            rd_kafka_assign(client, nil)
        }
    }

    /// Begins to read the partitions, each at an explicit offset.
    fileprivate func assign(
        _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> Result<Void, KafkaProblem> {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        // A broker that is away for a moment must not make a group start anew.
        for _ in 0..<6 {
            code = rd_kafka_committed(client, list, 5000)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaProblem(code, "asking where the group stands"))
        }
        for index in 0..<Int(list.pointee.cnt) where list.pointee.elems[index].offset < 0 {
            let place = list.pointee.elems[index]
            list.pointee.elems[index].offset =
                beginning(PartitionOffset(topic: String(cString: place.topic), partition: place.partition))
        }
        code = rd_kafka_assign(client, list)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaProblem(code, "taking partitions")) }
        starts = [PartitionOffset](list)
        isAssigned = true
        rebalances.append(.assigned(starts))
        return .success(())
    }
}
