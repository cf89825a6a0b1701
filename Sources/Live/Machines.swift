// The five machines as a host drives them: which messages are theirs, and how results reach them.

import Pipeline
import Workload

/// What a host tells a machine.
enum Input {
    /// A message of a kind that the machine reads.
    case message(Envelope<LiveTexts>)
    case lookedUp(Envelope<LiveTexts>, found: Bool)
    case replied(Envelope<LiveTexts>, CallResult)
    case scored(Envelope<LiveTexts>, Double, took: Nanoseconds)
    case due(Envelope<LiveTexts>)
    case stored(Envelope<LiveTexts>, took: Nanoseconds)
}

/// A service's state machine with its place in the pipeline. Belongs to its host's thread.
protocol Machine: AnyObject {
    /// Roles of the topics that it reads.
    static var roles: [Role] { get }
    /// Whether the message is for this service; several roles may share a topic.
    func reads(_ message: Envelope<LiveTexts>) -> Bool
    /// Messages that it takes now.
    var room: Int { get }
    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>)
}

extension Machine {
    /// Most services take whatever a poll brings.
    var room: Int { 1000 }
}

final class IntakeMachine: Machine {
    static let roles: [Role] = [.questions, .validatedResponses, .deadLetters]
    private var intake: Intake<LiveTexts>

    init(_ configuration: IntakeConfiguration) { intake = Intake(configuration) }

    func reads(_ message: Envelope<LiveTexts>) -> Bool {
        switch message.kind {
        case .asked, .answered, .failed: true
        case .requested, .regenerationRequested, .responded, .callFailed, .validated, .belowThreshold, .deadLettered: false
        }
    }

    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>) {
        switch input {
        case .message(let message):
            if message.kind == .asked {
                intake.handle(.asked(message), at: now, into: &effects)
            } else {
                intake.handle(.settled(message), at: now, into: &effects)
            }
        case .lookedUp(let question, let found): intake.handle(.lookedUp(question, found: found), at: now, into: &effects)
        case .replied, .scored, .due, .stored: preconditionFailure("intake asks for lookups only")
        }
    }
}

final class LLMWorkerMachine: Machine {
    static let roles: [Role] = [.llmRequests, .regenerationRequests]
    private var worker: LLMWorker<LiveTexts>

    init(concurrency: Int, classify: StatusClassification) {
        worker = LLMWorker(concurrency: concurrency, classify: classify)
    }

    /// What the worker cannot call now waits in the topic.
    var room: Int { worker.freeSlots }

    func reads(_ message: Envelope<LiveTexts>) -> Bool {
        switch message.kind {
        case .requested, .regenerationRequested: true
        case .asked, .answered, .failed, .responded, .callFailed, .validated, .belowThreshold, .deadLettered: false
        }
    }

    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>) {
        switch input {
        case .message(let message): worker.handle(.requested(message), at: now, into: &effects)
        case .replied(let question, let result): worker.handle(.replied(question, result), at: now, into: &effects)
        case .lookedUp, .scored, .due, .stored: preconditionFailure("an LLM worker asks for calls only")
        }
    }
}

final class RetryMachine: Machine {
    static let roles: [Role] = [.errorsOverload, .errorsQuota]
    private var retry: Retry<LiveTexts>
    private let isForQuota: Bool

    init(_ policies: RetryPolicies, acceptance: AcceptancePolicy, draws: Draws, isForQuota: Bool) {
        retry = Retry(policies, acceptance: acceptance, draws: draws)
        self.isForQuota = isForQuota
    }

    func reads(_ message: Envelope<LiveTexts>) -> Bool {
        message.kind == .callFailed && (message.errorClass == .quota) == isForQuota
    }

    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>) {
        switch input {
        case .message(let message): retry.handle(.failed(message), at: now, into: &effects)
        case .due(let question): retry.handle(.due(question), at: now, into: &effects)
        case .lookedUp, .replied, .scored, .stored: preconditionFailure("a retry service asks for waits only")
        }
    }
}

final class JudgeMachine: Machine {
    static let roles: [Role] = [.llmResponses]
    private var judge: Judge<LiveTexts>

    init(_ acceptance: AcceptancePolicy, retry: RetryPolicies) { judge = Judge(acceptance, retry: retry) }

    func reads(_ message: Envelope<LiveTexts>) -> Bool { message.kind == .responded }

    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>) {
        switch input {
        case .message(let message): judge.handle(.responded(message), at: now, into: &effects)
        case .scored(let question, let score, let took): judge.handle(.scored(question, score: score, took: took), at: now, into: &effects)
        case .lookedUp, .replied, .due, .stored: preconditionFailure("a judge asks for scores only")
        }
    }
}

final class RecorderMachine: Machine {
    static let roles: [Role] = [.validatedResponses, .deadLetters]
    private var recorder = Recorder<LiveTexts>()

    func reads(_ message: Envelope<LiveTexts>) -> Bool { message.kind == .validated || message.kind == .deadLettered }

    func handle(_ input: Input, at now: Instant, into effects: inout EffectBuffer<LiveTexts>) {
        switch input {
        case .message(let message):
            if message.kind == .validated {
                recorder.handle(.validated(message), at: now, into: &effects)
            } else {
                recorder.handle(.deadLettered(message), at: now, into: &effects)
            }
        case .stored(let question, let took): recorder.handle(.stored(question, took: took), at: now, into: &effects)
        case .lookedUp, .replied, .scored, .due: preconditionFailure("a recorder asks for writes only")
        }
    }
}
