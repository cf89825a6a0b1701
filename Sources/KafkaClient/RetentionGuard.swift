import Synchronization

/// Watches that the embedded broker loses nothing unnoticed.
///
/// The broker drops a partition's oldest messages beyond 5 MiB or 100,000 batches and tells nobody.
/// Four measures together make that visible, or keep it from happening:
/// 1. consumers begin at explicit offsets and take "offset out of range" as an error (`dropped`);
/// 2. low watermarks are compared with the next offset that each group reads (`observed`);
/// 3. unconsumed bytes are capped below the broker's limit, by holding the traffic's source back, and
///    as an invariant for producers inside the loop, which must not block (`admit`);
/// 4. at the end each group's consumed offsets are reconciled with the acknowledged ones (`reconcile`),
///    and a gap between two consumed offsets is a loss at once (`consumed`).
///
/// Producers and consumers of one process share it.
package final class RetentionGuard: Sendable {
    /// Below the broker's 5 MiB by what may be under way between two looks.
    package static let defaultCap = 4 << 20

    /// A batch's header and a record's, at the least favourable: every message in a batch of its own.
    /// 4 MiB of such messages are also below 100,000 batches.
    static let overhead = 80

    package enum Verdict: Equatable, Sendable {
        case ok
        /// The run's figures are not to be used: what happened, and what would help.
        case invalid(reason: String, remedy: String)
    }

    package static let remedy =
        "use fewer bytes in flight, more partitions, or --bootstrap-servers with a real Kafka"

    private struct Partition {
        var producedBytes = 0
        /// One past the highest acknowledged offset.
        var acknowledgedEnd: Int64 = 0
    }
    private struct Topic {
        let name: String
        var unread: Bool
        var partitions: [Partition]
        /// Groups that read the topic.
        var readers: [Reader] = []
    }
    private struct Reader {
        let group: String
        var next: [Int64]
        var consumedBytes: [Int]
    }
    private struct State {
        var topics: [Topic] = []
        var verdict = Verdict.ok

        /// The first reason stands; later ones follow from it.
        mutating func trip(_ reason: String) {
            if verdict == .ok { verdict = .invalid(reason: "the embedded broker \(reason)", remedy: RetentionGuard.remedy) }
        }
    }

    private let cap: Int
    private let state = Mutex(State())

    package init(cap: Int = RetentionGuard.defaultCap) { self.cap = cap }

    package var verdict: Verdict { state.withLock { $0.verdict } }

    package static func size(key: Int, value: Int) -> Int { key + value + overhead }

    // MARK: - Who takes part

    package func declare(topic name: String, partitions: Int, unread: Bool) {
        let number = topic(name, partitions: partitions)
        state.withLock { $0.topics[number].unread = unread }
    }

    /// The topic's number here.
    func topic(_ name: String, partitions: Int) -> Int {
        state.withLock { state in
            if let known = state.topics.firstIndex(where: { $0.name == name }) { return known }
            state.topics.append(Topic(
                name: name, unread: false, partitions: Array(repeating: Partition(), count: partitions)))
            return state.topics.count - 1
        }
    }

    /// Names a group that will read the topics. Say so before the first message is sent: what nobody
    /// has announced to read does not count as unconsumed.
    package func declare(group: String, topics names: [String]) {
        state.withLock { state in
            for name in names {
                guard let number = state.topics.firstIndex(where: { $0.name == name }),
                    !state.topics[number].readers.contains(where: { $0.group == group })
                else { continue }
                let count = state.topics[number].partitions.count
                state.topics[number].readers.append(Reader(
                    group: group, next: Array(repeating: 0, count: count), consumedBytes: Array(repeating: 0, count: count)))
            }
        }
    }

    // MARK: - Producers

    /// Accounts for a message about to be sent. False: held back, nothing accounted.
    func admit(topic number: Int, partition: Int32, bytes: Int, hold: Bool) -> Bool {
        let p = Int(partition)
        return state.withLock { state in
            var unconsumed = 0
            if !state.topics[number].unread {
                for reader in state.topics[number].readers {
                    unconsumed = max(unconsumed, state.topics[number].partitions[p].producedBytes - reader.consumedBytes[p])
                }
            }
            // The traffic's source leaves a quarter to the services, which may share its topic.
            if hold, unconsumed > 0, unconsumed + bytes > cap - cap / 4 { return false }
            if unconsumed > 0, unconsumed + bytes > cap {
                state.trip("held more than \(cap) unconsumed bytes of topic \(state.topics[number].name) partition \(partition) and was about to drop messages")
            }
            state.topics[number].partitions[p].producedBytes += bytes
            return true
        }
    }

    /// A message that was accounted for did not reach the broker.
    func withdrawn(topic number: Int, partition: Int32, bytes: Int) {
        state.withLock { $0.topics[number].partitions[Int(partition)].producedBytes -= bytes }
    }

    func acknowledged(topic number: Int, partition: Int32, offset: Int64) {
        // Idempotent producers may be told "already there" without an offset.
        guard offset >= 0 else { return }
        state.withLock { state in
            let end = state.topics[number].partitions[Int(partition)].acknowledgedEnd
            state.topics[number].partitions[Int(partition)].acknowledgedEnd = max(end, offset + 1)
        }
    }

    /// How full the fullest partition of the topic is, as a share of the cap.
    func fill(topic number: Int) -> Double {
        state.withLock { state in
            if state.topics[number].unread { return 0 }
            var most = 0
            for reader in state.topics[number].readers {
                for (p, partition) in state.topics[number].partitions.enumerated() {
                    most = max(most, partition.producedBytes - reader.consumedBytes[p])
                }
            }
            return Double(most) / Double(cap)
        }
    }

    // MARK: - Consumers

    /// What a consumer read in one batch; offsets that were read before (after a restart) count once.
    func consumed(group: String, topic name: String, records: [(partition: Int32, offset: Int64, bytes: Int)]) {
        state.withLock { state in
            guard let number = state.topics.firstIndex(where: { $0.name == name }),
                let reader = state.topics[number].readers.firstIndex(where: { $0.group == group })
            else { return }
            for record in records {
                let p = Int(record.partition)
                let next = state.topics[number].readers[reader].next[p]
                guard record.offset >= next else { continue }
                if record.offset > next {
                    state.trip("dropped messages of topic \(name) partition \(p): group \(group) read offset \(record.offset) where \(next) was next")
                }
                state.topics[number].readers[reader].next[p] = record.offset + 1
                state.topics[number].readers[reader].consumedBytes[p] += record.bytes
            }
        }
    }

    /// A consumer found that its next offset is gone.
    package func dropped(group: String, detail: String) {
        state.withLock { $0.trip("dropped messages that group \(group) had not read: \(detail)") }
    }

    // MARK: - Looking

    /// The topics whose watermarks matter.
    var watched: [(name: String, partitions: Int)] {
        state.withLock { state in
            state.topics.filter { !$0.unread && !$0.readers.isEmpty }.map { ($0.name, $0.partitions.count) }
        }
    }

    func observed(topic name: String, partition: Int32, low: Int64) {
        state.withLock { state in
            guard let topic = state.topics.first(where: { $0.name == name }) else { return }
            for reader in topic.readers where low > reader.next[Int(partition)] {
                state.trip("dropped messages of topic \(name) partition \(partition): low watermark \(low) > next offset \(reader.next[Int(partition)]) of group \(reader.group)")
            }
        }
    }

    /// Compares, once everything has been read, acknowledged offsets with consumed ones.
    package func reconcile() -> Verdict {
        state.withLock { state in
            for topic in state.topics where !topic.unread {
                for reader in topic.readers {
                    for (p, partition) in topic.partitions.enumerated() where reader.next[p] < partition.acknowledgedEnd {
                        state.trip("acknowledged \(partition.acknowledgedEnd) messages of topic \(topic.name) partition \(p), but group \(reader.group) has read only \(reader.next[p])")
                    }
                }
            }
            return state.verdict
        }
    }

    /// Messages that are acknowledged and not yet read by the group that lags most, over all topics.
    package var unread: Int64 {
        state.withLock { state in
            var sum: Int64 = 0
            for topic in state.topics where !topic.unread {
                for (p, partition) in topic.partitions.enumerated() {
                    let lags = topic.readers.map { partition.acknowledgedEnd - $0.next[p] }
                    sum += max(0, lags.max() ?? 0)
                }
            }
            return sum
        }
    }
}
