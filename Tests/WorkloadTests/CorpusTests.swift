import Testing

@testable import Workload

struct CorpusTests {
    private func synthetic(_ count: Int) throws -> Corpus { try Corpus.load(.synthetic(count)) }

    @Test func syntheticQuestionsAreDistinctAndHaveTheirKeys() throws {
        let corpus = try synthetic(20_000)
        var keys: Set<UInt64> = []
        var texts: Set<String> = []
        for item in 0..<20_000 {
            keys.insert(corpus.key(item))
            guard item % 7 == 0 else { continue }
            let question = corpus.question(item)
            #expect(corpus.key(item) == QuestionKey.of(question))
            #expect(texts.insert(question).inserted)
            #expect(wordCount(question) == corpus.words(item))
        }
        #expect(keys.count == 20_000)
    }

    @Test func textBytesAreThoseOfTheTexts() throws {
        for corpus in [try synthetic(20_000), try Corpus.load(.builtin)] {
            for item in stride(from: 0, to: corpus.count, by: 17) {
                #expect(corpus.textBytes(item) == corpus.question(item).utf8.count + corpus.reference(item).utf8.count)
            }
        }
    }

    @Test func largeCorporaNeedNoTables() throws {
        let corpus = try synthetic(10_000_000)
        for item in [0, 1, 262_143, 262_144, 1_048_576, 9_999_999] {
            #expect(corpus.key(item) == QuestionKey.of(corpus.question(item)))
        }
        // An item is the same in a corpus of any size.
        #expect(try synthetic(10).question(9) == corpus.question(9))
        #expect(try synthetic(10).key(9) == corpus.key(9))
    }

    /// Real questions have p50 8 and p95 19 words, real answers 33 and 205.
    @Test func syntheticLengthsAreRealistic() throws {
        let corpus = try synthetic(3000)
        let questions = (0..<3000).map(corpus.words).sorted()
        let answers = (0..<3000).map { wordCount(corpus.reference($0)) }.sorted()
        #expect((7...9).contains(questions[1500]) && (16...22).contains(questions[2850]))
        #expect((29...37).contains(answers[1500]) && (170...240).contains(answers[2850]))
        #expect(answers[0] >= 4 && answers[2999] <= 800)
    }

    @Test func syntheticTextsLookLikeTexts() throws {
        let corpus = try synthetic(200)
        for item in 0..<200 {
            let question = corpus.question(item)
            let answer = corpus.reference(item)
            #expect(question.first?.isUppercase == true && question.hasSuffix("?"))
            #expect(answer.first?.isUppercase == true && answer.hasSuffix("."))
            // The answer takes up the question's subject.
            let subject = question.split(separator: " ").last!.dropLast()
            #expect(answer.split(separator: " ")[1].lowercased().hasPrefix(subject.lowercased()))
        }
    }

    @Test func builtinPairsAreDistinctInTwoLanguagesAndOfModerateLength() throws {
        let corpus = try Corpus.load(.builtin)
        #expect(corpus.count >= 220)
        #expect(corpus.report.duplicates == 0)
        let spanish = (0..<corpus.count).count { corpus.question($0).hasPrefix("¿") }
        #expect(spanish >= 100 && corpus.count - spanish >= 110)
        for item in 0..<corpus.count {
            #expect(corpus.question(item).hasSuffix("?"), "\(corpus.question(item))")
            let words = wordCount(corpus.reference(item))
            #expect((10...60).contains(words), "\(words) words: \(corpus.question(item))")
            #expect(corpus.key(item) == QuestionKey.of(corpus.question(item)))
        }
        let lengths = (0..<corpus.count).map { wordCount(corpus.reference($0)) }.sorted()
        #expect(lengths[corpus.count / 10] <= 18 && lengths[corpus.count * 9 / 10] >= 35)
    }

    @Test func impossibleSourcesAreNamed() {
        #expect(CorpusSource.synthetic(0).problem == "a synthetic corpus has from 1 to 1073741824 items, not 0")
        #expect(CorpusSource.csv(path: "", format: .yahooAnswers).problem != nil)
        #expect(CorpusSource.builtin.problem == nil)
    }
}
