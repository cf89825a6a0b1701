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

    /// The tables themselves, not draws from them: a rank's probability is its group's, summed over the cells, shared
    /// equally among the group's ranks, times that of being kept.
    @Test(arguments: [(0.3, 7), (0.99, 64), (1.0, 1000), (1.7, 333), (5.0, 12), (0.8, 70_000)])
    func ranksAreExact(exponent: Double, count: Int) {
        let ranks = ZipfRanks(exponent: exponent, count: count)
        var taken = [Double](repeating: 0, count: ranks.groups.count)
        for (index, cell) in ranks.cells.enumerated() {
            let kept = Double(cell.keep) * 0x1p-32
            taken[index] += kept / Double(taken.count)
            taken[Int(cell.alias)] += (1 - kept) / Double(taken.count)
        }
        var probability: [Double] = []
        for (group, share) in zip(ranks.groups, taken) {
            #expect(Int(group.start) == probability.count)
            for rank in group.start..<group.start + group.count {
                // The luck at which a rank is no longer kept, by halving; up to `sure` no power is computed.
                var (low, high) = (0.0, 1.0)
                while high - low > 1e-12 {
                    let middle = (low + high) / 2
                    if ranks.isKept(Int(rank), of: group, UInt64(middle * 0x1p64)) { low = middle } else { high = middle }
                }
                #expect(group.count == 1 ? group.sure == .max : Double(group.sure) * 0x1p-64 <= low + 1e-11)
                probability.append(share / Double(group.count) * low)
            }
        }
        #expect(probability.count == count)
        let sum = probability.reduce(0, +)
        for (a, b) in zip(probability, PopularityModel.zipf(exponent: exponent).probabilities(count: count)) {
            #expect(abs(a / sum - b) < 1e-9)
        }
    }

    /// As many ranks as there can be take a few kilobytes, and every one of them can be drawn.
    @Test func fourBillionRanks() {
        let ranks = ZipfRanks(exponent: 0.5, count: (1 << 32) - 1)
        #expect(ranks.groups.count < 700)
        #expect(ranks.groups.map { Int($0.count) }.reduce(0, +) == (1 << 32) - 1)
        #expect(ranks.groups.last.map { Int($0.start) + Int($0.count) } == (1 << 32) - 1)
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
