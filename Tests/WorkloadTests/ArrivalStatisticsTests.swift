import Foundation
import Testing

@testable import Workload

/// What a process is said to be like, held against what it does.
@Suite struct ArrivalStatisticsTests {
    private static let second: Nanoseconds = 1_000_000_000
    private static func burst(_ spans: ArrivalProcess.Burst.Spans, off: Double = 0) -> ArrivalProcess {
        .burst(.init(onRatePerSecond: 40, offRatePerSecond: off, on: second / 2, off: second, spans: spans))
    }

    static let processes: [ArrivalProcess] = [
        .constant(ratePerSecond: 7), .poisson(ratePerSecond: 7), .uniform(low: 0, high: 300_000_000), .uniform(low: 100_000_000, high: 200_000_000),
        .gamma(ratePerSecond: 7, coefficientOfVariation: 0.3), .gamma(ratePerSecond: 7, coefficientOfVariation: 2.5),
        burst(.exponential), burst(.exponential, off: 10), burst(.constant, off: 3),
        .stages([.init(ratePerSecond: 20, length: 60 * second, ramp: 30 * second), .init(ratePerSecond: 3, length: second)]),
        .diurnal(.init(meanRatePerSecond: 7, amplitude: 0.9, period: 100 * second, phase: 30 * second)),
    ]

    /// 60 runs of 333 s each, which is no whole number of periods: mean and spread of the rate, and of the variation.
    @Test(arguments: processes) func ratesAndVariationsAreAsSaid(_ process: ArrivalProcess) throws {
        let runs = 60, seconds = 333.0
        let end = Instant(nanoseconds: Int64(seconds) * Self.second)
        let expected = process.expectedArrivals(within: end.nanoseconds)
        var rates: [Double] = [], variations: [Double] = []
        for run in 0..<runs {
            var arrivals = Arrivals(process, draws: Draws(seed: 99, repeat: run))
            var sums = GapSums()
            while true {
                let next = arrivals.next()
                if next >= end { break }
                sums.add(next)
            }
            rates.append(Double(sums.arrivals) / seconds)
            variations.append(sums.coefficientOfVariation)
        }
        func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
            let mean = values.reduce(0, +) / Double(runs)
            return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs - 1)).squareRoot())
        }
        let rate = moments(rates), error = process.rateError(seconds: seconds, arrivals: expected)
        // Four standard errors; the end effect of a renewal process is below one arrival.
        #expect(abs(rate.mean - expected / seconds) < 4 * error / Double(runs).squareRoot() + 1 / seconds, "\(rate), expected \(expected / seconds)")
        // The deviation of 60 values is within 35 % of its own expectation (four of its standard errors of 9 %).
        if error > 0 { #expect(abs(rate.deviation / error - 1) < 0.35, "\(rate), said \(error)") }
        guard let cv = process.coefficientOfVariation() else { return }
        let variation = moments(variations)
        if let said = process.variationError(arrivals: expected), said > 0 {
            #expect(abs(variation.mean - cv) < 4 * said / Double(runs).squareRoot() + 2 * cv / expected, "\(variation), said \(cv)")
            #expect(abs(variation.deviation / said - 1) < 0.35, "\(variation), said \(said)")
        } else {
            // Nothing is said of its error but what the runs show.
            #expect(abs(variation.mean - cv) < 4 * variation.deviation / Double(runs).squareRoot() + 1e-6, "\(variation), said \(cv)")
        }
    }

    @Test(arguments: processes) func theSpanOfAnExpectedNumberIsItsInverse(_ process: ArrivalProcess) {
        for count in [1.0, 100, 5000] {
            let span = process.expectedSpan(of: count)
            #expect(abs(process.expectedArrivals(within: span) - count) < 1e-6 * count)
        }
    }

    @Test func arrivalsThatEndNeverReachMore() {
        let process = ArrivalProcess.stages([.init(ratePerSecond: 5, length: 2 * Self.second), .init(ratePerSecond: 0, length: Self.second)])
        #expect(process.expectedSpan(of: 10) == 2 * Self.second && process.expectedSpan(of: 10.5) == .max)
    }

    /// Against two passes over the gaps.
    @Test func gapsAreSummedExactlyEnough() {
        let gaps: [Int64] = (0..<1000).map { 1_000_000_007 + Int64($0 * $0 % 13) }
        var sums = GapSums()
        var now: Int64 = 1 << 60
        sums.add(Instant(nanoseconds: now))
        #expect(sums.ratePerSecond.isNaN && sums.coefficientOfVariation.isNaN)
        for gap in gaps {
            now += gap
            sums.add(Instant(nanoseconds: now))
        }
        let mean = gaps.reduce(0) { $0 + Double($1) } / 1000
        let deviation = (gaps.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 999).squareRoot()
        #expect(abs(sums.coefficientOfVariation / (deviation / mean) - 1) < 1e-6)
        #expect(sums.ratePerSecond == 1e9 / mean && sums.arrivals == 1001)
    }
}
