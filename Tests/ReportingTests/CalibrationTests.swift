import Foundation
import Measurement
import Pipeline
import Provider
import Scenarios
import Simulation
import Testing
import Workload

@testable import Reporting

@Suite struct CalibrationTests {
    /// Ten scores: 0, 0.1, … 0.9.
    private let tenths = EmpiricalDistribution((0..<10).map { Double($0) / 10 })

    private func calibration(
        threshold: Double = 0.5, regenerations: Int = 1, end: OnExhausted = .deadLetter, correlation: Double = 0,
        cost: Calibration.Cost? = .init(price: Price(prompt: 1, completion: 2), promptTokens: 20, completionTokens: 40)
    ) -> Calibration {
        Calibration(
            .measured(tenths),
            .init(
                acceptance: .init(threshold: threshold, maxRegenerations: regenerations, onExhausted: end), correlation: correlation,
                callsPerGeneration: 1.25, cost: cost))
    }

    /// At 0.5 half of the answers pass: 1.5 generations, 1.875 calls, a quarter used up; an answer costs 0.0001.
    @Test func aRowByHand() {
        let row = calibration().row(at: 0.5)
        #expect(row.accepted == 0.5 && row.generations == 1.5 && row.calls == 1.875 && row.usedUp == 0.25)
        #expect(row.interval == WilsonInterval(successes: 5, trials: 10))
        #expect(abs((row.costPerThousand ?? 0) - 0.15) < 1e-12)
        // A score equal to the threshold is accepted, as the judge does.
        #expect(calibration().row(at: 0.9).accepted == 0.1 && calibration().row(at: 0.901).accepted == 0)
        #expect(calibration().row(at: 0).accepted == 1)
    }

