import Scenarios
import Testing

@testable import Simulation

@Suite struct RandomScenarioTests {
    /// 2,000 random scenarios with random faults: no rule broken, nothing lost, nothing left behind.
    @Test(arguments: 0..<20) func randomScenariosBreakNoRule(batch: UInt64) throws {
        for number in batch * 100..<(batch + 1) * 100 {
            let violations = try RandomScenario(number: number).verify()
            #expect(violations.isEmpty, "crisol verify --first \(number) --scenarios 1: \(violations)")
        }
    }

    @Test func theSameNumberGivesTheSameScenario() {
        var (a, b) = (RandomScenario(number: 7), RandomScenario(number: 7))
        #expect(a.yaml() == b.yaml())
        var c = RandomScenario(number: 8)
        #expect(a.yaml() != c.yaml())
    }
}
