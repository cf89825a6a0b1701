/// What a cache that knows the future would have answered of the very questions that a repeat's cache met: Belady's bound,
/// for a cache of the same capacity without a lifetime.
///
/// Each miss is filled at once there. In a pipeline a fill takes as long as the answer does, so that the bound is out of
/// reach; and as questions come in between, which a cache may let in or not, it is no strict one.
package struct CacheBound: Sendable, Equatable, Codable {
    /// Of the measured questions.
    package var hits: Int
    package var questions: Int
    /// Different questions that there are: what capacities are shares of.
    package var items: Int

    package init(hits: Int, questions: Int, items: Int) {
        (self.hits, self.questions, self.items) = (hits, questions, items)
    }

    package var hitRatio: Double { Double(hits) / Double(questions) }
}
