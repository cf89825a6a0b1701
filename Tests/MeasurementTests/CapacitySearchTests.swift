import Scenarios
import Testing

@testable import Measurement

/// The search by itself, over probes that a rule answers.
@Suite struct CapacitySearchTests {
    private func probe(_ value: Double, _ verdict: CapacityProbe.Verdict, average: Bool? = nil, figure: Double = 1) -> CapacityProbe {
        CapacityProbe(
            value: value, repeats: 5, figures: verdict == .saturated ? [] : [Estimate(of: [figure, figure])], utilisation: 0.5, verdict: verdict,
            reason: "", holdsOnAverage: average ?? (verdict == .meets))
    }

    private func rates(_ bounds: ClosedRange<Double>, start: Double, tolerance: Double = 0.01) -> CapacitySearch {
        CapacitySearch(.rate, bounds: bounds, start: start, tolerance: tolerance)
    }

    @Test(arguments: [0.7, 12.3, 50, 4711.5], [1.0, 50, 9000]) func theHighestRateIsFoundFromAnywhere(limit: Double, start: Double) throws {
        var tried: [Double] = []
        let found = rates(0.01...100_000, start: start).run { value in
            tried.append(value)
            return probe(value, value <= limit ? .meets : value < 2 * limit ? .misses : .saturated)
        }
        let (met, missed) = (try #require(found.met).value, try #require(found.missed).value)
        #expect(met <= limit && limit < missed && missed <= met * 1.01)
        #expect(Set(tried).count == tried.count, "no rate is tried twice: \(tried)")
        #expect(tried.count < 32)
        #expect(found.probes.map(\.value) == tried.sorted())
    }

    @Test func whatIsNotDecidedLiesBetweenTheTwoAnswers() throws {
        let found = rates(1...1000, start: 10).run { value in
            probe(value, value < 90 ? .meets : value < 110 ? .undecided : .misses, average: value < 100, figure: value)
        }
        let (met, missed) = (try #require(found.met).value, try #require(found.missed).value)
        #expect(met < 90 && met > 89 && missed >= 110 && missed < 111.2)
        let check = try Check("p95(latency) < 100ms")
        // The rule's figure is the rate, so that the line between two probes crosses the limit at 100.
        #expect(abs(try #require(found.estimate([check])) - 100) < 1e-6)
    }

    @Test func theEndsOfTheBoundsAreSaid() {
        let all = rates(1...1000, start: 10).run { probe($0, .meets) }
        #expect(all.met?.value == 1000 && all.missed == nil)
        let none = rates(1...1000, start: 10).run { probe($0, .saturated) }
        #expect(none.met == nil && none.missed?.value == 1 && none.estimate([]) == nil)
        let unclear = rates(1...1000, start: 10).run { probe($0, .undecided, average: true) }
        #expect(unclear.met == nil && unclear.missed == nil)
        #expect(unclear.probes.first?.value == 1 && unclear.probes.last?.value == 1000)
    }

    @Test(arguments: 1...40) func theSmallestNumberIsFound(needed: Int) {
        let found = CapacitySearch(.count(1...1000), bounds: 1...1000, start: 1, tolerance: 0.01).run { value in
            #expect(value == value.rounded())
            return probe(value, value >= Double(needed) ? .meets : .saturated)
        }
        #expect(found.met?.value == Double(needed))
        #expect(found.missed?.value == (needed == 1 ? nil : Double(needed - 1)))
    }

    @Test func noNumberWithinTheBoundsDoes() {
        let found = CapacitySearch(.count(0...7), bounds: 0...7, start: 0, tolerance: 0.01).run { probe($0, .misses) }
        #expect(found.met == nil && found.probes.map(\.value) == [0, 1, 2, 4, 7])
    }
}
