import Testing
import Workload

@testable import Provider

struct QualityTests {
    @Test(arguments: betaOracle)
    func betaQuantilesAgreeWithScipy(a: Double, b: Double, z: Double, x: Double) {
        #expect(abs(BetaDistribution.quantile(a, b, normalScore: z) - x) < 1e-9)
    }

    /// Between the table's points the quality model interpolates.
    @Test(arguments: [(0.17, 0.12), (0.5, 0.2887), (0.72, 0.15), (0.5, 0.4), (0.02, 0.01), (0.95, 0.2)])
    func theTableIsCloseToTheQuantile(mean: Double, spread: Double) throws {
        let quality = Quality(mean: mean, spread: spread)
        let model = QualityModel(quality, draws: Draws(seed: 1, repeat: 0))
        let (a, b) = try #require(quality.shapes)
        var worst = 0.0
        for i in -400...400 {
            let z = Double(i) / 80 + 0.0041
            worst = max(worst, abs(model.quantile(normalScore: z) - BetaDistribution.quantile(a, b, normalScore: z)))
        }
        #expect(worst < 2e-4)
    }

    @Test(arguments: [0, 1, 3], [-0.5, 0, 0.3, 0.9, 1])
    func everyGenerationHasTheDistribution(generation: Int, correlation: Double) {
        let quality = Quality(mean: 0.17, spread: 0.12, retryCorrelation: correlation)
        let model = QualityModel(quality, draws: Draws(seed: 3, repeat: 0))
        let count = 20_000
        let scores = (0..<count).map { model.score(question: UInt64($0), generation: generation) }
        let mean = scores.reduce(0, +) / Double(count)
        let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(abs(mean - 0.17) < 5 * 0.12 / Double(count).squareRoot())
        #expect(abs(variance.squareRoot() - 0.12) < 0.004)
        #expect(scores.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    /// With uniform scores (Beta(1, 1)) the correlation of the copula's normal scores is known from that
    /// of the scores: r = 6/π · arcsin(ρ/2).
    @Test func successiveGenerationsAreCorrelated() {
        for (rho, expected) in [(0.0, 0.0), (0.3, 0.2876), (0.8, 0.7859), (-0.4, -0.3846)] {
            let quality = Quality(mean: 0.5, spread: (1.0 / 12).squareRoot(), retryCorrelation: rho)
            let model = QualityModel(quality, draws: Draws(seed: 9, repeat: 1))
            let count = 20_000
            var product = 0.0
            var skipping = 0.0
            for question in 0..<count {
                let (u0, u1, u2) = (score(model, question, 0), score(model, question, 1), score(model, question, 2))
                product += (u0 - 0.5) * (u1 - 0.5)
                skipping += (u0 - 0.5) * (u2 - 0.5)
            }
            #expect(abs(product / Double(count) * 12 - expected) < 0.03)
            // Generations two apart: ρ².
            #expect(abs(skipping / Double(count) * 12 - rho * rho) < 0.04)
        }
    }

    private func score(_ model: QualityModel, _ question: Int, _ generation: Int) -> Double {
        model.score(question: UInt64(question), generation: generation)
    }

    @Test func fullCorrelationRepeatsTheScoreAndNoSpreadTheMean() {
        let draws = Draws(seed: 1, repeat: 0)
        let same = QualityModel(Quality(mean: 0.4, spread: 0.1, retryCorrelation: 1), draws: draws)
        #expect(same.score(question: 7, generation: 0) == same.score(question: 7, generation: 5))
        let flat = QualityModel(Quality(mean: 0.4, spread: 0), draws: draws)
        #expect(flat.score(question: 8, generation: 2) == 0.4)
    }

    /// The copula is the same over measured scores: these are nearly uniform, where the correlation is known.
    @Test func measuredScoresKeepTheirDistributionAndTheCopula() {
        let scores = (0..<500).map { (Double($0) + 0.5) / 500 }
        let quality = Quality(measured: EmpiricalDistribution(scores.shuffled()), retryCorrelation: 0.8)
        #expect(quality.problem == nil && abs(quality.mean - 0.5) < 1e-12)
        let model = QualityModel(quality, draws: Draws(seed: 4, repeat: 0))
        let count = 20_000
        var product = 0.0
        for generation in [0, 2] {
            let drawn = (0..<count).map { score(model, $0, generation) }.sorted()
            #expect(Set(drawn).isSubset(of: scores))
            // Kolmogorov–Smirnov at 0.001, and half a step of the scores.
            let distance = drawn.enumerated().map { abs(Double($0) / Double(count) - $1) }.max()!
            #expect(distance < 1.95 / Double(count).squareRoot() + 1e-3)
        }
        for question in 0..<count { product += (score(model, question, 0) - 0.5) * (score(model, question, 1) - 0.5) }
        #expect(abs(product / Double(count) * 12 - 0.7859) < 0.03)
        // One score, and scores of the two ends, which no Beta distribution has.
        #expect(QualityModel(Quality(measured: EmpiricalDistribution([0.3])), draws: Draws(seed: 1, repeat: 0)).score(question: 1, generation: 3) == 0.3)
        #expect(Quality(measured: EmpiricalDistribution([0, 1, 1])).problem == nil)
        #expect(Quality(measured: EmpiricalDistribution([0, 1.5])).problem != nil)
    }

    @Test func impossiblePairsAreNamed() {
        #expect(Quality(mean: 0.17, spread: 0.12).problem == nil)
        #expect(Quality(mean: 1.2, spread: 0.1).problem == "the mean must be from 0 to 1, not 1.2")
        #expect(Quality(mean: 0.1, spread: 0.3).problem
            == "scores within [0, 1] of mean 0.1 have a spread (standard deviation) below 0.3, not 0.3")
        #expect(Quality(mean: 0, spread: 0.1).problem != nil)
        #expect(Quality(mean: 0, spread: 0).problem == nil)
        #expect(Quality(mean: .nan, spread: 0.1).problem != nil)
        #expect(Quality(mean: 0.5, spread: 0.2, retryCorrelation: 1.1).problem
            == "retry_correlation must be from -1 to 1, not 1.1")
        #expect(Quality(mean: 0.5, spread: 0.0001).problem?.contains("from 0.0005 to 0.4995 is possible") == true)
    }
}
