import Pipeline
import Provider
import Scenarios
import Workload

extension Calibration {
    /// What becomes of answers, and what they cost.
    package struct Setting: Sendable {
        package var acceptance: AcceptancePolicy
        /// Between the normal scores of successive answers to a question.
        package var correlation: Double
        /// LLM calls for each answer: above 1 where calls fail at random and are repeated.
        package var callsPerGeneration: Double
        /// Nil without a price.
        package var cost: Cost?

        package init(acceptance: AcceptancePolicy, correlation: Double, callsPerGeneration: Double = 1, cost: Cost? = nil) {
            self.acceptance = acceptance
            self.correlation = correlation
            self.callsPerGeneration = callsPerGeneration
            self.cost = cost
        }
    }

    /// What an answer costs, by mean lengths.
    package struct Cost: Sendable {
        package var price: Price
        package var promptTokens: Double
        package var completionTokens: Double

        package init(price: Price, promptTokens: Double, completionTokens: Double) {
            self.price = price
            self.promptTokens = promptTokens
            self.completionTokens = completionTokens
        }

        var perGeneration: Double { (promptTokens * price.prompt + completionTokens * price.completion) / 1e6 }
    }
}

extension Calibration.Setting {
    /// As the scenario says. Reads its corpus where there is a price, and the trace that recorded its lengths.
    package init(_ scenario: Scenario) throws(CorpusError) {
        self.init(
            acceptance: scenario.pipeline.acceptance, correlation: scenario.provider.quality.retryCorrelation,
            callsPerGeneration: Self.calls(failing: scenario.provider.errorProbability, maxRetries: scenario.pipeline.retry.error.maxRetries))
        if let price = scenario.provider.price { cost = try Self.cost(price, scenario) }
    }

    /// Of a generation: the call, and a retry for each of its calls that fails, while there are retries left.
    private static func calls(failing probability: Double, maxRetries: Int) -> Double {
        var (calls, power) = (1.0, 1.0)
        for _ in 0..<maxRetries where power > 1e-12 {
            power *= probability
            calls += power
        }
        return calls
    }

    private static func cost(_ price: Price, _ scenario: Scenario) throws(CorpusError) -> Calibration.Cost {
        let tokens = scenario.provider.tokens
        if let recorded = tokens.recorded {
            let trace = try Trace.load(recorded)
            return .init(price: price, promptTokens: trace.meanPromptTokens, completionTokens: trace.meanCompletionTokens)
        }
        let corpus = try Corpus.load(scenario.traffic.corpus)
        // So many, evenly spaced, say the same as all of them.
        let count = min(corpus.count, 10_000)
        var prompts = 0
        for index in 0..<count {
            prompts += TokenLengths.prompt(words: corpus.words(Int(Double(index) * Double(corpus.count) / Double(count))))
        }
        return .init(price: price, promptTokens: Double(prompts) / Double(count), completionTokens: tokens.mean)
    }
}
