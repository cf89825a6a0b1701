/// What is known of every single question: asked, settled, settled twice.
///
/// Two bits a question (25 MB for 100 million), so that lost and duplicated questions are found one by
/// one and do not cancel each other out in totals.
struct Ledger: Sendable {
    enum Entry {
        /// Settled for the first time.
        case settled
        /// Settled before: to be counted as a duplicate and as nothing else.
        case again
        /// Settled, but never asked: somebody invented a question.
        case unasked
    }

    /// Two bits each: 0 unknown, 1 asked, 2 left in flight by the drain, 3 settled.
    private var words: [UInt64]
    private(set) var asked = 0
    private(set) var askedTwice = 0
    private(set) var settled = 0
    private(set) var duplicates = 0
    private(set) var unasked = 0
    private(set) var leftInFlight = 0

    init(expectedQuestions: Int) {
        words = []
        words.reserveCapacity(expectedQuestions / 32 + 1)
    }

    mutating func ask(_ question: UInt64) {
        let word = Int(question >> 5)
        while word >= words.count { words.append(0) }
        let shift = (question & 31) << 1
        if (words[word] >> shift) & 3 == 0 {
            words[word] |= 1 << shift
            asked += 1
        } else {
            askedTwice += 1
        }
    }

    mutating func settle(_ question: UInt64) -> Entry {
        let word = Int(question >> 5)
        let shift = (question & 31) << 1
        guard word < words.count else {
            unasked += 1
            return .unasked
        }
        switch (words[word] >> shift) & 3 {
        case 0:
            unasked += 1
            return .unasked
        case 3:
            duplicates += 1
            return .again
        default:
            words[word] |= 3 << shift
            settled += 1
            return .settled
        }
    }

    /// Notes that the runtime still holds the question after the drain. False where it was settled, noted
    /// or never asked: then it is not in flight, whatever the runtime says.
    mutating func leaveInFlight(_ question: UInt64) -> Bool {
        let word = Int(question >> 5)
        let shift = (question & 31) << 1
        guard word < words.count, (words[word] >> shift) & 3 == 1 else { return false }
        words[word] = words[word] & ~(3 << shift) | 2 << shift
        leftInFlight += 1
        return true
    }

    /// Questions that were asked and neither settled nor noted as in flight, at most `limit` of them.
    func missing(limit: Int) -> [UInt64] {
        var found: [UInt64] = []
        for (index, word) in words.enumerated() where word & ~(word >> 1) & 0x5555_5555_5555_5555 != 0 {
            for slot in 0..<32 where (word >> (2 * slot)) & 3 == 1 {
                guard found.count < limit else { return found }
                found.append(UInt64(index * 32 + slot))
            }
        }
        return found
    }
}
