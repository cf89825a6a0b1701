import Pipeline
import Workload

/// What went through the topic of a role, second by second of scenario time. Live runs only.
package struct TopicSeries: Sendable, Equatable, Codable {
    package struct Second: Sendable, Equatable, Codable {
        /// Messages in the topic that the group that is furthest behind has not committed, as last seen in the second.
        package var lag = 0
        package var produced = 0
        /// Committed by the group that is furthest behind.
        package var consumed = 0

        package init(lag: Int = 0, produced: Int = 0, consumed: Int = 0) {
            (self.lag, self.produced, self.consumed) = (lag, produced, consumed)
        }
    }

    package let role: Role
    /// Whether a service reads the topic; else only `produced` means something.
    package let isRead: Bool
    package var seconds: [Second]

    package init(role: Role, isRead: Bool, seconds: [Second]) {
        (self.role, self.isRead, self.seconds) = (role, isRead, seconds)
    }

    /// How a topic stood at a moment, counted from the run's start.
    package struct Sample: Sendable {
        package let at: Instant
        package let produced: Int
        package let consumed: Int
        package let lag: Int

        package init(at: Instant, produced: Int, consumed: Int, lag: Int) {
            (self.at, self.produced, self.consumed, self.lag) = (at, produced, consumed, lag)
        }
    }

    /// Makes seconds of samples in order of time. What came between two samples is shared out evenly among the seconds
    /// between, so that the sums are exact.
    package init(role: Role, isRead: Bool, samples: [Sample], count: Int) {
        self.init(role: role, isRead: isRead, seconds: Array(repeating: Second(), count: count))
        guard count > 0 else { return }
        func second(_ moment: Instant) -> Int { min(count - 1, Int(max(0, moment.nanoseconds) / 1_000_000_000)) }
        var before = Sample(at: .zero, produced: 0, consumed: 0, lag: 0)
        for sample in samples {
            let first = second(before.at)
            // A sample is taken when a second is over: it tells of those before.
            let last = max(first, second(sample.at) - (sample.at < Instant(nanoseconds: Int64(count) * 1_000_000_000) ? 1 : 0))
            let span = last - first + 1
            func share(_ amount: Int, _ index: Int) -> Int { amount * (index + 1) / span - amount * index / span }
            for index in 0..<span {
                seconds[first + index].produced += share(sample.produced - before.produced, index)
                seconds[first + index].consumed += share(sample.consumed - before.consumed, index)
            }
            for index in first..<count { seconds[index].lag = index < last ? before.lag : sample.lag }
            before = sample
        }
    }

    /// Roles whose lag the summary tells: those of the way that every answer takes.
    package static let lagging: [Role] = [.questions, .llmRequests, .regenerationRequests, .llmResponses, .validatedResponses]

    /// `llm_requests`, as columns are called.
    package static func column(_ role: Role) -> String { String(role.rawValue.map { $0 == "-" ? "_" : $0 }) }
}

/// A topic's lag over the whole seconds of a run's measured window.
package struct TopicLag: Sendable, Equatable, Codable {
    package let role: Role
    package let mean: Double
    package let most: Int
}

extension RunResult {
    /// Takes what was seen of the topics, and what the summary tells of it: the series themselves are not kept for long.
    package mutating func add(_ topics: [TopicSeries]) {
        self.topics = topics
        let window = wholeSeconds
        totals.lags = topics.filter(\.isRead).compactMap { series in
            guard !window.isEmpty, window.upperBound <= series.seconds.count else { return nil }
            let lags = series.seconds[window].map(\.lag)
            return TopicLag(role: series.role, mean: Double(lags.reduce(0, +)) / Double(lags.count), most: lags.max()!)
        }
    }
}
