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
typealias Effects = EffectBuffer<Script>

func seconds(_ s: Double) -> Instant { Instant(nanoseconds: Int64(s * 1e9)) }

func ask(_ question: UInt64, key: UInt64 = 7, at moment: Instant = .zero, bytes: UInt32 = 100) -> Message {
    Envelope(question: question, key: key, payload: Script(), bytes: bytes, intendedAt: moment)
}

/// An effect in words: what it does, to which question, and what the message says.
func words(_ effects: inout Effects) -> [String] {
    defer { effects.removeAll() }
    return (0..<effects.count).map { index in
        switch effects[index] {
        case .publish(let role, let message):
            var text = "\(message.kind.rawValue) \(message.question) on \(role.rawValue)"
            if message.outcome != .pending { text += " \(message.outcome.rawValue)" }
            if !message.payload.response.isEmpty { text += " '\(message.payload.response)'" }
            return text
        case .lookUp(let message): return "look up \(message.question)"
        case .call(let message): return "call \(message.question)"
        case .score(let message): return "score \(message.question)"
        case .wait(let message):
            return "wait \(message.question) until \(Double(message.notBefore.nanoseconds) / 1e9) s"
        case .store(let message): return "store \(message.question)"
        }
    }
}

/// The message of the only publish effect.
func published(_ effects: inout Effects) -> Message? {
    defer { effects.removeAll() }
    for index in 0..<effects.count {
        if case .publish(_, let message) = effects[index] { return message }
        if case .wait(let message) = effects[index] { return message }
    }
    return nil
}

let patient = RetryPolicies(
    overload: RetryPolicy(backoff: .exponential(base: 1_000_000_000, factor: 2, cap: 30_000_000_000), maxRetries: 3),
    quota: RetryPolicy(backoff: .fixed(delay: 60_000_000_000), maxRetries: 2),
    error: RetryPolicy(backoff: .steps([500_000_000, 2_000_000_000]), maxRetries: 3))

let classify = StatusClassification([503: .overload, 429: .overload, 402: .quota])
