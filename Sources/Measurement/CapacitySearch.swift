import Scenarios

/// Looks for the hardest value of a key at which an objective is met: the highest rate, or the smallest number.
///
/// Doubling and halving bracket it; bisection narrows down three places, which coincide where nothing is left
/// undecided: up to where the objective is shown to be met, where the means cross its limit, and from where on it is
/// shown to be missed. All three take it that what is harder is not met better.
package struct CapacitySearch {
    package let kind: SearchKey.Kind
    package let bounds: ClosedRange<Double>
    package let start: Double
    /// How close to each other, as a share, the two rates must be that a place lies between.
    package let tolerance: Double
    /// In the order in which they were tried.
    private var probes: [CapacityProbe] = []

    package init(_ kind: SearchKey.Kind, bounds: ClosedRange<Double>, start: Double, tolerance: Double) {
        precondition(bounds.contains(start) && tolerance > 0, "a search begins within its bounds")
        (self.kind, self.bounds, self.start, self.tolerance) = (kind, bounds, start, tolerance)
    }

    package func run(_ probe: (Double) throws -> CapacityProbe) rethrows -> Capacity {
        var search = self
        try search.bracket(probe)
        let met = try search.narrow(probe) { $0.verdict == .meets }
        let average = try search.narrow(probe) { $0.holdsOnAverage && $0.verdict != .saturated }
        let missed = try search.narrow(probe) { $0.verdict != .misses && $0.verdict != .saturated }
        let sorted = search.probes.sorted { $0.value < $1.value }
        return Capacity(probes: sorted, met: met.easier, missed: missed.harder, onAverage: average)
    }

    // MARK: Hard and easy

    private func isHarder(_ a: Double, than b: Double) -> Bool { kind == .rate ? a > b : a < b }
    private var hardest: Double { kind == .rate ? bounds.upperBound : bounds.lowerBound }
    private var easiest: Double { kind == .rate ? bounds.lowerBound : bounds.upperBound }
    private var byHardness: [CapacityProbe] { probes.sorted { isHarder($1.value, than: $0.value) } }

    private mutating func bracket(_ probe: (Double) throws -> CapacityProbe) rethrows {
        probes = [try probe(start)]
        while let last = byHardness.last, last.verdict == .meets || last.verdict == .undecided, last.value != hardest {
            probes.append(try probe(kind == .rate ? min(last.value * 2, hardest) : max((last.value / 2).rounded(.down), hardest)))
        }
        while let first = byHardness.first, first.verdict != .meets, first.value != easiest {
            probes.append(try probe(kind == .rate ? max(first.value / 2, easiest) : min(max(first.value * 2, 1), easiest)))
        }
    }

    /// Bisects until the last value that is good and the first that is not lie as close together as they shall.
    private mutating func narrow(_ probe: (Double) throws -> CapacityProbe, _ isGood: (CapacityProbe) -> Bool) rethrows -> Capacity.Place {
        while true {
            let sorted = byHardness
            guard let index = sorted.firstIndex(where: { !isGood($0) }) else { return Capacity.Place(easier: sorted.last, harder: nil) }
            guard index > 0 else { return Capacity.Place(easier: nil, harder: sorted[index]) }
            let (good, bad) = (sorted[index - 1], sorted[index])
            guard let middle = middle(good.value, bad.value) else { return Capacity.Place(easier: good, harder: bad) }
            probes.append(try probe(middle))
        }
    }

    /// A value between the two; nil where they are close enough, or there is none.
    private func middle(_ a: Double, _ b: Double) -> Double? {
        let (low, high) = (min(a, b), max(a, b))
        guard kind == .rate else { return high - low > 1 ? ((low + high) / 2).rounded(.down) : nil }
        guard high - low > tolerance * low else { return nil }
        // Few digits, so that a person can write the rate down and try it again.
        let middle = SearchKey.rounded((low + high) / 2, digits: 5)
        return middle > low && middle < high ? middle : nil
    }
}

/// What a search has found.
package struct Capacity: Sendable {
    /// Two neighbours among the probes between which something changes; nil at an end of the bounds.
    package struct Place: Sendable {
        package let easier: CapacityProbe?
        package let harder: CapacityProbe?
    }

    /// By value.
    package let probes: [CapacityProbe]
    /// The hardest value at which the objective is shown to be met, as it is at all easier ones that were tried.
    package let met: CapacityProbe?
    /// The easiest value from which on it is shown to be missed, or the pipeline is saturated.
    package let missed: CapacityProbe?
    /// Where the means cross the limit.
    package let onAverage: Place

    /// Where the first check's mean crosses its limit, on a straight line between two probes; the last that holds where
    /// there is no such line. Nil where no probe holds.
    package func estimate(_ checks: [Check]) -> Double? {
        guard let easier = onAverage.easier else { return nil }
        guard let harder = onAverage.harder else { return easier.value }
        for (index, check) in checks.enumerated() where harder.figures.indices.contains(index) && easier.figures.indices.contains(index) {
            let (a, b) = (easier.figures[index].mean, harder.figures[index].mean)
            guard !check.holds(for: b), a != b else { continue }
            return easier.value + (harder.value - easier.value) * min(1, max(0, (check.value - a) / (b - a)))
        }
        return easier.value
    }
}
