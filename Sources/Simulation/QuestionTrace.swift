import Pipeline
import Workload

/// One question's life in a simulated run, told step by step as a live run's services log it.
package struct QuestionTrace {
    package struct Step: Equatable, Sendable {
        package let at: Instant
        /// Who does it, such as `llm-worker.0`.
        package let service: String
        package let text: String
        /// How the question ended, where it did.
        package let outcome: Outcome?
    }

    private let question: UInt64
    private let tell: (Step) -> Void

    init(_ question: UInt64, tell: @escaping (Step) -> Void) {
        self.question = question
        self.tell = tell
    }

    func asked(_ question: UInt64, at now: Instant) {
        if question == self.question { say("generator", "sends asked to \(Role.questions.rawValue)", now) }
    }

    func sees(_ effect: Effect, about message: Envelope<SimulatedTexts>, worker: Int, judge: Int, at now: Instant) {
        guard message.question == question else { return }
        switch effect {
        case .publish(let role):
            let isEnd = message.kind == .answered || message.kind == .failed
            say(
                Self.sender(of: message, worker, judge), "sends \(message.kind.rawValue) to \(role.rawValue)" + (isEnd ? ": \(message.outcome.rawValue)" : ""), now,
                isEnd ? message.outcome : nil)
        case .lookUp: say("intake", "looks into the store", now)
        case .call: say("llm-worker.\(worker)", "calls the provider", now)
        case .score: break
        case .wait: say(Self.retry(message), "waits \(Double((message.notBefore - now) / 1000) / 1000) ms", now)
        case .store: say("recorder", "writes to the store", now)
        }
    }

    func replied(_ message: Envelope<SimulatedTexts>, status: Int, by worker: Int, at now: Instant) {
        if message.question == question { say("llm-worker.\(worker)", "the call ended with status \(status)", now) }
    }

    func gathers(_ message: Envelope<SimulatedTexts>, judge: Int, for delay: Nanoseconds, at now: Instant) {
        if message.question == question { say("judge.\(judge)", "takes it into a batch: \(Double(delay / 1000) / 1000) ms on the way", now) }
    }

    func scored(_ message: Envelope<SimulatedTexts>, _ score: Double, judge: Int, at now: Instant) {
        if message.question == question { say("judge.\(judge)", "scores \(Double(Int(score * 10_000)) / 10_000)", now) }
    }

    private func say(_ service: String, _ text: String, _ now: Instant, _ outcome: Outcome? = nil) {
        tell(Step(at: now, service: service, text: text, outcome: outcome))
    }

    /// Which service it is that says so: only one can.
    private static func sender(of message: Envelope<SimulatedTexts>, _ worker: Int, _ judge: Int) -> String {
        switch message.kind {
        case .asked: "generator"
        case .requested: message.errorClass == .none ? "intake" : retry(message)
        case .responded, .callFailed: "llm-worker.\(worker)"
        case .regenerationRequested, .belowThreshold: "judge.\(judge)"
        // Where retries are used up, who counts them decides about the answers at hand.
        case .validated, .deadLettered: message.errorClass == .none ? "judge.\(judge)" : retry(message)
        // Hits and those who joined another have made no call, and never reach the recorder.
        case .answered, .failed: message.calls == 0 && message.refusals == 0 ? "intake" : "recorder"
        }
    }

    private static func retry(_ message: Envelope<SimulatedTexts>) -> String {
        message.errorClass == .quota ? "retry-quota" : "retry-overload"
    }
}
