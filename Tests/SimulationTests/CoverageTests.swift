import Measurement
import Scenarios
import Testing
import Workload

@testable import Simulation

/// The intervals that reports print cover what is true as often as they say, over seeds 1 to 100.
///
/// Short runs of quiet queues; `scripts/coverage` makes longer ones of busier queues, more of them, and more seeds.
@Suite struct CoverageTests {
    struct Form: Sendable, CustomTestStringConvertible {
        var name: String
        var servers: Int
        var rate: Double
        var latency: String
        /// Mean time in the queue, in ms.
        var wait: Double

        var testDescription: String { name }
    }

    static let forms = [
        Form(
            name: "M/M/2", servers: 2, rate: 10, latency: "{distribution: exponential, mean: 100ms}",
            wait: QueueingTheory.meanWait(servers: 2, offered: 1, meanService: 100)),
        // The variance of a waiting time is finite only where the third moment of the service time is: shape above 3.
        Form(
            name: "M/G/1, Pareto", servers: 1, rate: 5, latency: "{distribution: pareto, minimum: 75ms, shape: 4}",
            wait: QueueingTheory.meanWait(utilisation: 0.5, meanService: 100, serviceVariance: 0.125 * 100 * 100)),
    ]

    @Test(arguments: forms) func intervalsCoverTheTruth(form: Form) throws {
        let estimates = try (1...100).map { seed in
            let file = try ScenarioFile.load(
                text: queue(servers: form.servers, rate: form.rate, latency: form.latency, questions: 1500, warmup: 10, seed: seed))
            let run = try SimulatedRun(file.scenario)
            return Estimate(of: try (0..<3).map { try #require(try run.run(repeat: $0).value("generated_queue_mean_ms")).double })
        }
        func coverage(of wait: Double) -> Double {
            Double(estimates.count { abs($0.mean - wait) <= $0.halfWidth }) / Double(estimates.count)
        }
        // Of 100 intervals, each right with a probability of 0.95, fewer than 89 are in one case of 300.
        #expect((0.89...0.99).contains(coverage(of: form.wait)), "\(coverage(of: form.wait)) of the intervals cover \(form.wait) ms")
        // A simulator whose queues are a quarter longer or shorter than they should be would be found out.
        #expect(coverage(of: 1.25 * form.wait) < 0.89 && coverage(of: 0.75 * form.wait) < 0.89)
        // What single intervals cannot see, all of them together do.
        let mean = Estimate(of: estimates.map(\.mean))
        #expect(abs(mean.mean - form.wait) < 4 * mean.standardError && mean.standardError < 0.03 * form.wait)
    }

    /// The first and the last third of a long run, over seeds: nothing may creep. `creep` is by how much the last
    /// third is truly asked for more, to show that it would be seen.
    @Test(arguments: [0, 0.05]) func nothingCreepsAsTimeGoes(creep: Double) throws {
        let arrivals = "{process: stages, stages: [{rate: 30/s, for: 200s}, {rate: \(30 * (1 + creep))/s, for: 100s}]}"
        let yaml = queue(servers: 4, rate: 30, latency: "{distribution: exponential, mean: 100ms}")
            .replacing("{process: poisson, rate: 30.0/s}", with: arrivals).replacing("questions: 20000", with: "duration: 300s")
        let run = try SimulatedRun(try ScenarioFile.load(text: yaml).scenario)
        func change(_ read: (SecondRow) -> Int, of results: [RunResult]) -> Estimate {
            Estimate(of: results.map { result in
                let early = result.seconds[0..<100].reduce(0) { $0 + read($1) }
                let late = result.seconds[200..<300].reduce(0) { $0 + read($1) }
                return Double(late) / Double(early) - 1
            })
        }
        let results = try (0..<20).map { try run.run(repeat: $0) }
        let (asked, answered) = (change(\.asked, of: results), change(\.answered, of: results))
        for estimate in [asked, answered] {
            #expect(estimate.standardError < 0.01)
            #expect((abs(estimate.mean) < 4 * estimate.standardError) == (creep == 0), "\(estimate.mean) ± \(estimate.standardError)")
        }
    }

    /// A source of constant rate keeps it, to the nanosecond: a rounded gap, added up, would not.
    @Test func aConstantRateIsKept() throws {
        let yaml = queue(servers: 100, rate: 30, latency: "{distribution: constant, value: 1ms}", questions: 30_001, warmup: 0)
            .replacing("poisson", with: "constant").replacing("30.0/s", with: "3/s")
        let result = try simulate(yaml)
        // The last of them comes after 30,000 thirds of a second, and is answered a millisecond later.
        #expect(abs(result.totals.end.nanoseconds - 10_000_001_000_000) <= 1)
    }
}
