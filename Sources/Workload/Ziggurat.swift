/// Normal and exponential draws in two nanoseconds: no logarithm for 99 of 100 of them.
///
/// The area under a falling density is cut into 256 layers of equal area, all but the lowest of them rectangles from
/// 0 to x[i], of which the part up to x[i + 1] lies wholly under the density. A word of chance chooses a layer and a
/// place in it; outside that part the density decides, and beyond the lowest rectangle the tail is drawn by itself.
/// The result is exact, not an approximation; the tables come from `ExactMath` and so are the same everywhere.
///
/// Source: G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", J. Stat. Software 5,
/// 2000; the layer and the place in it from different bits, after J. A. Doornik (2005).
@usableFromInline
struct Ziggurat: Sendable {
    /// One layer as the usual case needs it.
    struct Layer: Sendable, BitwiseCopyable {
        /// x[i] in units of the integers that choose the place.
        let width: Double
        /// Integers below this lie under the density for sure.
        let sure: UInt64
    }

    let layers: [Layer]
    /// The density at x[i], from the lowest layer's edge up to 1 at x[256] = 0.
    let heights: [Double]

    static let count = 256
    /// The lowest rectangle's edge, beyond which the tail begins: the one at which 256 layers close at the top (J. A.
    /// Doornik, "An Improved Ziggurat Method to Generate Normal Random Samples", 2005).
    static let normalEdge = 3.6541528853610088
    static let exponentialEdge = 7.6971174701310497

    /// exp(−x²/2); places have 52 bits and a sign.
    static let normal = Ziggurat(
        edge: normalEdge, bits: 52,
        // √2π is 1/0.3989…: the density here is 1 at 0.
        area: normalEdge * ExactMath.exp(-0.5 * normalEdge * normalEdge) + ExactMath.normalCDF(-normalEdge) / ExactMath.normalDensity(0),
        density: { ExactMath.exp(-0.5 * $0 * $0) }, inverse: { (-2 * ExactMath.log($0)).squareRoot() })

    /// exp(−x); places have 53 bits.
    static let exponential = Ziggurat(
        edge: exponentialEdge, bits: 53, area: (exponentialEdge + 1) * ExactMath.exp(-exponentialEdge),
        density: { ExactMath.exp(-$0) }, inverse: { -ExactMath.log($0) })

    private init(edge: Double, bits: Int, area: Double, density: (Double) -> Double, inverse: (Double) -> Double) {
        // The lowest layer is the rectangle and the tail, as if it were one rectangle of the same area.
        var edges = [area / density(edge), edge]
        for i in 2..<Self.count { edges.append(inverse(area / edges[i - 1] + density(edges[i - 1]))) }
        edges.append(0)
        let scale = Double(UInt64(1) << UInt64(bits))
        layers = (0..<Self.count).map { Layer(width: edges[$0] / scale, sure: UInt64(edges[$0 + 1] / edges[$0] * scale)) }
        heights = edges.map(density)
    }

    /// Whether a place x in layer `index` > 0 lies under the density, at a height drawn within the layer.
    @inline(__always)
    func isUnder(_ density: Double, layer index: Int, _ stream: inout DrawStream) -> Bool {
        heights[index] + stream.uniform() * (heights[index + 1] - heights[index]) < density
    }
}

extension DrawStream {
    /// A standard normal draw.
    @usableFromInline package mutating func normal() -> Double {
        let table = Ziggurat.normal
        while true {
            let bits = next()
            let index = Int(truncatingIfNeeded: bits & 0xFF)
            let place = Int64(bitPattern: bits) >> 11
            let x = Double(place) * table.layers[index].width
            if place.magnitude < table.layers[index].sure { return x }
            if index == 0 { return place < 0 ? -normalTail() : normalTail() }
            if table.isUnder(ExactMath.exp(-0.5 * x * x), layer: index, &self) { return x }
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
        let table = Ziggurat.exponential
        var tail = 0.0
        while true {
            let bits = next()
            let index = Int(truncatingIfNeeded: bits & 0xFF)
            let place = bits >> 11
            let x = Double(place) * table.layers[index].width
            if place < table.layers[index].sure { return tail + x }
            if index == 0 {
                // Beyond the edge the distribution begins anew.
                tail += Ziggurat.exponentialEdge
            } else if table.isUnder(ExactMath.exp(-x), layer: index, &self) {
                return tail + x
            }
        }
    }
}
