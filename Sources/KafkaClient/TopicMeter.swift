import CRDKafka

/// Asks a broker how far topics have been written and groups have read, from outside of both.
///
/// Blocks for some seconds a question at most where the broker is away. What the broker does not answer is nil: it may be away for a while.
package final class TopicMeter {
    private let client: ClientHandle
    private let queue: OpaquePointer
    private let timeoutMilliseconds: Int32

    package init(bootstrapServers: String, profile: BrokerProfile, timeoutMilliseconds: Int32 = 1000) throws(KafkaProblem) {
        self.timeoutMilliseconds = timeoutMilliseconds
        client = try ClientHandle(RD_KAFKA_PRODUCER, settings: [("bootstrap.servers", bootstrapServers), ("socket.timeout.ms", "2000")] + profile.client)
        queue = rd_kafka_queue_new(client.pointer)
    }

    deinit { rd_kafka_queue_destroy(queue) }

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
        let places = (0..<Int32(partitions)).map { PartitionOffset(topic: topic, partition: $0) }
        // The request copies the list.
        var request: OpaquePointer? = places.withList { rd_kafka_ListConsumerGroupOffsets_new(group, $0) }
        let options = rd_kafka_AdminOptions_new(client.pointer, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
        defer {
            rd_kafka_ListConsumerGroupOffsets_destroy(request)
            rd_kafka_AdminOptions_destroy(options)
        }
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, nil, 0)
        rd_kafka_ListConsumerGroupOffsets(client.pointer, &request, 1, options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds + 1000) else { return nil }
        defer { rd_kafka_event_destroy(event) }
        guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let result = rd_kafka_event_ListConsumerGroupOffsets_result(event)
        else { return nil }
        var count = 0
        guard let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count == 1,
            rd_kafka_group_result_error(groups[0]) == nil,
            let list = rd_kafka_group_result_partitions(groups[0])
        else { return nil }
        var offsets = [Int64](repeating: -1, count: partitions)
        for index in 0..<Int(list.pointee.cnt) {
            let place = list.pointee.elems[index]
            guard offsets.indices.contains(Int(place.partition)), place.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            offsets[Int(place.partition)] = max(-1, place.offset)
        }
        return offsets
    }
}
