import Testing
import Workload

@testable import Measurement

@Suite struct TopicSeriesTests {
    private func sample(_ milliseconds: Int64, _ produced: Int, _ consumed: Int) -> TopicSeries.Sample {
        .init(at: Instant(nanoseconds: milliseconds * 1_000_000), produced: produced, consumed: consumed, lag: produced - consumed)
    }

    @Test func whatComesBetweenTwoLooksIsSharedOutAndSumsAreExact() {
        let series = TopicSeries(
            role: .questions, isRead: true, samples: [sample(1010, 10, 4), sample(4020, 20, 20), sample(4500, 23, 21)], count: 5)
        #expect(series.seconds.map(\.produced) == [10, 3, 3, 4, 3])
        #expect(series.seconds.map(\.consumed) == [4, 5, 5, 6, 1])
        #expect(series.seconds.map(\.lag) == [6, 6, 6, 0, 2])
    }

    @Test func looksAfterTheLastSecondCountInIt() {
        let series = TopicSeries(role: .questions, isRead: true, samples: [sample(900, 1, 0), sample(9000, 5, 5)], count: 2)
        #expect(series.seconds.map(\.produced).reduce(0, +) == 5)
        #expect(series.seconds.map(\.consumed).reduce(0, +) == 5)
        #expect(series.seconds.last?.lag == 0)
        #expect(TopicSeries(role: .questions, isRead: true, samples: [sample(900, 1, 0)], count: 0).seconds.isEmpty)
    }
}
