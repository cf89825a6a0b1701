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

    fileprivate struct Partition {
        var producedBytes = 0
        /// One past the highest acknowledged offset.
        var acknowledgedEnd: Int64 = 0
    }
    fileprivate struct Reader {
        let group: String
        var next: [Int64]
        var consumedBytes: [Int]
    }
    fileprivate struct Books {
        var unread: Bool
        var partitions: [Partition]
        /// Groups that read the topic.
        var readers: [Reader] = []
    }

    /// One topic's books under a lock of their own: its producers and consumers ask for it with every message, and
    /// need not wait for those of other topics.
    final class Topic: Sendable {
        let name: String
        fileprivate let books: Mutex<Books>

        fileprivate init(name: String, partitions: Int, unread: Bool) {
            self.name = name
            books = Mutex(Books(unread: unread, partitions: Array(repeating: Partition(), count: partitions)))
        }
    }

    private let cap: Int
    private let topics = Mutex<[Topic]>([])
    private let tripped = Mutex(Verdict.ok)

    package init(cap: Int = RetentionGuard.defaultCap) { self.cap = cap }

    package var verdict: Verdict { tripped.withLock { $0 } }

    /// The first reason stands; later ones follow from it.
    private func trip(_ reason: String) {
        tripped.withLock { if $0 == .ok { $0 = .invalid(reason: "the embedded broker \(reason)", remedy: Self.remedy) } }
    }

    package static func size(key: Int, value: Int) -> Int { key + value + overhead }

    // MARK: - Who takes part

    package func declare(topic name: String, partitions: Int, unread: Bool) {
        topic(name, partitions: partitions).books.withLock { $0.unread = unread }
    }

    /// The topic's books, begun where there are none.
    func topic(_ name: String, partitions: Int) -> Topic {
        topics.withLock { topics in
            if let known = topics.first(where: { $0.name == name }) { return known }
            topics.append(Topic(name: name, partitions: partitions, unread: false))
            return topics.last!
        }
    }

    /// nil: nobody has declared it.
    func topic(_ name: String) -> Topic? { topics.withLock { $0.first { $0.name == name } } }

    private var all: [Topic] { topics.withLock { $0 } }

    /// Names a group that will read the topics. Say so before the first message is sent: what nobody
    /// has announced to read does not count as unconsumed.
    package func declare(group: String, topics names: [String]) {
        for name in names {
            topic(name)?.books.withLock { books in
                guard !books.readers.contains(where: { $0.group == group }) else { return }
                let count = books.partitions.count
                books.readers.append(Reader(
                    group: group, next: Array(repeating: 0, count: count), consumedBytes: Array(repeating: 0, count: count)))
            }
        }
    }

    // MARK: - Producers

    /// Accounts for a message about to be sent. False: held back, nothing accounted.
    func admit(topic: Topic, partition: Int32, bytes: Int, hold: Bool) -> Bool {
        let p = Int(partition)
        let (admitted, overCap) = topic.books.withLock { books in
            var unconsumed = 0
            if !books.unread {
                for reader in books.readers { unconsumed = max(unconsumed, books.partitions[p].producedBytes - reader.consumedBytes[p]) }
            }
            // The traffic's source leaves a quarter to the services, which may share its topic.
            if hold, unconsumed > 0, unconsumed + bytes > cap - cap / 4 { return (false, false) }
            books.partitions[p].producedBytes += bytes
            return (true, unconsumed > 0 && unconsumed + bytes > cap)
        }
        if overCap {
            trip("held more than \(cap) unconsumed bytes of topic \(topic.name) partition \(partition) and was about to drop messages")
        }
        return admitted
    }

    /// A message that was accounted for did not reach the broker.
    func withdrawn(topic: Topic, partition: Int32, bytes: Int) {
        topic.books.withLock { $0.partitions[Int(partition)].producedBytes -= bytes }
    }

    /// Told of the highest offset of several messages at once, or of each.
    func acknowledged(topic: Topic, partition: Int32, offset: Int64) {
        // Idempotent producers may be told "already there" without an offset.
        guard offset >= 0 else { return }
        topic.books.withLock { books in
            books.partitions[Int(partition)].acknowledgedEnd = max(books.partitions[Int(partition)].acknowledgedEnd, offset + 1)
        }
    }

    /// How full the fullest partition of the topic is, as a share of the cap.
    func fill(topic: Topic) -> Double {
        topic.books.withLock { books in
            if books.unread { return 0 }
            var most = 0
            for reader in books.readers {
                for (p, partition) in books.partitions.enumerated() { most = max(most, partition.producedBytes - reader.consumedBytes[p]) }
            }
            return Double(most) / Double(cap)
        }
    }

    // MARK: - Consumers

    /// What a consumer read in one batch; offsets that were read before (after a restart) count once.
    func consumed(group: String, topic name: String, records: [(partition: Int32, offset: Int64, bytes: Int)]) {
        guard let topic = topic(name) else { return }
        let gap: (partition: Int, offset: Int64, next: Int64)? = topic.books.withLock { books in
            guard let reader = books.readers.firstIndex(where: { $0.group == group }) else { return nil }
            var gap: (Int, Int64, Int64)?
            for record in records {
                let p = Int(record.partition)
                let next = books.readers[reader].next[p]
                guard record.offset >= next else { continue }
                if record.offset > next, gap == nil { gap = (p, record.offset, next) }
                books.readers[reader].next[p] = record.offset + 1
                books.readers[reader].consumedBytes[p] += record.bytes
            }
            return gap
        }
        if let gap {
            trip("dropped messages of topic \(name) partition \(gap.partition): group \(group) read offset \(gap.offset) where \(gap.next) was next")
        }
    }

    /// A consumer found that its next offset is gone.
    package func dropped(group: String, detail: String) {
        trip("dropped messages that group \(group) had not read: \(detail)")
    }

    // MARK: - Looking

    /// The topics whose watermarks matter.
    var watched: [(name: String, partitions: Int)] {
        all.compactMap { topic in
            topic.books.withLock { $0.unread || $0.readers.isEmpty ? nil : (topic.name, $0.partitions.count) }
        }
    }

    func observed(topic name: String, partition: Int32, low: Int64) {
        let p = Int(partition)
        let behind: (group: String, next: Int64)? = topic(name)?.books.withLock { books in
            books.readers.first { low > $0.next[p] }.map { ($0.group, $0.next[p]) }
        } ?? nil
        if let behind {
            trip("dropped messages of topic \(name) partition \(partition): low watermark \(low) > next offset \(behind.next) of group \(behind.group)")
        }
    }

    /// Compares, once everything has been read, acknowledged offsets with consumed ones.
    package func reconcile() -> Verdict {
        for topic in all {
            let missing: (partition: Int, end: Int64, group: String, next: Int64)? = topic.books.withLock { books in
                guard !books.unread else { return nil }
                for reader in books.readers {
                    for (p, partition) in books.partitions.enumerated() where reader.next[p] < partition.acknowledgedEnd {
                        return (p, partition.acknowledgedEnd, reader.group, reader.next[p])
                    }
                }
                return nil
            }
            if let missing {
                trip("acknowledged \(missing.end) messages of topic \(topic.name) partition \(missing.partition), but group \(missing.group) has read only \(missing.next)")
            }
        }
        return verdict
    }

    /// Messages that are acknowledged and not yet read by the group that lags most, over all topics.
    package var unread: Int64 {
        all.reduce(0) { sum, topic in
            sum + topic.books.withLock { books in
                guard !books.unread else { return 0 }
                return books.partitions.indices.reduce(0) { sum, p in
                    sum + max(0, books.readers.map { books.partitions[p].acknowledgedEnd - $0.next[p] }.max() ?? 0)
                }
            }
        }
    }
}
