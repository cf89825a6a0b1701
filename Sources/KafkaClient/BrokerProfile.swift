/// The client settings that fit one kind of broker.
///
/// The embedded broker answers an empty fetch only after the whole of `fetch.wait.max.ms`, and a
/// rebalance takes its session time-out less a second, so short times suit it; a real Kafka
/// keeps Kafka's own defaults, which its operators know.
package struct BrokerProfile: Sendable, Equatable {
    /// librdkafka's settings of both kinds of client, and of each.
    package var client: [(key: String, value: String)]
    package var producer: [(key: String, value: String)]
    package var consumer: [(key: String, value: String)]
    /// Where a group without a committed offset begins: 0 (the embedded broker, whose topics are new
    /// and must hold everything), or the earliest message that the server has.
    package var startsAtZero: Bool
    /// How long a message may wait for company before its producer is to be told `release`, in nanoseconds; 0: it goes at
    /// once.
    package var linger: Int64 = 0
    /// How long a service may let messages gather before it reads them, in nanoseconds.
    package var gather: Int64 = 0

    /// librdkafka's mock cluster in this process.
    package static let embedded = BrokerProfile(
        client: [
            ("reconnect.backoff.ms", "20"), ("reconnect.backoff.max.ms", "500"),
            ("socket.nagle.disable", "true"), ("log_level", "2"),
        ],
        producer: [("linger.ms", "0"), ("message.timeout.ms", "120000"), ("retry.backoff.ms", "50")],
        consumer: [
            ("fetch.wait.max.ms", "1"), ("fetch.error.backoff.ms", "20"), ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "500"), ("queued.max.messages.kbytes", "16384"),
        ],
        startsAtZero: true)

    /// The same for more than some hundred messages a second. At each fetch the broker walks through every
    /// batch that a partition holds, so a message in a batch of its own costs all later fetches: messages
    /// wait for company and fetches for messages, which makes a hop a few milliseconds longer.
    package static let embeddedBusy = embedded.gathering(linger: 2, gather: 1, fetchWait: "2")

    /// The same for several thousand messages a second, where each of them has to be cheap.
    package static let embeddedFull = embedded.gathering(linger: 5, gather: 2, fetchWait: "5")

    /// The one that suits so many questions a second.
    package static func embedded(questionsPerSecond rate: Double) -> BrokerProfile {
        rate > 5000 ? embeddedFull : rate > 500 ? embeddedBusy : embedded
    }

    /// - Parameters: all in milliseconds.
    private func gathering(linger: Int64, gather: Int64, fetchWait: String) -> BrokerProfile {
        var profile = self
        (profile.linger, profile.gather) = (linger * 1_000_000, gather * 1_000_000)
        // Of a setting that is given twice the last counts. librdkafka is never to wait by itself: through the last
        // millisecond of its linger time, and (without one) as long as a partition has messages both under way and
        // waiting, an idempotent producer's thread polls without sleeping, which costs more than all the rest.
        profile.producer.append(("linger.ms", "1000"))
        profile.consumer.append(("fetch.wait.max.ms", fetchWait))
        return profile
    }

    /// A Kafka server.
    package static let kafka = BrokerProfile(
        client: [("socket.nagle.disable", "true"), ("log_level", "2")],
        producer: [("linger.ms", "0")],
        consumer: [("queued.max.messages.kbytes", "16384")],
        startsAtZero: false)

    /// The kinds by name, for a process that is told which to use.
    package static let named = ["embedded": embedded, "embedded-busy": embeddedBusy, "embedded-full": embeddedFull, "kafka": kafka]

    package var name: String { Self.named.first { $0.value == self }?.key ?? "kafka" }

    package static func == (a: BrokerProfile, b: BrokerProfile) -> Bool {
        a.client.elementsEqual(b.client, by: ==) && a.producer.elementsEqual(b.producer, by: ==)
            && a.consumer.elementsEqual(b.consumer, by: ==) && a.startsAtZero == b.startsAtZero
            && a.linger == b.linger && a.gather == b.gather
    }
}
