import Measurement
import Scenarios
import Synchronization
import Testing
import Workload

@testable import Simulation

/// The bound that a repeat's cache is held against, beside a clairvoyant cache written for its plainness.
@Suite struct ClairvoyantReplayTests {
    private func scenario(_ changes: [String]) throws -> Scenario {
        try ScenarioFile.load(
            text: """
                name: bounded
                seed: 3
                duration: 60s
                warmup: 20s
                traffic:
                  arrivals: {process: poisson, rate: 20/s}
                  popularity: {distribution: zipf, exponent: 0.8}
                  corpus: {synthetic: 200}
                pipeline: {cache: {policy: lru, capacity: 15, coalesce: false}}
                provider: {latency: {distribution: constant, value: 1ms}}
                """, overrides: changes
        ).scenario
    }

    private final class Kept: Sendable { let rows = Mutex<[QuestionRow]>([]) }

    /// The questions of a repeat as the simulation itself asks them.
    private func questions(_ scenario: Scenario, repeat: Int) throws -> (rows: [QuestionRow], result: RunResult) {
        let kept = Kept()
        let result = try SimulatedRun(scenario).run(
            repeat: `repeat`,
            identity: RunIdentity(
                scenario: "bounded", seed: 3, mode: .simulated, replication: `repeat`, swept: [.init(key: "pipeline.cache.capacity", value: "15")]),
            sink: { rows in
                kept.rows.withLock { $0 += rows }
                return true
            })
        return (kept.rows.withLock { $0 }.sorted { $0.question < $1.question }, result)
    }

    /// Evicts what is used latest or never again, by looking through all that comes.
    private func bestHits(_ keys: [UInt64], capacity: Int, from first: Int) -> Int {
        var cached: Set<UInt64> = []
        var hits = 0
        for (place, key) in keys.enumerated() {
            if cached.contains(key) {
                if place >= first { hits += 1 }
                continue
            }
            if cached.count == capacity {
                func next(_ key: UInt64) -> Int { keys[(place + 1)...].firstIndex(of: key) ?? .max }
                // Of those that never come again any will do.
                cached.remove(cached.max { (next($0), $0) < (next($1), $1) }!)
            }
            cached.insert(key)
        }
        return hits
    }

    @Test(arguments: [[], ["traffic.popularity.drift={every: 5s, by: 0.2}"], ["traffic.arrivals={process: constant, rate: 20/s}", "pipeline.cache.capacity=3"], ["pipeline.cache.policy=wtinylfu"]])
    func theBoundIsThatOfTheVeryQuestions(changes: [String]) throws {
        let scenario = try scenario(changes)
        for number in 0..<2 {
            let (rows, result) = try questions(scenario, repeat: number)
            let first = rows.firstIndex { $0.intendedAt.nanoseconds >= scenario.warmup }!
            let bound = try #require(result.cacheBound)
            let capacity = scenario.pipeline.intake.cache.capacity
            #expect(bound == CacheBound(hits: bestHits(rows.map(\.key), capacity: capacity, from: first), questions: rows.count - first, items: 200))
            #expect(bound.questions == result.totals.measured)
            // Calls of 1 ms: no more than a fill now and then comes late.
            #expect(result.value("hit_ratio")!.double < bound.hitRatio)
        }
    }

    @Test func thereIsNoneWhereCachesAreNotCompared() throws {
        let scenario = try scenario([])
        let other = RunIdentity(scenario: "bounded", seed: 3, mode: .simulated, swept: [.init(key: "pipeline.score.threshold", value: "0.2")])
        #expect(try SimulatedRun(scenario).run(repeat: 0, identity: other).cacheBound == nil)
        let (_, none) = try questions(try self.scenario(["pipeline.cache.policy=none"]), repeat: 0)
        #expect(none.cacheBound == nil)
    }
}
