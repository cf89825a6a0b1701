import Foundation
import Testing

@testable import Workload

/// Gamma gaps, and rates that change with time.
struct ChangingRatesTests {
    private let draws = Draws(seed: 11, repeat: 0)

    private func gaps(_ process: ArrivalProcess, count: Int) -> [Double] {
        var arrivals = Arrivals(process, draws: draws)
        var last = Instant.zero
        return (0..<count).map { _ in
            let next = arrivals.next()
            defer { last = next }
            return Double(next - last)
        }
    }

    /// Arrivals in each of `cells` equal parts of a span, the span repeated `times`.
    private func counts(_ process: ArrivalProcess, span: Nanoseconds, cells: Int, times: Int) -> [Double] {
        var arrivals = Arrivals(process, draws: draws)
        var counts = [Double](repeating: 0, count: cells)
        while true {
            let moment = arrivals.next().nanoseconds
            if moment >= span * Int64(times) { return counts }
            counts[Int(Double(moment % span) / Double(span) * Double(cells))] += 1
        }
    }

    @Test(arguments: [0.1, 0.5, 1.0, 2.0, 5.0]) func gammaGapsHaveTheirMeanAndVariation(_ cv: Double) {
        let n = 100_000.0
        let gaps = gaps(.gamma(ratePerSecond: 50, coefficientOfVariation: cv), count: Int(n))
        let mean = gaps.reduce(0, +) / n
        let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
        #expect(abs(mean - 2e7) < 5 * cv * 2e7 / n.squareRoot())
        // The standard error of a variance needs the kurtosis, 3 + 6·cv² for the gamma.
        #expect(abs(deviation / mean / cv - 1) < 5 * ((2 + 6 * cv * cv) / n).squareRoot())
    }

