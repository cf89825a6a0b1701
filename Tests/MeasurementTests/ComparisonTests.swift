import SeededChance
import Testing

@testable import Measurement

@Suite struct MeanDifferenceTests {
    private func near(_ seen: Double, _ expected: Double, scale: Double = 0) -> Bool {
        (seen - expected).magnitude <= 1e-9 * max(expected.magnitude, scale)
    }

    @Test(arguments: pairedOracle.indices) func pairsAgreeWithScipy(index: Int) {
        let row = pairedOracle[index]
        let seen = MeanDifference(paired: row.base, with: row.new, isReproducible: true)
        #expect(seen.degreesOfFreedom == row.degrees && near(seen.probability, row.probability))
        let half = seen.halfWidth(level: row.level)
        #expect(near(seen.difference - half, row.low, scale: half) && near(seen.difference + half, row.high, scale: half))
    }

    @Test(arguments: welchOracle.indices) func unpairedRepeatsAgreeWithScipy(index: Int) {
        let row = welchOracle[index]
        let seen = MeanDifference(unpaired: row.base, with: row.new)
        #expect(near(seen.degreesOfFreedom, row.degrees) && near(seen.probability, row.probability))
        let half = seen.halfWidth(level: row.level)
        #expect(near(seen.difference - half, row.low, scale: half) && near(seen.difference + half, row.high, scale: half))
    }

    @Test func equalRepeatsDoNotDiffer() {
        let paired = MeanDifference(paired: [1, 2, 4], with: [1, 2, 4], isReproducible: true)
        #expect(paired.probability == 1 && paired.difference == 0 && !paired.varies)
        // The same sum, added up in another order.
        let rounded = MeanDifference(paired: [0.3, 7, 1e6], with: [0.1 + 0.2, 7, 1e6], isReproducible: true)
        #expect(rounded.probability == 1 && rounded.difference == 0)
        let unpaired = MeanDifference(unpaired: [0, 0, 0], with: [0, 0])
        #expect(unpaired.probability == 1 && unpaired.halfWidth(level: 0.02).isNaN)
    }

    @Test func aConstantDifferenceIsOneWhereChanceIsTheSame() {
        let simulated = MeanDifference(paired: [10, 20, 30], with: [11, 21, 31], isReproducible: true)
        #expect(simulated.probability == 0 && simulated.difference == 1)
        // A coin that falls on one side three times does so in one of four cases, counting both sides.
        let live = MeanDifference(paired: [10, 20, 30], with: [11, 21, 31], isReproducible: false)
        #expect(live.probability == 0.25)
        // Of the 252 ways to draw five of ten, two set all zeros against all ones.
        let unpaired = MeanDifference(unpaired: [0, 0, 0, 0, 0], with: [1, 1, 1, 1, 1])
        #expect(near(unpaired.probability, 2.0 / 252))
    }
}

@Suite struct HolmCorrectionTests {
    @Test func theExampleStepsDown() {
        // Four tests at 5 %: 0.005 ≤ 0.0125 and 0.01 ≤ 0.0167 are rejected, 0.03 > 0.025 and what comes after is not.
        let decisions = HolmCorrection([0.01, 0.04, 0.03, 0.005], rate: 0.05).decisions
        #expect(decisions.map(\.isRejected) == [true, false, false, true])
        let sizes: [Double] = [3, 2, 2, 4]
        #expect(decisions.map(\.level) == sizes.map { 0.05 / $0 })
        #expect(HolmCorrection([], rate: 0.02).decisions.isEmpty)
        #expect(HolmCorrection([0.02], rate: 0.02).decisions[0].isRejected)
    }

    /// Holm's procedure is the closed test of all Bonferroni tests: a hypothesis is rejected exactly where every set of
    /// hypotheses that holds it has a probability of at most rate / size.
    @Test func itIsTheClosureOfBonferroni() {
        var chance = SplitMix(state: 5)
        for _ in 0..<300 {
            let count = 1 + chance.next(below: 7)
            let probabilities = (0..<count).map { _ in Double(chance.next(below: 1000)) / 1000 * (chance.next(below: 2) == 0 ? 0.01 : 0.2) }
            let seen = HolmCorrection(probabilities, rate: 0.02).decisions
            for one in 0..<count {
                let expected = (1..<1 << count).filter { $0 >> one & 1 == 1 }.allSatisfy { set in
                    let members = (0..<count).filter { set >> $0 & 1 == 1 }
                    return members.map { probabilities[$0] }.min()! <= 0.02 / Double(members.count)
                }
                #expect(seen[one].isRejected == expected, "\(probabilities)")
                #expect(seen[one].isRejected == (probabilities[one] <= seen[one].level), "\(probabilities)")
            }
        }
    }
}
