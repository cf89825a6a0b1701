import Glibc
import Testing

@testable import KafkaClient

@Suite struct RetentionTests {
    static let kilobyte = [UInt8](repeating: 1, count: 1000)

    /// The broker really drops messages here: the cap is off and nobody reads until 7 MB are in.
    @Test func droppedMessagesMakeTheRunInvalidWithReasonAndRemedy() throws {
        let bench = try Bench(partitions: 1, cap: .max)
        let retention = bench.broker.retention
        retention.declare(group: "g", topics: [bench.topic])
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 1)
        for _ in 0..<7000 { producer.send(topic, "k", Self.kilobyte) }
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
        #expect(retention.verdict == .ok, "nothing tells, if nobody looks")

        // Second measure: the watermarks.
        bench.broker.inspectRetention()
        guard case .invalid(let reason, let remedy) = retention.verdict else {
            Issue.record("the guard did not see that the broker dropped messages")
            return
        }
        #expect(reason.contains("dropped messages of topic questions partition 0: low watermark"))
        #expect(reason.contains("> next offset 0 of group g"))
        #expect(remedy == "use fewer bytes in flight, more partitions, or --bootstrap-servers with a real Kafka")

        // First measure: the consumer that begins at its explicit offset gets an error, not a jump.
        let consumer = try bench.consumer()
        var problems: [KafkaProblem] = []
        var read = 0
        try until("the consumer sees that its offset is gone") {
            read += consumer.consumeBatch(max: 100, timeoutMilliseconds: 20) { _ in }
            problems += consumer.takeProblems()
            return problems.contains { $0.reason == .messagesDropped }
        }
        #expect(read == 0)

