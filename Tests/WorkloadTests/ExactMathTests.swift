import Foundation
import Testing

@testable import Workload

/// Units in the last place between two finite numbers.
private func ulps(_ a: Double, _ b: Double) -> Int64 {
    func ordered(_ x: Double) -> Int64 {
        let bits = Int64(bitPattern: x.bitPattern)
        return bits < 0 ? Int64.min &- bits : bits
    }
    if a == b || (a.isNaN && b.isNaN) { return 0 }
    return abs(ordered(a) &- ordered(b))
}

/// 2⁻⁶⁴-spaced low-discrepancy numbers in [0, 1): a grid without pattern.
private func grid(_ count: Int) -> some Sequence<Double> {
    (0..<count).lazy.map { (UInt64($0) &* 0x9E37_79B9_7F4A_7C15).unitUniform }
}

@Test func logIsWithinOneUlpOfLibm() {
    var worst: Int64 = 0
    // Every binade, subnormals included.
    for (i, fraction) in grid(60_000).enumerated() {
        let exponent = i % 2098 - 1074
        let x = (1 + fraction) * Foundation.pow(2, Double(max(exponent, -1022))) * (exponent < -1022 ? Foundation.pow(2, Double(exponent + 1022)) : 1)
        worst = max(worst, ulps(ExactMath.log(x), Foundation.log(x)))
    }
    // (0, 1) as draws are, and closer and closer to 1.
    for u in grid(30_000) { worst = max(worst, ulps(ExactMath.log(1 - u), Foundation.log(1 - u))) }
    for (i, fraction) in grid(20_000).enumerated() {
        let distance = Foundation.pow(2, Double(-1 - i % 52)) * fraction
        worst = max(worst, ulps(ExactMath.log(1 + distance), Foundation.log(1 + distance)))
        worst = max(worst, ulps(ExactMath.log(1 - distance), Foundation.log(1 - distance)))
    }
    for x in [0x1p-1074, 0x1p-1022.nextDown, 0x1p-1022, 1.7976931348623157e308, 0.70710678118654752, 1.4142135623730951, 1] {
        worst = max(worst, ulps(ExactMath.log(x), Foundation.log(x)))
    }
    #expect(worst <= 1)
    #expect(ExactMath.log(1) == 0)
    #expect(ExactMath.log(0) == -.infinity)
    #expect(ExactMath.log(.infinity) == .infinity)
    #expect(ExactMath.log(-1).isNaN && ExactMath.log(.nan).isNaN && ExactMath.log(-.infinity).isNaN)
}

@Test func expIsWithinOneUlpOfLibm() {
    var worst: Int64 = 0
    for u in grid(60_000) {
        let x = -745.2 + u * (745.2 + 709.79)
        worst = max(worst, ulps(ExactMath.exp(x), Foundation.exp(x)))
    }
    for u in grid(30_000) {
        let x = (u - 0.5) * 40
        worst = max(worst, ulps(ExactMath.exp(x), Foundation.exp(x)))
    }
    for (i, fraction) in grid(20_000).enumerated() {
        let x = Foundation.pow(2, Double(-i % 60)) * fraction
        worst = max(worst, ulps(ExactMath.exp(x), Foundation.exp(x)))
        worst = max(worst, ulps(ExactMath.exp(-x), Foundation.exp(-x)))
    }
    for x in [709.78271289338397, 709.78271289338409, -708.39641853226408, -745.13321910194110, -745.13321910194122, 0, -0.0, 0x1p-1074, 1e-300] {
        worst = max(worst, ulps(ExactMath.exp(x), Foundation.exp(x)))
    }
    #expect(worst <= 1)
    #expect(ExactMath.exp(.infinity) == .infinity)
    #expect(ExactMath.exp(-.infinity) == 0)
    #expect(ExactMath.exp(.nan).isNaN)
    #expect(ExactMath.exp(710) == .infinity)
    #expect(ExactMath.exp(-746) == 0)
}

@Test func powKeepsItsBounds() {
    var near: Int64 = 0
    var far: Int64 = 0
    let exponents = [-1.5, -1.2, -1.0, -0.99, -0.5, -0.1, 0.3, 0.5, 2.0, 2.7, 3.0, 11.25, -37.5, 100.0]
    for (i, u) in grid(60_000).enumerated() {
        let y = exponents[i % exponents.count]
        let x = i % 2 == 0 ? u * 100 : Foundation.exp((u - 0.5) * 40)
        let expected = Foundation.pow(x, y)
        let distance = ulps(ExactMath.pow(x, y), expected)
        if expected > 1e-9, expected < 1e9 { near = max(near, distance) } else { far = max(far, distance) }
    }
    #expect(near <= 1)
    #expect(far <= 16)
    // The Zipf weights themselves.
    for s in [0.6, 0.8, 1.0, 1.2, 2.0] {
        for k in 1...2000 { near = max(near, ulps(ExactMath.pow(Double(k), -s), Foundation.pow(Double(k), -s))) }
    }
    #expect(near <= 1)
    for (x, y) in [(0.0, 2.0), (0, -2), (1, .infinity), (2, .infinity), (0.5, .infinity), (2, -.infinity), (.infinity, -1), (3, 0), (10, 400), (10, -400)] {
        #expect(ExactMath.pow(x, y) == Foundation.pow(x, y), "pow(\(x), \(y))")
    }
    #expect(ExactMath.pow(-1, 2).isNaN)
}

/// Oracle: mpmath with 50 digits, scripts/oracles/normal.py.
@Test(arguments: normalOracle)
func normalDistributionAgreesWithMpmath(z: Double, probability: Double) {
    #expect(abs(ExactMath.normalCDF(z) - probability) <= 5e-15 * probability)
    guard probability > 0, probability < 1 else { return }
    // Where 1 − Φ is rounded away, the quantile cannot know z any better than Φ does.
    let conditioning = 3e-16 * probability / ExactMath.normalDensity(z)
    #expect(abs(ExactMath.normalQuantile(probability) - z) <= 1e-15 * abs(z) + 1e-16 + conditioning)
}

@Test func normalQuantileIsOdd() {
    for u in grid(1000) where u > 0 && u < 0.5 {
        // 1 − u is exact on the grid of 2⁻⁵³.
        #expect(ExactMath.normalQuantile(u) == -ExactMath.normalQuantile(1 - u))
    }
    #expect(ExactMath.normalQuantile(0.5) == 0)
    #expect(ExactMath.normalQuantile(0) == -.infinity)
    #expect(ExactMath.normalQuantile(1) == .infinity)
    #expect(ExactMath.normalQuantile(-0.1).isNaN && ExactMath.normalQuantile(1.1).isNaN)
}

/// A change of a single bit anywhere changes this: it pins the functions on every machine.
@Test func bitsAreTheSameEverywhere() {
    var hash: UInt64 = 0
    for u in grid(20_000) {
        for value in [
            ExactMath.log(u + 1e-9), ExactMath.exp(u * 100 - 50), ExactMath.pow(u * 50 + 0.01, -1.1),
            ExactMath.normalQuantile(u * 0.999 + 0.0005), ExactMath.normalCDF(u * 10 - 5),
        ] {
            hash = (hash ^ value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
    }
    #expect(hash == 6_745_427_582_699_546_550)
}
