// Recorder: nothing has happened until it stands in the store. Only then does the asker have an
// answer, so latency ends with `stored`.

import Workload

@usableFromInline package struct Recorder<P: Payload>: Sendable {
    @usableFromInline package enum Message: Sendable, BitwiseCopyable {
        /// An answer was taken.
        case validated
        /// A question was given up.
        case deadLettered
        /// The store has acknowledged; `took` is what it cost.
        case stored(took: Nanoseconds)
    }

    @usableFromInline package init() {}

    @inlinable @inline(__always)
    package mutating func handle(
        _ message: Message, about question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>
    ) {
        switch message {
        case .validated, .deadLettered: effects.append(.store)
        case .stored(let took): stored(&question, took, into: &effects)
        }
    }

    @inlinable func stored(_ question: inout Envelope<P>, _ took: Nanoseconds, into effects: inout EffectBuffer<P>) {
        question.storageTime += took
        if question.outcome.isAnswered {
            question.kind = .answered
            effects.append(.publish(.validatedResponses))
        } else {
            question.kind = .failed
            effects.append(.publish(.deadLetters))
        }
    }
}
