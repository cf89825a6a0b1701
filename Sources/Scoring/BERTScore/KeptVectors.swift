import Synchronization

/// Vectors of references: a question's answers, one after another, are all held against the same.
///
/// The oldest go when there is no room. They are looked up under a lock and made without it, so that nobody waits for another
/// thread's encoder; two threads that need the same at once both make it.
final class KeptVectors: Sendable {
    private struct State {
        var known: [String: TokenVectors] = [:]
        /// The order in which they came.
        var order: [String] = []
        var oldest = 0
        var bytes = 0
    }

    private let state = Mutex(State())
    private let room: Int

    /// - Parameter room: in bytes.
    init(room: Int) { self.room = room }

    func vectors<E: Error>(of text: String, make: () throws(E) -> TokenVectors) throws(E) -> TokenVectors {
        if let known = state.withLock({ $0.known[text] }) { return known }
        let vectors = try make()
        state.withLock { keep(vectors, of: text, &$0) }
        return vectors
    }

    private func keep(_ vectors: TokenVectors, of text: String, _ state: inout State) {
        guard state.known[text] == nil else { return }
        while state.bytes + vectors.bytes > room, state.oldest < state.order.count {
            if let gone = state.known.removeValue(forKey: state.order[state.oldest]) { state.bytes -= gone.bytes }
            state.oldest += 1
        }
        // Moved together now and then, not each time.
        if state.oldest > 1000 {
            state.order.removeFirst(state.oldest)
            state.oldest = 0
        }
        state.known[text] = vectors
        state.order.append(text)
        state.bytes += vectors.bytes
    }
}
