import Foundation
import SeededChance
import Testing

@testable import Scoring

/// The words that the scorer sees, in order and with repetitions.
private func words(_ text: String) -> [String] {
    var list = WordList()
    list.fill(with: text)
    return (0..<list.count).map {
        String(decoding: list.bytes[Int(list.bounds[2 * $0])..<Int(list.bounds[2 * $0 + 1])], as: UTF8.self)
    }
}

private struct Pair: Decodable {
    let candidate, reference: String
    let jaccard, tfidf: Double

    init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        candidate = try values.decode(String.self)
        reference = try values.decode(String.self)
        jaccard = try values.decode(Double.self)
        tfidf = try values.decode(Double.self)
    }
}

private func lines<T: Decodable>(_ text: String, of type: T.Type) throws -> [T] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
}

/// Draws what `answer` in scripts/oracles/similarities.py draws.
private struct Answers {
    let separators: [String]
    let words: [String]

    func answer(_ random: inout SplitMix, other: [String]) -> (text: String, words: [String]) {
        let kind = random.next(below: 25)
        let count = kind < 2 ? kind : 12 + random.next(below: 60)
        var chosen: [String] = []
        if kind != 2 {
            for _ in 0..<count {
                if !other.isEmpty, random.next(below: 3) == 0 {
                    chosen.append(other[random.next(below: other.count)])
                } else {
                    let first = random.next(below: words.count)
                    chosen.append(words[min(first, random.next(below: words.count))])
                }
            }
        }
        var text = ""
        if kind == 2 {
            for _ in 0..<count { text += separators[random.next(below: separators.count)] }
        } else {
            for word in chosen { text += word + separators[random.next(below: separators.count)] }
        }
        return (text, chosen)
    }
}

private func fnv(_ text: String, _ start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
    text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

@Suite struct ScoresAgainstPython {
    /// A thousand pairs of answers in eleven languages and odd characters, as long as real ones.
    @Test func answersScoreAsInScikitLearn() throws {
        let vocabularies = try lines(PythonSimilarities.vocabularies, of: [[String]].self).map { Answers(separators: $0[0], words: $0[1]) }
        let expected = PythonSimilarities.answerScores.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
        #expect(expected.count == 1000)
        var jaccard = try Scorer(.jaccard)
        var tfidf = try Scorer(.tfidfCosine)
        var digest = fnv("")
        for (index, scores) in expected.enumerated() {
            var random = SplitMix(state: UInt64(index))
            let vocabulary = vocabularies[index % vocabularies.count]
            let (a, words) = vocabulary.answer(&random, other: [])
            let (b, _) = vocabulary.answer(&random, other: words)
            digest = fnv(a + "\n" + b + "\n", digest)
            for (a, b) in [(a, b), (b, a)] {
                #expect(abs(jaccard.score(a, against: b) - scores[0]) < 1e-12, "Jaccard of \(a.debugDescription) and \(b.debugDescription)")
                #expect(abs(tfidf.score(a, against: b) - scores[1]) < 1e-12, "TF-IDF of \(a.debugDescription) and \(b.debugDescription)")
            }
        }
        #expect(digest == PythonSimilarities.answers, "the texts are those that were scored")
    }

    @Test func similaritiesAreThoseOfScikitLearn() throws {
        let pairs = try lines(PythonSimilarities.pairs, of: Pair.self)
        #expect(pairs.count >= 300)
        var jaccard = try Scorer(.jaccard)
        var tfidf = try Scorer(.tfidfCosine)
        for pair in pairs {
            // Also the other way round: both metrics are symmetric.
            for (a, b) in [(pair.candidate, pair.reference), (pair.reference, pair.candidate)] {
                let scores = (jaccard.score(a, against: b), tfidf.score(a, against: b))
                #expect(scores.0 == pair.jaccard, "Jaccard of \(a.debugDescription) and \(b.debugDescription)")
                #expect(abs(scores.1 - pair.tfidf) < 1e-12, "TF-IDF of \(a.debugDescription) and \(b.debugDescription)")
            }
        }
    }

    @Test func wordsAreThoseOfPython() throws {
        for line in try lines(PythonSimilarities.words, of: [String].self) {
            #expect(words(line[0]) == Array(line.dropFirst()), "\(line[0].debugDescription)")
        }
    }

    /// Character by character over all of Unicode, as far as both sides know it.
    @Test func everyCharacterIsAsInPython() throws {
        let newest = PythonSimilarities.unicodeVersion
        for line in PythonSimilarities.characters.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let block = UInt32(fields[0], radix: 16)!
            var digest: UInt64 = 0xcbf2_9ce4_8422_2325
            for scalar in (block << 12..<(block + 1) << 12).lazy.compactMap(Unicode.Scalar.init) {
                let properties = scalar.properties
                guard let age = properties.age, (age.major, age.minor) <= (newest.major, newest.minor),
                    ![.unassigned, .surrogate, .privateUse].contains(properties.generalCategory)
                else { continue }
                let lower = scalar == "Σ" ? "σ" : properties.lowercaseMapping
                for byte in ((UnicodeWords.isWord(scalar) ? "1" : "0") + lower).utf8 {
                    digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
                }
            }
            #expect(digest == UInt64(fields[1], radix: 16), "characters from U+\(String(block << 12, radix: 16))")
        }
    }
}

