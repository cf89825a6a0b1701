/// The counter-based generator Philox2x64: a keyed bijection of 128-bit counters.
///
/// Its outputs pass BigCrush from six rounds on; its authors' default of ten is a margin for what nobody has
/// tested yet. Seven, one more than needed, take six tenths of the time, and the draws as they are used pass
/// dieharder (`scripts/dieharder`).
///
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel Random Numbers: As Easy as
/// 1, 2, 3", SC'11, table 2. Tested against the known answers of the authors' library Random123.
@usableFromInline package enum Philox {
    /// Seven rounds over the counter (c0, c1) under `key`.
    @inlinable @inline(__always)
    package static func block(_ c0: UInt64, _ c1: UInt64, key: UInt64) -> (UInt64, UInt64) {
        block(c0, c1, key: key, rounds: 7)
    }

    @inlinable @inline(__always)
    package static func block(_ c0: UInt64, _ c1: UInt64, key: UInt64, rounds: Int) -> (UInt64, UInt64) {
        var a = c0
        var b = c1
        var k = key
        for _ in 0..<rounds {
            let product = a.multipliedFullWidth(by: 0xD2B7_4407_B1CE_6E93)
            a = product.high ^ k ^ b
            b = product.low
            k &+= 0x9E37_79B9_7F4A_7C15
        }
        return (a, b)
    }
}
