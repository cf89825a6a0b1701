import Foundation
import Testing

@testable import Workload

struct DistributionTests {
    static let sound: [Distribution] = [
        .constant(5_000_000),
        .exponential(mean: 800_000_000),
        .lognormal(median: 800_000_000, p99: 3_000_000_000),
        .lognormal(mean: 1_000_000_000, standardDeviation: 500_000_000),
        .gamma(mean: 1_000_000_000, shape: 4),
        .gamma(mean: 1_000_000_000, shape: 0.5),
        .gamma(mean: 1_000_000_000, coefficientOfVariation: 0.7),
        .pareto(minimum: 100_000_000, shape: 5),
    ]

    /// Mean and variance of 40,000 draws against the formulas, within five standard errors of the mean
    /// and a share of the variance (heavy tails make it slow to settle).
    @Test(arguments: sound)
    func momentsMeetTheFormulas(distribution: Distribution) {
        let draws = Draws(seed: 11, repeat: 0)
        let sampler = Sampler(distribution)
        let count = 40_000
        var sum = 0.0
        var squares = 0.0
        for question in 0..<count {
            var stream = draws.stream(.latency, question: UInt64(question))
            let value = Double(sampler.sample(&stream))
            sum += value
            squares += value * value
        }
        let mean = sum / Double(count)
        let variance = squares / Double(count) - mean * mean
        #expect(abs(mean - distribution.mean) <= 5 * (distribution.variance / Double(count)).squareRoot())
        #expect(abs(variance - distribution.variance) <= 0.12 * distribution.variance)
    }

    /// Chi-square over the cells between scipy's quantiles, far into both tails: 17 degrees of freedom are below 42.9
    /// with probability 0.9995 (for one fixed seed this is a fixed number, not a chance).
    private func chiSquare(_ quantiles: [Double], _ draw: (inout DrawStream) -> Double) -> Double {
        let draws = Draws(seed: 5, repeat: 2)
        let count = 100_000
        var cells = [Double](repeating: 0, count: quantiles.count + 1)
        for question in 0..<count {
            var stream = draws.stream(.latency, question: UInt64(question))
            let value = draw(&stream)
            cells[quantiles.count { $0 < value }] += 1
        }
        let shares = zip(quantileShares + [1], [0] + quantileShares).map { $0 - $1 }
        return zip(cells, shares).reduce(0) { $0 + ($1.0 - $1.1 * Double(count)) * ($1.0 - $1.1 * Double(count)) / ($1.1 * Double(count)) }
    }

    @Test(arguments: quantileOracle) func drawsFollowTheirDistribution(distribution: Distribution, quantiles: [Double]) {
        let sampler = Sampler(distribution)
        #expect(chiSquare(quantiles) { sampler.value(&$0) } < 42.9)
    }

    @Test func normalDrawsAreNormal() {
        #expect(chiSquare(normalQuantiles) { $0.normal() } < 42.9)
    }

    @Test func lognormalHasTheMedianAndP99ThatItIsGiven() {
        let sampler = Sampler(.lognormal(median: 800_000_000, p99: 3_000_000_000))
        let draws = Draws(seed: 1, repeat: 0)
        let values = (0..<50_000).map { question in
            var stream = draws.stream(.latency, question: UInt64(question))
            return sampler.sample(&stream)
        }
        #expect(abs(Double(values.count { $0 > 800_000_000 }) / 50_000 - 0.5) < 0.01)
        #expect(abs(Double(values.count { $0 > 3_000_000_000 }) / 50_000 - 0.01) < 0.002)
    }

    @Test func lognormalByMomentsHasThem() {
        let distribution = Distribution.lognormal(mean: 2_000_000_000, standardDeviation: 700_000_000)
        #expect(abs(distribution.mean - 2e9) < 10)
        #expect(abs(distribution.variance.squareRoot() - 7e8) < 10)
    }

    @Test func paretoStaysAboveItsMinimumAndBelowTheLongestSpan() {
        let sampler = Sampler(.pareto(minimum: 1000, shape: 0.01))
        let draws = Draws(seed: 1, repeat: 0)
        for question in 0..<2000 {
            var stream = draws.stream(.latency, question: UInt64(question))
            let value = sampler.sample(&stream)
            #expect(value >= 1000 && value <= Distribution.longest)
        }
        #expect(Distribution.pareto(minimum: 1000, shape: 1).mean == .infinity)
        #expect(Distribution.pareto(minimum: 1000, shape: 2).variance == .infinity)
    }

    @Test func impossibleParametersAreNamed() {
        #expect(Self.sound.allSatisfy { $0.problem == nil })
        #expect(Distribution.constant(0).problem == nil)
        #expect(Distribution.constant(-1).problem == "a constant span must not be negative")
        #expect(Distribution.exponential(mean: 0).problem == "the mean must be above 0")
        #expect(Distribution.lognormal(median: 10, p99: 9).problem == "p99 must not be below the median")
        #expect(Distribution.gamma(mean: 5, shape: .nan).problem?.contains("nan") == true)
        #expect(Distribution.gamma(mean: 5, shape: -1).problem == "the shape must be from 0.001 to 1e9, not -1.0")
        #expect(Distribution.pareto(minimum: .max, shape: 2).problem == "the minimum must not be above 36 years")
    }
}
