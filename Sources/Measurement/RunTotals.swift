import Pipeline
import Provider
import Workload

/// Everything that one run counted, before any of it is divided by anything.
///
/// `asked`, `outcomes` and what belongs to the ledger are of all questions; everything else is of the
/// measured ones, those that arrived at or after the end of the warm-up, unless it says otherwise.
package struct RunTotals: Sendable, Equatable, Codable {
    package struct Answers: Sendable, Equatable, Codable, BitwiseCopyable {
        package var all = 0
        /// Answers whose score reaches the threshold; where a hit's score is unknown, those that were not
        /// taken as a best effort.
        package var good = 0
    }

    /// Waits that the provider asked for with Retry-After and that are over.
    package struct AskedWaits: Sendable, Equatable, Codable, BitwiseCopyable {
        package private(set) var count = 0
        /// Those that ended before the provider wanted.
        package private(set) var cutShort = 0
        private var askedSum: Int128 = 0
        private var sleptSum: Int128 = 0

        mutating func add(asked: Nanoseconds, slept: Nanoseconds) {
            count &+= 1
            if slept < asked { cutShort &+= 1 }
            askedSum &+= Int128(asked)
            sleptSum &+= Int128(slept)
        }

        /// Means in nanoseconds, and slept over asked; `.nan` where nothing was asked.
        package var meanAsked: Double { count == 0 ? .nan : Double(askedSum) / Double(count) }
        package var meanSlept: Double { count == 0 ? .nan : Double(sleptSum) / Double(count) }
        package var obedience: Double { askedSum == 0 ? .nan : Double(sleptSum) / Double(askedSum) }
    }

    /// Where the time of the answers with a generation of their own went.
    package struct Parts: Sendable, Equatable, Codable, BitwiseCopyable {
        package private(set) var count = 0
        private var queueSum: Int128 = 0
        private var providerSum: Int128 = 0
        private var backoffSum: Int128 = 0
        private var scoringSum: Int128 = 0
        private var storageSum: Int128 = 0

        @inline(__always)
        mutating func add(_ row: QuestionRow) {
            count &+= 1
            queueSum &+= Int128(truncatingIfNeeded: row.queueTime)
            providerSum &+= Int128(truncatingIfNeeded: row.providerTime)
            backoffSum &+= Int128(truncatingIfNeeded: row.backoffTime)
            scoringSum &+= Int128(truncatingIfNeeded: row.scoringTime)
            storageSum &+= Int128(truncatingIfNeeded: row.storageTime)
        }

        /// Means in nanoseconds; `.nan` where there was no such answer.
        package var queue: Double { mean(queueSum) }
        package var provider: Double { mean(providerSum) }
        package var backoff: Double { mean(backoffSum) }
        package var scoring: Double { mean(scoringSum) }
        package var storage: Double { mean(storageSum) }
        private func mean(_ sum: Int128) -> Double { count == 0 ? .nan : Double(sum) / Double(count) }
    }

    /// What came in, of the measured questions. `.nan` where there is too little of it, or no such figure.
    package struct Traffic: Sendable, Equatable, Codable, BitwiseCopyable {
        package var ratePerSecond = Double.nan
        package var variation = Double.nan
        package var dispersion = Double.nan
        package var exponent = Double.nan

        package init() {}
    }

    /// What those who ask over HTTP were told.
    package struct AskedOverHTTP: Sendable, Equatable, Codable, BitwiseCopyable {
        package var found = 0
        package var pending = 0
        package var errors = 0
    }

    package let warmup: Instant
    package let threshold: Double
    package let callCapacity: Int
    package let judges: Int
    package let price: Price?

    // The ledger, over all questions.
    package var asked = 0
    /// By `Outcome.allCases`.
    package var outcomes = [Int](repeating: 0, count: Outcome.allCases.count)
    package var inFlight = 0
    package var duplicates = 0
    package var unasked = 0
    package var askedTwice = 0
    /// When the run was over, drain included.
    package var end = Instant.zero

    // The measured questions.
    package var measured = 0
    package var measuredOutcomes = [Int](repeating: 0, count: Outcome.allCases.count)
    package var calls = 0
    package var generations = 0
    package var retries = 0
    package var overloadErrors = 0
    package var quotaErrors = 0
    package var otherErrors = 0
    package var retriedThenAnswered = 0
    /// Requests that a breaker refused, and retries that the budget denied.
    package var breakerRefusals = 0
    package var budgetRefusals = 0
    package var askedWaits = AskedWaits()
    package var askedOverHTTP = AskedOverHTTP()
    package var promptTokens = 0
    package var completionTokens = 0
    package var firstScores = ScoreSum()
    package var finalScores = ScoreSum()
    package var regeneratedGains = ScoreSum()
    package var firstPasses = 0
    package var finalPasses = 0
    package var parts = Parts()
    package var traffic = Traffic()

    // The measured window, from the end of the warm-up to the last intended arrival (exclusive): what
    // happened in it, whichever questions it belonged to.
    package var window: Nanoseconds = 0
    /// Calls under way, integrated over the window.
    package var windowBusy: Nanoseconds = 0
    package var windowAnswers = Answers()
    /// Requests that wait for an LLM worker, answers that wait for a judge, answers that a judge is at.
    package var llmQueue = StageLoad.Counted()
    package var judgeQueue = StageLoad.Counted()
    package var judging = StageLoad.Counted()
    /// Live: of the topics that somebody reads.
    package var lags: [TopicLag] = []
    /// Nil with the native judge.
    package var flink: FlinkFigures?

    init(warmup: Instant, threshold: Double, callCapacity: Int, judges: Int, price: Price?) {
        self.judges = judges
        self.warmup = warmup
        self.threshold = threshold
        self.callCapacity = callCapacity
        self.price = price
    }

    /// How many of all questions ended so.
    package func count(_ outcome: Outcome) -> Int { outcomes[outcome.slot] }
    /// How many of the measured questions ended so.
    package func measuredCount(_ outcome: Outcome) -> Int { measuredOutcomes[outcome.slot] }

    /// Questions that nobody can account for; not 0 is a violation, negative ones included.
    package var lost: Int { asked - outcomes.reduce(0, +) - inFlight }
    package var measuredAnswered: Int {
        Outcome.allCases.reduce(0) { $0 + ($1.isAnswered ? measuredCount($1) : 0) }
    }
    package var scored: Int { firstScores.count }
    package var regenerated: Int { regeneratedGains.count }
    package var cost: Double {
        price?.cost(promptTokens: promptTokens, completionTokens: completionTokens) ?? .nan
    }

    /// What is wrong with the ledger, in words; empty where every question is accounted for once.
    package var violations: [String] {
        var found: [String] = []
        if lost > 0 { found.append("\(lost) of \(asked) questions were lost: neither settled nor in flight") }
        if lost < 0 { found.append("\(-lost) more questions are accounted for than the \(asked) asked") }
        if duplicates > 0 { found.append("\(duplicates) questions were settled more than once") }
        if unasked > 0 { found.append("\(unasked) settled questions had never been asked") }
        if askedTwice > 0 { found.append("\(askedTwice) questions were asked twice under one number") }
        return found
    }
}