    @Test func stagesHaveTheirRatesAndTheLastGoesOn() {
        let stages = ArrivalProcess.stages([
            .init(ratePerSecond: 100, length: 10_000_000_000), .init(ratePerSecond: 0, length: 10_000_000_000),
            .init(ratePerSecond: 300, length: 20_000_000_000, ramp: 20_000_000_000), .init(ratePerSecond: 50, length: 1_000_000_000),
        ])
        let seen = counts(stages, span: 60_000_000_000, cells: 12, times: 1)
        // Over the ramp the rate grows from 0 to 300 within 20 s: a parabola's sixteenths.
        let expected: [Double] = [500, 500, 0, 0, 187.5, 562.5, 937.5, 1312.5, 250, 250, 250, 250]
        for (n, mean) in zip(seen, expected) { #expect(abs(n - mean) <= 5 * mean.squareRoot()) }
        #expect(abs(stages.expectedArrivals(within: 60_000_000_000) - 5000) < 1e-6)
        #expect(abs(stages.ratePerSecond - 4050.0 / 41) < 1e-9)
        #expect(stages.peakRatePerSecond == 300)
    }

    @Test func stagesThatEndAtZeroEndTheArrivals() {
        var arrivals = Arrivals(
            .stages([.init(ratePerSecond: 100, length: 1_000_000_000), .init(ratePerSecond: 0, length: 1)]), draws: draws)
        var count = 0
        while arrivals.next() < Instant(nanoseconds: 1_000_000_000) { count += 1 }
        #expect((50...150).contains(count))
        #expect((0..<3).allSatisfy { _ in arrivals.next() == .never })
    }

    @Test func aRampDownIsTheMirrorOfARampUp() {
        let down = ArrivalProcess.stages([.init(ratePerSecond: 400, length: 1), .init(ratePerSecond: 0, length: 10_000_000_000, ramp: 10_000_000_000)])
        let seen = counts(down, span: 10_000_000_001, cells: 4, times: 1)
        for (n, mean) in zip(seen, [875.0, 625, 375, 125]) { #expect(abs(n - mean) < 5 * mean.squareRoot()) }
    }

    @Test func constantBurstsAreOnAndOffToTheNanosecond() {
        let burst = ArrivalProcess.burst(.init(onRatePerSecond: 200, offRatePerSecond: 0, on: 1_000_000_000, off: 3_000_000_000, spans: .constant))
        #expect(burst.ratePerSecond == 50)
        let seen = counts(burst, span: 4_000_000_000, cells: 4, times: 100)
        #expect(abs(seen[0] - 20_000) < 5 * 20_000.0.squareRoot())
        #expect(seen[1...] == [0, 0, 0])
    }

    @Test func exponentialBurstsHaveTheirMeanRateAndClump() {
        let burst = ArrivalProcess.burst(
            .init(onRatePerSecond: 100, offRatePerSecond: 10, on: 2_000_000_000, off: 4_000_000_000, spans: .exponential))
        let gaps = gaps(burst, count: 200_000)
        let mean = gaps.reduce(0, +) / 200_000
        let cv = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200_000).squareRoot() / mean
        #expect(abs(1e9 / mean / 40 - 1) < 0.05)
        #expect(cv > 1.5)
        // A span's luck hangs on its number only: twice the traffic meets bursts of the same lengths.
        #expect(self.gaps(burst, count: 1000) == Array(gaps[..<1000]))
    }

    @Test(arguments: [0.0, 0.5, 1.0]) func diurnalTrafficFollowsItsSine(_ amplitude: Double) {
        let hour: Int64 = 3_600_000_000_000
        let diurnal = ArrivalProcess.diurnal(.init(meanRatePerSecond: 1, amplitude: amplitude, period: hour, phase: hour / 8))
        let seen = counts(diurnal, span: hour, cells: 8, times: 20)
        for (cell, n) in seen.enumerated() {
            let (a, b) = (Double(cell) / 8, Double(cell + 1) / 8)
            let mean = 72_000 * (b - a + amplitude / (2 * .pi) * (cos(2 * .pi * (a + 0.125)) - cos(2 * .pi * (b + 0.125))))
            #expect(abs(n - mean) < 5 * mean.squareRoot() + 1, "cell \(cell): \(n), \(mean) expected")
        }
    }

    /// One draw an arrival: the integrated rate at the arrivals is the Poisson process of rate 1 that was drawn.
    @Test func diurnalArrivalsInvertTheIntegratedRate() {
        let curve = ArrivalProcess.Diurnal(meanRatePerSecond: 20, amplitude: 0.9, period: 10_000_000_000, phase: 0)
        var arrivals = Arrivals(.diurnal(curve), draws: draws)
        var sum = 0.0
        for index in 0..<20_000 {
            var stream = draws.stream(.arrival, question: UInt64(index))
            sum += stream.exponential()
            let t = Double(arrivals.next().nanoseconds) / 1e9
            let integral = 20 * (t + 0.9 * 10 / (2 * .pi) * (1 - cos(2 * .pi * t / 10)))
            #expect(abs(integral - sum) < 1e-6)
        }
    }

    @Test func sinesAreThoseOfTheLibrary() {
        for step in -4000...4000 {
            let turns = Double(step) / 1234
            let (sine, cosine) = ExactMath.sineAndCosine(turns: turns)
            // The library's argument is rounded, by up to 4·10⁻¹⁵ of 20 radians.
            #expect(abs(sine - sin(2 * .pi * turns)) < 1e-14)
            #expect(abs(cosine - cos(2 * .pi * turns)) < 1e-14)
            #expect(abs(sine * sine + cosine * cosine - 1) < 1e-15)
        }
        #expect(ExactMath.sineAndCosine(turns: 0.25) == (1, 0))
        #expect(ExactMath.sineAndCosine(turns: 1e9 + 0.5) == (0, -1))
    }

    @Test func momentsNeverGoBackAndNeverOverflow() {
        let century: Int64 = 1 << 60
        let processes: [ArrivalProcess] = [
            .gamma(ratePerSecond: 1e-6, coefficientOfVariation: 30), .gamma(ratePerSecond: 1e9, coefficientOfVariation: 30),
            .stages([.init(ratePerSecond: 1e-6, length: century), .init(ratePerSecond: 1e9, length: century)]),
            .burst(.init(onRatePerSecond: 1e9, offRatePerSecond: 0, on: 1, off: 1, spans: .exponential)),
            .burst(.init(onRatePerSecond: 1e-6, offRatePerSecond: 1e-6, on: century, off: century, spans: .constant)),
            .diurnal(.init(meanRatePerSecond: 1e-6, amplitude: 1, period: 1000, phase: century)),
            .diurnal(.init(meanRatePerSecond: 1e9, amplitude: 1, period: century, phase: 0)),
        ]
        for process in processes {
            #expect(process.problem == nil)
            var arrivals = Arrivals(process, draws: draws)
            var last = Instant.zero
            for _ in 0..<3000 {
                let next = arrivals.next()
                #expect(next >= last)
                last = next
            }
        }
    }

    @Test func impossibleParametersAreNamed() {
        #expect(ArrivalProcess.gamma(ratePerSecond: 1, coefficientOfVariation: 0).problem == "the coefficient of variation must be from 0.001 to 30, not 0.0")
        #expect(ArrivalProcess.stages([]).problem == "no stage has a rate above 0")
        #expect(ArrivalProcess.stages([.init(ratePerSecond: 1, length: 5, ramp: 6)]).problem == "stage 0: the ramp must not be longer than the stage")
        #expect(
            ArrivalProcess.burst(.init(onRatePerSecond: 0, offRatePerSecond: 0, on: 1, off: 1, spans: .constant)).problem
                == "fewer than 0.001 arrivals are expected in a cycle of on and off")
        #expect(
            ArrivalProcess.diurnal(.init(meanRatePerSecond: 1, amplitude: 1.1, period: 1000, phase: 0)).problem
                == "the amplitude must be from 0 to 1, not 1.1")
    }
}
