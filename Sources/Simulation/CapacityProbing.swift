import Measurement
import Scenarios
import Workload

/// Tries values of a key in simulation: same seed and same repeats at each, so that what differs between two of
/// them is the key and not their luck (common random numbers).
package struct CapacityProbing {
    package let level: ServiceLevel
    /// Repeats at first, and at most; they double while a value is undecided.
    package let repeats: Int
    package let mostRepeats: Int
    private let scenario: (Double) throws -> Scenario

    /// Why a value cannot be tried, or must not be relied on.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
        package let exitCode: Int32
    }

    package init(_ checks: [Check], repeats: Int, mostRepeats: Int, scenario: @escaping (Double) throws -> Scenario) {
        precondition(repeats >= 2 && mostRepeats >= repeats, "an interval needs two repeats")
        var looks = 1
        var count = repeats
        while count < mostRepeats {
            count *= 2
            looks += 1
        }
        level = ServiceLevel(checks, looks: looks)
        (self.repeats, self.mostRepeats, self.scenario) = (repeats, mostRepeats, scenario)
    }

    /// Simulates the scenario at a value until it is decided or may not be repeated any more.
    /// - Parameters:
    ///   - name: the value for messages.
    ///   - corpus: loads the scenario's corpus; probes tend to share one.
    package func probe(
        _ value: Double, named name: String, corpus: (Scenario) throws -> Corpus, isInterrupted: () -> Bool = { false }
    ) throws -> CapacityProbe {
        let scenario = try scenario(value)
        let run = SimulatedRun(scenario, corpus: try corpus(scenario))
        var results: [RunResult] = []
        var wanted = repeats
        while true {
            while results.count < wanted {
                let result = try run.run(repeat: results.count, isInterrupted: isInterrupted)
                if isInterrupted() { throw Problem(description: "interrupted at \(name): there is no answer yet", exitCode: 2) }
                if let violation = result.violations.first { throw Problem(description: "at \(name), repeat \(results.count): \(violation)", exitCode: 70) }
                if let reason = result.invalid.first { throw Problem(description: "at \(name), repeat \(results.count): \(reason)", exitCode: 2) }
                guard result.totals.measured > 0 else {
                    throw Problem(
                        description: "at \(name) all questions come within the warm-up of \(Scenario.text(of: scenario.warmup)): "
                            + "set a duration in place of questions, or a shorter warmup",
                        exitCode: 65)
                }
                results.append(result)
            }
            let probe = level.judge(results, at: value, faults: !scenario.provider.faults.isEmpty)
            guard probe.verdict == .undecided, wanted < mostRepeats else { return probe }
            wanted = min(2 * wanted, mostRepeats)
        }
    }
}
