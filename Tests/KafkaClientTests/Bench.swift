import Foundation
import Testing

@testable import KafkaClient

/// An embedded broker with one topic, and what tests do with it again and again.
struct Bench {
    let broker: EmbeddedBroker
    let topic: String
    let partitions: Int

    init(topic: String = "questions", partitions: Int = 4, cap: Int = RetentionGuard.defaultCap) throws {
        broker = try EmbeddedBroker(unconsumedBytesPerPartition: cap)
        self.topic = topic
        self.partitions = partitions
        try broker.createTopic(topic, partitions: partitions)
    }

    func producer(overCap: Producer.OverCap = .trip, guarded: Bool = true) throws -> Producer {
        try Producer(
            bootstrapServers: broker.bootstrapServers, profile: .embedded,
            retention: guarded ? broker.retention : nil, overCap: overCap)
    }

    func consumer(group: String = "g", membership: Consumer.Membership = .fixed(replica: 0, of: 1)) throws -> Consumer {
        try Consumer(
            bootstrapServers: broker.bootstrapServers, profile: .embedded, group: group,
            topics: [(topic, partitions)], membership: membership, retention: broker.retention)
    }
}

/// Repeats a step until its condition holds, for a limited time.
func until(seconds: Double = 30, _ what: String, _ step: () throws -> Bool) throws {
    let end = Date(timeIntervalSinceNow: seconds)
    while try !step() {
        if Date() > end {
            Issue.record("not within \(seconds) s: \(what)")
            return
        }
    }
}

extension Producer {
    @discardableResult
    func send(_ topic: Int, _ key: String, _ value: [UInt8], token: UInt64 = 0) -> Sent {
        var key = key
        return key.withUTF8 { key in
            value.withUnsafeBytes { send(topic: topic, key: UnsafeRawBufferPointer(key), value: $0, token: token) }
        }
    }
}

extension Consumer {
    /// Reads until so many messages are there.
    func read(_ count: Int, _ body: (Record) -> Void) throws {
        var seen = 0
        try until("\(count) messages") {
            seen += consumeBatch(max: 1000, timeoutMilliseconds: 20, body)
            return seen >= count
        }
        #expect(seen == count)
    }
}
