/// Elementary functions with the same bits on every x86-64 machine.
///
/// A C library picks variants of log, exp and pow by the CPU that it finds, and their last bits
/// differ. These use + − × ÷ and square root on Double only, each of them rounded as IEEE 754 says,
/// and Swift never fuses a multiplication with an addition by itself.
///
/// `log` and `exp` follow the algorithms of fdlibm (Sun Microsystems, 1993: `e_log.c`, `e_exp.c`),
/// within 1 ulp of the true value: `scripts/same-everywhere` looks at ten million arguments of each.
@usableFromInline package enum ExactMath {
    // ln 2 = ln2High + ln2Low; ln2High ends in 32 zero bits, so that its product with an exponent is exact.
    @usableFromInline static let ln2High = 6.93147180369123816490e-01
    @usableFromInline static let ln2Low = 1.90821492927058770002e-10

    /// x = 2^exponent · fraction with fraction in [√½, √2). For finite x > 0.
    @inlinable @inline(__always)
    static func reduced(_ x: Double) -> (exponent: Int, fraction: Double) {
        var bits = x.bitPattern
        var exponent = 0
        if bits < 0x0010_0000_0000_0000 {
            bits = (x * 0x1p54).bitPattern
            exponent = -54
        }
        // Adding the distance from √2's pattern to 2's carries into the exponent where fraction ≥ √2.
        let shifted = bits &+ 0x0009_5F61_9980_C433
        exponent &+= Int(shifted >> 52) &- 1023
        let fraction = Double(bitPattern: (shifted & 0x000F_FFFF_FFFF_FFFF) &+ 0x3FE6_A09E_667F_3BCD)
        return (exponent, fraction)
    }

    /// (log(1 + f) − 2s)/s for s = f/(2 + f), by a minimax polynomial in s²: error below 2^−58.45.
    @inlinable @inline(__always)
    static func logTail(_ z: Double) -> Double {
        let w = z * z
        let odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
        let even =
            z
            * (6.666666666666735130e-01
                + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
        return odd + even
    }

    /// Natural logarithm. −∞ at 0, not a number below.
    @inlinable
    package static func log(_ x: Double) -> Double {
        guard x > 0, x < .infinity else {
            if x == 0 { return -.infinity }
            return x == .infinity ? .infinity : .nan
        }
        let (exponent, fraction) = reduced(x)
        let f = fraction - 1
        let s = f / (2 + f)
        let r = logTail(s * s)
        let half = 0.5 * f * f
        let k = Double(exponent)
        return k * ln2High - ((half - (s * (half + r) + k * ln2Low)) - f)
    }

    /// e to the power of x.
    @inlinable
    package static func exp(_ x: Double) -> Double {
        if x > 709.782712893383973096 { return .infinity }
        if x < -745.13321910194110842 { return 0 }
        if x.isNaN { return .nan }
        return exp(x, 0)
    }

    /// e to the power of high + low for |low| far below |high|, no overflow checks.
    @inlinable @inline(__always)
    static func exp(_ high: Double, _ low: Double) -> Double {
        // Adding 3·2⁵¹ rounds to a whole number, ties to even, which then stands in the sum's low bits: `rounded` is a
        // call into the C library where the processor may lack SSE 4.1.
        let shifted = high * 1.44269504088896338700e+00 + 0x1.8p52
        let k = shifted - 0x1.8p52
        let a = high - k * ln2High
        let b = k * ln2Low - low
        let x = a - b
        let t = x * x
        let c =
            x - t
            * (1.66666666666666019037e-01
                + t * (-2.77777777770155933842e-03
                    + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))))
        let y = 1 - ((b - (x * c) / (2 - c)) - a)
        return scaled(y, Int(Int32(truncatingIfNeeded: shifted.bitPattern)))
    }

    /// y · 2^k for y near 1, rounded once.
    @inlinable @inline(__always)
    static func scaled(_ y: Double, _ k: Int) -> Double {
        if k >= -1021, k <= 1023 { return y * Double(bitPattern: UInt64(k &+ 1023) << 52) }
        if k > 1023 { return y * 0x1p1023 * Double(bitPattern: UInt64(min(k, 2046)) << 52) }
        return y * Double(bitPattern: UInt64(max(k, -2045) &+ 2046) << 52) * 0x1p-1023
    }
}
