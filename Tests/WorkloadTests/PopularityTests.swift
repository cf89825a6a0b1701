import Testing

@testable import Workload

struct PopularityTests {
    private let draws = Draws(seed: 4, repeat: 0)

    /// Chi-square over all items with at least five expected draws; 5 standard deviations above its mean.
    @Test(arguments: [(0.0, 50), (0.5, 100), (0.8, 1000), (1.0, 1000), (1.2, 37), (2.0, 5), (1.0, 1), (30, 10)])
    func zipfHasItsProbabilities(exponent: Double, count: Int) {
        let model = PopularityModel.zipf(exponent: exponent)
        let popularity = Popularity(model, count: count, draws: draws)
        let expected = model.probabilities(count: count)
        #expect(abs(expected.reduce(0, +) - 1) < 1e-12)
        let total = 100_000
        var seen = [Double](repeating: 0, count: count)
        for question in 0..<total { seen[popularity.item(ofQuestion: UInt64(question))] += 1 }
        var chiSquare = 0.0
        var freedom = -1.0
        for (n, p) in zip(seen, expected) where p * Double(total) >= 5 {
            let mean = p * Double(total)
            chiSquare += (n - mean) * (n - mean) / mean
            freedom += 1
        }
        #expect(chiSquare < max(freedom, 0) + 5 * (2 * max(freedom, 1)).squareRoot() + 5)
    }

    /// The table itself, not draws from it: every item's probability, summed over the cells.
    @Test(arguments: [(0.3, 7), (0.99, 64), (1.0, 1000), (1.7, 333), (5.0, 12)])
    func theAliasTableIsExact(exponent: Double, count: Int) {
        let model = PopularityModel.zipf(exponent: exponent)
        let table = Popularity(model, count: count, draws: draws).table
        var probability = [Double](repeating: 0, count: count)
        for (cell, entry) in table.enumerated() {
            let kept = Double(entry >> 32) * 0x1p-32
            probability[cell] += kept / Double(count)
            probability[Int(entry & 0xFFFF_FFFF)] += (1 - kept) / Double(count)
        }
        for (a, b) in zip(probability, model.probabilities(count: count)) { #expect(abs(a - b) < 1e-9) }
    }

    @Test func sequentialGoesRoundAndUniformCoversAll() {
        let sequential = Popularity(.sequential, count: 3, draws: draws)
        #expect((0..<7).map { sequential.item(ofQuestion: $0) } == [0, 1, 2, 0, 1, 2, 0])
        let uniform = Popularity(.uniform, count: 3, draws: draws)
        #expect(Set((0..<50).map { uniform.item(ofQuestion: $0) }) == [0, 1, 2])
    }

    @Test func impossibleParametersAreNamed() {
        #expect(PopularityModel.zipf(exponent: -0.1).problem == "the exponent must be from 0 to 100, not -0.1")
        #expect(PopularityModel.zipf(exponent: .nan).problem != nil)
        #expect(PopularityModel.zipf(exponent: 0).problem == nil)
    }
}
