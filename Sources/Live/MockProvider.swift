import Pipeline
import Provider
import Synchronization
import Workload

/// The LLM provider inside the process: one model that all workers call, as they would one server.
///
/// A call that was begun runs to its end in the provider whatever becomes of the worker: a crash
/// frees no slot early and leaks none.
final class MockProvider: Sendable {
    private struct State: Sendable {
        var model: ProviderModel
        var underWay = TimerHeap<Reply>()
    }
    private let state: Mutex<State>
    private let clock: LiveClock

    init(_ configuration: ProviderConfiguration, draws: Draws, clock: LiveClock) throws(CorpusError) {
        state = Mutex(State(model: try ProviderModel(reading: configuration, draws: draws)))
        self.clock = clock
    }

    /// Begins a call now. All is decided; the reply may be used from `completesAt` on.
    func begin(_ question: Envelope<LiveTexts>) -> (reply: Reply, at: Instant) {
        begin(
            question: question.question, generation: Int(question.generation), call: Int(question.calls), text: question.payload.question)
    }

    /// The same, for a call whose question is no message.
    func begin(question: UInt64, generation: Int, call: Int, text: String) -> (reply: Reply, at: Instant) {
        var words = 0, wasBlank = true
        for byte in text.utf8 {
            let isBlank = byte == 0x20 || byte == 0x0A
            if wasBlank, !isBlank { words += 1 }
            wasBlank = isBlank
        }
        return state.withLock { state in
            // The clock is read within the lock, so that the model's time never goes back.
            let now = clock.now()
            while let ended = state.underWay.due(at: now) { state.model.finished(ended, at: now) }
            let reply = state.model.begin(
                question: question, generation: generation, call: call, at: now, promptWords: words)
            state.underWay.add(reply, at: reply.completesAt)
            return (reply, now)
        }
    }
}