@Suite struct WordTexts {
    /// The tables for short characters say what Unicode's properties say, and no text outgrows its room.
    @Test func everyCharacterAloneIsAsItsPropertiesSay() {
        for value in UInt32(1)..<0x3000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let expected = scalar.properties.lowercaseMapping.unicodeScalars
                .split { !UnicodeWords.isWord($0) }.map { String(String.UnicodeScalarView($0)) }
            // Behind a comma, so that it is never the first; a lone Σ is not final.
            let found = words("é," + String(scalar))
            if ["é"] + expected != found { Issue.record("U+\(String(value, radix: 16)): \(found) for \(expected)") }
        }
    }

    @Test func asciiIsTheSameOnBothPaths() {
        for byte in UInt8(0)..<128 {
            let text = "ab" + String(Unicode.Scalar(byte)) + "CD"
            let both = words(text + " é")
            #expect(both == words(text) + ["é"])
        }
        // Words of all lengths at all places of a block of 64 bytes, and texts that end anywhere in one.
        for seed in 0..<400 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let text = String(decoding: (0..<random.next(below: 300)).map { _ in UInt8(random.next(below: seed % 2 == 0 ? 128 : 90)) }, as: UTF8.self)
            let expected = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }.map(String.init)
            #expect(words(text) == expected, "\(text.debugDescription)")
            #expect(words(text + " é") == expected + ["é"], "\(text.debugDescription)")
        }
    }

    @Test func theLongestLowerCaseFits() {
        // 2 bytes become 3.
        #expect(words(String(repeating: "Ⱥ", count: 100)) == [String(repeating: "ⱥ", count: 100)])
        #expect(words(String(repeating: "İ", count: 100)) == Array(repeating: "i", count: 100))
    }
}

@Suite struct ScorerTests {
    @Test func equalTextsScoreOneAndDisjointTextsZero() throws {
        for metric in [Metric.jaccard, .tfidfCosine] {
            var scorer = try Scorer(metric)
            #expect(scorer.score("The sky is blue", against: "the SKY, is: blue!") == 1)
            #expect(scorer.score("El cielo está azul", against: "EL CIELO ESTÁ AZUL") == 1)
            #expect(scorer.score("one two", against: "three four") == 0)
            for count in 1...200 {
                let text = (0..<count).map { "word\($0 * $0 % 37)" }.joined(separator: " ")
                #expect(scorer.score(text, against: text) == 1)
            }
        }
    }

    @Test(arguments: ["", "  ", "?!", "👍"])
    func textsWithoutWordsScoreZero(_ text: String) throws {
        for metric in [Metric.jaccard, .tfidfCosine] {
            var scorer = try Scorer(metric)
            #expect(scorer.score(text, against: text) == 0)
            #expect(scorer.score(text, against: "two words") == 0)
            #expect(scorer.score("two words", against: text) == 0)
        }
    }

    @Test func wordsOfOneCharacterCountForJaccardOnly() throws {
        var jaccard = try Scorer(.jaccard)
        #expect(jaccard.score("a 字 été", against: "a 字 hiver") == 0.5)
        var tfidf = try Scorer(.tfidfCosine)
        #expect(tfidf.score("a 字 été", against: "a 字 hiver") == 0)
    }

    /// Words that differ in one byte, or by one byte more, are told apart, whatever their length.
    @Test func wordsAreComparedWhole() throws {
        for metric in [Metric.jaccard, .tfidfCosine] {
            var scorer = try Scorer(metric)
            for length in 2...40 {
                let word = String(repeating: "x", count: length)
                #expect(scorer.score("a \(word) b", against: word) > 0)
                #expect(scorer.score(word, against: word + "x") == 0)
                for index in 0..<length {
                    var other = Array(word.utf8)
                    other[index] = UInt8(ascii: "y")
                    #expect(scorer.score(word, against: String(decoding: other, as: UTF8.self)) == 0)
                }
            }
        }
    }

    /// These words were found by search: the hash of each is 0, and their first eight bytes are the same.
    @Test func wordsWithEqualHashesAreToldApart() throws {
        let words = ["collide_vlbspaaa7wt03mrq", "collide_p4x4paaax0lmc353", "collide_d8i9qaaaaqtt2pvf"]
        for metric in [Metric.jaccard, .tfidfCosine] {
            var scorer = try Scorer(metric)
            #expect(scorer.score(words[0], against: words[1]) == 0)
            #expect(scorer.score(words.joined(separator: " "), against: words.reversed().joined(separator: " ")) == 1)
        }
        var jaccard = try Scorer(.jaccard)
        #expect(jaccard.score(words[0] + " " + words[1], against: words[1] + " " + words[2]) == 1.0 / 3)
    }

    /// Scratch memory of an earlier pair leaves no trace, whatever its size.
    @Test func theOrderOfPairsDoesNotMatter() throws {
        let texts = try lines(PythonSimilarities.pairs, of: Pair.self).prefix(120)
            .map(\.candidate) + [String(repeating: "many different words é ", count: 300), ""]
        for metric in [Metric.jaccard, .tfidfCosine] {
            var reused = try Scorer(metric)
            for (a, b) in zip(texts, texts.reversed()) {
                var fresh = try Scorer(metric)
                let expected = fresh.score(a, against: b)
                #expect(reused.score(a, against: b) == expected)
            }
        }
    }

    @Test func bertscoreSaysWhatFetchesIt() throws {
        let missing = #expect(throws: BERTScoreFiles.Missing.self) { try BERTScoreFiles(folder: "/nonexistent") }
        #expect(missing?.description == "needs /nonexistent/libonnxruntime.so, which is not there: scripts/setup --bertscore fetches it")
        BERTScoreFiles.$folder.withValue("/nonexistent") {
            #expect(Metric.jaccard.isAvailable && !Metric.bertscoreMinilmL6.isAvailable)
            let unavailable = #expect(throws: ScorerUnavailable.self) { try Scorer(.bertscoreMinilmL6) }
            #expect(unavailable?.description == "metric bertscore-minilm-l6: needs /nonexistent/libonnxruntime.so, which is not there: scripts/setup --bertscore fetches it; available without it: jaccard, tfidf-cosine")
        }
    }
}
