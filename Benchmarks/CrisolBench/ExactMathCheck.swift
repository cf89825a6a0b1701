import Foundation
import Workload

/// Errors of the project's functions over many arguments, in units of the last place.
///
/// A function's true value is that of the C library in 80-bit numbers, whose 64 bits of mantissa leave 2⁻¹¹ of an ulp
/// open; beside it, how many numbers lie between the result and the C library's own in 64 bits.
private struct Errors {
    var name: String
    /// What the function promises, in ulp of the true value, and in numbers from the library's.
    var limit: Double
    var limitFromLibrary: UInt64?
    var count = 0
    var worst = 0.0
    var worstFromLibrary: UInt64 = 0
    /// Results of both, mixed into a word each: the same on one machine as on another, or not.
    var own: UInt64 = 0
    var library: UInt64 = 0

    init(_ name: String, limit: Double, fromLibrary: UInt64?) {
        (self.name, self.limit, limitFromLibrary) = (name, limit, fromLibrary)
    }

    mutating func compare(_ result: Double, _ true80: Float80, library value: Double? = nil) {
        count += 1
        own = Self.mixed(own, result)
        if let value {
            library = Self.mixed(library, value)
            // Both have the same sign here.
            worstFromLibrary = max(worstFromLibrary, UInt64((Int64(bitPattern: result.bitPattern) - Int64(bitPattern: value.bitPattern)).magnitude))
        }
        guard result.isFinite, Double(true80).isFinite, true80 != 0 else { return }
        worst = max(worst, Double(abs(Float80(result) - true80) / Float80(Double(true80).ulp)))
    }

    private static func mixed(_ hash: UInt64, _ value: Double) -> UInt64 {
        let product = (hash ^ value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }

    var isKept: Bool { worst <= limit && worstFromLibrary <= limitFromLibrary ?? .max }

    func report() {
        let fromLibrary = limitFromLibrary.map { "\(worstFromLibrary) from libm (limit \($0))" } ?? "-"
        print("\(name)\t\(count)\t\(String(format: "%.4f", worst)) ulp (limit \(limit))\t\(fromLibrary)\town \(String(own, radix: 16)) libm \(String(library, radix: 16))\t\(isKept ? "passed" : "FAILED")")
    }
}

/// `log`, `exp`, `pow` and the normal quantile, each on `count` arguments; whether all keep their limits.
func checkExactMath(_ count: Int) -> Bool {
    var random = Draws(seed: 1, repeat: 0).stream(.corpus, question: 0)
    var logarithm = Errors("log", limit: 1, fromLibrary: 1)
    var exponential = Errors("exp", limit: 1, fromLibrary: 1)
    var nearPower = Errors("pow from 1e-9 to 1e9", limit: 1.05, fromLibrary: 1)
    var farPower = Errors("pow beyond", limit: 16, fromLibrary: 16)
    var quantile = Errors("normal quantile", limit: 8, fromLibrary: nil)
    for index in 0..<count {
        let word = random.next()
        let u = random.openUniform()
        // Every positive finite number, subnormals too; draws; numbers closer and closer to 1.
        let x = switch index & 3 {
        case 0, 1: Double(bitPattern: word % 0x7FF0_0000_0000_0000)
        case 2: u
        default: 1 + (index & 4 == 0 ? 1 : -0.5) * u * Double(bitPattern: UInt64(1023 - index % 53) << 52)
        }
        if x > 0 { logarithm.compare(ExactMath.log(x), Foundation.log(Float80(x)), library: Foundation.log(x)) }

        // The whole range, with results that are subnormal; what samplers ask for; numbers closer and closer to 0.
        let y = switch index & 3 {
        case 0: -745.1 + u * (745.1 + 709.7)
        case 1, 2: (u - 0.5) * 40
        default: (index & 4 == 0 ? u : -u) * Double(bitPattern: UInt64(1023 - index % 60) << 52)
        }
        exponential.compare(ExactMath.exp(y), Foundation.exp(Float80(y)), library: Foundation.exp(y))

        // Zipf's weights, shapes of gamma and Pareto, and what else fits a Double.
        let base = index & 1 == 0 ? Double(1 + word % 10_000_000) : ExactMath.exp((u - 0.5) * 40)
        let power = index & 2 == 0 ? -3 * random.uniform() : (random.uniform() - 0.5) * 60
        let expected = Foundation.pow(base, power)
        let result = ExactMath.pow(base, power)
        if expected > 1e-9, expected < 1e9 {
            nearPower.compare(result, Foundation.pow(Float80(base), Float80(power)), library: expected)
        } else if expected.isNormal {
            farPower.compare(result, Foundation.pow(Float80(base), Float80(power)), library: expected)
        }

        // One of Newton's steps from the result leads to the true value.
        let p = index & 1 == 0 ? u : u * Double(bitPattern: UInt64(1023 - index % 200) << 52)
        let z = ExactMath.normalQuantile(p)
        if p < 0.5 {
            let (z80, root) = (Float80(z), Float80(2).squareRoot())
            let density = Foundation.exp(-z80 * z80 / 2) / (2 * Float80.pi).squareRoot()
            // Near ½ the difference from it, so that nothing cancels.
            let excess = p > 0.25 ? erf(z80 / root) / 2 - (Float80(p) - 0.5) : erfc(-z80 / root) / 2 - Float80(p)
            quantile.compare(z, z80 - excess / density)
        }
    }
    let all = [logarithm, exponential, nearPower, farPower, quantile]
    for errors in all { errors.report() }
    return all.allSatisfy(\.isKept)
}
