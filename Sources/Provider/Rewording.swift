import Workload

/// A text in its own order with some of its words replaced by others: what answers are made of where BERTScore judges them,
/// since it falls almost evenly with the share of replaced words, and the text itself scores 1.
struct Rewording {
    private enum Piece {
        case word(String, replacement: String)
        /// What stands between words.
        case other(String)
    }

    private var pieces: [Piece] = []
    /// For each piece that is a word, when it is replaced: the first is 0.
    private var turns: [Int] = []
    /// How many words may be replaced.
    private(set) var words = 0

    /// - Parameter vocabulary: the words that replace others.
    init(of text: String, from vocabulary: WordList, _ stream: inout DrawStream) {
        var word = String.UnicodeScalarView(), other = String.UnicodeScalarView()
        func close(_ pieces: inout [Piece], _ stream: inout DrawStream) {
            if !other.isEmpty { pieces.append(.other(String(other))) }
            if !word.isEmpty {
                let replacement = vocabulary.text(vocabulary.words[stream.below(vocabulary.words.count)])
                let isCapital = word.first?.properties.isUppercase == true
                pieces.append(.word(String(word), replacement: isCapital ? replacement.prefix(1).uppercased() + replacement.dropFirst() : replacement))
            }
            (word, other) = (.init(), .init())
        }
        for scalar in text.unicodeScalars {
            let isWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            // Where no spaces are written, each character is taken for a word.
            let standsAlone = (0x3040...0x9FFF).contains(scalar.value)
            if !isWord || standsAlone, !word.isEmpty { close(&pieces, &stream) }
            if isWord { word.append(scalar) } else { other.append(scalar) }
            if standsAlone, isWord { close(&pieces, &stream) }
            if isWord, !other.isEmpty {
                pieces.append(.other(String(other)))
                other = .init()
            }
        }
        close(&pieces, &stream)
        let places = pieces.indices.filter { if case .word = pieces[$0] { true } else { false } }
        words = places.count
        var order = Array(places.indices)
        stream.shuffle(&order)
        turns = Array(repeating: 0, count: pieces.count)
        for (turn, place) in order.enumerated() { turns[places[place]] = turn }
    }

    /// The text with so many words replaced; those that are replaced first are among any larger number.
    func text(replacing count: Int) -> String {
        var text = ""
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .word(let word, let replacement): text += turns[index] < count ? replacement : word
            case .other(let other): text += other
            }
        }
        return text
    }

    // MARK: Towards a score

    /// BERTScore's F1 with 0, 10, … 100 % of the words kept: means over the built-in and synthetic texts.
    private static let scores = [0.15, 0.31, 0.41, 0.495, 0.566, 0.645, 0.712, 0.785, 0.845, 0.922, 1]
    /// A score this near is as good as the wanted one.
    private static let tolerance = 0.02
    private static let mostScorings = 3
    /// Two other words in a row are seldom less alike than this: lower scores are not to be had.
    private static let lowest = 0.1

    /// How many words are usually replaced for this score.
    private func usualCount(for score: Double) -> Int {
        let scores = Self.scores
        guard score > scores[0] else { return words }
        guard let upper = scores.firstIndex(where: { $0 >= score }) else { return 0 }
        let kept = (Double(upper - 1) + (score - scores[upper - 1]) / (scores[upper] - scores[upper - 1])) / Double(scores.count - 1)
        return Int((Double(words) * (1 - kept)).rounded())
    }

    /// The text whose score comes nearest to `target` of three at most: the usual one, one corrected by how far that was off, and one
    /// between or beyond these two.
    func text(scoring target: Double, by scorer: (String) -> Double) -> String {
        if target <= Self.lowest { return text(replacing: words) }
        var tried: [(count: Int, score: Double)] = []
        var next = usualCount(for: target)
        while tried.count < Self.mostScorings, !tried.contains(where: { $0.count == next }) {
            // The text itself is known to score 1.
            let score = next == 0 ? 1 : scorer(text(replacing: next))
            tried.append((next, score))
            if abs(score - target) <= Self.tolerance { break }
            if tried.count == 1 {
                next = usualCount(for: min(1, max(0, 2 * target - score)))
            } else {
                let (first, last) = (tried[tried.count - 2], tried[tried.count - 1])
                guard first.score != last.score else { break }
                let slope = Double(last.count - first.count) / (last.score - first.score)
                let step = min(Double(words) / 4, max(-Double(words) / 4, slope * (target - last.score)))
                next = min(words, max(0, last.count + Int(step.rounded())))
            }
        }
        let best = tried.min { abs($0.score - target) < abs($1.score - target) }
        return text(replacing: best?.count ?? 0)
    }
}
