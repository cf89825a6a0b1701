import Synchronization
import Workload

/// Draws the score that each generation of each question is to have.
///
/// z₀ = ε₀ and z_g = ρ·z_{g−1} + √(1 − ρ²)·ε_g with ε_g standard normal, drawn for (question, g); the
/// score is the quantile of Φ(z_g), of the Beta distribution or of the measured scores. So scores have
/// the wanted distribution in every generation, whatever the correlation, and each is a pure function of
/// the draws.
package struct QualityModel: Sendable {
    private let draws: Draws
    private let correlation: Double
    private let innovation: Double
    /// Scores that were measured; nil: the table holds the Beta distribution.
    private let measured: EmpiricalDistribution?
    /// The Beta quantile at normal scores −`edge` to `edge` in steps of 1/`density`, with one more at each end;
    /// empty for measured scores.
    private let table: [Double]

    private static let edge = 8.0
    private static let density = 32.0
    private static let cells = Int(2 * edge * density)

    /// The quality's `problem` must be nil.
    package init(_ quality: Quality, draws: Draws) {
        precondition(quality.problem == nil, "a quality is checked before it is drawn from")
        self.draws = draws
        correlation = quality.retryCorrelation
        measured = quality.measured
        innovation = (1 - correlation * correlation).squareRoot()
        table = quality.measured == nil ? Self.table(of: Spread(mean: quality.mean, spread: quality.spread)) : []
    }

    private struct Spread: Hashable {
        var mean: Double
        var spread: Double
    }

    /// Tables that were made before: one takes as long as a small run, and runs of one process share a few.
    private static let made = Mutex<[Spread: [Double]]>([:])

    private static func table(of wanted: Spread) -> [Double] {
        if let table = made.withLock({ $0[wanted] }) { return table }
        let table: [Double]
        if let (a, b) = Quality(mean: wanted.mean, spread: wanted.spread).shapes {
            table = (-1...(cells + 1)).map { i in
                BetaDistribution.quantile(a, b, normalScore: Double(i) / density - edge)
            }
        } else {
            table = Array(repeating: wanted.mean, count: cells + 3)
        }
        made.withLock {
            // 4 KB each.
            if $0.count >= 256 { $0.removeAll() }
            $0[wanted] = table
        }
        return table
    }

    /// The score of this generation's answer, in [0, 1].
    package func score(question: UInt64, generation: Int) -> Double {
        var z = normal(question, 0)
        var g = 1
        while g <= generation {
            z = correlation * z + innovation * normal(question, g)
            g += 1
        }
        if let measured { return measured.quantile(ExactMath.normalCDF(z)) }
        return quantile(normalScore: z)
    }

    private func normal(_ question: UInt64, _ generation: Int) -> Double {
        var stream = draws.stream(.quality, question: question, generation: generation)
        return stream.normal()
    }

    /// The table's value at z by cubic interpolation that never leaves the range of its neighbours.
    func quantile(normalScore z: Double) -> Double {
        let position = (min(max(z, -Self.edge), Self.edge) + Self.edge) * Self.density
        let cell = min(Int(position), Self.cells - 1)
        let t = position - Double(cell)
        // table[0] belongs to cell −1.
        let (p0, p1, p2, p3) = (table[cell], table[cell + 1], table[cell + 2], table[cell + 3])
        let value = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
        return min(max(value, p1), p2)
    }
}
