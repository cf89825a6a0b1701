/// A mean over repeats with its Student-t interval.
package struct Estimate: Sendable, Equatable {
    /// Values that were there; `.nan`s are left out.
    package let count: Int
    package let mean: Double
    /// Of the sample (n − 1); `.nan` with fewer than two values.
    package let standardDeviation: Double
    /// Half the width of the two-sided interval; `.nan` with fewer than two values.
    package let halfWidth: Double
    package let confidence: Double

    package init(of values: [Double], confidence: Double = 0.95) {
        let present = values.filter { !$0.isNaN }
        count = present.count
        self.confidence = confidence
        guard !present.isEmpty else {
            (mean, standardDeviation, halfWidth) = (.nan, .nan, .nan)
            return
        }
        // Deviations from the first value keep the sum of squares small, so that equal values give exactly 0.
        let origin = present[0]
        let shift = present.reduce(0) { $0 + ($1 - origin) } / Double(present.count)
        mean = origin + shift
        guard present.count > 1 else {
            (standardDeviation, halfWidth) = (.nan, .nan)
            return
        }
        let squares = present.reduce(0) { $0 + ($1 - origin - shift) * ($1 - origin - shift) }
        standardDeviation = (squares / Double(present.count - 1)).squareRoot()
        halfWidth =
            StudentT.quantile(0.5 + confidence / 2, degreesOfFreedom: present.count - 1)
            * standardDeviation / Double(present.count).squareRoot()
    }

    package var standardError: Double { standardDeviation / Double(count).squareRoot() }
    package var hasInterval: Bool { !halfWidth.isNaN }
}
