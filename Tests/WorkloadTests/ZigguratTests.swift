import Foundation
import Testing

@testable import Workload

struct ZigguratTests {
    @Test func normalLayersHaveEqualAreas() {
        let root = 2.0.squareRoot()
        expectEqualAreas(Ziggurat.normal, scale: 0x1p52, density: { exp(-0.5 * $0 * $0) }, tail: { (Double.pi / 2).squareRoot() * erfc($0 / root) })
    }

    @Test func exponentialLayersHaveEqualAreas() {
        expectEqualAreas(Ziggurat.exponential, scale: 0x1p53, density: { exp(-$0) }, tail: { exp(-$0) })
    }

    /// All 256 areas are equal, the lowest with its tail too, and the uppermost ends where the density does, at 1.
    private func expectEqualAreas(_ table: Ziggurat, scale: Double, density: (Double) -> Double, tail: (Double) -> Double) {
        let edges = table.layers.map { $0.width * scale } + [0]
        #expect(edges.count == 257 && table.heights.count == 257 && table.heights[256] == 1)
        let area = edges[1] * density(edges[1]) + tail(edges[1])
        #expect(abs(edges[0] * density(edges[1]) / area - 1) < 1e-12)
        for i in 1..<256 {
            #expect(edges[i + 1] < edges[i])
            #expect(abs(table.heights[i] - density(edges[i])) < 1e-15)
            #expect(abs(edges[i] * (table.heights[i + 1] - table.heights[i]) / area - 1) < 1e-9, "layer \(i)")
        }
        for i in 0..<256 { #expect(abs(Double(table.layers[i].sure) / scale - edges[i + 1] / edges[i]) < 1e-15) }
    }

    /// Beyond the edge, where one draw in four thousand falls: Kolmogorov–Smirnov at 0.001 against the library's erfc.
    @Test func tailsAreThoseOfTheDensity() {
        let draws = Draws(seed: 22, repeat: 0)
        let count = 20_000
        let tail = (0..<count).map { question in
            var stream = draws.stream(.quality, question: UInt64(question))
            return 1 - erfc(stream.normalTail() / 2.0.squareRoot()) / erfc(Ziggurat.normalEdge / 2.0.squareRoot())
        }.sorted()
        let distance = tail.enumerated().map { abs($1 - (Double($0) + 0.5) / Double(count)) }.max()!
        #expect(distance < 1.95 / Double(count).squareRoot())
        // Beyond the exponential's edge, 7.7, one draw in 2200; e⁻ˣ of those is uniform below e⁻⁷·⁷.
        let far = (0..<200_000).map { question in
            var stream = draws.stream(.latency, question: UInt64(question))
            return exp(Ziggurat.exponentialEdge - stream.exponential())
        }.filter { $0 < 1 }
        let expected = 2e5 * exp(-Ziggurat.exponentialEdge)
        #expect(abs(Double(far.count) - expected) < 4 * expected.squareRoot())
        let mean = far.reduce(0, +) / Double(far.count)
        #expect(abs(mean - 0.5) < 4 / (12 * Double(far.count)).squareRoot())
    }
}
