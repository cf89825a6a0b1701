import Pipeline

/// What the judge makes of one message of the llm-responses role, as other programs read it: `POST /decide`'s lines.
struct Decision: Equatable {
    enum Verdict: String, CaseIterable {
        case accepted
        /// All generations are used up, and `on_exhausted` keeps an answer.
        case acceptedBestEffort = "accepted_best_effort"
        /// Another generation is asked for.
        case regenerated
        /// All generations are used up, and `on_exhausted` gives the question up.
        case deadLetterScore = "dead_letter_score"
        /// The line is no message.
        case malformed
        /// The message is good, and meant for another service.
        case skipped
    }

    /// A message that is to be sent.
    struct Message: Equatable {
        let topic: String
        /// The question's key, whose 16 hexadecimal digits are the Kafka key.
        let key: UInt64
        let value: [UInt8]
    }

    var verdict: Verdict
    /// What is wrong with a malformed line; empty for all others.
    var reason = ""
    /// In the order in which they are to be sent.
    var messages: [Message] = []

    /// The line, without its end.
    func write(into writer: inout WireWriter) {
        writer.append(#"{"decision":""#)
        switch verdict {
        case .accepted: writer.append("accepted")
        case .acceptedBestEffort: writer.append("accepted_best_effort")
        case .regenerated: writer.append("regenerated")
        case .deadLetterScore: writer.append("dead_letter_score")
        case .malformed: writer.append("malformed")
        case .skipped: writer.append("skipped")
        }
        writer.append(#"""#)
        // A field brings its comma along.
        if verdict == .malformed { writer.field("reason", reason) }
        writer.append(#","messages":["#)
        for (index, message) in messages.enumerated() {
            if index > 0 { writer.append(",") }
            writer.begin()
            writer.field("topic", message.topic)
            writer.field("key", hexadecimal: message.key)
            writer.field("value", String(decoding: message.value, as: UTF8.self))
            writer.end()
        }
        writer.append("]}")
    }
}

extension Decision.Verdict {
    /// How a judge has decided, by the message as the machine has left it.
    init(_ question: Envelope<LiveTexts>) {
        switch question.kind {
        case .validated: self = question.outcome == .accepted ? .accepted : .acceptedBestEffort
        case .regenerationRequested: self = .regenerated
        case .deadLettered: self = .deadLetterScore
        case .asked, .requested, .responded, .callFailed, .belowThreshold, .answered, .failed:
            preconditionFailure("a judge leaves no message of kind \(question.kind.rawValue)")
        }
    }
}
