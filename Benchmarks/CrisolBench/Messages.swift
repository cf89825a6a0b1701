import Live
import Pipeline
import Workload

/// Reads or writes messages as live services do: a judged question with an answer of some 500 bytes.
func carryMessages(writing: Bool, count: Int) throws {
    let wire = Wire(runStartedUnixNanoseconds: 1_763_739_000_789_000_000, metric: "jaccard")
    let messages = (0..<16 as Range<UInt64>).map(judgedQuestion)
    let now = Instant(nanoseconds: 1_734_567_891)
    var writer = WireWriter()
    let written = messages.map { message in
        wire.encode(message, at: now, into: &writer)
        return writer.bytes
    }
    var check = 0
    let start = cpuSeconds()
    for number in 0..<count {
        if writing {
            wire.encode(messages[number & 15], at: now, into: &writer)
            check &+= writer.count
        } else {
            check &+= Int(try wire.decode(written[number & 15]).bytes)
        }
    }
    report(count, since: start, check)
}

private func judgedQuestion(_ number: UInt64) -> Envelope<LiveTexts> {
    let words = ["crucible", "furnace", "heat", "metal", "a", "what", "of", "glows"]
    func text(_ count: Int) -> String { (0..<count).map { words[($0 * 5 + Int(number)) % words.count] }.joined(separator: " ") }
    var message = Envelope(
        kind: .validated, question: number, key: number &* 0x9E37_79B9_7F4A_7C15, payload: LiveTexts(questionID: QuestionID.of(number), question: text(10), response: text(98)),
        bytes: 620, intendedAt: Instant(nanoseconds: 1_234_567_890))
    message.outcome = .accepted
    message.ticket = 3000
    message.calls = 1
    message.answersReceived = 1
    message.status = 200
    message.promptTokens = 15
    message.completionTokens = 120
    message.responseTime = 12_345_678
    message.providerTime = 12_345_678
    message.scoringTime = 2345
    message.score = Double(number + 51) / 127
    message.firstScore = message.score
    message.bestScore = message.score
    return message
}