        // Fourth measure: what was acknowledged was not consumed.
        let fresh = RetentionGuard()
        fresh.declare(topic: "t", partitions: 1, unread: false)
        fresh.declare(group: "g", topics: ["t"])
        fresh.acknowledged(topic: fresh.topic("t", partitions: 1), partition: 0, offset: 811)
        fresh.consumed(group: "g", topic: "t", records: (0..<640).map { (0, Int64($0), 100) })
        guard case .invalid(let unread, _) = fresh.reconcile() else {
            Issue.record("172 unread messages passed")
            return
        }
        #expect(unread.contains("acknowledged 812 messages of topic t partition 0, but group g has read only 640"))
    }

    @Test func aConsumerThatFallsBehindWhileReadingIsNoticed() throws {
        let bench = try Bench(partitions: 1, cap: .max)
        let producer = try bench.producer()
        let topic = producer.topic(bench.topic, partitions: 1)
        var consumer: Consumer? = try bench.consumer()
        producer.send(topic, "k", Self.kilobyte)
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        try consumer!.read(1) { _ in }
        consumer!.commit([PartitionOffset(topic: bench.topic, partition: 0, offset: 1)], wait: true)
        consumer = nil
        for _ in 0..<7000 { producer.send(topic, "k", Self.kilobyte) }
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
        consumer = try bench.consumer()
        try until("the guard's verdict") {
            consumer!.consumeBatch(max: 100, timeoutMilliseconds: 20) { _ in }
            return bench.broker.retention.verdict != .ok
        }
        guard case .invalid(let reason, _) = bench.broker.retention.verdict else { return }
        #expect(reason.contains("dropped messages that group g had not read: questions partition 0"))
    }

    @Test func theSourceIsHeldAtTheCapUntilTheConsumerHasRead() throws {
        let bench = try Bench(partitions: 1)
        let retention = bench.broker.retention
        retention.declare(group: "g", topics: [bench.topic])
        let producer = try bench.producer(overCap: .hold)
        let topic = producer.topic(bench.topic, partitions: 1)
        var sent = 0
        while producer.send(topic, "k", Self.kilobyte) == .queued { sent += 1 }
        #expect((2700...3145).contains(sent), "3 MiB hold \(sent) messages of 1 kB")
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
        let consumer = try bench.consumer()
        // Twenty times what the broker could hold passes through, and nothing is lost.
        var seen = 0
        try until("30 MB pass through") {
            while sent < 30_000, producer.send(topic, "k", Self.kilobyte) == .queued { sent += 1 }
            producer.poll { #expect($0.problem == nil) }
            seen += consumer.consumeBatch(max: 1000, timeoutMilliseconds: 5) { _ in }
            return seen == 30_000
        }
        #expect(producer.flush(timeoutMilliseconds: 10_000) { _ in } == 0)
        bench.broker.inspectRetention()
        #expect(retention.reconcile() == .ok)
    }

    @Test func insideTheLoopTheCapIsAnInvariant() throws {
        let bench = try Bench(partitions: 1)
        bench.broker.retention.declare(group: "g", topics: [bench.topic])
        let producer = try bench.producer(overCap: .trip)
        let topic = producer.topic(bench.topic, partitions: 1)
        for _ in 0..<4000 { #expect(producer.send(topic, "k", Self.kilobyte) == .queued) }
        guard case .invalid(let reason, _) = bench.broker.retention.verdict else {
            Issue.record("the cap was passed without a word")
            return
        }
        #expect(reason.contains("held more than 4194304 unconsumed bytes of topic questions partition 0"))
    }

    @Test func aTopicThatNobodyReadsMayOverflow() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("low-quality-responses", partitions: 1, unread: true)
        let producer = try Producer(
            bootstrapServers: broker.bootstrapServers, profile: .embedded, retention: broker.retention, overCap: .hold)
        let topic = producer.topic("low-quality-responses", partitions: 1)
        for _ in 0..<7000 { #expect(producer.send(topic, "k", Self.kilobyte) == .queued) }
        #expect(producer.flush(timeoutMilliseconds: 20_000) { _ in } == 0)
        broker.inspectRetention()
        #expect(broker.retention.reconcile() == .ok)
    }

    @Test func offsetsReadAgainAfterARestartCountOnce() {
        let retention = RetentionGuard(cap: 1000)
        retention.declare(topic: "t", partitions: 1, unread: false)
        retention.declare(group: "g", topics: ["t"])
        let topic = retention.topic("t", partitions: 1)
        for _ in 0..<3 { #expect(retention.admit(topic: topic, partition: 0, bytes: 200, hold: true)) }
        #expect(!retention.admit(topic: topic, partition: 0, bytes: 200, hold: true))
        for _ in 0..<2 { #expect(retention.admit(topic: topic, partition: 0, bytes: 200, hold: false)) }
        #expect(retention.verdict == .ok)
        retention.consumed(group: "g", topic: "t", records: [(0, 0, 200), (0, 1, 200)])
        retention.consumed(group: "g", topic: "t", records: [(0, 0, 200), (0, 1, 200), (0, 2, 200)])
        #expect(retention.admit(topic: topic, partition: 0, bytes: 200, hold: true))
        #expect(!retention.admit(topic: topic, partition: 0, bytes: 200, hold: true))
        retention.consumed(group: "g", topic: "t", records: [(0, 4, 200)])
        guard case .invalid(let reason, _) = retention.verdict else {
            Issue.record("a gap passed")
            return
        }
        #expect(reason.contains("group g read offset 4 where 3 was next"))
    }

    /// Without TCP_NODELAY on the broker's side small replies wait 40 ms for delayed acknowledgements.
    @Test func theBrokersSocketsDoNotWaitForDelayedAcknowledgements() throws {
        let bench = try Bench()
        let port = UInt16(bench.broker.bootstrapServers.split(separator: ":").last!)!
        _ = try Admin(bootstrapServers: bench.broker.bootstrapServers).topics()
        let consumer = try bench.consumer()
        consumer.consumeBatch(max: 1, timeoutMilliseconds: 100) { _ in }
        var accepted = 0
        for descriptor in Int32(0)..<1024 {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var peer = sockaddr_in()
            let own = withUnsafeMutableBytes(of: &address) {
                getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
            }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let other = withUnsafeMutableBytes(of: &peer) {
                getpeername(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
            }
            guard own == 0, other == 0, UInt16(bigEndian: address.sin_port) == port else { continue }
            var noDelay: Int32 = 0
            length = socklen_t(MemoryLayout<Int32>.size)
            #expect(getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &length) == 0)
            #expect(noDelay != 0)
            accepted += 1
        }
        #expect(accepted > 0)
    }
}
