import Foundation
import KafkaClient
import Measurement
import Pipeline
import Synchronization
import Workload

/// Measures lag and throughput of a run's topics from outside, by the broker's watermarks and the groups' committed
/// offsets: the same for one process and many, for the embedded broker and a real Kafka.
final class TopicSampler: Sendable {
    /// At least so long between two looks, in real time.
    private static let shortestPeriod: Nanoseconds = 250_000_000

    private struct Reading {
        let topic: Routes.Topic
        /// The services' groups that read it.
        let groups: [String]
        /// Where the run's messages begin, by partition.
        let beginnings: [Int64]
    }

    private let context: LiveContext
    private let readings: [Reading]
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    private let samples: Mutex<[[TopicSeries.Sample]]>

    init(_ context: LiveContext, groups: [(group: String, roles: [Role])]) {
        self.context = context
        readings = context.routes.topics.map { topic in
            Reading(
                topic: topic,
                groups: groups.filter { context.routes.topics(of: $0.roles).contains(topic) }.map { context.groupPrefix + $0.group },
                beginnings: (0..<topic.partitions).map { partition in
                    context.beginnings.first { $0.topic == topic.name && $0.partition == partition }?.offset ?? 0
                })
        }
        samples = Mutex(Array(repeating: [], count: readings.count))
    }

    /// Begins to look, once a second of scenario time if that is not too often.
    func start() {
        let thread = Thread { [self] in
            run()
            finished.signal()
        }
        thread.start()
    }

    /// Looks a last time and ends.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        finished.wait()
    }

    private func run() {
        guard let meter = try? TopicMeter(bootstrapServers: context.bootstrapServers, profile: context.profile) else { return }
        let second = context.clock.real(1_000_000_000)
        let period = max(1, (Self.shortestPeriod + second - 1) / second) * second
        var next = context.clock.startedAt + period
        while true {
            while LiveClock.monotonic() < next, !isStopping.load(ordering: .relaxed) {
                LiveClock.sleep(min(20_000_000, next - LiveClock.monotonic()))
            }
            let isLast = isStopping.load(ordering: .relaxed)
            for (index, reading) in readings.enumerated() {
                if let sample = look(at: reading, meter) { samples.withLock { $0[index].append(sample) } }
            }
            if isLast { return }
            // A look that took longer than a period leaves some out.
            while next <= LiveClock.monotonic() { next += period }
        }
    }

    /// Nil where the broker does not answer.
    private func look(at reading: Reading, _ meter: TopicMeter) -> TopicSeries.Sample? {
        let at = context.clock.now()
        // The groups first: what is committed later is not behind an end that was seen earlier.
        var slowest: [Int64]?
        for group in reading.groups {
            guard let committed = meter.committed(by: group, topic: reading.topic.name, partitions: reading.topic.partitions) else { return nil }
            let reached = zip(committed, reading.beginnings).map { max($0, $1) }
            slowest = slowest.map { zip($0, reached).map { min($0, $1) } } ?? reached
        }
        guard let ends = meter.ends(of: reading.topic.name, partitions: reading.topic.partitions) else { return nil }
        func sum(_ offsets: [Int64]) -> Int { Int(offsets.reduce(0, +)) }
        let produced = sum(ends) - sum(reading.beginnings)
        let consumed = slowest.map { sum($0) - sum(reading.beginnings) } ?? 0
        return .init(at: at, produced: produced, consumed: consumed, lag: slowest == nil ? 0 : max(0, produced - consumed))
    }

    /// A series for each role that has a topic; roles that share one have the same.
    func series(seconds: Int) -> [TopicSeries] {
        samples.withLock { samples in
            Role.allCases.compactMap { role in
                guard let topic = context.routes.topic(of: role) else { return nil }
                return TopicSeries(role: role, isRead: !readings[topic].groups.isEmpty, samples: samples[topic], count: seconds)
            }
        }
    }
}
