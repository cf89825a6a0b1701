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
    case scored(Double)
    case waitStarted
    case waitEnded(asked: Nanoseconds, slept: Nanoseconds, intendedAt: Instant)
    /// Requests that came to lie before the LLM workers, less those that a worker took.
    case llmQueue(change: Int)
    /// A message that could not be read.
    case malformed
    /// The store was asked for something while it was away.
    case storeMissing
}

/// Where observations go: into the run's books, or to the process that keeps them.
protocol Observer: Sendable {
    func note(_ observation: Observation, at now: Instant)
}

/// The run's own observer. Services in this process call it directly, those of child processes by their pipes.
final class RecordingObserver: Observer {
    private let recorder: SharedRecorder
    private let gauges: Gauges

    init(_ recorder: SharedRecorder, _ gauges: Gauges) {
        self.recorder = recorder
        self.gauges = gauges
    }

    func note(_ observation: Observation, at now: Instant) {
        switch observation {
        case .callStarted(let isRetry, let intendedAt):
            recorder.withLock { $0.callStarted(isRetry: isRetry, intendedAt: intendedAt, at: now) }
        case .callEnded(let errorClass, let generation, let intendedAt, let promptTokens, let completionTokens):
            recorder.withLock {
                $0.callEnded(
                    errorClass, generation: UInt16(clamping: generation), intendedAt: intendedAt, promptTokens: promptTokens,
                    completionTokens: completionTokens, at: now)
            }
        case .callRefused(let intendedAt): recorder.withLock { $0.callRefused(intendedAt: intendedAt) }
        case .retryDenied(let intendedAt): recorder.withLock { $0.retryDenied(intendedAt: intendedAt) }
        case .scored(let score): recorder.withLock { $0.scored(score, at: now) }
        case .waitStarted: recorder.withLock { $0.waitStarted(at: now) }
        case .waitEnded(let asked, let slept, let intendedAt):
            recorder.withLock { $0.waitEnded(asked: asked, slept: slept, intendedAt: intendedAt, at: now) }
        case .llmQueue(let change):
            let depth = gauges.llmQueue.add(change, ordering: .relaxed).newValue
            recorder.withLock { $0.llmQueue(max(0, depth), at: now) }
        case .malformed: gauges.malformed.add(1, ordering: .relaxed)
        case .storeMissing: gauges.storeErrors.add(1, ordering: .relaxed)
        }
    }
}