    @Test func theTableHasTheFixedThresholdsAndItsOwn() {
        #expect(calibration(threshold: 0.333).rows.map(\.threshold) == [
            0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.333, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.62, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
        ])
        #expect(calibration(threshold: 0.65).rows.count == 20)
        let lines = calibration(cost: nil).csv.split(separator: "\n")
        #expect(lines[0] == "threshold,accept_ratio,accept_ratio_low,accept_ratio_high,generations_per_question,calls_per_question,used_up_ratio,cost_per_1000_questions")
        #expect(lines[10] == "0.5,0.500000,0.236593,0.763407,1.500000,1.875000,0.250000,")
    }

    @Test func theTextSaysWhatHappens() {
        let text = calibration(threshold: 0.65, regenerations: 1).text
        #expect(text.contains("least    1 %"))
        #expect(text.contains("   * 0.65    30.0 %    10.8–60.3 %        1.700  2.125        49.0 %          0.170"))
        #expect(text.contains("- The threshold that is set, 0.65, rejects 70.0 % of these answers"))
        #expect(text.contains("- A threshold of 0.62 rejects 70.0 % of these answers"))
        #expect(text.components(separatedBy: "rejects").count == 3, "0.65 is spoken of once")
        #expect(text.contains("dead letters  cost of 1,000") && calibration(end: .acceptBest).text.contains("accepted anyway"))
        #expect(text.contains("independent of each") && calibration(correlation: 0.3).text.contains("correlation 0.3"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text)")
    }

    @Test func targetsAreReadOrRefused() {
        #expect(Calibration.Target("accept 60%") == .accept(0.6) && Calibration.Target("accept 0.6") == .accept(0.6))
        #expect(Calibration.Target("calls 1.3") == .calls(1.3) && Calibration.Target("used-up 5%") == .usedUp(0.05))
        #expect(Calibration.Target("cost 0.1") == .cost(0.1))
        for text in ["", "accept", "accept 0%", "accept 101%", "accept 60", "calls 130%", "calls -1", "calls nan", "calls inf", "speed 3", "calls 1.3 2"] {
            #expect(Calibration.Target(text) == nil, "\(text)")
        }
    }

    /// The highest threshold: one step more and the target is missed.
    @Test func recommendationsAreTheHighestThatDo() throws {
        let calibration = calibration()
        func advised(_ text: String) throws -> Double? {
            guard case .threshold(let row, let next) = calibration.recommendation(for: try #require(Calibration.Target(text))) else { return nil }
            #expect(abs(next.threshold - row.threshold - 0.001) < 1e-12)
            return row.threshold
        }
        // Six of ten score 0.4 or more; 1 + q generations at 1.25 calls each; q² used up; 0.1 · (1 + q) per thousand.
        #expect(try advised("accept 60%") == 0.4)
        #expect(try advised("accept 55%") == 0.4)
        #expect(try advised("calls 1.7") == 0.3)
        #expect(try advised("used-up 25%") == 0.5)
        #expect(try advised("cost 0.1401") == 0.4)
        let told = calibration.advice(for: .accept(0.6), written: "accept 60%")
        #expect(told.isMet && told.text.hasPrefix("accept 60%: set pipeline.score.threshold: 0.400. It accepts 60.0 % of the answers, 95 % interval 31.3–83.2 %; 1.75 calls"))
    }

    @Test func impossibleTargetsSayWhatIsPossible() {
        let calls = calibration().advice(for: .calls(1), written: "calls 1")
        #expect(!calls.isMet && calls.text.hasSuffix("Even at 0, where every answer is accepted, 1.250 calls a question is the least there is."))
        let cost = calibration().advice(for: .cost(0.01), written: "cost 0.01")
        #expect(!cost.isMet && cost.text.contains("0.100 for 1,000 questions is the least there is"))
        let priceless = calibration(cost: nil).advice(for: .cost(1), written: "cost 1")
        #expect(!priceless.isMet && priceless.text.contains("provider.price"))
        let any = calibration().advice(for: .calls(9), written: "calls 9")
        #expect(any.isMet && any.text.hasPrefix("calls 9: every threshold achieves it."))
    }

    /// A model's shares and quantiles belong together, and are those of Beta(2, 2) in closed form: 1 − 3x² + 2x³.
    @Test func modelledScoresAreBetas() {
        let quality = Quality(mean: 0.5, spread: 0.05.squareRoot())
        for x in [0.1, 0.25, 0.5, 0.7, 0.99] {
            #expect(abs(quality.share(atLeast: x) - (1 - 3 * x * x + 2 * x * x * x)) < 1e-12)
            #expect(abs(quality.quantile(1 - quality.share(atLeast: x)) - x) < 1e-9)
        }
        #expect(quality.share(atLeast: 0) == 1 && quality.share(atLeast: 1) == 0)
        let constant = Quality(mean: 0.4, spread: 0)
        #expect(constant.share(atLeast: 0.4) == 1 && constant.share(atLeast: 0.41) == 0)
    }

    /// The machines agree: 12,000 simulated questions, drawn from measured scores and from a Beta distribution.
    @Test(arguments: [(0.0, 3, false), (0.3, 3, false), (0.8, 2, true), (-0.5, 4, true)])
    func theSimulationGeneratesAsExpected(correlation: Double, regenerations: Int, isMeasured: Bool) throws {
        let folder = NSTemporaryDirectory() + "calibration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Half of the scores are ties at 0, as where texts share no word.
        let scores = (0..<200).map { $0 < 100 ? 0 : Double($0) / 250 }
        try Data(scores.map { "\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: "\(folder)/scores.csv"))
        let quality = isMeasured ? "distribution: empirical, file: '\(folder)/scores.csv'" : "mean: 0.3, spread: 0.15"
        let scenario = try ScenarioFile.load(
            text: """
                name: calibrated
                seed: 5
                questions: 12000
                questions_csv: false
                pipeline:
                  cache: {policy: none, coalesce: false}
                  store: {lookup: false}
                  score: {metric: jaccard, threshold: 0.35, max_regenerations: \(regenerations), on_exhausted: dead_letter, evaluate: sampled}
                  workers: {llm: 8, concurrency: 64}
                traffic:
                  arrivals: {process: constant, rate: 50/s}
                  popularity: {distribution: uniform}
                  corpus: {synthetic: 3000}
                provider:
                  latency: {distribution: constant, value: 100ms}
                  quality: {\(quality), retry_correlation: \(correlation)}
                """
        ).scenario
        let seen = try SimulatedRun(scenario, corpus: try Corpus.load(scenario.traffic.corpus)).run(repeat: 0)
        func figure(_ name: String) throws -> Double { try #require(seen.value(name)).double }
        let asked = try figure("asked")
        #expect(try asked == 12_000 && figure("lost") == 0 && figure("scored") == asked)

        let model = scenario.provider.quality
        let row = Calibration(
            model.measured.map { .measured($0) } ?? .modelled(model),
            .init(acceptance: scenario.pipeline.acceptance, correlation: model.retryCorrelation)
        ).row(at: 0.35)
        // Four and a half standard errors; generations lie within [1, R + 1], so their variance is at most (R/2)².
        func error(_ share: Double) -> Double { 4.5 * (share * (1 - share) / asked).squareRoot() }
        #expect(abs(try figure("first_pass_ratio") - row.accepted) < error(row.accepted), "\(row)")
        #expect(abs(try figure("dead_letter_score") / asked - row.usedUp) < error(row.usedUp), "\(row)")
        #expect(abs(try figure("generations") / asked - row.generations) < 4.5 * Double(regenerations) / 2 / asked.squareRoot(), "\(row)")
    }

    @Test func filesAreWrittenAndTheScriptDraws() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "calibration-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let notes = try calibration().write(to: .use(folder))
        #expect(try String(contentsOfFile: "\(folder)/calibration.csv", encoding: .utf8) == calibration().csv)
        #expect(FileManager.default.fileExists(atPath: "\(folder)/plots/calibration.gp"))
        // Either drawn, or told why not.
        #expect(FileManager.default.fileExists(atPath: "\(folder)/plots/calibration.svg") == notes.isEmpty)
        #expect(notes.allSatisfy { $0.contains("gnuplot is not installed") }, "\(notes)")
    }
}
