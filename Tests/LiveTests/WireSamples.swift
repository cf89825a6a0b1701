import Foundation
import Pipeline
import SeededChance
import Workload

@testable import Live

/// Envelopes in which every field that there is may have any value that it can.
struct WireSamples {
    var random: SplitMix
    init(seed: UInt64) { random = SplitMix(state: seed) }

    mutating func envelope() -> Envelope<LiveTexts> {
        let question: UInt64 = Bool.random(using: &random) ? .random(in: 0...2_000_000_000, using: &random) : random.next()
        let id = Bool.random(using: &random) ? QuestionID.of(question) : text()
        let texts = LiveTexts(
            questionID: id, traceID: Bool.random(using: &random) ? nil : text(), question: text(), reference: text(), response: text(), bestResponse: text())
        var e = Envelope(
            kind: Kind.allCases.randomElement(using: &random)!, question: question, key: random.next(), payload: texts, bytes: small(),
            intendedAt: Instant(nanoseconds: span()))
        e.ticket = Bool.random(using: &random) ? .max : small()
        e.outcome = Outcome.allCases.randomElement(using: &random)!
        e.errorClass = ErrorClass.allCases.randomElement(using: &random)!
        e.status = small()
        e.refusals = small()
        e.stoppedBy = CallGuard.allCases.randomElement(using: &random)!
        e.notBefore = Instant(nanoseconds: span())
        e.waitingSince = Instant(nanoseconds: span())
        e.generation = small()
        e.calls = small()
        e.overloadRetries = small()
        e.quotaRetries = small()
        e.errorRetries = small()
        e.totalOverloadRetries = small()
        e.totalQuotaRetries = small()
        e.totalErrorRetries = small()
        e.answersReceived = small()
        e.score = score()
        e.firstScore = score()
        e.bestScore = score()
        e.retryAfter = Bool.random(using: &random) ? -1 : abs(span() / 2)
        e.previousDelay = span()
        e.promptTokens = small()
        e.completionTokens = small()
        e.providerTime = span()
        e.backoffTime = span()
        e.scoringTime = span()
        e.storageTime = span()
        e.responseTime = span()
        return e
    }

    mutating func text() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<(Int.random(in: 0...3, using: &random) == 0 ? 0 : Int.random(in: 0...80, using: &random)) {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<10, using: &random) {
                case 0: 0x00...0x22
                case 1: 0x5C...0x5C
                case 2: 0x80...0x7FF
                case 3: 0x800...0xD7FF
                case 4: 0xE000...0xFFFF
                case 5: 0x10000...0x10FFFF
                default: 0x20...0x7E
                }
            text.append(Unicode.Scalar(UInt32.random(in: range, using: &random))!)
        }
        return String(text)
    }

    private mutating func small<Value: FixedWidthInteger & UnsignedInteger>() -> Value {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: 0
        case 1: .max
        case 2: Value.random(in: 0...9, using: &random)
        default: Value.random(in: 0...Value.max, using: &random)
        }
    }

    private mutating func span() -> Int64 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: 0
        case 1: .max
        case 2: .min + 1
        default: Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 1...60, using: &random))
        }
    }

    private mutating func score() -> Double {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .nan
        case 1: 0
        case 2: 1
        case 3: .leastNonzeroMagnitude
        default: Double.random(in: 0...1, using: &random)
        }
    }
}

/// Every stored property of a value and of what is in it, by name: two envelopes are the same if this is. But for the
/// breaker's period, which means nothing outside the worker that makes the call and is on no message.
func everything<Value>(in value: Value) -> [String: String] {
    var found: [String: String] = [:]
    func visit(_ value: Any, _ path: String) {
        if path == ".breakerPeriod" { return }
        let children = Mirror(reflecting: value).children
        if let text = value as? String { found[path] = Array(text.utf8).map { String($0, radix: 16) }.joined() }
        else if let number = value as? Double { found[path] = number.isNaN ? "nan" : String(number.bitPattern) }
        else if children.isEmpty { found[path] = String(describing: value) }
        else { for child in children { visit(child.value, path + "." + (child.label ?? "?")) } }
    }
    visit(value, "")
    return found
}

let wire = Wire(runStartedUnixNanoseconds: 1_709_210_096_789_000_000, metric: "tfidf-cosine")

func encoded(_ e: Envelope<LiveTexts>, _ wire: Wire = wire, at now: Instant = Instant(nanoseconds: 15_000_000_000)) -> [UInt8] {
    var writer = WireWriter()
    writer.append("left over")
    wire.encode(e, at: now, into: &writer)
    return writer.bytes
}

func decoded(_ text: String, defaultKind: Kind? = .asked) throws(WireError) -> Envelope<LiveTexts> {
    try wire.decode(Array(text.utf8), defaultKind: defaultKind, receivedAt: Instant(nanoseconds: 77))
}
