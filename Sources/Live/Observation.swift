import Measurement
import Pipeline
import Synchronization
import Workload

/// What a service saw that the run's figures need, beyond what its messages tell.
enum Observation: Equatable, Sendable {
    case callStarted(isRetry: Bool, intendedAt: Instant)
    case callEnded(ErrorClass, generation: Int, intendedAt: Instant, promptTokens: Int, completionTokens: Int)
    /// A breaker let no call through.
    case callRefused(intendedAt: Instant)
    /// The budget let no retry through.
    case retryDenied(intendedAt: Instant)
    /// `took`: how long a judge was at it.
    case scored(Double, took: Nanoseconds)
    case waitStarted
    case waitEnded(asked: Nanoseconds, slept: Nanoseconds, intendedAt: Instant)
    /// 1: a message came to lie before a stage's workers; -1: one of them took it.
    case queue(Stage, change: Int)
    /// A message that could not be read.
    case malformed
    /// The store was asked for something while it was away.
    case storeMissing
}

/// A stage of the pipeline with several workers.
enum Stage: Int64, Sendable, CaseIterable {
    case llm, judge

    /// The stage that a message waits for; nil where it is for none of these.
    init?(of kind: Kind) {
        switch kind {
        case .requested, .regenerationRequested: self = .llm
        case .responded: self = .judge
        case .asked, .callFailed, .validated, .belowThreshold, .deadLettered, .answered, .failed: return nil
        }
    }
}

/// Where observations go: into the run's books, or to the process that keeps them.
protocol Observer: Sendable {
    func note(_ observation: Observation, at now: Instant)
    /// Several at once, in their order.
    func note(_ observations: [(Observation, Instant)])
}

extension Observer {
    func note(_ observations: [(Observation, Instant)]) {
        for (observation, now) in observations { note(observation, at: now) }
    }
}

/// The run's own observer. Services in this process call it directly, those of child processes by their pipes.
final class RecordingObserver: Observer {
    private let recorder: SharedRecorder
    private let gauges: Gauges

    init(_ recorder: SharedRecorder, _ gauges: Gauges) {
        self.recorder = recorder
        self.gauges = gauges
    }

    func note(_ observation: Observation, at now: Instant) { note([(observation, now)]) }

    /// All under one lock.
    func note(_ observations: [(Observation, Instant)]) {
        recorder.withLock { recorder in
            for (observation, now) in observations { record(observation, at: now, in: &recorder) }
        }
    }

    private func record(_ observation: Observation, at now: Instant, in recorder: inout RunRecorder) {
        switch observation {
        case .callStarted(let isRetry, let intendedAt): recorder.callStarted(isRetry: isRetry, intendedAt: intendedAt, at: now)
        case .callEnded(let errorClass, let generation, let intendedAt, let promptTokens, let completionTokens):
            recorder.callEnded(
                errorClass, generation: UInt16(clamping: generation), intendedAt: intendedAt, promptTokens: promptTokens,
                completionTokens: completionTokens, at: now)
        case .callRefused(let intendedAt): recorder.callRefused(intendedAt: intendedAt)
        case .retryDenied(let intendedAt): recorder.retryDenied(intendedAt: intendedAt)
        case .scored(let score, let took):
            recorder.scored(score, at: now)
            recorder.judged(from: now + -took, to: now)
        case .waitStarted: recorder.waitStarted(at: now)
        case .waitEnded(let asked, let slept, let intendedAt):
            recorder.waitEnded(asked: asked, slept: slept, intendedAt: intendedAt, at: now)
        case .queue(let stage, let change):
            let taken = max(0, -change)
            switch stage {
            case .llm: recorder.llmQueue(max(0, gauges.llmQueue.add(change, ordering: .relaxed).newValue), taken: taken, at: now)
            case .judge: recorder.judgeQueue(max(0, gauges.judgeQueue.add(change, ordering: .relaxed).newValue), taken: taken, at: now)
            }
        case .malformed: gauges.malformed.add(1, ordering: .relaxed)
        case .storeMissing: gauges.storeErrors.add(1, ordering: .relaxed)
        }
    }
}
