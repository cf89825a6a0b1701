import KafkaClient
import Pipeline
import Scenarios
import Workload

/// What the judge's job is to do, as it takes it on its command line (scripts/flink/src/JudgeJob.java).
struct FlinkJob: Sendable {
    var bootstrapServers: String
    /// Where answers come from.
    var topic: String
    var group: String
    /// Offsets at which partitions begin that no checkpoint tells of.
    var beginnings: [Int64]
    /// Addresses of the judges.
    var judges: [String]
    var parallelism: Int
    /// Answers in a request at most, and how long the first of them waits for company, in real milliseconds.
    var batchSize: Int
    var batchDelay: Int
    var checkpointInterval: Int
    /// How long the broker may keep an empty fetch, in milliseconds.
    var fetchWait: Int
    /// How much later than others an answer may come without being behind the watermark, in real milliseconds.
    var outOfOrder: Int

    /// - Parameter bootstrapServers: of a broker that Java understands.
    init(_ scenario: Scenario, _ context: LiveContext, bootstrapServers: String, judges: [String]) {
        func milliseconds(_ span: Nanoseconds) -> Int { max(1, Int((context.clock.real(span) + 500_000) / 1_000_000)) }
        let topic = context.routes.topics(of: [.llmResponses])[0]
        self.bootstrapServers = bootstrapServers
        self.topic = topic.name
        group = context.groupPrefix + Service.judge.rawValue
        beginnings = (0..<topic.partitions).map { partition in
            context.beginnings.first { $0.topic == topic.name && $0.partition == partition }?.offset ?? 0
        }
        self.judges = judges
        parallelism = scenario.pipeline.judges
        batchSize = scenario.judge.batch.size
        batchDelay = milliseconds(scenario.judge.batch.delay)
        checkpointInterval = max(10, milliseconds(scenario.judge.checkpointInterval))
        // The embedded broker answers an empty fetch after the whole wait, whatever comes meanwhile.
        fetchWait = context.profile == .kafka ? 500 : 5
        outOfOrder = milliseconds(200_000_000)
    }

    /// Answers that a subtask has under way: a batch is filled while another is being scored, and what a slow scorer has no
    /// time for waits in the topic.
    private var inFlight: Int { 2 * batchSize }

    var arguments: [String] {
        [
            "--bootstrap-servers", bootstrapServers, "--topic", topic, "--group", group, "--begin", beginnings.map { "\($0)" }.joined(separator: ","),
            "--judge", judges.joined(separator: ","), "--parallelism", "\(parallelism)", "--batch", "\(batchSize)", "--batch-delay-ms", "\(batchDelay)",
            "--in-flight", "\(inFlight)", "--checkpoint-ms", "\(checkpointInterval)", "--fetch-max-wait-ms", "\(fetchWait)",
            "--out-of-order-ms", "\(outOfOrder)",
        ]
    }
}
