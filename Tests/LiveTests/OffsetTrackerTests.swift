import KafkaClient
import Testing
import Workload

@testable import Live

@Suite struct OffsetTrackerTests {
    @Test func onlyWhatLiesBelowTheFirstUnfinishedMessageIsCommitted() {
        var tracker = OffsetTracker(topics: ["t"])
        let first = tracker.begin(topic: 0, partition: 3, offset: 10)
        let second = tracker.begin(topic: 0, partition: 3, offset: 11)
        let third = tracker.begin(topic: 0, partition: 3, offset: 15)
        tracker.finish(second)
        tracker.finish(third)
        #expect(tracker.takeCommits() == [])
        tracker.wait(first)
        tracker.finish(first)
        #expect(tracker.takeCommits() == [], "it still waits for one thing")
        #expect(tracker.open == 1)
        tracker.finish(first)
        #expect(tracker.takeCommits() == [PartitionOffset(topic: "t", partition: 3, offset: 16)])
        #expect(tracker.takeCommits() == [])
        #expect(tracker.open == 0)
    }

    @Test func workOfAPartitionThatWasTakenAwayMeansNothing() {
        var tracker = OffsetTracker(topics: ["t"])
        let old = tracker.begin(topic: 0, partition: 0, offset: 5)
        tracker.forget(topic: "t", partition: 0)
        let new = tracker.begin(topic: 0, partition: 0, offset: 5)
        tracker.finish(old)
        #expect(tracker.takeCommits() == [])
        tracker.finish(new)
        #expect(tracker.takeCommits() == [PartitionOffset(topic: "t", partition: 0, offset: 6)])
    }

    /// Any order of finishing: the commit is the first unfinished offset, as a naive look finds it.
    @Test func randomOrdersAgreeWithTheDefinition() {
        var random = Draws(seed: 1, repeat: 0).stream(.jitter, question: 0)
        var tracker = OffsetTracker(topics: ["t"])
        var open: [(work: OffsetTracker.Work, offset: Int64)] = []
        var next: Int64 = 0
        var committed: Int64 = 0
        for _ in 0..<20_000 {
            if open.count < 50, Bool.random(using: &random) {
                open.append((tracker.begin(topic: 0, partition: 0, offset: next), next))
                next += 1
            } else if !open.isEmpty {
                let index = Int.random(in: 0..<open.count, using: &random)
                tracker.finish(open.remove(at: index).work)
            }
            if let commit = tracker.takeCommits().first { committed = commit.offset }
            #expect(committed == open.map(\.offset).min() ?? next)
            #expect(tracker.open == open.count)
        }
    }

    @Test func timersFireInTheOrderOfTheirMomentsAndOfComing() {
        var random = Draws(seed: 2, repeat: 0).stream(.jitter, question: 0)
        var timers = TimerHeap<Int>()
        var expected: [(at: Int64, number: Int)] = []
        for number in 0..<500 {
            let at = Int64.random(in: 0..<50, using: &random)
            timers.add(number, at: Instant(nanoseconds: at))
            expected.append((at, number))
        }
        expected.sort { ($0.at, $0.number) < ($1.at, $1.number) }
        #expect(timers.due(at: Instant(nanoseconds: -1)) == nil)
        var fired: [Int] = []
        for now in 0..<50 {
            while let number = timers.due(at: Instant(nanoseconds: Int64(now))) { fired.append(number) }
        }
        #expect(fired == expected.map(\.number))
        #expect(timers.next == .never)
    }
}
