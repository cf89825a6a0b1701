import Foundation
import Testing

@testable import Workload

struct ZigguratTests {
    private let root = 2.0.squareRoot()

    @Test func normalLayersHaveEqualAreas() {
        expectEqualAreas(
            Ziggurat.normalLayers, Ziggurat.normalHeights, scale: 0x1p52, density: { exp(-0.5 * $0 * $0) },
            tail: { (Double.pi / 2).squareRoot() * erfc($0 / root) })
    }

    @Test func exponentialLayersHaveEqualAreas() {
        expectEqualAreas(
            Ziggurat.exponentialLayers, Ziggurat.exponentialHeights, scale: 0x1p53, density: { exp(-$0) }, tail: { exp(-$0) })
    }

    /// All 256 areas are equal, the lowest with its tail too, and the uppermost ends where the density does, at 1.
    private func expectEqualAreas(
        _ layers: [Ziggurat.Layer], _ heights: [Double], scale: Double, density: (Double) -> Double, tail: (Double) -> Double
    ) {
        let edges = layers.map { $0.width * scale } + [0]
        #expect(edges.count == 257 && heights.count == 257 && heights[256] == 1)
        let area = edges[1] * density(edges[1]) + tail(edges[1])
        #expect(abs(edges[0] * density(edges[1]) / area - 1) < 1e-12)
        for i in 1..<256 {
            #expect(edges[i + 1] < edges[i])
            #expect(abs(heights[i] - density(edges[i])) < 1e-15)
            #expect(abs(edges[i] * (heights[i + 1] - heights[i]) / area - 1) < 1e-9, "layer \(i)")
        }
        for i in 0..<256 { #expect(abs(Double(layers[i].sure) / scale - edges[i + 1] / edges[i]) < 1e-15) }
    }

    /// The tables to the last bit, from their definition.
    @Test func tablesAreWhatTheirDefinitionGives() {
        let edge = Ziggurat.normalEdge
        // The density here is 1 at 0, and 1/√2π is the normal distribution's own there.
        let normalArea = edge * ExactMath.exp(-0.5 * edge * edge) + ExactMath.normalCDF(-edge) / ExactMath.normalDensity(0)
        let normal = tables(edge, bits: 52, area: normalArea, { ExactMath.exp(-0.5 * $0 * $0) }) { (-2 * ExactMath.log($0)).squareRoot() }
        #expect(normal.widths == Ziggurat.normalLayers.map(\.width))
        #expect(normal.sure == Ziggurat.normalLayers.map(\.sure))
        #expect(normal.heights == Ziggurat.normalHeights)
        let far = Ziggurat.exponentialEdge
        let exponential = tables(far, bits: 53, area: (far + 1) * ExactMath.exp(-far), { ExactMath.exp(-$0) }) { -ExactMath.log($0) }
        #expect(exponential.widths == Ziggurat.exponentialLayers.map(\.width))
        #expect(exponential.sure == Ziggurat.exponentialLayers.map(\.sure))
        #expect(exponential.heights == Ziggurat.exponentialHeights)
    }

    private func tables(
        _ edge: Double, bits: UInt64, area: Double, _ density: (Double) -> Double, inverse: (Double) -> Double
    ) -> (widths: [Double], sure: [UInt64], heights: [Double]) {
        // The lowest layer is the rectangle and the tail, as if it were one rectangle of the same area.
        var edges = [area / density(edge), edge]
        for i in 2..<256 { edges.append(inverse(area / edges[i - 1] + density(edges[i - 1]))) }
        edges.append(0)
        let scale = Double(UInt64(1) << bits)
        return (
            edges.prefix(256).map { $0 / scale }, zip(edges, edges.dropFirst()).map { UInt64($1 / $0 * scale) }, edges.map(density)
        )
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
