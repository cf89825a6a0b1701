import CRDKafka

/// Asks a broker how far topics have been written and groups have read, from outside of both.
///
/// Blocks for some seconds a question at most where the broker is away. What the broker does not answer is nil: it may be away for a while.
package final class TopicMeter {
    private let settings: [(key: String, value: String)]
    private let client: ClientHandle
    /// A client for each group, which is no member of it. (The admin API's ListConsumerGroupOffsets needs none, but
    /// librdkafka 2.0 ends the process by an assertion where such a request fails with its connection.)
    private var clients: [String: ClientHandle] = [:]
    private let timeoutMilliseconds: Int32

    package init(bootstrapServers: String, profile: BrokerProfile, timeoutMilliseconds: Int32 = 1000) throws(KafkaProblem) {
        self.timeoutMilliseconds = timeoutMilliseconds
        settings = [("bootstrap.servers", bootstrapServers), ("socket.timeout.ms", "2000")] + profile.client
        client = try ClientHandle(RD_KAFKA_PRODUCER, settings: settings)
    }

    /// Where the next message of each partition will stand.
    package func ends(of topic: String, partitions: Int) -> [Int64]? {
        var ends: [Int64] = []
        for partition in 0..<Int32(partitions) {
            guard case .success(let marks) = client.watermarks(
                topic: topic, partition: partition, timeoutMilliseconds: timeoutMilliseconds)
            else { return nil }
            ends.append(marks.high)
        }
        return ends
    }

    /// The next offset that each partition's reader in the group would begin at; −1 where nothing is committed.
    package func committed(by group: String, topic: String, partitions: Int) -> [Int64]? {
        if clients[group] == nil {
            clients[group] = try? ClientHandle(RD_KAFKA_CONSUMER, settings: settings + [("group.id", group), ("enable.auto.commit", "false")])
        }
        guard let client = clients[group] else { return nil }
        let places = (0..<Int32(partitions)).map { PartitionOffset(topic: topic, partition: $0) }
        return places.withList { list -> [Int64]? in
            guard rd_kafka_committed(client.pointer, list, timeoutMilliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return [PartitionOffset](list).map { max(-1, $0.offset) }
        }
    }
}
