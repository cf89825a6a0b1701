import CRDKafka

/// Asks a Kafka server for its topics and makes new ones.
///
/// Blocks for at most the time-out. The embedded broker knows no CreateTopics: use
/// `EmbeddedBroker.createTopic` there.
package struct Admin {
    private let client: ClientHandle
    private let servers: String
    private let timeoutMilliseconds: Int32

    package init(
        bootstrapServers: String, profile: BrokerProfile = .kafka, timeoutMilliseconds: Int32 = 4000
    ) throws(KafkaProblem) {
        servers = bootstrapServers
        self.timeoutMilliseconds = timeoutMilliseconds
        client = try ClientHandle(
            RD_KAFKA_PRODUCER, settings: [("bootstrap.servers", bootstrapServers)] + profile.client)
    }

    /// The server's topics with their numbers of partitions, by name.
    package func topics() throws(KafkaProblem) -> [String: Int] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.pointer, 1, nil, &metadata, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            let problem = KafkaProblem(code)
            guard problem.reason == .serverMissing else { throw problem }
            throw KafkaProblem(
                reason: .serverMissing, name: problem.name,
                text: "no Kafka server answers at \(servers) within \(timeoutMilliseconds) ms; start it, correct --bootstrap-servers, or leave that option out for the embedded broker")
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        var topics: [String: Int] = [:]
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            topics[String(cString: topic.topic)] = Int(topic.partition_cnt)
        }
        return topics
    }

    /// Whether the server is an embedded broker, perhaps of another process, as its cluster's name says.
    package var isEmbeddedBroker: Bool {
        guard let name = rd_kafka_clusterid(client.pointer, timeoutMilliseconds) else { return false }
        defer { rd_kafka_mem_free(client.pointer, name) }
        return String(cString: name).hasPrefix("mockCluster")
    }

    /// Where the next message of each partition will stand.
    package func ends(of topics: [(name: String, partitions: Int)]) throws(KafkaProblem) -> [PartitionOffset] {
        var ends: [PartitionOffset] = []
        for topic in topics {
            for partition in 0..<Int32(topic.partitions) {
                let marks = try client.watermarks(
                    topic: topic.name, partition: partition, timeoutMilliseconds: timeoutMilliseconds).get()
                ends.append(PartitionOffset(topic: topic.name, partition: partition, offset: marks.high))
            }
        }
        return ends
    }

    /// Makes the topics that are missing. One that is there with another number of partitions is an error.
    package func createTopics(_ wanted: [(name: String, partitions: Int)], replication: Int = -1) throws(KafkaProblem) {
        let present = try topics()
        var missing: [(name: String, partitions: Int)] = []
        for topic in wanted {
            guard let partitions = present[topic.name] else {
                missing.append(topic)
                continue
            }
            guard partitions == topic.partitions else {
                throw KafkaProblem(
                    reason: .other, name: "INVALID_PARTITIONS",
                    text: "topic \(topic.name) at \(servers) has \(partitions) partitions, pipeline.partitions says \(topic.partitions); use other topic names, delete the topic, or change pipeline.partitions")
            }
        }
        guard !missing.isEmpty else { return }
        guard !isEmbeddedBroker else {
            let flags = missing.map { "--topic \($0.name):\($0.partitions)" }.joined(separator: " ")
            throw KafkaProblem(
                reason: .other, name: "UNKNOWN_TOPIC_OR_PART",
                text: "the embedded broker at \(servers) cannot make topics for its clients: start it as crisol broker SCENARIO, or with \(flags)")
        }
        var requests: [OpaquePointer?] = missing.map {
            rd_kafka_NewTopic_new($0.name, Int32($0.partitions), Int32(replication), nil, 0)
        }
        let options = rd_kafka_AdminOptions_new(client.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        let queue = rd_kafka_queue_new(client.pointer)
        defer {
            for request in requests { rd_kafka_NewTopic_destroy(request) }
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMilliseconds, nil, 0)
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, nil, 0)
        rd_kafka_CreateTopics(client.pointer, &requests, requests.count, options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds + 1000) else {
            throw KafkaProblem(
                reason: .serverMissing, name: "_TIMED_OUT",
                text: "the Kafka server at \(servers) did not create topics within \(timeoutMilliseconds) ms")
        }
        defer { rd_kafka_event_destroy(event) }
        let failure = rd_kafka_event_error(event)
        guard failure == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaProblem(failure, "creating topics at \(servers)") }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        for index in 0..<count {
            let code = rd_kafka_topic_result_error(results?[index])
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS else {
                let name = rd_kafka_topic_result_name(results?[index]).map { String(cString: $0) } ?? "?"
                throw KafkaProblem(code, "creating topic \(name)")
            }
        }
    }
}
