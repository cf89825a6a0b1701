// The five machines as a host drives them: which messages are theirs, and how results reach them.

import Pipeline
import Workload

/// What a host tells a machine about a question.
enum Input {
    /// A message of a kind that the machine reads.
    case message
    case lookedUp(found: Bool)
    case replied(CallResult)
    case scored(Double, took: Nanoseconds)
    case due
    case stored(took: Nanoseconds)
}

/// A service's state machine with its place in the pipeline. Belongs to its host's thread.
protocol Machine: AnyObject {
    /// Roles of the topics that it reads.
    static var roles: [Role] { get }
    /// Kinds of messages that may be for this service; several roles may share a topic.
    static var kinds: [Kind] { get }
    /// Whether a message of these kinds is.
    func reads(_ message: Envelope<LiveTexts>) -> Bool
    /// False where already its beginning tells that the message is not, or does not matter to it.
    func mayRead(_ front: WireFront) -> Bool
    /// Messages that it takes now.
    var room: Int { get }
    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    )
}

extension Machine {
    func reads(_ message: Envelope<LiveTexts>) -> Bool { Self.kinds.contains(message.kind) }
    func mayRead(_ front: WireFront) -> Bool { Self.kinds.contains(front.kind) }
    /// Most services take whatever a poll brings.
    var room: Int { 1000 }
}

final class IntakeMachine: Machine {
    static let roles: [Role] = [.questions, .validatedResponses, .deadLetters]
    static let kinds: [Kind] = [.asked, .answered, .failed]
    private let intake: SharedIntake

    /// Begins with an empty cache and all credits, whatever the intake before it left behind.
    init(_ intake: SharedIntake) {
        self.intake = intake
        intake.restart()
    }

    /// Its own words come back on the topic; it has drawn the consequences already.
    func mayRead(_ front: WireFront) -> Bool {
        guard Self.kinds.contains(front.kind) else { return false }
        switch front.outcome {
        case .cacheHit, .storeHit, .coalesced, .rejected: return false
        case nil, .pending, .accepted, .acceptedBestEffort, .deadLetterScore, .deadLetterOverload, .deadLetterQuota, .deadLetterError: return true
        }
    }

    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    ) {
        switch input {
        case .message: intake.withLock { $0.handle(question.kind == .asked ? .asked : .settled, about: &question, at: now, into: &effects) }
        case .lookedUp(let found): intake.withLock { $0.handle(.lookedUp(found: found), about: &question, at: now, into: &effects) }
        case .replied, .scored, .due, .stored: preconditionFailure("intake asks for lookups only")
        }
    }
}

final class LLMWorkerMachine: Machine {
    static let roles: [Role] = [.llmRequests, .regenerationRequests]
    static let kinds: [Kind] = [.requested, .regenerationRequested]
    private var worker: LLMWorker<LiveTexts>

    init(_ pipeline: PipelineConfiguration) {
        worker = LLMWorker(concurrency: pipeline.concurrency, classify: pipeline.classify, guards: CallGuards(pipeline.retry))
    }

    /// What the worker cannot call now waits in the topic.
    var room: Int { worker.freeSlots }

    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    ) {
        switch input {
        case .message: worker.handle(.requested, about: &question, at: now, into: &effects)
        case .replied(let result): worker.handle(.replied(result), about: &question, at: now, into: &effects)
        case .lookedUp, .scored, .due, .stored: preconditionFailure("an LLM worker asks for calls only")
        }
    }
}

final class RetryMachine: Machine {
    static let roles: [Role] = [.errorsOverload, .errorsQuota]
    static let kinds: [Kind] = [.callFailed]
    private var retry: Retry<LiveTexts>
    private let isForQuota: Bool

    init(_ policies: RetryPolicies, acceptance: AcceptancePolicy, draws: Draws, isForQuota: Bool) {
        retry = Retry(policies, acceptance: acceptance, draws: draws)
        self.isForQuota = isForQuota
    }

    func reads(_ message: Envelope<LiveTexts>) -> Bool {
        message.kind == .callFailed && (message.errorClass == .quota) == isForQuota
    }

    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    ) {
        switch input {
        case .message: retry.handle(.failed, about: &question, at: now, into: &effects)
        case .due: retry.handle(.due, about: &question, at: now, into: &effects)
        case .lookedUp, .replied, .scored, .stored: preconditionFailure("a retry service asks for waits only")
        }
    }
}

final class JudgeMachine: Machine {
    static let roles: [Role] = [.llmResponses]
    static let kinds: [Kind] = [.responded]
    private var judge: Judge<LiveTexts>
    /// Whether a score comes later than it was asked for; then the next answer waits in the topic.
    private let takesTime: Bool
    private var isBusy = false

    init(_ acceptance: AcceptancePolicy, retry: RetryPolicies, takesTime: Bool) {
        judge = Judge(acceptance, retry: retry)
        self.takesTime = takesTime
    }

    var room: Int { takesTime ? (isBusy ? 0 : 1) : 1000 }

    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    ) {
        switch input {
        case .message:
            isBusy = true
            judge.handle(.responded, about: &question, at: now, into: &effects)
        case .scored(let score, let took):
            isBusy = false
            judge.handle(.scored(score, took: took), about: &question, at: now, into: &effects)
        case .lookedUp, .replied, .due, .stored: preconditionFailure("a judge asks for scores only")
        }
    }
}

final class RecorderMachine: Machine {
    static let roles: [Role] = [.validatedResponses, .deadLetters]
    static let kinds: [Kind] = [.validated, .deadLettered]
    private var recorder = Recorder<LiveTexts>()

    func handle(
        _ input: Input, about question: inout Envelope<LiveTexts>, at now: Instant, into effects: inout EffectBuffer<LiveTexts>
    ) {
        switch input {
        case .message:
            recorder.handle(question.kind == .validated ? .validated : .deadLettered, about: &question, at: now, into: &effects)
        case .stored(let took): recorder.handle(.stored(took: took), about: &question, at: now, into: &effects)
        case .lookedUp, .replied, .scored, .due: preconditionFailure("a recorder asks for writes only")
        }
    }
}
