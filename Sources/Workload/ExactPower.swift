extension ExactMath {
    /// x to the power of y for x ≥ 0; not a number for x < 0.
    ///
    /// The logarithm is taken in two words of together about 60 bits, so results between 10⁻⁹ and 10⁹
    /// are within 1.05 ulp of the true value, and the largest and smallest within 16.
    @usableFromInline package static func pow(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        guard !x.isNaN, !y.isNaN, x >= 0 else { return .nan }
        if x == 0 { return y > 0 ? 0 : .infinity }
        if x == .infinity { return y > 0 ? .infinity : 0 }
        if y.isInfinite { return (x > 1) == (y > 0) ? .infinity : 0 }
        if y == 1 { return x }
        if y == -1 { return 1 / x }
        if y == 2 { return x * x }
        if y == 0.5 { return x.squareRoot() }

        let logarithm = twoWordLog(x)
        let rough = logarithm.high * y
        if rough > 710 { return .infinity }
        if rough < -746 { return 0 }
        let product = twoProduct(logarithm.high, y)
        let low = product.low + logarithm.low * y
        let high = product.high + low
        return exp(high, low - (high - product.high))
    }

    /// log x = high + low.
    static func twoWordLog(_ x: Double) -> (high: Double, low: Double) {
        let (exponent, m) = reduced(x)
        let f = m - 1
        // s = f/(m + 1) in two words.
        let sum = twoSum(m, 1)
        let s = f / sum.high
        let back = twoProduct(s, sum.high)
        let sLow = ((f - back.high) - back.low - s * sum.low) / sum.high
        // log m = 2s + s·tail(s²); the tail is at most 1 % of 2s, so one word of it is enough.
        let small = s * logTail(s * s) + 2 * sLow
        let k = Double(exponent)
        let first = twoSum(k * ln2High, 2 * s)
        let rest = first.low + (small + k * ln2Low)
        let high = first.high + rest
        return (high, rest - (high - first.high))
    }

    /// a + b = high + low exactly (D. E. Knuth, TAOCP 2, 4.2.2).
    @inline(__always)
    static func twoSum(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
        let high = a + b
        let part = high - a
        return (high, (a - (high - part)) + (b - part))
    }

    /// a · b = high + low exactly, within the exponent's range (T. J. Dekker, Numer. Math. 18, 1971).
    @inline(__always)
    static func twoProduct(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
        let high = a * b
        let (a1, a2) = halves(a)
        let (b1, b2) = halves(b)
        return (high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2)
    }

    @inline(__always)
    static func halves(_ a: Double) -> (Double, Double) {
        let t = 134_217_729 * a
        let high = t - (t - a)
        return (high, a - high)
    }
}
