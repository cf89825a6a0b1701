import Provider
import Testing
import Workload

@testable import Scenarios

/// The default scores are those of real answers: quantiles of 4,600 pairs of a person's and an LLM's answer to
/// the same question, both English, scored against each other.
@Suite struct QualityDefaults {
    static let measured: [(metric: String, mean: Double, deciles: [Double])] = [
        ("tfidf-cosine", 0.168, [0, 0.048, 0.082, 0.113, 0.144, 0.181, 0.223, 0.271, 0.350]),
        ("jaccard", 0.094, [0, 0.037, 0.054, 0.070, 0.083, 0.099, 0.115, 0.139, 0.176]),
    ]

    private func quality(_ metric: String, _ overrides: [String] = []) throws -> Quality {
        let text = "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {score: {metric: \(metric)}}\n"
        return try ScenarioFile.load(text: text, overrides: overrides).scenario.provider.quality
    }

    /// The model's deciles by counting over 100,000 scores, whose standard error is below 0.001.
    @Test(arguments: measured) func theModelsDecilesAreTheMeasuredOnes(metric: String, mean: Double, deciles: [Double]) throws {
        let model = QualityModel(try quality(metric), draws: Draws(seed: 1, repeat: 0))
        let scores = (0..<100_000).map { model.score(question: UInt64($0), generation: 0) }.sorted()
        #expect(abs(scores.reduce(0, +) / 100_000 - mean) < 0.005)
        for decile in 2...9 {
            let (ours, theirs) = (scores[decile * 10_000], deciles[decile - 1])
            #expect(abs(ours - theirs) < 0.01, "decile \(decile): \(ours), measured \(theirs)")
        }
        // A tenth of the real pairs share no word and score 0, which a Beta distribution has no room for.
        #expect(deciles[0] == 0 && scores[10_000] > 0 && scores[10_000] < 0.035)
    }

    /// Of 2,248 such pairs. Theirs lean to the left more than a Beta distribution can, so its ends stand out.
    @Test func bertScoresDefaultIsNearTheMeasuredOnes() throws {
        let text = "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {score: {metric: bertscore-minilm-l6, evaluate: sampled}}\n"
        let model = QualityModel(try ScenarioFile.load(text: text).scenario.provider.quality, draws: Draws(seed: 1, repeat: 0))
        let scores = (0..<100_000).map { model.score(question: UInt64($0), generation: 0) }.sorted()
        #expect(abs(scores.reduce(0, +) / 100_000 - 0.429) < 0.01)
        for (index, measured) in [0.204, 0.288, 0.349, 0.400, 0.440, 0.481, 0.521, 0.565, 0.621].enumerated() {
            let ours = scores[(index + 1) * 10_000]
            #expect(abs(ours - measured) < ([0, 8].contains(index) ? 0.035 : 0.013), "decile \(index + 1): \(ours), measured \(measured)")
        }
        // A threshold of 0.75 accepts 1.4 % of the pairs.
        #expect(abs(Double(scores.count { $0 >= 0.75 }) / 100_000 - 0.014) < 0.01)
    }

    /// A TF-IDF threshold of .11 accepts 61 % of the pairs, .20 35 %, .25 23 %, .30 16 %, .65 0.5 %.
    @Test func thresholdsAcceptWhatTheyAcceptOfRealAnswers() throws {
        let model = QualityModel(try quality("tfidf-cosine"), draws: Draws(seed: 2, repeat: 0))
        let scores = (0..<100_000).map { model.score(question: UInt64($0), generation: 0) }
        for (threshold, share) in [(0.11, 0.61), (0.20, 0.35), (0.25, 0.23), (0.30, 0.16), (0.65, 0.005)] {
            #expect(abs(Double(scores.count { $0 >= threshold }) / 100_000 - share) < 0.02, "\(threshold)")
        }
    }

    @Test func whatIsWrittenOutdoesTheMetricsDefault() throws {
        #expect(try quality("jaccard") == Quality(mean: 0.094, spread: 0.063, retryCorrelation: 0.3))
        #expect(try quality("tfidf-cosine") == Quality(mean: 0.17, spread: 0.13, retryCorrelation: 0.3))
        #expect(try quality("jaccard", ["provider.quality.mean=0.3"]) == Quality(mean: 0.3, spread: 0.063, retryCorrelation: 0.3))
        #expect(try quality("jaccard", ["pipeline.score.metric=tfidf-cosine"]) == Quality(mean: 0.17, spread: 0.13, retryCorrelation: 0.3))
        #expect(try quality("tfidf-cosine", ["pipeline.profile=jaccard-dlq"]).mean == 0.17)
        let profiled = try ScenarioFile.load(
            text: "name: a\nquestions: 1\ntraffic: {arrivals: {process: poisson, rate: 1/s}}\npipeline: {profile: jaccard-dlq}\n").scenario
        #expect(profiled.provider.quality.mean == 0.094)
    }
}
