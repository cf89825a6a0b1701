import CRDKafka
import Synchronization

/// A Kafka broker in this process: librdkafka's mock cluster, memory only, one broker on a free port of
/// the loopback interface. Other processes may use it too.
///
/// Each partition keeps 5 MiB or 100,000 batches and silently drops the oldest beyond that; hence the
/// `RetentionGuard`, without which no result that came through this broker may be used.
///
/// `@unchecked Sendable`: the mock cluster runs on a thread of its own and takes requests through a queue.
package final class EmbeddedBroker: @unchecked Sendable {
    private let client: ClientHandle
    private let cluster: OpaquePointer
    package let bootstrapServers: String
    package let retention: RetentionGuard
    private let isDown = Atomic<Bool>(false)

    /// - Parameter unconsumedBytesPerPartition: the guard's cap, below the broker's 5 MiB.
    package init(unconsumedBytesPerPartition: Int = RetentionGuard.defaultCap) throws(KafkaProblem) {
        client = try ClientHandle(RD_KAFKA_PRODUCER, settings: BrokerProfile.embedded.client)
        guard let cluster = rd_kafka_mock_cluster_new(client.pointer, 1),
            let address = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            throw KafkaProblem(reason: .other, name: "_FAIL", text: "the embedded broker could not listen on the loopback interface")
        }
        self.cluster = cluster
        bootstrapServers = String(cString: address)
        // ListOffsets 4 and 5, which Java clients ask for where they are offered, are answered wrongly.
        rd_kafka_mock_set_apiversion(cluster, 2, 0, 3)
        retention = RetentionGuard(cap: unconsumedBytesPerPartition)
        // The same handle asks for the watermarks.
        rd_kafka_brokers_add(client.pointer, bootstrapServers)
    }

    deinit { rd_kafka_mock_cluster_destroy(cluster) }

    /// Makes a topic; clients cannot make one by the admin API here.
    /// - Parameter unread: a topic that nobody consumes, which may overflow (`low-quality-responses`).
    package func createTopic(_ name: String, partitions: Int, unread: Bool = false) throws(KafkaProblem) {
        let code = rd_kafka_mock_topic_create(cluster, name, Int32(partitions), 1)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaProblem(code, "creating topic \(name)") }
        retention.declare(topic: name, partitions: partitions, unread: unread)
    }

    /// The broker drops its connections and takes no new ones; its messages stay.
    package func setDown() {
        isDown.store(true, ordering: .relaxed)
        rd_kafka_mock_broker_set_down(cluster, 1)
    }
    package func setUp() {
        rd_kafka_mock_broker_set_up(cluster, 1)
        isDown.store(false, ordering: .relaxed)
    }
    /// Every answer takes at least this long.
    package func setRoundTrip(milliseconds: Int) { rd_kafka_mock_broker_set_rtt(cluster, 1, Int32(milliseconds)) }

    /// Compares the oldest messages held with what each group reads next. Call it several times a
    /// second from a thread that may block, and once at the end.
    package func inspectRetention() {
        // The client would wait for its answers, whatever time-out it is given; and who is down drops nothing.
        if isDown.load(ordering: .relaxed) { return }
        for watched in retention.watched {
            for partition in 0..<Int32(watched.partitions) {
                // A broker that is down has dropped nothing; the next look will tell.
                guard case .success(let marks) = client.watermarks(
                    topic: watched.name, partition: partition, timeoutMilliseconds: 1000)
                else { return }
                retention.observed(topic: watched.name, partition: partition, low: marks.low)
            }
        }
    }
}
