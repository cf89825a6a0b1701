import Workload

/// What a machine wants done with a question. Each runtime carries effects out in one exhaustive switch.
@usableFromInline package enum Effect: Equatable, Sendable, BitwiseCopyable {
    /// Send the message to a role's topic. The message's kind is already set.
    case publish(Role)
    /// Look the question's key up in the store; the answer comes back as `Intake.Message.lookedUp`.
    case lookUp
    /// Call the LLM; the result comes back as `LLMWorker.Message.replied`.
    case call
    /// Score the current response; the score comes back as `Judge.Message.scored`.
    case score
    /// Keep the message durably until `notBefore`; it comes back as `Retry.Message.due`, not earlier.
    case wait
    /// Write the result or the failure to the store, once per question; back as `Recorder.Message.stored`.
    case store
}

/// Effects in the order in which a machine asked for them. The runtime makes one and uses it again,
/// so that handling a message allocates nothing.
///
/// Most effects are about the question at hand, as the machine leaves it: so nothing is copied, and a machine
/// asks for one effect about it at a time. Those about others (followers, copies for whoever wants to look)
/// carry a message of their own.
@usableFromInline package struct EffectBuffer<P: Payload>: Sendable {
    /// An effect and what it is about.
    @usableFromInline package struct Entry: Sendable, BitwiseCopyable {
        @usableFromInline package let effect: Effect
        @usableFromInline let isAboutAnother: Bool
        @usableFromInline let number: UInt32

        /// The runtime's number for the question at hand; nil where the effect is about another one.
        @inlinable package var atHand: UInt32? { isAboutAnother ? nil : number }

        @inlinable init(effect: Effect, isAboutAnother: Bool, number: UInt32) {
            self.effect = effect
            self.isAboutAnother = isAboutAnother
            self.number = number
        }
    }

    /// The first `count` are effects; what stands behind them is overwritten, since `removeAll` of an array is a
    /// generic function of the standard library that nobody specialises.
    @usableFromInline var entries: [Entry]
    @usableFromInline package internal(set) var count = 0
    @usableFromInline var others: [Envelope<P>] = []
    /// The runtime's number for the question at hand. It stands beside each effect, for runtimes that carry effects
    /// out when another question is at hand already.
    @usableFromInline package var atHand: UInt32 = 0

    @inlinable package init(capacity: Int = 64) {
        entries = Array(repeating: Entry(effect: .call, isAboutAnother: false, number: 0), count: max(1, capacity))
    }

    @inlinable package var isEmpty: Bool { count == 0 }
    @inlinable package subscript(index: Int) -> Entry { entries[index] }

    /// The message of an effect that is not about the question at hand; nil for one that is.
    @inlinable package func other(of entry: Entry) -> Envelope<P>? {
        entry.isAboutAnother ? others[Int(entry.number)] : nil
    }

    @inlinable package mutating func append(_ effect: Effect) {
        append(Entry(effect: effect, isAboutAnother: false, number: atHand))
    }

    @inlinable package mutating func append(_ effect: Effect, about other: Envelope<P>) {
        append(Entry(effect: effect, isAboutAnother: true, number: UInt32(others.count)))
        others.append(other)
    }

    @inlinable @inline(__always) mutating func append(_ entry: Entry) {
        if count == entries.count { entries.append(entry) } else { entries[count] = entry }
        count += 1
    }

    @inlinable package mutating func removeAll() {
        count = 0
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
    }
}
