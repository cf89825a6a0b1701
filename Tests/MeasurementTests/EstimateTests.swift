import Testing
@testable import Measurement

@Suite struct EstimateTests {
    /// t quantiles from the tables in R. A. Fisher and F. Yates, "Statistical Tables", to three places.
    @Test(arguments: [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (29, 2.045), (100, 1.984)])
    func quantilesEqualThePublishedTable(degrees: Int, expected: Double) {
        #expect(abs(StudentT.quantile(0.975, degreesOfFreedom: degrees) - expected) < 0.0006)
    }

    @Test func intervalOfFiveRepeats() {
        let estimate = Estimate(of: [10, 12, 11, 13, 14])
        #expect(estimate.count == 5 && estimate.mean == 12)
        #expect(abs(estimate.standardDeviation - 1.5811388300841898) < 1e-12)
        #expect(abs(estimate.halfWidth - 1.963243) < 1e-5)
        #expect(abs(estimate.standardError - 0.7071067811865476) < 1e-12)
    }

    @Test func oneValueHasNoInterval() {
        let estimate = Estimate(of: [3.25])
        #expect(estimate.mean == 3.25 && !estimate.hasInterval)
    }

    @Test func missingValuesAreLeftOut() {
        #expect(Estimate(of: [.nan, 2, 4]).mean == 3)
        #expect(Estimate(of: [.nan]).mean.isNaN)
        #expect(Estimate(of: [0.1, 0.1, 0.1]).standardDeviation == 0)
    }

    @Test func scoreSumsDoNotDependOnTheOrder() {
        let scores = HistogramTests.spans(seed: 4, count: 2000, bits: 40).map { Double($0) / 0x1p40 }
        var forward = ScoreSum(), backward = ScoreSum(), shard = ScoreSum()
        for score in scores { forward.add(score) }
        for score in scores.reversed().dropFirst(1000) { backward.add(score) }
        for score in scores.dropFirst(1000) { shard.add(score) }
        backward.merge(shard)
        #expect(forward == backward)
        #expect(abs(forward.mean - scores.reduce(0, +) / 2000) < 1e-12)
    }
}
