import Testing

@testable import Workload

struct ArrivalsTests {
    private let draws = Draws(seed: 42, repeat: 0)

    @Test func constantArrivalsAreAtWholeMultiplesOfTheGap() {
        var arrivals = Arrivals(.constant(ratePerSecond: 3), draws: draws)
        for i in 0..<300_000 {
            // 10⁹/3 carries its fraction: every third arrival is at a whole second, to the nanosecond
            // before it, for 10⁹/3 is not exact in binary.
            let expected = Int64(i) * 1_000_000_000 / 3
            let distance = arrivals.next().nanoseconds - expected
            #expect(distance == 0 || distance == -1)
        }
    }

    @Test func constantArrivalsFillTheirDurationExactly() {
        var arrivals = Arrivals(.constant(ratePerSecond: 50), draws: draws)
        var count = 0
        while arrivals.next().nanoseconds < 60_000_000_000 { count += 1 }
        #expect(count == 3000)
    }

    @Test func poissonArrivalsHaveTheirRateAndExponentialGaps() {
        var arrivals = Arrivals(.poisson(ratePerSecond: 50), draws: draws)
        let count = 100_000
        var last = Instant.zero
        var squares = 0.0
        var longerThanMean = 0
        for _ in 0..<count {
            let next = arrivals.next()
            let gap = Double(next - last)
            squares += gap * gap
            if gap > 20_000_000 { longerThanMean += 1 }
            last = next
        }
        let mean = Double(last.nanoseconds) / Double(count)
        // Five standard errors of an exponential mean.
        #expect(abs(mean - 2e7) < 5 * 2e7 / Double(count).squareRoot())
        #expect(abs(squares / Double(count) - 8e14) < 0.05 * 8e14)
        #expect(abs(Double(longerThanMean) / Double(count) - 0.36788) < 0.008)
    }

    @Test func gapsDependOnSeedRepeatAndIndexOnly() {
        func first(_ seed: UInt64, _ repeats: Int) -> [Instant] {
            var arrivals = Arrivals(.poisson(ratePerSecond: 100), draws: Draws(seed: seed, repeat: repeats))
            return (0..<50).map { _ in arrivals.next() }
        }
        #expect(first(1, 0) == first(1, 0))
        #expect(first(1, 0) != first(1, 1))
        #expect(first(1, 0) != first(2, 0))
        // At another rate the same luck, scaled.
        var fast = Arrivals(.poisson(ratePerSecond: 200), draws: Draws(seed: 1, repeat: 0))
        for slow in first(1, 0) { #expect(abs(slow.nanoseconds - 2 * fast.next().nanoseconds) <= 2) }
    }

    @Test func tinyGapsLoseNothingToRounding() {
        // Mean gap 1.25 ns: rounding each gap to whole nanoseconds would be off by tens of percent.
        var arrivals = Arrivals(.poisson(ratePerSecond: 8e8), draws: draws)
        var last = Instant.zero
        for _ in 0..<100_000 { last = arrivals.next() }
        #expect(abs(Double(last.nanoseconds) / 100_000 - 1.25) < 0.02)
    }

    @Test func uniformGapsKeepTheirBoundsAndReachThem() {
        var arrivals = Arrivals(.uniform(low: 3, high: 6), draws: draws)
        var last = Instant.zero
        var seen: Set<Int64> = []
        for _ in 0..<2000 {
            let next = arrivals.next()
            seen.insert(next - last)
            last = next
        }
        #expect(seen == [3, 4, 5, 6])
        #expect(ArrivalProcess.uniform(low: 3, high: 7).ratePerSecond == 2e8)
    }

    @Test func impossibleParametersAreNamed() {
        #expect(ArrivalProcess.poisson(ratePerSecond: 0).problem != nil)
        #expect(ArrivalProcess.constant(ratePerSecond: .infinity).problem != nil)
        #expect(ArrivalProcess.constant(ratePerSecond: .nan).problem != nil)
        #expect(ArrivalProcess.uniform(low: 2, high: 1).problem == "the longest gap must not be below the shortest")
        #expect(ArrivalProcess.uniform(low: 0, high: 0).problem == "the longest gap must be above 0")
        #expect(ArrivalProcess.uniform(low: 0, high: 1).problem == nil)
    }
}
