import Pipeline
import Provider
import Scoring
import Workload

/// One experiment, checked and with every default filled in: all that a run needs to know.
package struct Scenario: Equatable, Sendable {
    package var name: String
    package var description: String
    package var seed: UInt64
    package var length: Length
    /// Questions with an earlier intended arrival are in the ledger, not in the statistics.
    package var warmup: Nanoseconds
    /// How long a run waits after the last arrival.
    package var drain: Nanoseconds
    /// Of each point; where `stopping` may end them earlier, at most.
    package var repeats: Int
    /// nil: as many as `repeats` says.
    package var stopping: StoppingRule?
    /// How many times faster than real time a live run goes.
    package var timeScale: Double
    /// Whether questions.csv is written; nil: up to a number of questions that the writer knows.
    package var questionsCSV: Bool?

    /// The name of the profile that gave the pipeline's defaults.
    package var profile: String?
    package var pipeline: PipelineConfiguration
    package var scoring: Scoring
    package var judge: Judge
    package var storeEngine: StoreEngine
    package var traffic: Traffic
    package var provider: ProviderConfiguration
    /// Who is called live in place of the model inside the process; nil where nobody is.
    package var server: LLMServer?
    /// Places of the provider's faults in the scenario's list, which has the live ones among them.
    package var faultPlaces: [Int]
    package var liveFaults: [LiveFault]
    /// How long after the last live fault the questions asked before may still take.
    package var recoverWithin: Nanoseconds
    package var simulation: SimulationCosts
    package var live: LiveSettings
    package var checks: [Check]
    /// How much worse a column may become, in the file's order.
    package var tolerances: [Tolerance]

    /// How long questions arrive.
    package enum Length: Equatable, Sendable {
        case duration(Nanoseconds)
        case questions(Int)

        /// `10m of traffic` or `500 questions`.
        package var text: String {
            switch self {
            case .duration(let span): "\(Units.text(of: span)) of traffic"
            case .questions(let count): count == 1 ? "1 question" : "\(count) questions"
            }
        }
    }

    package struct Scoring: Equatable, Sendable {
        /// The text that an answer is compared with.
        package enum Against: String, CaseIterable, Sendable { case question, reference }
        /// Where scores come from.
        package enum Evaluation: String, CaseIterable, Sendable {
            /// Texts, real or generated, are scored by the metric.
            case computed
            /// Scores are drawn from the provider's quality.
            case sampled
            /// Computed in a live run, sampled in a simulation.
            case computedLive = "computed-live"
        }

        package var metric: Metric
        package var against: Against
        package var evaluate: Evaluation
        /// A score takes at least so long, and a judge gives one after another.
        package var time: Nanoseconds = 0
        /// Of bertscore-minilm-l6; the other metrics have none.
        package var bertScore = BERTScore.Settings()

        /// Whether a live run scores texts by the metric.
        package var isComputedLive: Bool {
            switch evaluate {
            case .computed, .computedLive: true
            case .sampled: false
            }
        }

        /// Whether a simulation does.
        package var isComputedInSimulation: Bool {
            switch evaluate {
            case .computed: true
            case .sampled, .computedLive: false
            }
        }
    }

    /// What runs the judge in a live run.
    package struct Judge: Equatable, Sendable {
        /// Where a scenario says nothing.
        package static let usual = Judge()

        package enum Engine: String, CaseIterable, Sendable {
            /// The judge is a service like the others.
            case native
            /// A Flink job asks the judge over HTTP; its parallelism is `pipeline.judges`.
            case flink
        }

        /// Answers that the job sends in one request.
        package struct Batch: Equatable, Sendable {
            /// At most.
            package var size = 16
            /// How long an answer waits for others, in scenario time.
            package var delay: Nanoseconds = 5_000_000
        }

        package var engine = Engine.native
        package var batch = Batch()
        /// How often the job keeps how far it has read, in scenario time.
        package var checkpointInterval: Nanoseconds = 1_000_000_000
    }

    package enum StoreEngine: String, CaseIterable, Sendable { case sqlite }

    package struct Traffic: Equatable, Sendable {
        /// How questions come in, live.
        package enum Entry: String, CaseIterable, Sendable { case kafka, http }

        package var arrivals: ArrivalProcess
        package var popularity: PopularityModel
        /// How the ranking changes; nil where it stays.
        package var drift: PopularityDrift?
        package var corpus: CorpusSource
        package var via: Entry
    }

    /// Costs that a live run meets by itself and a simulated one is told.
    package struct SimulationCosts: Equatable, Sendable {
        package var topicDelay: Nanoseconds
        package var scoringTime: Nanoseconds
        /// How much later than its topic's delay says an answer reaches the judge.
        package var batchDelay: Nanoseconds
        package var storeTime: Nanoseconds
    }

    /// A span as a scenario writes it: in the largest unit of which it is a whole number.
    package static func text(of span: Nanoseconds) -> String { Units.text(of: span) }

    /// Questions that may be expected, at most 1e9.
    package var expectedQuestions: Int {
        switch length {
        case .questions(let count): count
        case .duration(let span): Int(min(1e9, traffic.arrivals.expectedArrivals(within: span)))
        }
    }

    /// Whether answers come from a model of a provider, so that their luck is known beforehand, and not from a real LLM.
    package var hasProviderModel: Bool { server.map { $0.kind == .mock } ?? true }

    /// Whether a store answers cache misses before the LLM does.
    package var storeLookup: Bool { pipeline.intake.storeLookup }
}
