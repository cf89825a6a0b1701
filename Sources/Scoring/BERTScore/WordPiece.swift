import Foundation

/// Splits a text into the tokens of an uncased BERT model (J. Devlin et al., "BERT: Pre-training of Deep Bidirectional
/// Transformers", NAACL 2019), as Hugging Face's `tokenizers` does with `BertNormalizer`, `BertPreTokenizer` and `WordPiece`.
///
/// The text is cleaned (control characters go, white space becomes a space), CJK ideographs stand alone, accents are stripped
/// after canonical decomposition, letters are lower-cased one by one, punctuation stands alone; each word is then cut into the
/// longest pieces that the vocabulary has, from its beginning, and is unknown as a whole where it has none.
struct WordPiece: Sendable {
    private let pieces: [String: Int64]
    private let unknown: Int64
    private let begin: Int64
    private let end: Int64
    /// Names of tokens that are taken as such where they stand in a text.
    private let special: [(text: String, token: Int64)]

    private static let longestWord = 100

    enum Flaw: Error, Equatable { case missing(String) }

    /// - Parameter vocabulary: pieces in the order of their tokens; those within a word begin with `##`.
    init(vocabulary: [String]) throws(Flaw) {
        let pieces = Dictionary(vocabulary.enumerated().map { ($1, Int64($0)) }, uniquingKeysWith: { first, _ in first })
        func token(_ name: String) throws(Flaw) -> Int64 {
            guard let token = pieces[name] else { throw .missing(name) }
            return token
        }
        (unknown, begin, end) = (try token("[UNK]"), try token("[CLS]"), try token("[SEP]"))
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { name in pieces[name].map { (name, $0) } }
        self.pieces = pieces
    }

    /// The text's tokens between [CLS] and [SEP], `most` of them at most with these two: what is beyond is cut off.
    func tokens(of text: String, most: Int) -> [Int64] {
        var tokens = [begin]
        var rest = Substring(text)
        while let next = special.compactMap({ name in rest.range(of: name.text).map { ($0, name.token) } }).min(by: { $0.0.lowerBound < $1.0.lowerBound }) {
            append(rest[..<next.0.lowerBound], to: &tokens)
            tokens.append(next.1)
            rest = rest[next.0.upperBound...]
        }
        append(rest, to: &tokens)
        if tokens.count > most - 1 { tokens.removeLast(tokens.count - (most - 1)) }
        tokens.append(end)
        return tokens
    }

    /// Whether a token marks the beginning or the end of a text.
    func isMark(_ token: Int64) -> Bool { token == begin || token == end }

    private func append(_ text: Substring, to tokens: inout [Int64]) {
        for word in Self.words(of: text) { append(word: word, to: &tokens) }
    }

    private func append(word: [Unicode.Scalar], to tokens: inout [Int64]) {
        guard word.count <= Self.longestWord else { return tokens.append(unknown) }
        var found: [Int64] = []
        var start = 0
        while start < word.count {
            var end = word.count
            var token: Int64?
            while end > start {
                var piece = String.UnicodeScalarView(word[start..<end])
                if start > 0 { piece.insert(contentsOf: "##".unicodeScalars, at: piece.startIndex) }
                token = pieces[String(piece)]
                if token != nil { break }
                end -= 1
            }
            guard let token else { return tokens.append(unknown) }
            found.append(token)
            start = end
        }
        tokens += found
    }

    // MARK: Words

    /// Lower-cased words and single punctuation characters.
    static func words(of text: Substring) -> [[Unicode.Scalar]] {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !isDropped(scalar) {
            if isSpace(scalar) {
                clean.append(" ")
            } else if isIdeograph(scalar) {
                clean.append(contentsOf: [" ", scalar, " "])
            } else {
                clean.append(scalar)
            }
        }
        var words: [[Unicode.Scalar]] = []
        var word: [Unicode.Scalar] = []
        func close() {
            if !word.isEmpty { words.append(word) }
            word = []
        }
        for scalar in String(clean).decomposedStringWithCanonicalMapping.unicodeScalars where category(scalar) != .nonspacingMark {
            for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                if isSpace(lower) {
                    close()
                } else if isPunctuation(lower) {
                    close()
                    words.append([lower])
                } else {
                    word.append(lower)
                }
            }
        }
        close()
        return words
    }

    /// As Unicode 8 has it, which is what the tables of `tokenizers` are of: to them later characters are of no category.
    private static func category(_ scalar: Unicode.Scalar) -> Unicode.GeneralCategory {
        guard let age = scalar.properties.age, age.major <= 8 else { return .unassigned }
        return scalar.properties.generalCategory
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\r": false
        case "\0", "\u{FFFD}": true
        default:
            switch category(scalar) {
            case .control, .format, .privateUse: true
            default: false
            }
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        default:
            switch category(scalar) {
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
                .otherPunctuation: return true
            default: return false
            }
        }
    }

    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF,
            0x2F800...0x2FA1F: true
        default: false
        }
    }
}
