import Foundation
import SeededChance
import Testing

@testable import Measurement

@Suite struct ChangePointsTests {
    private static let level = ChangePoints.errorRate / Double(ChangePoints.period)

    private func scan(_ values: [Double], sharedBy family: Double = 1, isReproducible: Bool = false, onLogarithms: Bool = false) -> [ChangePoints.Change] {
        ChangePoints(
            in: values, levels: values.map { _ in Self.level / family }, isReproducible: isReproducible, onLogarithms: onLogarithms
        ).changes
    }

    /// Nights of normal noise about 100 with a standard deviation of 1.
    private func noise(_ count: Int = 60, seed: UInt64) -> [Double] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in 100 + (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 } }
    }

    @Test func aPlantedChangeIsFoundOnTheThirdNight() {
        for at in [20, 30, 45, 57] {
            var found = 0
            for seed in 0..<20 {
                var values = noise(seed: UInt64(seed))
                for night in at..<60 { values[night] += 6 }
                let changes = scan(values, sharedBy: 10)
                if let first = changes.first, first.first == at, first.found == at + 2 { found += 1 }
            }
            #expect(found >= 17, "\(found) of 20 at night \(at)")
        }
    }

    @Test func noiseIsNoChange() {
        let alarms = (0..<60).count { !scan(noise(seed: 1000 + UInt64($0)), sharedBy: 10).isEmpty }
        #expect(alarms <= 1, "\(alarms) of 60")
    }

    @Test func badNightsAreNoChangeAndHideNone() {
        var values = noise(seed: 5)
        values[20] += 50
        #expect(scan(values).isEmpty)
        values[40] -= 30
        values[41] -= 35
        #expect(scan(values).isEmpty)
        for night in 50..<60 { values[night] += 6 }
        #expect(scan(values).map(\.first) == [50] && scan(values)[0].found == 52)
    }

    @Test func eachNightIsJudgedByWhatWasKnownThen() {
        var values = noise(seed: 9)
        for night in 25..<60 { values[night] += 8 }
        for night in 45..<60 { values[night] -= 12 }
        let all = scan(values)
        #expect(all.map(\.first) == [25, 45], "\(all)")
        for count in 1...60 { #expect(scan(Array(values.prefix(count))) == all.filter { $0.found < count }) }
    }

    @Test func constantsChangeAtOnceWhereChanceHasNoPart() {
        let values = [Double](repeating: 5, count: 10) + [6] + [Double](repeating: 5, count: 10)
        #expect(scan(values, isReproducible: true).map(\.found) == [10, 13])
        // A live series that was constant and is so again has had one bad night.
        #expect(scan(values).isEmpty)
        let lasting = [Double](repeating: 5, count: 30) + [6, 6, 6, 6]
        #expect(scan(lasting, isReproducible: true) == [ChangePoints.Change(first: 30, found: 30)])
        #expect(scan(lasting).map(\.first) == [30])
        // Ties alone are worth no more than the ways in which chance could have put them.
        #expect(scan([1, 1, 1, 2, 2, 2]).isEmpty)
        #expect(scan([Double](repeating: 0, count: 60)).isEmpty && scan([]).isEmpty && scan([1]).isEmpty)
        // Three simulated nights that differ are no constant.
        #expect(scan([5, 5, 6, 7, 5], isReproducible: true).isEmpty)
    }

    @Test func noiseThatGrowsWithTheValueIsLookedAtByItsLogarithm() {
        // From 100 ± 20 % down to 40 ± 20 %, and one night of 0, which has no logarithm.
        var values = noise(seed: 3).enumerated().map { $0 < 40 ? exp(0.2 * ($1 - 100)) * 100 : exp(0.2 * ($1 - 100)) * 30 }
        #expect(scan(values, onLogarithms: true).map(\.first) == [40])
        values[10] = 0
        _ = scan(values, onLogarithms: true)
    }

    @Test func aLongHistoryCostsNoMoreThanItsLastMonths() {
        var values = (0..<4).flatMap { noise(100, seed: 70 + $0) }
        for night in 370..<400 { values[night] += 5 }
        #expect(scan(values, sharedBy: 100).map(\.first) == [370])
    }
}
