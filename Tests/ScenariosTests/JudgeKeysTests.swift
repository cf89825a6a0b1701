import Scoring
import Testing
import Workload

@testable import Scenarios

/// Who judges live, where scores come from, and what both cost in a simulation.
@Suite struct JudgeKeysTests {
    private func file(_ overrides: [String]) throws -> ScenarioFile {
        try ScenarioFile.load(
            text: "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {judge: {engine: flink}, score: {evaluate: computed-live}}\n",
            path: "f.yaml", overrides: overrides)
    }

    @Test func theKeysAreRead() throws {
        let judge = try file(["pipeline.judge.batch={size: 100, delay: 2ms}", "pipeline.judge.checkpoint_interval=500ms"]).scenario.judge
        #expect(judge == .init(engine: .flink, batch: .init(size: 100, delay: 2_000_000), checkpointInterval: 500_000_000))
        // The defaults are those of the table of keys.
        #expect(try file([]).scenario.judge == .init(engine: .flink))
        #expect(try file(["pipeline.judge.engine=native"]).scenario.judge == .init())
    }

    /// By engine and metric, wherever they come from, unless the scenario says otherwise.
    @Test(arguments: [
        ([], 0, 25), (["pipeline.judge.engine=native"], 0, 0), (["pipeline.judge.batch.delay=1s"], 0, 1020), (["simulation.batch_delay=0s"], 0, 0),
        (["pipeline.score.metric=bertscore-minilm-l6"], 20, 25), (["pipeline.score.metric=bertscore-minilm-l6", "simulation.scoring_time=12ms"], 12, 25),
        (["pipeline.score.metric=bertscore-minilm-l6", "pipeline.judge.scoring_time=50ms"], 50, 25), (["pipeline.judge.scoring_time=5ms"], 5, 25),
        (["pipeline={profile: bertscore-flink}"], 20, 25), (["pipeline={profile: bertscore-best}"], 20, 0), (["pipeline={profile: cosine-feedback}"], 0, 0),
        (["simulation.topic_delay=7ms", "pipeline.judge.batch.delay=3650d"], 0, 315_360_000_000),
    ] as [([String], Nanoseconds, Nanoseconds)])
    func whatSimulationsTakeGoesByEngineAndMetric(overrides: [String], scoring: Nanoseconds, batch: Nanoseconds) throws {
        let loaded = try file(overrides)
        #expect(loaded.scenario.simulation.scoringTime == scoring * 1_000_000 && loaded.scenario.simulation.batchDelay == batch * 1_000_000)
        // As run.json keeps it, it loads to the same.
        #expect(try ScenarioFile.load(text: loaded.resolved.yaml).scenario == loaded.scenario)
    }

    /// Each point of a sweep has the defaults of its own engine.
    @Test func sweptEnginesHaveTheirOwnCosts() throws {
        let points = try file(["sweep.pipeline.judge.engine=[native, flink]"]).points
        #expect(points.map(\.scenario.simulation.batchDelay) == [0, 25_000_000])
    }

    @Test(arguments: [("computed", true, true), ("sampled", false, false), ("computed-live", true, false)])
    func scoresAreComputedOrDrawn(evaluate: String, live: Bool, simulated: Bool) throws {
        let scoring = try file(["pipeline.score.evaluate=\(evaluate)"]).scenario.scoring
        #expect(scoring.isComputedLive == live && scoring.isComputedInSimulation == simulated)
    }

    @Test func settingsOfBERTScoreAreRead() throws {
        let metric = ["pipeline.score.metric=bertscore-minilm-l6"]
        #expect(try file(metric).scenario.scoring.bertScore == .init(figure: .f1, idf: false, rescale: false))
        let loaded = try file(metric + ["pipeline.score.bertscore={figure: recall, idf: true, rescale: true}"])
        #expect(loaded.scenario.scoring.bertScore == .init(figure: .recall, idf: true, rescale: true))
        #expect(try ScenarioFile.load(text: loaded.resolved.yaml).scenario == loaded.scenario)
    }

    /// A simulation needs no model for scores that it draws; a live run is refused before it begins.
    @Test func aMetricWithoutItsModelIsRefusedWhereItIsComputed() throws {
        try BERTScoreFiles.$folder.withValue("/nonexistent") {
            let metric = "pipeline.score.metric=bertscore-minilm-l6"
            for evaluate in ["sampled", "computed-live"] { _ = try file([metric, "pipeline.score.evaluate=\(evaluate)"]) }
            try file([metric, "pipeline.score.evaluate=sampled"]).requireMetric()
            try file(["pipeline.score.metric=jaccard"]).requireMetric()
            let error = #expect(throws: ScenarioError.self) { try file(["sweep.pipeline.score.metric=[jaccard, bertscore-minilm-l6]"]).requireMetric() }
            #expect(error?.exitCode == 65)
            #expect(error?.description.contains("pipeline.score.metric: bertscore-minilm-l6 cannot be computed before scripts/setup --bertscore has fetched its model (seen: bertscore-minilm-l6; allowed: jaccard, tfidf-cosine, or evaluate: sampled)") == true, "\(String(describing: error))")
        }
    }
}
