import Pipeline

/// The texts of a question as they travel live: what its asker and a reader of the topics see.
package struct LiveTexts: Payload, Equatable {
    /// As the asker gave it; Crisol's own are `q-` and the question's number.
    package var questionID: String
    package var traceID: String
    package var question: String
    /// The answer that is known to be right, from the corpus; empty where there is none.
    package var reference: String
    /// The current response; empty before the first.
    package var response: String
    /// The best response so far; empty before the first was judged.
    package var bestResponse: String

    package init(
        questionID: String, traceID: String? = nil, question: String, reference: String = "", response: String = "", bestResponse: String = ""
    ) {
        self.questionID = questionID
        self.traceID = traceID ?? questionID
        self.question = question
        self.reference = reference
        self.response = response
        self.bestResponse = bestResponse
    }

    package mutating func keepResponseAsBest() { bestResponse = response }
    package mutating func takeBestResponse() { response = bestResponse }
    package mutating func adoptResponse(of other: LiveTexts) { response = other.response }

    /// Bytes that the question holds while it is in flight: what admission credits count.
    package var byteCount: Int {
        questionID.utf8.count + traceID.utf8.count + question.utf8.count + reference.utf8.count + response.utf8.count
            + bestResponse.utf8.count
    }
}

/// Names of questions in messages and tables.
package enum QuestionID {
    /// `q-` and the question's number, zero-padded to nine digits.
    package static func of(_ question: UInt64) -> String {
        let digits = String(question)
        return "q-" + String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits
    }

    /// The number of a question by its name: Crisol's own names carry it, any other name is hashed
    /// to a number of 2^63 or more, which no run's own questions reach.
    package static func number(of name: String) -> UInt64 {
        var name = name
        // A pointer for the call only: this is asked twice a message.
        return name.withUTF8 { ownNumber(of: $0) ?? foreignNumber(of: $0) }
    }

    private static func ownNumber(of name: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard name.count >= 11, name.count <= 21, name[0] == UInt8(ascii: "q"), name[1] == UInt8(ascii: "-") else { return nil }
        // One name a number: more than nine digits do not begin with a zero.
        if name.count > 11, name[2] == 0x30 { return nil }
        var number: UInt64 = 0
        for byte in name[2...] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            // 19 digits fit; what reaches the foreign half is not a name of ours.
            number = number &* 10 &+ UInt64(byte - 0x30)
        }
        return number < 1 << 63 ? number : nil
    }

    /// FNV-1a, 64 bits (draft-eastlake-fnv), with the top bit set.
    private static func foreignNumber(of name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash | 1 << 63
    }
}
