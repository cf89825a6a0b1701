import Workload

/// What a machine wants done. Each runtime carries effects out in one exhaustive switch.
@usableFromInline package enum Effect<P: Payload>: Sendable {
    /// Send a message to a role's topic. The message's kind is already set.
    case publish(Role, Envelope<P>)
    /// Look the question's key up in the store; the answer comes back as `Intake.Message.lookedUp`.
    case lookUp(Envelope<P>)
    /// Call the LLM; the result comes back as `LLMWorker.Message.replied`.
    case call(Envelope<P>)
    /// Score the current response; the score comes back as `Judge.Message.scored`.
    case score(Envelope<P>)
    /// Keep the message durably until `notBefore`; it comes back as `Retry.Message.due`, not earlier.
    case wait(Envelope<P>)
    /// Write the result or the failure to the store, once per question; back as `Recorder.Message.stored`.
    case store(Envelope<P>)
}

/// Effects in the order in which a machine asked for them. The runtime makes one and uses it again,
/// so that handling a message allocates nothing.
@usableFromInline package struct EffectBuffer<P: Payload>: Sendable {
    @usableFromInline package var effects: [Effect<P>] = []

    @inlinable package init(capacity: Int = 64) { effects.reserveCapacity(capacity) }

    @inlinable package var count: Int { effects.count }
    @inlinable package var isEmpty: Bool { effects.isEmpty }
    @inlinable package subscript(index: Int) -> Effect<P> { effects[index] }
    @inlinable package mutating func append(_ effect: Effect<P>) { effects.append(effect) }
    @inlinable package mutating func removeAll() { effects.removeAll(keepingCapacity: true) }
}
