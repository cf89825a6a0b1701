import Foundation
import Testing
import Workload

@testable import Pipeline

/// How chance spreads the waits, over many questions of the retry service itself.
@Suite struct JitterTests {
    private static let count = 20_000
    private static let second: Nanoseconds = 1_000_000_000

    /// The waits before the retry after `retries` earlier ones, in seconds, and the questions' previous delays.
    private func waits(_ jitter: Jitter, cap: Nanoseconds = 1000 * second, retries: Int = 0, backoff: Backoff? = nil) -> [Double] {
        var policies = patient
        policies.overload = RetryPolicy(
            backoff: backoff ?? .exponential(base: Self.second, factor: 2, cap: cap), jitter: jitter, maxRetries: 20)
        var retry = Retry<Script>(
            policies, acceptance: AcceptancePolicy(threshold: 0.5, maxRegenerations: 0, onExhausted: .deadLetter), draws: Draws(seed: 6, repeat: 0))
        var buffer = EffectBuffer<Script>()
        return (0..<Self.count).map { number in
            var question = ask(UInt64(number))
            var wait: Nanoseconds = 0
            for _ in 0...retries {
                question.errorClass = .overload
                question.calls += 1
                retry.handle(.failed, about: &question, at: .zero, into: &buffer)
                wait = question.notBefore.nanoseconds
            }
            buffer.removeAll()
            return Double(wait) / 1e9
        }
    }

    /// Kolmogorov–Smirnov at 0.001 against the uniform distribution between two ends, which bound every wait.
    private func isUniform(_ waits: [Double], from low: Double, to high: Double) -> Bool {
        let sorted = waits.sorted()
        guard sorted[0] >= low, sorted[sorted.count - 1] <= high else { return false }
        var distance = 0.0
        for (index, wait) in sorted.enumerated() {
            distance = max(distance, abs((wait - low) / (high - low) - (Double(index) + 0.5) / Double(sorted.count)))
        }
        return distance < 1.95 / Double(sorted.count).squareRoot()
    }

    private func mean(_ waits: [Double]) -> Double { waits.reduce(0, +) / Double(waits.count) }

    @Test func noneIsTheBackoffItself() {
        #expect(Set(waits(.none, retries: 2)) == [4])
        #expect(Set(waits(.none, cap: 3 * Self.second, retries: 2)) == [3])
    }

    /// The third retry's backoff is 4 s, or the cap.
    @Test(arguments: [(1000, 4.0), (3, 3.0)]) func fullIsUniformBelowTheBackoff(cap: Int64, backoff: Double) {
        #expect(isUniform(waits(.full, cap: cap * Self.second, retries: 2), from: 0, to: backoff))
    }

    @Test(arguments: [(1000, 4.0), (3, 3.0)]) func equalIsUniformInTheUpperHalf(cap: Int64, backoff: Double) {
        #expect(isUniform(waits(.equal, cap: cap * Self.second, retries: 2), from: backoff / 2, to: backoff))
    }

    @Test func otherBackoffsAreSpreadAlike() {
        let steps = Backoff.steps([2 * Self.second, 6 * Self.second])
        #expect(isUniform(waits(.full, retries: 3, backoff: steps), from: 0, to: 6))
        #expect(isUniform(waits(.equal, backoff: .fixed(delay: 8 * Self.second)), from: 4, to: 8))
    }

    /// M. Brooker: sleep = min(cap, random_between(base, sleep · 3)), with the base for the sleep before the first. Then
    /// E[sleepₙ₊₁] = (base + 3 · E[sleepₙ]) / 2: 2, 3.5, 5.75 and 9.125 s for a base of 1 s; the standard deviations,
    /// by the same recursion over the second moments, are 0.58, 1.76, 4.10 and 8.50 s.
    @Test func decorrelatedGrowsAsItsDefinitionSays() {
        #expect(isUniform(waits(.decorrelated), from: 1, to: 3))
        var (expected, square) = (1.0, 1.0)
        for retries in 0..<4 {
            // X uniform in [1, 3s]: E X = (1 + 3s)/2, E X² = (1 + 3s + 9s²)/3.
            (expected, square) = ((1 + 3 * expected) / 2, (1 + 3 * expected + 9 * square) / 3)
            let deviation = (square - expected * expected).squareRoot()
            let waits = waits(.decorrelated, retries: retries)
            #expect(abs(mean(waits) - expected) < 5 * deviation / Double(Self.count).squareRoot(), "retry \(retries)")
            #expect(waits.allSatisfy { $0 >= 1 && $0 <= pow(3, Double(retries + 1)) })
        }
    }

    /// With a cap of 2 s the second wait is the lesser of 2 and a number uniform in [1, 3s], s the lesser of 2 and one
    /// uniform in [1, 3]: it is below 2 with probability ½ · ∫₁² 1/(3s − 1) ds + ½ · 1/5 = ln(5/2)/6 + 1/10.
    @Test func decorrelatedIsCutAtTheCap() {
        let waits = waits(.decorrelated, cap: 2 * Self.second, retries: 1)
        #expect(waits.allSatisfy { $0 >= 1 && $0 <= 2 })
        let below = Double(waits.count { $0 < 2 }) / Double(Self.count)
        let expected = log(2.5) / 6 + 0.1
        #expect(abs(below - expected) < 5 * (expected * (1 - expected) / Double(Self.count)).squareRoot())
    }

    @Test func noTwoQuestionsOrRetriesShareTheirChance() {
        #expect(Set(waits(.full)).count == Self.count)
        let (first, second) = (waits(.full, backoff: .fixed(delay: Self.second)), waits(.full, retries: 1, backoff: .fixed(delay: Self.second)))
        // The correlation of independent draws is below 5/√n.
        let covariance = zip(first, second).reduce(0) { $0 + ($1.0 - 0.5) * ($1.1 - 0.5) } / Double(Self.count)
        #expect(abs(covariance * 12) < 5 / Double(Self.count).squareRoot())
    }
}
