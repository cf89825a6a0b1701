import Caching
import Pipeline
import Workload

/// Texts that remember which answers a machine meant.
struct Script: Payload, Equatable {
    var response = ""
    var best = ""

    mutating func keepResponseAsBest() { best = response }
    mutating func takeBestResponse() { response = best }
    mutating func adoptResponse(of other: Script) { response = other.response }
}

typealias Message = Envelope<Script>

func seconds(_ s: Double) -> Instant { Instant(nanoseconds: Int64(s * 1e9)) }

func ask(_ question: UInt64, key: UInt64 = 7, at moment: Instant = .zero, bytes: UInt32 = 100) -> Message {
    Envelope(question: question, key: key, payload: Script(), bytes: bytes, intendedAt: moment)
}

/// What a machine asked for, each time with the message as the runtime would find it.
struct Effects {
    struct Asked {
        let effect: Effect
        let message: Message
    }

    private(set) var list: [Asked] = []

    var count: Int { list.count }
    var isEmpty: Bool { list.isEmpty }
    subscript(index: Int) -> Asked { list[index] }
    mutating func removeAll() { list = [] }

    /// Lets a machine handle a copy of the message, and notes what it asks for.
    mutating func note(_ message: Message, _ handle: (inout Message, inout EffectBuffer<Script>) -> Void) {
        var question = message
        var buffer = EffectBuffer<Script>()
        handle(&question, &buffer)
        for index in 0..<buffer.count {
            list.append(Asked(effect: buffer[index].effect, message: buffer.other(of: buffer[index]) ?? question))
        }
    }
}

/// An effect in words: what it does, to which question, and what the message says.
func words(_ effects: inout Effects) -> [String] {
    defer { effects.removeAll() }
    return effects.list.map { asked in
        let message = asked.message
        switch asked.effect {
        case .publish(let role):
            var text = "\(message.kind.rawValue) \(message.question) on \(role.rawValue)"
            if message.outcome != .pending { text += " \(message.outcome.rawValue)" }
            if !message.payload.response.isEmpty { text += " '\(message.payload.response)'" }
            return text
        case .lookUp: return "look up \(message.question)"
        case .call: return "call \(message.question)"
        case .score: return "score \(message.question)"
        case .wait: return "wait \(message.question) until \(Double(message.notBefore.nanoseconds) / 1e9) s"
        case .store: return "store \(message.question)"
        }
    }
}

/// The message of the only publish effect.
func published(_ effects: inout Effects) -> Message? {
    defer { effects.removeAll() }
    for asked in effects.list {
        switch asked.effect {
        case .publish, .wait: return asked.message
        case .lookUp, .call, .score, .store: break
        }
    }
    return nil
}

let patient = RetryPolicies(
    overload: RetryPolicy(backoff: .exponential(base: 1_000_000_000, factor: 2, cap: 30_000_000_000), maxRetries: 3),
    quota: RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 2),
    error: RetryPolicy(backoff: .steps([500_000_000, 2_000_000_000]), maxRetries: 3))

let classify = StatusClassification([503: .overload, 429: .overload, 402: .quota])

// Machines as the tests speak to them: a message in, effects out.

extension Intake where P == Script {
    mutating func handle(_ message: Message, about question: Envelope<Script>, at now: Instant, into effects: inout Effects) {
        effects.note(question) { handle(message, about: &$0, at: now, into: &$1) }
    }
}

extension LLMWorker where P == Script {
    mutating func handle(_ message: Message, about question: Envelope<Script>, at now: Instant, into effects: inout Effects) {
        effects.note(question) { handle(message, about: &$0, at: now, into: &$1) }
    }
}

extension Judge where P == Script {
    mutating func handle(_ message: Message, about question: Envelope<Script>, at now: Instant, into effects: inout Effects) {
        effects.note(question) { handle(message, about: &$0, at: now, into: &$1) }
    }
}

extension Retry where P == Script {
    mutating func handle(_ message: Message, about question: Envelope<Script>, at now: Instant, into effects: inout Effects) {
        effects.note(question) { handle(message, about: &$0, at: now, into: &$1) }
    }
}

extension Recorder where P == Script {
    mutating func handle(_ message: Message, about question: Envelope<Script>, at now: Instant, into effects: inout Effects) {
        effects.note(question) { handle(message, about: &$0, at: now, into: &$1) }
    }
}
