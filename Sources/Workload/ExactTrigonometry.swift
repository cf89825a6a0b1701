extension ExactMath {
    /// Sine and cosine of an angle in turns (1 is the full circle), to within 2 ulp of 1; for |x| up to 2⁵⁰.
    ///
    /// Reduced to an eighth of a turn, which is exact, and there by the polynomials of fdlibm (Sun Microsystems,
    /// 1993: `k_sin.c`, `k_cos.c`).
    package static func sineAndCosine(turns: Double) -> (sine: Double, cosine: Double) {
        let quarters = turns * 4
        let nearest = quarters.rounded(.toNearestOrEven)
        let x = (quarters - nearest) * (Double.pi / 2)
        let z = x * x
        let s1 = -1.66666666666666324348e-01, s2 = 8.33333333332248946124e-03, s3 = -1.98412698298579493134e-04
        let s4 = 2.75573137070700676789e-06, s5 = -2.50507602534068634195e-08, s6 = 1.58969099521155010221e-10
        let sine = x + x * z * (s1 + z * (s2 + z * (s3 + z * (s4 + z * (s5 + z * s6)))))
        let c1 = 4.16666666666666019037e-02, c2 = -1.38888888888741095749e-03, c3 = 2.48015872894767294178e-05
        let c4 = -2.75573143513906633035e-07, c5 = 2.08757232129817482790e-09, c6 = -1.13596475577881948265e-11
        let cosine = 1 - (z / 2 - z * z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * (c5 + z * c6))))))
        return switch Int64(nearest) & 3 {
        case 0: (sine, cosine)
        case 1: (cosine, -sine)
        case 2: (-sine, -cosine)
        default: (-cosine, sine)
        }
    }
}
