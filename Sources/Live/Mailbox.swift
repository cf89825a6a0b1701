import Synchronization

/// What other threads leave for a host, which is woken to read it.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct State: Sendable {
        var letters: [Letter] = []
        /// nil once nobody reads any more.
        var wake: (@Sendable () -> Void)?
    }
    private let state: Mutex<State>

    /// - Parameter wake: called from any thread, never after `close` has returned.
    init(wake: @escaping @Sendable () -> Void) { state = Mutex(State(wake: wake)) }

    func post(_ letter: Letter) {
        state.withLock { state in
            guard let wake = state.wake else { return }
            state.letters.append(letter)
            wake()
        }
    }

    func take() -> [Letter] {
        state.withLock { state in
            if state.letters.isEmpty { return [] }
            defer { state.letters = [] }
            return state.letters
        }
    }

    /// What comes from now on is thrown away.
    func close() {
        state.withLock { state in
            state.wake = nil
            state.letters = []
        }
    }
}
