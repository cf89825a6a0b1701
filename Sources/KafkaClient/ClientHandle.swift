import CNoDelay
import CRDKafka

/// One librdkafka client (`rd_kafka_t`), freed when its owner lets go of it.
///
/// `@unchecked Sendable`: librdkafka's handles may be used from any thread at once.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// A consumer that is abandoned neither commits nor leaves its group, as if its process had died.
    var destroyFlags: Int32 = 0
    /// What the callbacks use: it must outlive the client.
    private let callee: AnyObject?

    /// - Parameter prepare: sets callbacks and the opaque pointer before the client is made.
    init(
        _ type: rd_kafka_type_t, settings: [(key: String, value: String)], callee: AnyObject? = nil,
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaProblem) {
        self.callee = callee
        // Links this project's `accept` in front of libc's; see CNoDelay.
        precondition(crisol_no_delay_linked() == 1)
        let configuration = rd_kafka_conf_new()!
        var reason = [CChar](repeating: 0, count: 512)
        for (key, value) in settings {
            guard rd_kafka_conf_set(configuration, key, value, &reason, reason.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw KafkaProblem(
                    reason: .configuration, name: "_INVALID_ARG", text: "setting \(key)=\(value): \(Self.text(reason))")
            }
        }
        // librdkafka would write to standard error; what matters comes back as values.
        rd_kafka_conf_set_log_cb(configuration, nil)
        prepare(configuration)
        guard let handle = rd_kafka_new(type, configuration, &reason, reason.count) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaProblem(reason: .configuration, name: "_FAIL", text: Self.text(reason))
        }
        pointer = handle
    }

    deinit { rd_kafka_destroy_flags(pointer, destroyFlags) }

    /// The low watermark (oldest offset held) and the high one (next offset to be written).
    func watermarks(topic: String, partition: Int32, timeoutMilliseconds: Int32) -> Result<(low: Int64, high: Int64), KafkaProblem> {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(pointer, topic, partition, &low, &high, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaProblem(code, "watermarks of \(topic) [\(partition)]"))
        }
        return .success((low, high))
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// One partition of a topic, and an offset in it: the next one to read where it tells a position.
package struct PartitionOffset: Hashable, Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64

    package init(topic: String, partition: Int32, offset: Int64 = 0) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

extension [PartitionOffset] {
    init(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) {
        guard let list else {
            self = []
            return
        }
        self = (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return PartitionOffset(topic: String(cString: element.topic), partition: element.partition, offset: element.offset)
        }
    }

    func withList<R>(_ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> R) -> R {
        let list = rd_kafka_topic_partition_list_new(Int32(count))!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for element in self {
            rd_kafka_topic_partition_list_add(list, element.topic, element.partition)!.pointee.offset = element.offset
        }
        return body(list)
    }
}
