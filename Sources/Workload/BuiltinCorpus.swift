/// The pairs that come with Crisol: general knowledge in English and Spanish, written for it.
///
/// The languages take turns as long as both last, so that a popular head of the corpus has both.
enum BuiltinCorpus {
    static var pairs: [(question: String, reference: String)] {
        let english = pairs(of: english)
        let spanish = pairs(of: spanish)
        var pairs: [(question: String, reference: String)] = []
        for i in 0..<max(english.count, spanish.count) {
            if i < english.count { pairs.append(english[i]) }
            if i < spanish.count { pairs.append(spanish[i]) }
        }
        return pairs
    }

    private static func pairs(of text: String) -> [(question: String, reference: String)] {
        let lines = text.split(separator: "\n").map(String.init)
        return stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }
    }
}
