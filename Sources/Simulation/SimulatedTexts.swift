import Pipeline
import Workload

/// The texts of a simulated question: where they stand in the corpus, and how good the current answer
/// is. The texts themselves are made only when a scorer wants to see them.
package struct SimulatedTexts: Payload, BitwiseCopyable {
    /// Entry of the corpus.
    package var item: UInt32
    /// The current answer's score as the quality model wants it; `computed` scoring sees it through a
    /// text, `sampled` scoring takes it as it is.
    package var quality: Double = .nan

    @inlinable package init(item: UInt32) { self.item = item }

    @inlinable package mutating func keepResponseAsBest() {}
    @inlinable package mutating func takeBestResponse() {}
    @inlinable package mutating func adoptResponse(of other: SimulatedTexts) {}
}

/// The bytes of text that a question holds from its arrival on, counted as live intake counts them:
/// question, reference answer, and the two names that go with them.
struct TextBytes {
    /// `question_id` and `trace_id`: `q-` and nine digits each.
    private static let names = 22
    /// Corpora of up to this many items keep what was counted once.
    private static let largestTable = 1 << 24

    private let corpus: Corpus
    /// By item; 0 where nobody has asked yet.
    private var known: [UInt32]

    init(of corpus: Corpus) {
        self.corpus = corpus
        known = Array(repeating: 0, count: corpus.count <= Self.largestTable ? corpus.count : 0)
    }

    mutating func count(_ item: Int) -> UInt32 {
        guard item < known.count else { return counted(item) }
        if known[item] == 0 { known[item] = counted(item) }
        return known[item]
    }

    private func counted(_ item: Int) -> UInt32 { UInt32(clamping: corpus.textBytes(item) + Self.names) }
}
