import Workload

/// Which run a result is of.
package struct RunIdentity: Sendable, Equatable, Codable {
    package var scenario: String
    package var seed: UInt64
    package var mode: Mode
    /// The cell of the sweep, from 0.
    package var point: Int
    /// The replication of the cell, from 0.
    package var replication: Int
    /// Swept keys in the file's order, with their values as they are written there.
    package var swept: [SweptValue]

    package enum Mode: String, Sendable, CaseIterable, Codable {
        case simulated = "sim"
        case live
    }

    package struct SweptValue: Sendable, Equatable, Codable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package init(
        scenario: String, seed: UInt64, mode: Mode, point: Int = 0, replication: Int = 0, swept: [SweptValue] = []
    ) {
        self.scenario = scenario
        self.seed = seed
        self.mode = mode
        self.point = point
        self.replication = replication
        self.swept = swept
    }
}

/// What a run, a point or a whole scenario comes to. The order is that of importance.
package enum Verdict: String, Sendable, Comparable, CaseIterable {
    case passed
    /// A check did not hold.
    case failed
    /// The run did not hold its own terms: its figures are not to be used.
    case invalid
    /// A question is not accounted for, or an invariant broke: a bug.
    case violated

    package static func < (a: Verdict, b: Verdict) -> Bool { a.exitCode < b.exitCode }

    package var exitCode: Int32 {
        switch self {
        case .passed: 0
        case .failed: 1
        case .invalid: 2
        case .violated: 70
        }
    }
}

/// How long, after the last live fault, the questions asked before its end took to end.
package struct Recovery: Sendable, Equatable, Codable {
    /// Where they have not all ended: until the run was over.
    package var took: Nanoseconds
    package var isOver: Bool
    package var limit: Nanoseconds

    package init(took: Nanoseconds, isOver: Bool, limit: Nanoseconds) {
        (self.took, self.isOver, self.limit) = (took, isOver, limit)
    }

    package var holds: Bool { isOver && took < limit }
}

/// How one run, one repeat of one point, went.
package struct RunResult: Sendable, Equatable, Codable {
    package var identity: RunIdentity
    package var totals: RunTotals
    /// Of all measured questions that were answered.
    package var latency: Histogram
    /// Of those that needed a generation of their own.
    package var generatedLatency: Histogram
    /// Of those that failed or were rejected.
    package var failedLatency: Histogram
    package var scheduleDelay: Histogram
    /// Of measured questions whose asker got an answer over HTTP: until it had it.
    package var perceivedLatency = Histogram()
    package var seconds: [SecondRow]
    /// Why the figures are not to be used; empty where they are.
    package var invalid: [String]
    /// Some of the questions that are lost, by number.
    package var missing: [UInt64]
    /// Invariants that broke, in the runtime's words.
    package var brokenInvariants: [String] = []
    /// By role; empty in simulation.
    package var topics: [TopicSeries] = []
    /// How far a Flink job's watermark was behind the clock, at the last look in each second; empty with the native judge.
    package var watermarkLags: [Nanoseconds?] = []
    /// How the run got over its live faults; nil where it had none.
    package var recovery: Recovery?
    /// Nil where caches are not compared, and in live runs.
    package var cacheBound: CacheBound?

    package init(
        identity: RunIdentity, totals: RunTotals, latency: Histogram, generatedLatency: Histogram,
        failedLatency: Histogram, scheduleDelay: Histogram, seconds: [SecondRow], invalid: [String], missing: [UInt64]
    ) {
        self.identity = identity
        self.totals = totals
        self.latency = latency
        self.generatedLatency = generatedLatency
        self.failedLatency = failedLatency
        self.scheduleDelay = scheduleDelay
        self.seconds = seconds
        self.invalid = invalid
        self.missing = missing
    }

    /// The verdict as far as the run itself goes: checks are not looked at here.
    package var verdict: Verdict {
        if !violations.isEmpty { .violated } else if !invalid.isEmpty { .invalid } else { .passed }
    }

    package var violations: [String] { totals.violations + brokenInvariants }

    /// A summary figure by its column's name; nil where there is no such column.
    package func value(_ name: String) -> MetricValue? {
        SummaryColumn.named(name)?.read(self)
    }

    package func histogram(_ population: Population) -> Histogram {
        switch population {
        case .latency: latency
        case .generated: generatedLatency
        case .failed: failedLatency
        case .perceived: perceivedLatency
        }
    }
}

/// Which questions a latency is of.
package enum Population: String, Sendable, CaseIterable {
    /// All that were answered.
    case latency
    /// Answered by a generation of their own.
    case generated
    /// Given up or rejected.
    case failed
    /// Answered over HTTP, from the intended arrival to when the asker had the answer.
    case perceived
}

/// A figure: a count stays an integer, so that large ones print exactly.
package enum MetricValue: Sendable, Equatable {
    case count(Int)
    /// `.nan` where there is nothing to divide by: printed as an empty cell.
    case number(Double)

    package var double: Double {
        switch self {
        case .count(let count): Double(count)
        case .number(let number): number
        }
    }
    package var isMissing: Bool { double.isNaN }
}
