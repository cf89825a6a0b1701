import KafkaClient
import Measurement
import Pipeline
import Provider
import Scoring
import Storage
import Synchronization
import Workload

/// The run's recorder, shared by the threads that observe something.
package final class SharedRecorder: Sendable {
    private let recorder: Mutex<RunRecorder>

    package init(_ recorder: consuming sending RunRecorder) { self.recorder = Mutex(recorder) }

    package func withLock<R: Sendable>(_ body: (inout RunRecorder) -> R) -> R {
        recorder.withLock { body(&$0) }
    }
}

/// How answers get their scores.
struct AnswerScorer: Sendable {
    enum Reference: Sendable { case question, reference }

    private enum Source: Sendable {
        case sampled(QualityModel)
        case computed(Scorer, Reference)
    }
    private var source: Source

    /// Scores drawn from the provider's quality.
    init(sampling quality: Quality, draws: Draws) { source = .sampled(QualityModel(quality, draws: draws)) }

    /// Scores of the texts.
    init(_ metric: Metric, against reference: Reference) throws(ScorerUnavailable) {
        source = .computed(try Scorer(metric), reference)
    }

    mutating func score(_ question: Envelope<LiveTexts>) -> Double {
        switch source {
        case .sampled(let quality):
            return quality.score(question: question.question, generation: Int(question.generation))
        case .computed(var scorer, let reference):
            let texts = question.payload
            let score = scorer.score(texts.response, against: reference == .question ? texts.question : texts.reference)
            source = .computed(scorer, reference)
            return score
        }
    }
}

/// What all hosts of a run share. Nothing in here carries a question from one service to another: that
/// is what the topics are for.
struct LiveContext: Sendable {
    let clock: LiveClock
    let wire: Wire
    let routes: Routes
    let bootstrapServers: String
    let profile: BrokerProfile
    /// nil with a real Kafka.
    let retention: RetentionGuard?
    let store: StoreLocation
    let provider: MockProvider
    let recorder: SharedRecorder
    let gauges: Gauges
    /// Prefix of consumer groups, so that runs on one Kafka do not share them.
    let groupPrefix: String
}

/// Numbers that threads keep together.
final class Gauges: Sendable {
    /// Requests that were sent to the LLM workers and are not yet with one.
    let llmQueue = Atomic<Int>(0)
    /// Messages that could not be read.
    let malformed = Atomic<Int>(0)
}
