/// Normal and exponential draws in two nanoseconds: no logarithm for 99 of 100 of them.
///
/// The area under a falling density is cut into 256 layers of equal area, all but the lowest of them rectangles from
/// 0 to x[i], of which the part up to x[i + 1] lies wholly under the density. A word of chance chooses a layer and a
/// place in it; outside that part the density decides, and beyond the lowest rectangle the tail is drawn by itself.
/// The result is exact, not an approximation; the tables are part of the program and so the same everywhere.
///
/// Source: G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", J. Stat. Software 5,
/// 2000; the layer and the place in it from different bits, after J. A. Doornik, "An Improved Ziggurat Method to
/// Generate Normal Random Samples", 2005.
enum Ziggurat {
    /// One layer as the usual case needs it.
    struct Layer: Sendable, BitwiseCopyable {
        /// x[i] in units of the integers that choose the place.
        let width: Double
        /// Integers below this lie under the density for sure.
        let sure: UInt64
    }

    /// The lowest rectangle's edge, beyond which the tail begins: the one at which 256 layers close at the top.
    static let normalEdge = 3.6541528853610088
    static let exponentialEdge = 7.6971174701310497

    /// Whether the density at a place in layer `index` > 0 lies above a height drawn within the layer.
    @inline(__always)
    static func isUnder(_ density: Double, _ heights: [Double], layer index: Int, _ stream: inout DrawStream) -> Bool {
        heights[index] + stream.uniform() * (heights[index + 1] - heights[index]) < density
    }
}

extension DrawStream {
    /// A standard normal draw.
    @usableFromInline package mutating func normal() -> Double {
        while true {
            let bits = next()
            let index = Int(truncatingIfNeeded: bits & 0xFF)
            let place = Int64(bitPattern: bits) >> 11
            let layer = Ziggurat.normalLayers[index]
            let x = Double(place) * layer.width
            if place.magnitude < layer.sure { return x }
            if index == 0 { return place < 0 ? -normalTail() : normalTail() }
            if Ziggurat.isUnder(ExactMath.exp(-0.5 * x * x), Ziggurat.normalHeights, layer: index, &self) { return x }
        }
    }

    /// A normal draw beyond the edge (G. Marsaglia, "Generating a Variable from the Tail of the Normal Distribution",
    /// Technometrics 6, 1964).
    mutating func normalTail() -> Double {
        while true {
            let x = exponential() / Ziggurat.normalEdge
            if 2 * exponential() >= x * x { return Ziggurat.normalEdge + x }
        }
    }

    /// An exponential draw with mean 1.
    @usableFromInline package mutating func exponential() -> Double {
        var tail = 0.0
        while true {
            let bits = next()
            let index = Int(truncatingIfNeeded: bits & 0xFF)
            let place = bits >> 11
            let layer = Ziggurat.exponentialLayers[index]
            let x = Double(place) * layer.width
            if place < layer.sure { return tail + x }
            if index == 0 {
                // Beyond the edge the distribution begins anew.
                tail += Ziggurat.exponentialEdge
            } else if Ziggurat.isUnder(ExactMath.exp(-x), Ziggurat.exponentialHeights, layer: index, &self) {
                return tail + x
            }
        }
    }
}
