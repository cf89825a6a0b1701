import Foundation
import Pipeline
import Testing
import Workload

@testable import Scenarios

@Suite struct Overrides {
    private func scenario(_ overrides: String...) throws -> Scenario {
        try ScenarioFile.load(text: contractExample, overrides: overrides).scenario
    }

    @Test func oneKeyIsWritten() throws {
        #expect(try scenario("pipeline.partitions=12").pipeline.partitions == 12)
        #expect(try scenario("simulation.topic_delay=3ms").simulation.topicDelay == 3_000_000)
        #expect(try scenario("faults.1.at=1m").provider.faults[1].from == Instant(nanoseconds: 60_000_000_000))
        #expect(try scenario("faults=[]").provider.faults == [])
        #expect(try scenario("faults.2={inject: quota, at: 1s, for: 1s}").provider.faults.count == 3)
        #expect(try scenario("checks=[lost == 0]").checks.map(\.column) == ["lost"])
        #expect(try scenario("tolerance.latency_p95_ms=5%").tolerances == [.init(column: "latency_p95_ms", amount: .relative(0.05))])
        #expect(try scenario("tolerance={cost: 2, latency_p99_ms: 1.5s}").tolerances == [.init(column: "cost", amount: .absolute(2)), .init(column: "latency_p99_ms", amount: .absolute(1500))])
        #expect(try scenario("provider.classify.500=overload").pipeline.classify.classes[500] == .overload)
        #expect(try scenario("description=a=b").description == "a=b")
        #expect(try ScenarioFile.load(text: contractExample, overrides: ["sweep.pipeline.cache.policy=[lfu]"]).points.count == 3)
    }

    @Test func theLastOneCounts() throws {
        #expect(try scenario("seed=1", "seed=2").seed == 2)
    }

    @Test func settingAnAlternativeDropsTheOthers() throws {
        #expect(try scenario("traffic.corpus.builtin=true").traffic.corpus == .builtin)
        #expect(try scenario("traffic.corpus.csv=/dev/null").traffic.corpus == .csv(path: "/dev/null", format: .yahooAnswers))
        #expect(try scenario("traffic.corpus.csv=/dev/null", "traffic.corpus.synthetic=5").traffic.corpus == .synthetic(5))
        #expect(try scenario("questions=5").length == .questions(5))
        #expect(try scenario("questions=5", "duration=1h").length == .duration(3_600_000_000_000))
        // The rate belongs to both processes.
        #expect(try scenario("traffic.arrivals.process=constant").traffic.arrivals == .constant(ratePerSecond: 50))
        #expect(
            try scenario("traffic.arrivals.process=uniform", "traffic.arrivals.low=1ms", "traffic.arrivals.high=3ms").traffic.arrivals
                == .uniform(low: 1_000_000, high: 3_000_000))
        #expect(try scenario("traffic.popularity.distribution=uniform").traffic.popularity == .uniform)
        #expect(
            try scenario("pipeline.retry.overload.backoff=fixed", "pipeline.retry.overload.delay=7s").pipeline.retry.overload.backoff
                == .fixed(delay: 7_000_000_000))
        #expect(
            try scenario("provider.latency.distribution=constant", "provider.latency.value=2s").provider.latency == .constant(2_000_000_000))
    }

    @Test func seedAndRepeatsHaveOptionsOfTheirOwn() throws {
        let file = try ScenarioFile.load(text: contractExample, seed: .max, repeats: 3)
        #expect(file.scenario.seed == .max)
        #expect(file.scenario.repeats == 3)
        let error = try #require(throws: ScenarioError.self) { try ScenarioFile.load(text: contractExample, repeats: 0) }
        #expect(error.description == "--repeats: repeats: is out of range (seen: 0; allowed: a whole number from 1 to 10000, or a mapping such as {until: 2%, of: latency_p95_ms, max: 50})")
    }

    @Test func filesAreRelativeToTheScenarioFileAndInSetToTheWorkingFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crisol-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data().write(to: folder.appending(path: "answers.csv"))
        let path = folder.appending(path: "s.yaml").path
        let text = "name: a\nquestions: 1\ntraffic:\n  arrivals: {process: constant, rate: 1/s}\n  corpus: {csv: answers.csv}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let file = try ScenarioFile.load(path: path)
        #expect(file.scenario.traffic.corpus == .csv(path: folder.path + "/answers.csv", format: .yahooAnswers))
        #expect(try ScenarioFile.load(text: file.resolved.yaml).scenario == file.scenario)
        // In a group of a sweep, too.
        let swept = try ScenarioFile.load(text: text.replacing("csv: answers.csv", with: "builtin: true") + "sweep:\n  zip: {traffic.corpus.csv: [answers.csv], pipeline.partitions: [2]}\n", path: path)
        #expect(swept.scenario.traffic.corpus == .csv(path: folder.path + "/answers.csv", format: .yahooAnswers))
        #expect(try ScenarioFile.load(text: swept.resolved.yaml).points.map(\.scenario) == swept.points.map(\.scenario))
        let error = try #require(throws: ScenarioError.self) { try ScenarioFile.load(path: path, overrides: ["traffic.corpus.csv=answers.csv"]) }
        #expect(error.exitCode == 66)
        #expect(error.description == "--set 1: traffic.corpus.csv: there is no such file (seen: answers.csv)")
    }
}

@Suite struct Sweeps {
    private let base = "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\n"

    @Test func withoutASweepThereIsOnePoint() throws {
        let file = try ScenarioFile.load(text: base)
        #expect(file.points.count == 1)
        #expect(file.sweepKeys == [])
        #expect(file.points[0].scenario == file.scenario)
    }

