import Glibc

/// Finds the nights at which a series changed for good, night by night, as they would have been found at the time.
///
/// The unknown-parameters change-point model: each night every split of the series since the last change is looked at,
/// and the largest two-sample t held against its limit (D. M. Hawkins, P. Qiu and C. W. Kang, "The Changepoint Model for
/// Statistical Process Control", Journal of Quality Technology 35, 2003). Nothing has to be known beforehand: neither mean
/// nor spread, and no training. Their limits are simulated for one series and alarm rates of a percent or so; a history has
/// hundreds of series, so the splits share the level by Bonferroni's inequality, as K. J. Worsley has it ("On the
/// Likelihood Ratio Test for a Shift in Location of Normal Populations", Journal of the American Statistical Association
/// 74, 1979). Of a night's level α, the split with j nights behind it gets 2α/(j(j−1)), which over all j from 3 on sums to α:
/// young changes, which are what a nightly run is for, get most.
///
/// A bad night or two are no change. The likeliest split has three nights at least behind it, all of the latest three are
/// nearer to the new level than to the old, and the t also stands, at the level `guardLevel`, when any single night is left
/// out (the jackknife: M. H. Quenouille, "Notes on Bias in Estimation", Biometrika 43, 1956). Nor do bad nights hide a
/// change: on either side of a split, values beyond Tukey's outer fences, three interquartile ranges outside the quartiles
/// (J. W. Tukey, "Exploratory Data Analysis", 1977), are taken for the fence. Where noise is normal all this costs little;
/// where it is skewed or heavy-tailed it keeps alarms as rare as they should be. `scripts/change-points` counts.
package struct ChangePoints: Sendable, Equatable {
    /// The probability of any false alarm in `period` nights, over all series of a history together.
    package static let errorRate = 0.02
    package static let period = 60
    /// Nights behind a change before it can be found.
    package static let nightsBehind = 3
    /// One-sided, of the t with any one night left out.
    static let guardLevel = 1e-4
    /// A side of a split with fewer nights has no quartiles that are worth the name.
    static let fencedNights = 8
    /// Nights that are looked back at, so that a long history costs no more than a short one.
    static let memory = 120
    /// A simulated series that was the same for so many nights is a constant.
    static let constantNights = 3

    package struct Change: Sendable, Equatable {
        /// The position of the first night that is changed.
        package let first: Int
        /// The position of the night on which that was found.
        package let found: Int
    }

    /// In the order of the nights.
    package let changes: [Change]

    /// - Parameters:
    ///   - values: one a night, finite, in their order.
    ///   - levels: the probability of a false alarm that each night may spend on this series; as many as values.
    ///   - isReproducible: whether a value has no chance in it, so that what differs from a constant has changed: at once,
    ///     not only after three nights.
    ///   - onLogarithms: whether noise is proportional to the value (times, rates, costs); heeded where all values are
    ///     above 0.
    package init(in values: [Double], levels: [Double], isReproducible: Bool = false, onLogarithms: Bool = false) {
        precondition(values.count == levels.count && values.allSatisfy(\.isFinite), "a level for each value, and every value a number")
        var changes: [Change] = []
        var start = 0
        for night in values.indices {
            let from = max(start, night + 1 - Self.memory)
            let segment = values[from...night]
            let scaled = onLogarithms && segment.allSatisfy { $0 > 0 } ? segment.map { log($0) } : Array(segment)
            let before: Int?
            if isReproducible, Self.endsConstant(scaled) {
                before = scaled.count - 1
            } else {
                before = Self.split(scaled, level: levels[night], isReproducible: isReproducible)
            }
            guard let before else { continue }
            changes.append(Change(first: from + before, found: night))
            start = from + before
        }
        self.changes = changes
    }

    private static func endsConstant(_ values: [Double]) -> Bool {
        values.count > constantNights && values.dropLast().allSatisfy { $0 == values[0] } && values.last != values[0]
    }

    /// The values, those that are far out taken for the fence: what a mean of them is worth.
    package static func fenced(_ values: [Double]) -> [Double] {
        fences(values.sorted()).map { Array(clipped(values[...], to: $0)) } ?? values
    }

    // MARK: One night

    /// How many of the nights lie before the change; nil where none is shown.
    private static func split(_ values: [Double], level: Double, isReproducible: Bool) -> Int? {
        let count = values.count
        guard count >= nightsBehind + (isReproducible ? 1 : 2), values.contains(where: { $0 != values[0] }) else { return nil }
        let fronts = samples(values), backs = samples(values.reversed())
        var likeliest: (t: Double, before: Int) = (2, 0)
        // A night of its own, or two, are looked at as well, so that what they did is not laid to the nights beside them.
        for behind in 1..<count {
            let before = count - behind
            let t = fronts[before].t(to: backs[behind]).magnitude
            guard t > likeliest.t, before > 1 || isReproducible && t.isInfinite else { continue }
            likeliest = (t, before)
        }
        // All splits of a night have the same degrees of freedom: the largest t is the likeliest place.
        let (t, before) = likeliest, behind = count - before
        guard before > 0, behind >= nightsBehind else { return nil }
        let share = 2 * level / Double(behind * (behind - 1))
        if t.isInfinite {
            // Nothing varies but at the split: chance could have put it there in so many other ways.
            let chance = 2 / (0..<behind).reduce(1.0) { $0 * Double(count - $1) / Double($1 + 1) }
            return isReproducible || chance <= share ? before : nil
        }
        guard StudentT.twoSidedProbability(of: t, degreesOfFreedom: Double(count - 2)) <= share else { return nil }
        return lasts(values, fronts[before].mean, backs[behind].mean) && standsWithoutAnyOne(values, before: before) ? before : nil
    }

    /// Whether the latest nights are all nearer to the new level than to the old.
    private static func lasts(_ values: [Double], _ old: Double, _ new: Double) -> Bool {
        values.suffix(nightsBehind).allSatisfy { ($0 - new).magnitude < ($0 - old).magnitude }
    }

    /// The first so many values, for every number of them, without what is far out.
    private static func samples(_ values: [Double]) -> [Sample] {
        var ordered: [Double] = []
        var samples = [Sample([0])]
        // Deviations from the first value, so that equal values give exactly 0.
        var sum = 0.0, squares = 0.0
        for (position, value) in values.enumerated() {
            var place = position
            while place > 0, ordered[place - 1] > value { place -= 1 }
            ordered.insert(value, at: place)
            sum += value - values[0]
            squares += (value - values[0]) * (value - values[0])
            let count = Double(position + 1)
            samples.append(
                fences(ordered).map { Sample(clipped(values[...position], to: $0)) }
                    ?? Sample(count: count, mean: values[0] + sum / count, squares: max(0, squares - sum * sum / count)))
        }
        return samples
    }

    /// The fences that values lie beyond; nil where none does. `ordered`: the values, the smallest first.
    private static func fences(_ ordered: [Double]) -> ClosedRange<Double>? {
        guard ordered.count >= fencedNights else { return nil }
        func quantile(_ share: Double) -> Double {
            let place = share * Double(ordered.count - 1), low = Int(place)
            return ordered[low] + (place - Double(low)) * (ordered[min(low + 1, ordered.count - 1)] - ordered[low])
        }
        let (first, third) = (quantile(0.25), quantile(0.75)), reach = 3 * (third - first)
        // Where half of the nights are equal there is no measure of what is far.
        guard reach > 0, ordered[0] < first - reach || ordered[ordered.count - 1] > third + reach else { return nil }
        return first - reach...third + reach
    }

    private static func clipped(_ values: ArraySlice<Double>, to fences: ClosedRange<Double>) -> ArraySlice<Double> {
        values.map { min(max($0, fences.lowerBound), fences.upperBound) }[...]
    }

    /// Whether the difference is still shown, if at a lower level, with any one night left out.
    private static func standsWithoutAnyOne(_ values: [Double], before: Int) -> Bool {
        let values = [values[..<before], values[before...]].flatMap { fenced(Array($0)) }
        let limit = StudentT.upperQuantile(guardLevel, degreesOfFreedom: Double(values.count - 3))
        let sign: Double = Sample(values[..<before]).mean <= Sample(values[before...]).mean ? 1 : -1
        return values.indices.allSatisfy { left in
            var rest = values
            rest.remove(at: left)
            let split = left < before ? before - 1 : before
            return sign * Sample(rest[..<split]).t(to: Sample(rest[split...])) >= limit
        }
    }

    /// Nights on one side of a split.
    private struct Sample {
        let count: Double
        let mean: Double
        /// Of the deviations from the mean.
        let squares: Double

        init(count: Double, mean: Double, squares: Double) { (self.count, self.mean, self.squares) = (count, mean, squares) }

        init(_ values: ArraySlice<Double>) {
            count = Double(values.count)
            let origin = values[values.startIndex]
            let shift = values.reduce(0) { $0 + ($1 - origin) } / count
            mean = origin + shift
            squares = values.reduce(0) { $0 + ($1 - origin - shift) * ($1 - origin - shift) }
        }

        /// Student's t of the difference between the means; infinite where nothing varies on either side.
        func t(to other: Sample) -> Double {
            let difference = other.mean - mean
            let error = ((squares + other.squares) / (count + other.count - 2) * (1 / count + 1 / other.count)).squareRoot()
            return error > 0 ? difference / error : difference == 0 ? 0 : difference > 0 ? .infinity : -.infinity
        }
    }
}
