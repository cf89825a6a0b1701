import Foundation
import KafkaClient
import Workload

/// What the embedded broker does by itself, with this project's clients: the bound of everything that runs over it.
enum RawBroker {
    /// Messages a second, produced and then consumed, in turns that fit into what the broker keeps.
    static func rates(messages: Int, bytes: Int, partitions: Int) throws -> (produced: Double, consumed: Double) {
        let broker = try EmbeddedBroker()
        try broker.createTopic("raw", partitions: partitions)
        let producer = try Producer(bootstrapServers: broker.bootstrapServers, profile: .embeddedFull)
        let topic = producer.topic("raw", partitions: partitions)
        let consumer = try Consumer(
            bootstrapServers: broker.bootstrapServers, profile: .embeddedFull, group: "raw", topics: [("raw", partitions)],
            membership: .fixed(replica: 0, of: 1))
        _ = consumer.waitUntilReading(timeoutMilliseconds: 10_000)
        let value = [UInt8](repeating: 0x61, count: bytes)
        let turn = min(messages, 3_000_000 / bytes * partitions)
        var (producing, consuming) = (0.0, 0.0)
        var number: UInt64 = 0
        let began = LiveMoment.now()
        while Int(number) < messages {
            let start = LiveMoment.now()
            for _ in 0..<turn {
                number += 1
                while QuestionKey.withDigits(of: number &* 0x9E37_79B9_7F4A_7C15, { key in
                    value.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: 1) }
                }) == .full { producer.poll(timeoutMilliseconds: 1) { _ in } }
                if number % 1000 == 0 { producer.poll { _ in } }
            }
            guard producer.flush(timeoutMilliseconds: 10_000, { _ in }) == 0 else { throw BenchFailure("the broker took too long") }
            let middle = LiveMoment.now()
            var read = 0
            while read < turn {
                read += consumer.consumeBatch(max: 1000, timeoutMilliseconds: 10) { _ in }
                if LiveMoment.now() - began > 120 { throw BenchFailure("the broker took too long") }
            }
            producing += middle - start
            consuming += LiveMoment.now() - middle
        }
        return (Double(number) / producing, Double(number) / consuming)
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Seconds on the monotonic clock.
enum LiveMoment {
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