    @Test func choicesCanBeSwept() throws {
        let file = try ScenarioFile.load(
            text: base + "sweep:\n  traffic.arrivals: [{process: poisson, rate: 2/s}, {process: uniform, low: 1s, high: 2s}]\n  traffic.corpus.synthetic: [1, 2]\n")
        #expect(file.points.map(\.values[0].text) == [
            "{process: poisson, rate: \"2/s\"}", "{process: poisson, rate: \"2/s\"}",
            "{process: uniform, low: 1s, high: 2s}", "{process: uniform, low: 1s, high: 2s}",
        ].map { $0.replacing("\"", with: "") })
        #expect(file.points.map(\.scenario.traffic.corpus) == [.synthetic(1), .synthetic(2), .synthetic(1), .synthetic(2)])
        #expect(file.points[3].scenario.traffic.arrivals == .uniform(low: 1_000_000_000, high: 2_000_000_000))
    }

    private func values(_ sweep: String, _ overrides: String...) throws -> [String] {
        try ScenarioFile.load(text: base + "sweep:\n" + sweep, overrides: overrides).points.map { $0.values.map(\.text).joined(separator: " ") }
    }

    @Test func zippedKeysVaryTogether() throws {
        let zipped = """
              pipeline.cache.policy: [lru, lfu]
              zip:
                pipeline.workers.llm: [1, 2, 4]
                pipeline.partitions: [2, 4, 4]
              pipeline.score.threshold: [0.1, 0.2]
            """
        let file = try ScenarioFile.load(text: base + "sweep:\n" + zipped)
        #expect(file.sweepKeys == ["pipeline.cache.policy", "pipeline.workers.llm", "pipeline.partitions", "pipeline.score.threshold"])
        #expect(file.points.map { $0.values.map(\.text).joined(separator: " ") } == [
            "lru 1 2 0.1", "lru 1 2 0.2", "lru 2 4 0.1", "lru 2 4 0.2", "lru 4 4 0.1", "lru 4 4 0.2",
            "lfu 1 2 0.1", "lfu 1 2 0.2", "lfu 2 4 0.1", "lfu 2 4 0.2", "lfu 4 4 0.1", "lfu 4 4 0.2",
        ])
        #expect(file.points[2].values.map(\.key) == file.sweepKeys)
        let last = file.points[11].scenario.pipeline
        #expect(last.llmWorkers == 4 && last.partitions == 4 && last.intake.cache.policy == .lfu && last.acceptance.threshold == 0.2)
    }

    @Test func severalGroupsAreCombined() throws {
        #expect(
            try values("  zip:\n  - {pipeline.workers.llm: [1, 2], pipeline.partitions: [3, 4]}\n  - {pipeline.cache.policy: [lru, fifo], pipeline.cache.capacity: [5, 6]}\n")
                == ["1 3 lru 5", "1 3 fifo 6", "2 4 lru 5", "2 4 fifo 6"])
        #expect(try values("  zip: {pipeline.workers.llm: [1, 2]}\n") == ["1", "2"])
    }

    @Test func groupsCanBeSetFromOutside() throws {
        let zipped = "  zip:\n    pipeline.workers.llm: [1, 2]\n    pipeline.partitions: [3, 4]\n"
        #expect(try values(zipped, "sweep.zip.pipeline.partitions=[7, 8]") == ["1 7", "2 8"])
        #expect(try values(zipped, "sweep.zip.pipeline.workers.judge=[5, 6]") == ["1 3 5", "2 4 6"])
        #expect(try values(zipped, "sweep.zip={pipeline.partitions: [9]}") == ["9"])
        let listed = "  zip: [{pipeline.workers.llm: [1, 2]}, {pipeline.partitions: [3, 4]}]\n"
        #expect(try values(listed, "sweep.zip.1.pipeline.workers.judge=[5, 6]") == ["1 3 5", "1 4 6", "2 3 5", "2 4 6"])
        #expect(try values(listed, "sweep.zip.2.pipeline.workers.judge=[5, 6]").count == 8)
        #expect(try values("  pipeline.partitions: [3, 4]\n", "sweep.zip.pipeline.workers.llm=[1, 2]").count == 4)
    }

    @Test func noKeyOfAScenarioIsCalledLikeTheGroups() {
        #expect(ScenarioKeys.root.key(named: SweepGrid.zip) == nil)
    }

    @Test func aKeyMayStandInTheSweepOnly() throws {
        let file = try ScenarioFile.load(
            text: "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson}}\nsweep: {traffic.arrivals.rate: [1/s, 2/s]}")
        #expect(file.points.map(\.scenario.traffic.arrivals) == [.poisson(ratePerSecond: 1), .poisson(ratePerSecond: 2)])
    }

    @Test func sweptProfilesBringTheirDefaults() throws {
        let file = try ScenarioFile.load(text: base + "sweep: {pipeline.profile: [jaccard-dlq, tfidf-accept]}")
        #expect(file.points.map(\.scenario.pipeline.acceptance.threshold) == [0.62, 0.65])
    }

    @Test func anchorsAndMergesWork() throws {
        let file = try ScenarioFile.load(
            text: base + "pipeline:\n  retry:\n    overload: &r {backoff: fixed, delay: 3s, max_retries: 1}\n    error: *r\n    quota: {<<: *r, max_retries: 9}\n")
        let retry = file.scenario.pipeline.retry
        #expect(retry.error == retry.overload)
        #expect(retry.quota.backoff == .fixed(delay: 3_000_000_000))
        #expect(retry.quota.maxRetries == 9)
    }
}
