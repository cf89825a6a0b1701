import Foundation
import Testing
import Workload
@testable import Measurement

@Suite struct HistogramTests {
    /// Spans of up to `bits` bits, spread over the magnitudes; the same generator as in the oracle's script.
    static func spans(seed: UInt64, count: Int, bits: Int) -> [Nanoseconds] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Nanoseconds((state >> 8) >> UInt64(56 - bits + Int(state & 255) % (bits - 1)))
        }
    }

    @Test func percentilesEqualHdrHistogram() {
        for run in HdrHistogramOracle.runs {
            var histogram = Histogram()
            for span in Self.spans(seed: run.seed, count: run.count, bits: run.bits) { histogram.record(span) }
            for (percentile, expected) in zip(HdrHistogramOracle.percentiles, run.values) {
                #expect(histogram.value(atPercentile: percentile) == expected, "seed \(run.seed), p\(percentile)")
            }
        }
    }

    @Test func manyPercentilesInOneGoAreThoseOfEach() {
        var histogram = Histogram()
        #expect(histogram.values(atPercentiles: [0, 50]) == [])
        for span in Self.spans(seed: 3, count: 777, bits: 30) { histogram.record(span) }
        let percentiles: [Double] = [0, 0, 1, 50, 50, 99, 99.9, 99.99, 100, 100]
        #expect(histogram.values(atPercentiles: percentiles) == percentiles.map { histogram.value(atPercentile: $0)! })
    }

    @Test func aHistogramSurvivesItsEncoding() throws {
        for count in [0, 1, 500] {
            var histogram = Histogram()
            for span in Self.spans(seed: 9, count: count, bits: 45) { histogram.record(span) }
            #expect(try JSONDecoder().decode(Histogram.self, from: JSONEncoder().encode(histogram)) == histogram)
        }
    }

    @Test(arguments: ["", "*", "* ", "*0 ", "5", "-1 ", "1  2 ", "*1*2 ", "1x ", "18446744073709551616 ", "*99999999999999999999 ", "*40000000 ", "1 2 3 "])
    func damagedCountsAreRefused(counts: String) throws {
        let text = "{\"base\":0,\"sum\":\"0\",\"smallest\":0,\"largest\":0,\"counts\":\"\(counts)\"}"
        // None at all is a histogram without counts.
        guard !counts.isEmpty else { return #expect(try JSONDecoder().decode(Histogram.self, from: Data(text.utf8)).isEmpty) }
        #expect(throws: (any Error).self) { try JSONDecoder().decode(Histogram.self, from: Data(text.utf8)) }
    }

    @Test(arguments: [(10, 30), (999, 12), (1000, 40), (7777, 49)])
    func percentilesLieWithinAThousandthOfTheExactOnes(count: Int, bits: Int) throws {
        let spans = Self.spans(seed: UInt64(count), count: count, bits: bits)
        let sorted = spans.sorted()
        var histogram = Histogram()
        spans.forEach { histogram.record($0) }
        for percentile in [0, 0.01, 5, 50, 90, 95, 99, 99.9, 99.99, 100] {
            let exact = sorted[Histogram.rank(ofPercentile: percentile, count: count) - 1]
            let seen = try #require(histogram.value(atPercentile: percentile))
            #expect(seen >= exact && Double(seen - exact) <= Double(exact) / 1000, "p\(percentile): \(seen) for \(exact)")
        }
        #expect(histogram.maximum == sorted.last && histogram.minimum == sorted.first)
        let mean = Double(spans.reduce(Int128(0)) { $0 + Int128($1) }) / Double(count)
        #expect(histogram.mean == mean)
    }

    @Test func ranksAreNearestRanks() {
        #expect(Histogram.rank(ofPercentile: 99.9, count: 1000) == 999)
        #expect(Histogram.rank(ofPercentile: 50, count: 4) == 2)
        #expect(Histogram.rank(ofPercentile: 50, count: 5) == 3)
        #expect(Histogram.rank(ofPercentile: 0, count: 5) == 1)
        #expect(Histogram.rank(ofPercentile: 100, count: 5) == 5)
    }

    @Test func mergingEqualsRecordingEverything() {
        let spans = Self.spans(seed: 9, count: 3000, bits: 45)
        var whole = Histogram(), first = Histogram(), second = Histogram()
        for (index, span) in spans.enumerated() {
            whole.record(span)
            if index % 3 == 0 { first.record(span) } else { second.record(span) }
        }
        first.merge(second)
        #expect(first == whole)
        second.merge(Histogram())
        #expect(second.count == 2000)
    }

    @Test func extremesAreExactAndNothingIsOutOfRange() {
        var histogram = Histogram()
        #expect(histogram.value(atPercentile: 50) == nil && histogram.mean.isNaN && histogram.maximum == nil)
        histogram.record(.max)
        histogram.record(-5)
        #expect(histogram.maximum == .max && histogram.minimum == 0)
        #expect(histogram.value(atPercentile: 50) == 0)
        #expect(histogram.share(atMost: 0) == 0.5)
        var days = Histogram()
        let thirteenDays: Nanoseconds = 13 * 86_400 * 1_000_000_000
        days.record(thirteenDays)
        #expect(days.value(atPercentile: 50) == thirteenDays)
    }

    @Test func selectionEqualsSorting() {
        for count in [1, 2, 3, 10, 257, 1000] {
            for bits in [3, 30] {
                let spans = Self.spans(seed: UInt64(count * bits), count: count, bits: bits)
                let sorted = spans.sorted()
                for rank in stride(from: 0, to: count, by: max(1, count / 13)) {
                    var scratch = spans
                    #expect(scratch.element(ofRank: rank, within: 0..<count) == sorted[rank])
                    #expect(scratch[..<rank].allSatisfy { $0 <= sorted[rank] })
                }
            }
        }
    }
}
