import Foundation
import Measurement
import Scenarios
import Simulation
import Testing
import Workload
@testable import Reporting

/// What `explain` foretells of the scenarios that come with Crisol, held against their simulation.
@Suite struct ForecastTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        + "/scenarios"
    /// Shortened where a test's patience asks for it: whatever is foretold, is foretold of the shorter run.
    static let scenarios: [(name: String, changes: [String])] = [
        ("quickstart", []), ("cache-policies", ["duration=10m", "warmup=2m"]), ("threshold-tradeoff", ["duration=5m"]), ("cold-cache", ["duration=6m"]),
        ("queue-theory", []), ("overload-burst", ["duration=3m"]), ("quota-exhausted", []),
        ("bench-reference", ["questions=40000", "traffic.corpus.synthetic=100000", "pipeline.cache.capacity=2000", "traffic.arrivals.rate=1000/s"]),
        ("profiles/jaccard-dlq", []), ("profiles/tfidf-accept", []), ("profiles/bertscore-best", []), ("profiles/bertscore-flink", []), ("profiles/cosine-feedback", []),
    ]

    /// Every figure that the report puts beside a measured one. One run of n measured questions is off by chance:
    /// four standard deviations are allowed, of a share √(p(1−p)/n), of calls √(v/n) with a variance v of at most 4
    /// calls² a question (none, or 1 to 4 of them), and 0.01 for what Che's approximation, a mean fill time and a
    /// sampled quality model leave out.
    @Test(arguments: scenarios) func theSimulationDoesWhatExplainSays(name: String, changes: [String]) throws {
        let file = try ScenarioFile.load(path: "\(Self.folder)/\(name).yaml", overrides: changes)
        for index in stride(from: 0, to: file.points.count, by: max(1, file.points.count / 3)) {
            let scenario = file.points[index].scenario
            let corpus = try Corpus.load(scenario.traffic.corpus)
            let explanation = Explanation(scenario, corpus: corpus)
            let seen = try SimulatedRun(scenario, corpus: corpus).run(repeat: 0)
            let measured = Double(seen.totals.measured), scored = Double(seen.totals.scored)
            for figure in explanation.theory {
                let value = try #require(seen.value(figure.column)).double
                let tolerance: Double =
                    switch figure.column {
                    case "hit_ratio", "answered_without_call_ratio": 4 * (figure.expected * (1 - figure.expected) / measured).squareRoot() + 0.01
                    case "first_pass_ratio", "final_pass_ratio": 4 * (figure.expected * (1 - figure.expected) / scored).squareRoot() + 0.01
                    case "calls_per_question": 4 * 2 / measured.squareRoot() + 0.01
                    // Rate, calls a question and spans each vary; a run of 20,000 M/M/c questions is correlated besides.
                    case "utilisation": 0.1 * figure.expected
                    default: 0.5 * figure.expected
                    }
                #expect(abs(value - figure.expected) < tolerance, "\(name), point \(index): \(figure.column) \(value), expected \(figure.expected) ± \(tolerance)")
            }
            // Money follows tokens, whose lengths have a standard deviation below 1.2 times their mean.
            if let cost = explanation.costPerThousand, explanation.theory.contains(where: { $0.column == "calls_per_question" }) {
                let paid = try #require(seen.value("cost")).double / measured * 1000
                #expect(abs(paid / cost - 1) < 4 * 1.6 / Double(seen.totals.generations).squareRoot() + 0.02, "\(name): cost \(paid), expected \(cost)")
            }
        }
    }

    /// With instant fills and a long time it is Che's approximation.
    @Test(arguments: [CacheForecast.Policy.lru, .fifo]) func withoutDelaysItIsChe(policy: CacheForecast.Policy) {
        let model = PopularityModel.zipf(exponent: 0.9)
        let che = CheApproximation.hitRatio(of: policy == .lru ? .lru : .fifo, capacity: 300, probabilities: model.probabilities(count: 5000))
        let setting = CacheForecast.Setting(policy: policy, capacity: 300, lifetime: .infinity, fillTime: 0, fillRatio: 1, coalesces: false, looksUp: false)
        let forecast = CacheForecast(setting, popularity: model.classes(count: 5000), rate: 10, from: 1e6, until: 2e6)
        #expect(abs(forecast.hits - che) < 5e-4, "\(forecast.hits), Che \(che)")
        #expect(forecast.joined == 0 && forecast.storeHits == 0)
    }

    /// Classes of items are the items: same sum, same probability of the most popular ones.
    @Test(arguments: [0.0, 0.7, 1, 2.5]) func classesAreTheItems(exponent: Double) {
        let model = PopularityModel.zipf(exponent: exponent)
        let (classes, each) = (model.classes(count: 10_000), model.probabilities(count: 10_000))
        #expect(classes.reduce(0) { $0 + $1.items } == 10_000)
        #expect(abs(classes.reduce(0) { $0 + $1.items * $1.probability } - 1) < 1e-12)
        #expect(abs(classes[0].probability / each[0] - 1) < 1e-6)
        #expect(abs(classes[classes.count - 1].probability / each[9999] - 1) < 0.05 * exponent + 1e-9)
    }

    @Test func blocksAreCalledByWhatTellsThemApart() {
        #expect(BlockNames.names(of: [
            "{distribution: zipf, exponent: 0.9}", "{distribution: zipf, exponent: 0.9, drift: {every: 1m, by: 0.02}}",
            "{distribution: zipf, exponent: 0.9, drift: {every: 1m, by: 0.10}}", "{distribution: uniform}",
        ]) == ["zipf, exponent 0.9", "zipf, exponent 0.9, every 1m, by 0.02", "zipf, exponent 0.9, every 1m, by 0.10", "uniform"])
        #expect(BlockNames.names(of: ["{distribution: zipf, drift: {every: 1m, by: 0.1}}", "{distribution: zipf}"]) == ["every 1m, by 0.1", "no drift"])
        #expect(BlockNames.names(of: ["lru", "fifo"]) == ["lru", "fifo"] && BlockNames.names(of: ["{a: 1}"]) == ["{a: 1}"])
        #expect(BlockNames.names(of: ["none", "{delays: [1s, 2s], jitter: full}"]) == ["none", "[1s, 2s], jitter full"])
        #expect(BlockNames.names(of: ["{a: \"x, {\"}", "{a: \"y\"}"]) == ["\"x, {\"", "\"y\""])
    }
}
