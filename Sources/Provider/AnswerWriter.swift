import Scoring
import Workload

/// Writes answers whose score by the real scorer comes close to a wanted one.
///
/// An answer mixes words of the reference with words that it does not have. For each possible choice
/// of shared words the number of other words that gives the wanted score is known in closed form; among
/// the choices that come close enough, the one whose length is nearest to a drawn one is taken. What is
/// written is a pure function of the arguments and the draws.
///
/// Very low scores above 0 would need an answer of many hundred words against a short reference: there
/// the score is the nearest that `longest` words can give.
package struct AnswerWriter: Sendable {
    /// Words of the longest answer that is written for a score's sake.
    package static let longest = 600
    /// A score this near is as good as the wanted one.
    private static let tolerance = 0.004
    /// (ln 1.5 + 1)²: what the square of a word's count weighs in TF-IDF where one of the two texts only has
    /// it; where both have it, it weighs 1. See `Scorer`.
    private static let squaredRarity = 1.9753321701094941

    package let metric: Metric
    private let draws: Draws

    /// Fails for metrics that this version cannot score.
    package init(metric: Metric, draws: Draws) throws(ScorerUnavailable) {
        _ = try Scorer(metric)
        self.metric = metric
        self.draws = draws
    }

    /// An answer with a score near `target` (from 0 to 1) against `reference`, which is whatever text the
    /// scenario scores against. `text` is the question's text and gives the language.
    package func answer(
        to text: String, against reference: String, target: Double, question: UInt64, generation: Int
    ) -> String {
        precondition(target >= 0 && target <= 1, "a score is from 0 to 1, not \(target)")
        var stream = draws.stream(.text, question: question, generation: generation)
        let length = Self.drawnLength(&stream)
        var shared = ReferenceWords(reference, shortest: metric == .tfidfCosine ? 2 : 1)
        stream.shuffle(&shared.words)
        let mix = switch metric {
        case .tfidfCosine: cosineMix(shared, target, length)
        case .jaccard, .bertscoreMinilmL6: jaccardMix(shared, target, length)
        }

        var words: [String] = []
        for word in shared.words.prefix(mix.shared) {
            words.append(contentsOf: repeatElement(word.text, count: metric == .tfidfCosine ? word.count : 1))
        }
        appendOtherWords(mix.others, than: shared, language: AnswerVocabulary(of: text + " " + reference), to: &words, &stream)
        stream.shuffle(&words)
        return Self.prose(words, &stream)
    }

    /// How many distinct words of the reference an answer takes, and how many others.
    private struct Mix {
        var shared: Int
        var others: Int
        var cost: Double
    }

    /// Jaccard = k/(R + n) for k shared words, n others and R words of the reference.
    private func jaccardMix(_ reference: ReferenceWords, _ target: Double, _ length: Int) -> Mix {
        let distinct = reference.words.count
        var best = nothingShared(target, length)
        for k in 0..<distinct {
            let shared = Double(k + 1)
            let others = Self.whole(shared / target - Double(distinct))
            let score = shared / (Double(distinct) + others)
            best = better(best, shared: k + 1, others: others, words: shared + others, score, target, length)
        }
        return best
    }

    /// With S the sum of squared counts of the shared words (which the answer repeats as often as the
    /// reference), Q that of all the reference's words, r the squared rarity and n other words:
    /// cosine = S/√((S + r(Q − S))·(S + r·n)).
    private func cosineMix(_ reference: ReferenceWords, _ target: Double, _ length: Int) -> Mix {
        let all = reference.words.reduce(0.0) { $0 + Double($1.count * $1.count) }
        var best = nothingShared(target, length)
        var squares = 0.0
        var words = 0.0
        for (k, word) in reference.words.enumerated() {
            squares += Double(word.count * word.count)
            words += Double(word.count)
            let norm = squares + Self.squaredRarity * (all - squares)
            let wanted = squares / target
            let others = Self.whole((wanted * wanted / norm - squares) / Self.squaredRarity)
            let score = squares / (norm * (squares + Self.squaredRarity * others)).squareRoot()
            best = better(best, shared: k + 1, others: others, words: words + others, score, target, length)
        }
        return best
    }

    private func nothingShared(_ target: Double, _ length: Int) -> Mix {
        Mix(shared: 0, others: length, cost: Self.cost(error: target, words: Double(length), length: length))
    }

    private func better(
        _ best: Mix, shared: Int, others: Double, words: Double, _ score: Double, _ target: Double, _ length: Int
    ) -> Mix {
        let cost = Self.cost(error: abs(score - target), words: words, length: length)
        return cost < best.cost ? Mix(shared: shared, others: Int(others), cost: cost) : best
    }

    /// A score beyond the tolerance costs far more than any length.
    private static func cost(error: Double, words: Double, length: Int) -> Double {
        max(0, error - tolerance) * 1e6 + abs(words - Double(length)) / Double(length)
    }

    /// The nearest whole number from 0 to `longest`.
    private static func whole(_ others: Double) -> Double {
        others > 0 ? min(others, Double(longest)).rounded() : 0
    }

    /// Words of an answer: lognormal with median 33 and 95th percentile 100, from 5 to 200.
    private static func drawnLength(_ stream: inout DrawStream) -> Int {
        let sigma = 0.674
        let length = 33 * ExactMath.exp(sigma * ExactMath.normalQuantile(stream.openUniform()))
        return Int(min(max(length, 5), 200))
    }

    /// Distinct words that the reference does not have: of the language first, then invented ones.
    private func appendOtherWords(
        _ count: Int, than reference: ReferenceWords, language: AnswerVocabulary, to words: inout [String],
        _ stream: inout DrawStream
    ) {
        var left = count
        var ordinary = language.words
        stream.shuffle(&ordinary)
        for word in ordinary {
            guard left > 0 else { return }
            guard !reference.contains(word) else { continue }
            words.append(word)
            left -= 1
        }
        var number = 0
        while left > 0 {
            let word = Self.invented(number)
            number += 1
            guard !reference.contains(word), !language.words.contains(word) else { continue }
            words.append(word)
            left -= 1
        }
    }

    /// A word of four syllables, another one for each number below 2¹⁶.
    private static func invented(_ number: Int) -> String {
        let syllables = ["ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su", "ta", "ve", "zi", "co", "re", "lo"]
        return (0..<4).map { syllables[number >> (4 * $0) & 15] }.joined() + "n"
    }

    /// The words in sentences of 6 to 15.
    private static func prose(_ words: [String], _ stream: inout DrawStream) -> String {
        var text = ""
        var left = 0
        for (index, word) in words.enumerated() {
            if left == 0 {
                if index > 0 { text += ". " }
                left = 6 + stream.below(10)
                text += capitalised(word)
            } else {
                text += " "
                text += word
            }
            left -= 1
        }
        return text + "."
    }

    /// With a capital where that is an ASCII letter: lower-casing gives the same word again.
    private static func capitalised(_ word: String) -> String {
        guard let first = word.utf8.first, first >= 0x61, first <= 0x7A else { return word }
        return String(UnicodeScalar(first ^ 0x20)) + word.dropFirst()
    }
}

