// What each score threshold would cost, from how answers score: before a run, and without one.

import Measurement
import Provider
import Workload

/// Accept rate, generations, calls, cost and used-up questions by threshold, and the threshold for a target.
///
/// All figures are for questions that are judged: hits of cache and store need no call. Successive answers to a
/// question are of one distribution, joined by the quality model's Gaussian copula. A generation costs as many
/// calls as its random errors need; faults, limits and a bound on all retries together are left out.
package struct Calibration: Sendable {
    /// How answers score.
    package enum Scores: Sendable {
        /// Pairs of texts that were scored: a sample, so its shares have intervals.
        case measured(EmpiricalDistribution)
        /// What a scenario says of the provider.
        case modelled(Quality)
    }

    package struct Row: Sendable {
        package let threshold: Double
        /// Share of answers that score at least the threshold.
        package let accepted: Double
        /// Nil where the distribution is a model's.
        package let interval: WilsonInterval?
        /// Per judged question, the first one included.
        package let generations: Double
        /// LLM calls per judged question.
        package let calls: Double
        /// Share of judged questions none of whose answers is accepted.
        package let usedUp: Double
        /// Money per thousand judged questions.
        package let costPerThousand: Double?
    }

    package let scores: Scores
    package let setting: Setting
    /// In steps of 0.05, with 0.62, 0.65 (which such systems fix by hand) and the scenario's own.
    package let rows: [Row]
    private let theory: GenerationTheory

    package init(_ scores: Scores, _ setting: Setting) {
        self.scores = scores
        self.setting = setting
        theory = GenerationTheory(correlation: setting.correlation)
        var thresholds = (Array(stride(from: 50, through: 950, by: 50)) + [620, 650]).map(Self.thousandths)
        thresholds.append(setting.acceptance.threshold)
        var shown: [Row] = []
        for threshold in thresholds.sorted() where shown.last?.threshold != threshold {
            shown.append(Self.row(threshold, scores, setting, theory))
        }
        rows = shown
    }

    package func row(at threshold: Double) -> Row { Self.row(threshold, scores, setting, theory) }

    private static func row(_ threshold: Double, _ scores: Scores, _ setting: Setting, _ theory: GenerationTheory) -> Row {
        let accepted: Double
        var interval: WilsonInterval?
        switch scores {
        case .measured(let sample):
            let count = sample.count(atLeast: threshold)
            accepted = Double(count) / Double(sample.values.count)
            interval = WilsonInterval(successes: count, trials: sample.values.count)
        case .modelled(let quality): accepted = quality.share(atLeast: threshold)
        }
        let expected = theory.expectation(passing: accepted, maxRegenerations: setting.acceptance.maxRegenerations)
        return Row(
            threshold: threshold, accepted: accepted, interval: interval, generations: expected.generations,
            calls: expected.generations * setting.callsPerGeneration, usedUp: expected.usedUp,
            costPerThousand: setting.cost.map { 1000 * expected.generations * $0.perGeneration })
    }

    private static func thousandths(_ count: Int) -> Double { Double(count) / 1000 }

    // MARK: Targets

    /// What the threshold is to achieve. Each is met by every threshold below one that meets it.
    package enum Target: Equatable, Sendable {
        /// At least this share of answers is accepted.
        case accept(Double)
        /// At most so many LLM calls per judged question.
        case calls(Double)
        /// At most this share of judged questions ends without an accepted answer.
        case usedUp(Double)
        /// At most so much money per thousand judged questions.
        case cost(Double)

        package static let allowed = "'accept 60%', 'calls 1.3', 'used-up 5%' or 'cost 0.10' (per 1,000 questions)"

        /// Reads `accept 60%` and its like; nil where it is none.
        package init?(_ text: String) {
            let words = text.split(separator: " ")
            guard words.count == 2 else { return nil }
            let isPercent = words[1].hasSuffix("%")
            guard let number = Double(isPercent ? words[1].dropLast() : words[1]), number.isFinite, number >= 0 else { return nil }
            let share = isPercent ? number / 100 : number
            switch words[0] {
            case "accept" where share <= 1 && share > 0: self = .accept(share)
            case "used-up" where share <= 1: self = .usedUp(share)
            case "calls" where !isPercent: self = .calls(number)
            case "cost" where !isPercent: self = .cost(number)
            default: return nil
            }
        }
    }

    package enum Recommendation: Sendable {
        /// The highest threshold, in steps of 0.001, that meets the target, and the next, which does not.
        case threshold(Row, next: Row)
        /// Even a threshold of 1 meets it.
        case any(Row)
        /// Even a threshold of 0 does not.
        case none(Row)
        /// The scenario has no price.
        case noPrice
    }

    package func recommendation(for target: Target) -> Recommendation {
        if case .cost = target, setting.cost == nil { return .noPrice }
        func meets(_ row: Row) -> Bool {
            switch target {
            case .accept(let share): row.accepted >= share
            case .calls(let most): row.calls <= most
            case .usedUp(let share): row.usedUp <= share
            case .cost(let most): (row.costPerThousand ?? 0) <= most
            }
        }
        let (lowest, highest) = (row(at: 0), row(at: 1))
        if !meets(lowest) { return .none(lowest) }
        if meets(highest) { return .any(highest) }
        var (good, bad) = (0, 1000)
        while bad - good > 1 {
            let middle = (good + bad) / 2
            if meets(row(at: Self.thousandths(middle))) { good = middle } else { bad = middle }
        }
        return .threshold(row(at: Self.thousandths(good)), next: row(at: Self.thousandths(bad)))
    }
}
