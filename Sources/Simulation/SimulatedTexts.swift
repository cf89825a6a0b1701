import Pipeline
import Workload

/// The texts of a simulated question: where they stand in the corpus, and how good the current answer
/// is. The texts themselves are made only when a scorer wants to see them.
package struct SimulatedTexts: Payload, BitwiseCopyable {
    /// Entry of the corpus.
    package var item: UInt32
    /// Words of the question.
    package var words: UInt32
    /// The newest answer's score (of the one that is being made too, while a call is under way) as the quality model wants it; `computed` scoring sees it through a
    /// text, `sampled` scoring takes it as it is.
    package var quality: Double = .nan

    @inlinable package init(item: UInt32, words: UInt32 = 0) {
        self.item = item
        self.words = words
    }

    @inlinable package mutating func keepResponseAsBest() {}
    @inlinable package mutating func takeBestResponse() {}
    @inlinable package mutating func adoptResponse(of other: SimulatedTexts) {}
}
