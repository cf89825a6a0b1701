import KafkaClient

/// Which consumed messages are done, and hence what may be committed.
///
/// A message is done when everything that it caused is acknowledged: what was published stands in the
/// broker, what was to be kept stands in the store. Messages are done in any order; of each partition
/// only what lies below its first unfinished message may be committed, so that a crash brings back
/// every message that was not done (and some that were).
struct OffsetTracker {
    /// A consumed message and what it still waits for.
    struct Work: Hashable {
        fileprivate let lane: Int32
        fileprivate let epoch: Int32
        fileprivate let index: Int
    }

    private struct Entry {
        let offset: Int64
        /// Things that the message waits for; 0: done.
        var open: Int32
    }

    /// A partition.
    private struct Lane {
        let topic: Int
        let partition: Int32
        /// Counts the times that the partition was taken away: work from before means nothing.
        var epoch: Int32 = 0
        var entries: [Entry] = []
        /// Number of the first entry, and its position in the array.
        var base = 0
        var head = 0
        /// The next offset to read after a crash; −1: unknown yet.
        var low: Int64 = -1
        var committed: Int64 = -1
    }

    private let topics: [String]
    private var lanes: [Lane] = []
    private var laneOf: [[Int32]]
    /// Messages that are not done.
    private(set) var open = 0

    init(topics: [String]) {
        self.topics = topics
        laneOf = Array(repeating: [], count: topics.count)
    }

    /// Enters a message that was read, waiting for one thing: its own handling. Offsets rise.
    mutating func begin(topic: Int, partition: Int32, offset: Int64) -> Work {
        let lane = lane(topic, partition)
        lanes[lane].entries.append(Entry(offset: offset, open: 1))
        open += 1
        let index = lanes[lane].base + lanes[lane].entries.count - lanes[lane].head - 1
        return Work(lane: Int32(lane), epoch: lanes[lane].epoch, index: index)
    }

    /// Whether the message's partition has not been taken away since it was read.
    func isCurrent(_ work: Work) -> Bool { lanes[Int(work.lane)].epoch == work.epoch }

    /// The message waits for one thing more.
    mutating func wait(_ work: Work) {
        guard lanes[Int(work.lane)].epoch == work.epoch else { return }
        lanes[Int(work.lane)].entries[position(work)].open += 1
    }

    /// One thing that the message waited for has come.
    mutating func finish(_ work: Work) {
        let l = Int(work.lane)
        guard lanes[l].epoch == work.epoch else { return }
        let position = position(work)
        lanes[l].entries[position].open -= 1
        precondition(lanes[l].entries[position].open >= 0, "a message cannot be done twice")
        guard lanes[l].entries[position].open == 0 else { return }
        open -= 1
        while lanes[l].head < lanes[l].entries.count, lanes[l].entries[lanes[l].head].open == 0 {
            lanes[l].low = lanes[l].entries[lanes[l].head].offset + 1
            lanes[l].head += 1
            lanes[l].base += 1
        }
        if lanes[l].head > 512, lanes[l].head * 2 > lanes[l].entries.count {
            lanes[l].entries.removeFirst(lanes[l].head)
            lanes[l].head = 0
        }
    }

    /// Offsets that have moved since the last call: what to commit now.
    mutating func takeCommits() -> [PartitionOffset] {
        var commits: [PartitionOffset] = []
        for l in lanes.indices where lanes[l].low > lanes[l].committed {
            lanes[l].committed = lanes[l].low
            commits.append(PartitionOffset(topic: topics[lanes[l].topic], partition: lanes[l].partition, offset: lanes[l].low))
        }
        return commits
    }

    /// The partition was taken away: whoever has it now begins at what was committed.
    mutating func forget(topic: String, partition: Int32) {
        guard let index = topics.firstIndex(of: topic) else { return }
        let l = lane(index, partition)
        for entry in lanes[l].entries[lanes[l].head...] where entry.open > 0 { open -= 1 }
        let epoch = lanes[l].epoch + 1
        lanes[l] = Lane(topic: index, partition: partition)
        lanes[l].epoch = epoch
    }

    private func position(_ work: Work) -> Int {
        let lane = lanes[Int(work.lane)]
        return work.index - lane.base + lane.head
    }

    private mutating func lane(_ topic: Int, _ partition: Int32) -> Int {
        while laneOf[topic].count <= Int(partition) { laneOf[topic].append(-1) }
        if laneOf[topic][Int(partition)] < 0 {
            laneOf[topic][Int(partition)] = Int32(lanes.count)
            lanes.append(Lane(topic: topic, partition: partition))
        }
        return Int(laneOf[topic][Int(partition)])
    }
}
