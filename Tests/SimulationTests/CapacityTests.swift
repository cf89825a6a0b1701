import Glibc
import Measurement
import Scenarios
import Testing
import Workload

@testable import Simulation

/// The capacity of simulated queues against that of theory.
@Suite struct CapacityTests {
    /// The probability that a question of M/M/c takes longer than `time`, its service included.
    ///
    /// The wait is 0 with probability 1 − C (Erlang's C formula), else exponential with rate θ = cμ − λ; the service is
    /// exponential with rate μ and independent of it; their sum's tail is that of two exponentials in a row. Source:
    /// L. Kleinrock, "Queueing Systems", volume 1, 1975, section 3.5; D. Gross, C. M. Harris, "Fundamentals of Queueing
    /// Theory", 1998, section 2.3. For one server it is exp(−(μ − λ)t).
    private func tail(servers: Int, rate: Double, service mu: Double, time: Double) -> Double {
        let c = QueueingTheory.erlangC(servers: servers, offered: rate / mu)
        let theta = Double(servers) * mu - rate
        let served = exp(-mu * time)
        guard abs(theta - mu) > 1e-9 * mu else { return (1 - c) * served + c * (1 + mu * time) * served }
        return (1 - c) * served + c * (theta * served - mu * exp(-theta * time)) / (theta - mu)
    }

    /// The rate at which the 95th percentile is the limit, by bisection.
    private func capacity(servers: Int, service mu: Double, limit: Double) -> Double {
        var (low, high) = (0.0, Double(servers) * mu)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if tail(servers: servers, rate: middle, service: mu, time: limit) <= 0.05 { low = middle } else { high = middle }
        }
        return low
    }

    @Test func theoryIsTheory() {
        // One server: exp(−(μ − λ)t) = 0.05, so λ = μ − ln(20)/t.
        #expect(abs(capacity(servers: 1, service: 10, limit: 0.8) - (10 - log(20) / 0.8)) < 1e-9)
        // θ = μ: the limit of the formula on both sides.
        let (below, at, above) = (tail(servers: 4, rate: 29.999, service: 10, time: 0.4), tail(servers: 4, rate: 30, service: 10, time: 0.4), tail(servers: 4, rate: 30.001, service: 10, time: 0.4))
        #expect(below < at && at < above && above - below < 1e-4)
    }

    /// A queue of `servers` with services of 100 ms on average; `--find` what a test says.
    private func find(
        _ slo: [String], key: String = "rate", servers: Int = 1, rate: Double = 2, bounds: ClosedRange<Double>, questions: Int = 10_000,
        repeats: Int = 4, mostRepeats: Int = 8, seed: Int = 1, overrides: [String] = []
    ) throws -> Capacity {
        let key = try SearchKey(key)
        let probing = CapacityProbing(try slo.map { try Check($0) }, repeats: repeats, mostRepeats: mostRepeats) { value in
            try ScenarioFile.load(
                text: queue(servers: servers, rate: rate, latency: "{distribution: exponential, mean: 100ms}", questions: questions, warmup: 30, seed: seed),
                overrides: overrides + ["\(key.path)=\(key.text(value))"]).scenario
        }
        let corpus = try Corpus.load(.synthetic(1000))
        return try CapacitySearch(key.kind, bounds: bounds, start: bounds.lowerBound, tolerance: 0.02).run {
            try probing.probe($0, named: "\($0)", corpus: { _ in corpus })
        }
    }

    @Test(arguments: [(1, 0.6), (4, 0.4)]) func theHighestRateOfManyServersMeetsTheory(servers: Int, limit: Double) throws {
        let slo = "p95(latency) < \(Int(limit * 1000))ms"
        let expected = capacity(servers: servers, service: 10, limit: limit)
        let found = try find([slo], servers: servers, bounds: (0.85 * expected)...(1.3 * expected))
        let estimate = try #require(found.estimate([try Check(slo)]))
        #expect(abs(estimate / expected - 1) < 0.02, "\(estimate), theory \(expected)")
        let (met, missed) = (try #require(found.met).value, try #require(found.missed).value)
        #expect(met <= expected * 1.005 && expected * 0.995 <= missed, "from \(met) to \(missed), theory \(expected)")
    }

    /// Two thirds more than the servers can do: percentiles there are, of a run that is as long as it is.
    @Test func saturationIsNoLatency() throws {
        // No run is so long that a latency could reach this limit.
        let found = try find(["p95(latency) < 3600s"], servers: 2, bounds: 13...34, questions: 3000, repeats: 3, mostRepeats: 3)
        let last = try #require(found.probes.last)
        #expect(last.verdict == .saturated && last.figures.isEmpty && last.reason.contains("the queue grows by"), "\(last)")
        let (met, missed) = (try #require(found.met).value, try #require(found.missed))
        #expect(missed.verdict == .saturated && missed.value > 18 && missed.value < 21.5, "\(missed)")
        #expect(met > 17.5 && met < 21, "\(met)")
    }

    @Test func rejectedQuestionsAreSaturation() throws {
        let found = try find(
            ["p95(latency) < 10s"], bounds: 30...30, questions: 2000, repeats: 2, mostRepeats: 2, overrides: ["pipeline.intake.max_in_flight=20", "warmup=5s"])
        #expect(found.met == nil && found.probes.count == 1 && found.probes[0].verdict == .saturated)
        #expect(found.probes[0].reason.contains("rejected"), "\(found.probes[0])")
    }

    @Test func nothingMeetsWhatNoQueueCan() throws {
        // Half of the services alone take longer than 69 ms.
        let found = try find(["p50(latency) < 20ms"], bounds: 0.5...8, questions: 2000, repeats: 3, mostRepeats: 3, overrides: ["warmup=5s"])
        let check = try Check("p50(latency) < 20ms")
        #expect(found.met == nil && found.estimate([check]) == nil)
        #expect(found.probes.allSatisfy { $0.verdict == .misses || $0.verdict == .saturated })
    }

    @Test func theFewestSlotsMeetTheory() throws {
        let limit = 0.45
        let needed = try #require((1...32).first { Double($0) > 2.5 && tail(servers: $0, rate: 25, service: 10, time: limit) <= 0.05 })
        let found = try find(["p95(latency) < 450ms"], key: "pipeline.workers.concurrency", rate: 25, bounds: 1...32, questions: 4000)
        #expect(found.met?.value == Double(needed), "theory \(needed), \(found.probes)")
        #expect(found.missed?.value == Double(needed - 1))
        #expect(found.probes.first?.verdict == .saturated)
    }

    @Test func allQuestionsWithinTheWarmupAreAnError() throws {
        #expect { try find(["p95(latency) < 1s"], bounds: 1000...1000, questions: 2000) } throws: { error in
            (error as? CapacityProbing.Problem)?.exitCode == 65 && "\(error)".contains("warm-up")
        }
    }
}
