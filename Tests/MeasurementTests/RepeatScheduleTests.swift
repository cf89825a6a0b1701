import Scenarios
import Testing
@testable import Measurement

@Suite struct RepeatScheduleTests {
    private typealias Unit = RepeatSchedule.Unit

    /// Takes all there is, one after another.
    private func all(_ schedule: inout RepeatSchedule, value: (Unit) -> Double = { _ in .nan }) -> [Unit] {
        var units: [Unit] = []
        while let unit = schedule.take() {
            units.append(unit)
            schedule.finished(unit, value: value(unit))
        }
        return units
    }

    @Test func withoutARuleEveryPointHasTheSameNumberInOrder() {
        var schedule = RepeatSchedule(points: [1, 4], repeats: 3)
        #expect(schedule.mostInAll == 6)
        let units = all(&schedule)
        #expect(units == [1, 4].flatMap { point in (0..<3).map { Unit(point: point, replication: $0) } })
        #expect(schedule.wanted(ofPoint: 4) == 3 && schedule.wanted(ofPoint: 0) == nil)
    }

    /// Figures 10 ± something that shrinks; by hand: the 95 % half-width of 9, 11, 10, 10 is 3.182 · 0.8165 / 2 = 1.299, with a
    /// fifth 10 it is 2.776 · 0.7071 / √5 = 0.878, with a sixth 2.571 · 0.6325 / √6 = 0.664.
    @Test(arguments: [(0.13, 3, 4), (0.129, 3, 5), (0.07, 3, 6), (0.9, 3, 3), (0.9, 5, 5), (0.001, 3, 7)])
    func aPointIsRepeatedUntilItsIntervalIsNarrowEnough(share: Double, atLeast: Int, expected: Int) {
        let figures: [Double] = [9, 11, 10, 10, 10, 10, 10]
        var schedule = RepeatSchedule(
            points: [0], repeats: 7, stopping: StoppingRule(relativeHalfWidth: share, column: "cost", atLeast: atLeast))
        #expect(all(&schedule) { figures[$0.replication] }.count == expected)
        #expect(schedule.wanted(ofPoint: 0) == expected && schedule.mostInAll == expected)
    }

    @Test func missingFiguresAreNeverNarrowEnough() {
        var schedule = RepeatSchedule(points: [0], repeats: 6, stopping: StoppingRule(relativeHalfWidth: 1, column: "cost", atLeast: 2))
        #expect(all(&schedule) { $0.replication == 1 ? .nan : 5 }.count == 6)
    }

    /// Whatever the order in which repeats are finished, and however many are under way.
    @Test(arguments: [1, 2, 3, 8]) func theOrderOfFinishingChangesNothing(workers: Int) {
        func figure(_ unit: Unit) -> Double { 10 + Double((unit.point * 7 + unit.replication * 13) % 11) / Double(unit.point + 2) }
        let rule = StoppingRule(relativeHalfWidth: 0.06, column: "cost", atLeast: 4)
        var alone = RepeatSchedule(points: Array(0..<9), repeats: 30, stopping: rule)
        let needed = all(&alone, value: figure)
        let expected = (0..<9).map { alone.wanted(ofPoint: $0) }
        #expect(Set(expected.map { $0 ?? 0 }).count > 2 && needed.count == expected.reduce(0) { $0 + ($1 ?? 0) })

        var schedule = RepeatSchedule(points: Array(0..<9), repeats: 30, stopping: rule)
        var underWay: [Unit] = []
        var count = 0
        while true {
            while underWay.count < workers, let unit = schedule.take() {
                underWay.append(unit)
                count += 1
            }
            // The newest first, every third time the oldest.
            guard let unit = count % 3 == 0 ? underWay.first : underWay.last else { break }
            underWay.removeAll { $0 == unit }
            schedule.finished(unit, value: figure(unit))
        }
        #expect((0..<9).map { schedule.wanted(ofPoint: $0) } == expected)
        // Who works alone never guesses.
        #expect(workers == 1 ? count == needed.count : count >= needed.count)
    }
}
