import Pipeline

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
