import Scenarios
import Testing

@testable import Simulation

@Suite struct RandomScenarioTests {
    /// 500 random scenarios with random faults: no rule broken, nothing lost, nothing left behind.
    @Test(arguments: 0..<10) func randomScenariosBreakNoRule(batch: UInt64) throws {
        for number in batch * 50..<(batch + 1) * 50 {
            let verdict = try RandomScenario(number: number).verify()
            #expect(verdict.isEmpty, "crisol verify --first \(number) --scenarios 1: \(verdict)")
        }
    }

    @Test func theSameNumberGivesTheSameScenario() {
        var (a, b) = (RandomScenario(number: 7), RandomScenario(number: 7))
        #expect(a.yaml() == b.yaml())
        var c = RandomScenario(number: 8)
        #expect(a.yaml() != c.yaml())
    }
}
