import KafkaClient
import Measurement
import Pipeline
import Provider
import Scenarios
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
    private enum Source: Sendable {
        case sampled(QualityModel)
        case computed(Scorer, Scenario.Scoring.Against)
    }
    private var source: Source

    /// - Throws: `ScorerUnavailable`, and where words are weighed by it, what the corpus throws.
    init(_ scenario: Scenario, draws: Draws) throws {
        let scoring = scenario.scoring
        source = scoring.isComputedLive
            ? .computed(try scoring.scorer(over: .load(scenario.traffic.corpus)), scoring.against)
            : .sampled(QualityModel(scenario.provider.quality, draws: draws))
    }

    mutating func score(_ question: Envelope<LiveTexts>) -> Double {
        switch source {
        case .sampled(let quality):
            return quality.score(question: question.question, generation: Int(question.generation))
        case .computed(var scorer, let reference):
            let texts = question.payload
            let score = scorer.score(texts.response, against: texts.text(of: reference))
            source = .computed(scorer, reference)
            return score
        }
    }
}

extension LiveTexts {
    /// The text that answers are compared with.
    func text(of against: Scenario.Scoring.Against) -> String {
        switch against {
        case .question: question
        case .reference: reference
        }
    }
}

/// What all hosts of a process share. Nothing in here carries a question from one service to another: that
/// is what the topics are for.
struct LiveContext: Sendable {
    let clock: LiveClock
    let metric: String
    let routes: Routes
    let bootstrapServers: String
    let profile: BrokerProfile
    /// nil with a real Kafka.
    let retention: RetentionGuard?
    let store: StoreLocation
    /// When the store is to be away; nil where no fault says so.
    let downtime: StoreDowntime?
    let provider: MockProvider
    /// Who is called in place of `provider`; nil: nobody.
    let llm: LLMAccess?
    /// What services see goes there.
    let observer: any Observer
    let log: Log
    /// Prefix of consumer groups, so that runs on one Kafka do not share them.
    let groupPrefix: String
    /// Where this run's messages begin, on a Kafka whose topics hold older ones.
    let beginnings: [PartitionOffset]

    var wire: Wire { Wire(runStartedUnixNanoseconds: clock.startedAtUnix, timeScale: clock.scale, metric: metric) }

    /// Writes a message as it goes to a role's topic: which one of `routes.topics`, and when; nil where the role is
    /// switched off.
    func write(_ message: Envelope<LiveTexts>, to role: Role, by service: String, into outgoing: inout WireWriter) -> (topic: Int, at: Instant)? {
        guard let topic = routes.topic(of: role) else { return nil }
        log(.debug, service, "sends \(message.kind.rawValue) to \(role.rawValue)", about: Wire.names(of: message))
        let now = clock.now()
        wire.encode(message, at: now, into: &outgoing, withSpentTexts: false)
        return (topic, now)
    }

    /// The store as services see it.
    func openStore(lockPatienceMilliseconds: Int32 = SQLiteStore.defaultBusyTimeoutMilliseconds) throws(StoreError) -> any Store {
        guard let downtime else { return try store.open(lockPatienceMilliseconds: lockPatienceMilliseconds) }
        try downtime.check("open it")
        return FaultyStore(try store.open(lockPatienceMilliseconds: lockPatienceMilliseconds), downtime)
    }

    /// A consumer of the topics of some roles.
    func consumer(group: String, roles: [Role], membership: Consumer.Membership) throws(KafkaProblem) -> Consumer {
        try Consumer(
            bootstrapServers: bootstrapServers, profile: profile, group: groupPrefix + group,
            topics: routes.topics(of: roles).map { ($0.name, $0.partitions) }, membership: membership,
            beginnings: beginnings, retention: retention)
    }
}

/// Numbers that threads keep together.
final class Gauges: Sendable {
    /// Requests that were sent to the LLM workers and are not yet with one.
    let llmQueue = Atomic<Int>(0)
    let judgeQueue = Atomic<Int>(0)
    /// Messages that could not be read.
    let malformed = Atomic<Int>(0)
    /// What was asked of the store while it was away.
    let storeErrors = Atomic<Int>(0)
    /// Services that died, as they were told to, and came back, and absences of the broker: what it took and could not
    /// acknowledge is sent again. After either a message may come twice.
    let crashes = Atomic<Int>(0)
    /// Ends of questions that were told again after a crash; an asker takes the first.
    let repeatedEnds = Atomic<Int>(0)
}
