// Recorder: nothing has happened until it stands in the store. Only then does the asker have an
// answer, so latency ends with `stored`.

import Workload

@usableFromInline package struct Recorder<P: Payload>: Sendable {
    @usableFromInline package enum Message: Sendable {
        /// An answer was taken.
        case validated(Envelope<P>)
        /// A question was given up.
        case deadLettered(Envelope<P>)
        /// The store has acknowledged; `took` is what it cost.
        case stored(Envelope<P>, took: Nanoseconds)
    }

    @usableFromInline package init() {}

    @inlinable @inline(__always) package mutating func handle(_ message: consuming Message, at now: Instant, into effects: inout EffectBuffer<P>) {
        switch message {
        case .validated(let question), .deadLettered(let question): effects.append(.store(question))
        case .stored(let question, let took): stored(question, took, into: &effects)
        }
    }

    @inlinable func stored(_ recorded: Envelope<P>, _ took: Nanoseconds, into effects: inout EffectBuffer<P>) {
        var question = recorded
        question.storageTime += took
        if question.outcome.isAnswered {
            question.kind = .answered
            effects.append(.publish(.validatedResponses, question))
        } else {
            question.kind = .failed
            effects.append(.publish(.deadLetters, question))
        }
    }
}