/// The distinct words of a text with their counts, as the scorers find them: runs of letters, digits
/// and underscores, the same in capitals or not.
struct ReferenceWords {
    struct Word: Equatable {
        /// As it stands where it occurs first. Kept as it is, for lower-casing a word on its own could give
        /// another one than lower-casing it in its text (a final sigma, for example).
        var text: String
        var count: Int
    }

    /// In order of first occurrence.
    var words: [Word] = []
    private var known: Set<String> = []

    init(_ text: String, shortest: Int) {
        var positions: [String: Int] = [:]
        for run in text.unicodeScalars.split(whereSeparator: { !Self.isWord($0) }) {
            guard run.count >= shortest else { continue }
            let word = String(run)
            let lower = word.lowercased()
            if let position = positions[lower] {
                words[position].count += 1
            } else {
                positions[lower] = words.count
                words.append(Word(text: word, count: 1))
                known.insert(lower)
            }
        }
    }

    /// `word` in lower case.
    func contains(_ word: String) -> Bool { known.contains(word) }

    /// Python's `\w`.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (scalar >= "a" && scalar <= "z") || (scalar >= "A" && scalar <= "Z")
                || (scalar >= "0" && scalar <= "9") || scalar == "_"
        }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: scalar.properties.numericType != nil
        }
    }
}
