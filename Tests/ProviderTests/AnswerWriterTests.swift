import Scoring
import Testing
import Workload

@testable import Provider

private let draws = Draws(seed: 12, repeat: 0)

struct AnswerWriterTests {
    /// Largest distance between two samples' distribution functions.
    private func kolmogorovSmirnov(_ a: [Double], _ b: [Double]) -> Double {
        let (a, b) = (a.sorted(), b.sorted())
        var (i, j) = (0, 0)
        var worst = 0.0
        while i < a.count, j < b.count {
            let x = min(a[i], b[j])
            while i < a.count, a[i] <= x { i += 1 }
            while j < b.count, b[j] <= x { j += 1 }
            worst = max(worst, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
        }
        return worst
    }

    /// Scores of written answers against the scores that they were to have, as a scenario runs them.
    @Test(arguments: [Metric.jaccard, .tfidfCosine], [Quality(mean: 0.17, spread: 0.12), Quality(mean: 0.6, spread: 0.2)])
    func scoresFollowTheQualityDistribution(metric: Metric, quality: Quality) throws {
        for source in [CorpusSource.builtin, .synthetic(250)] {
            let corpus = try Corpus.load(source)
            let writer = try AnswerWriter(metric: metric, draws: draws)
            let model = QualityModel(quality, draws: draws)
            var scorer = try Scorer(metric)
            var wanted: [Double] = []
            var found: [Double] = []
            var lengths: [Int] = []
            for item in 0..<230 {
                let question = UInt64(item)
                let target = model.score(question: question, generation: 0)
                let answer = writer.answer(
                    to: corpus.question(item), against: corpus.reference(item), target: target, question: question, generation: 0)
                wanted.append(target)
                found.append(scorer.score(answer, against: corpus.reference(item)))
                lengths.append(answer.split(separator: " ").count)
            }
            #expect(kolmogorovSmirnov(wanted, found) <= 0.1)
            let off = zip(wanted, found).map { abs($0 - $1) }
            #expect(off.reduce(0, +) / Double(off.count) < 0.01)
            #expect((12...90).contains(lengths.sorted()[lengths.count / 2]))
        }
    }

    /// BERTScore's: fewer answers, for each takes some encodings.
    @Test(
        .enabled(if: Metric.bertscoreMinilmL6.isAvailable, "scripts/setup --bertscore fetches model and runtime"),
        arguments: [
            (CorpusSource.builtin, Quality(mean: 0.65, spread: 0.12), BERTScore.Settings()),
            (.synthetic(100), Quality(mean: 0.75, spread: 0.1), BERTScore.Settings()),
            (.builtin, Quality(mean: 0.5, spread: 0.2), BERTScore.Settings(figure: .recall, idf: true, rescale: true)),
        ])
    func bertScoresFollowTheQualityDistribution(source: CorpusSource, quality: Quality, settings: BERTScore.Settings) throws {
        let corpus = try Corpus.load(source)
        var scorer = try Scorer(.bertscoreMinilmL6, settings) { (0..<corpus.count).map(corpus.reference) }
        let writer = AnswerWriter(for: scorer, draws: draws)
        let model = QualityModel(quality, draws: draws)
        let targets = (0..<100).map { model.score(question: UInt64($0), generation: 0) }
        let scores = (0..<100).map { item in
            let answer = writer.answer(
                to: corpus.question(item), against: corpus.reference(item), target: targets[item], question: UInt64(item), generation: 0)
            return scorer.score(answer, against: corpus.reference(item))
        }
        #expect(kolmogorovSmirnov(targets, scores) <= 0.1)
        let off = zip(targets, scores).map { abs($0 - $1) }
        #expect(off.reduce(0, +) / Double(off.count) < 0.04)
    }

    @Test(.enabled(if: Metric.bertscoreMinilmL6.isAvailable, "scripts/setup --bertscore fetches model and runtime"))
    func answersForBERTScoreAreTheReferenceReworded() throws {
        let writer = try AnswerWriter(metric: .bertscoreMinilmL6, draws: draws)
        let reference = "Lima, the capital of Peru, lies on the Pacific coast."
        func answer(_ target: Double, against reference: String, _ generation: Int = 0) -> String {
            writer.answer(to: "What is the capital of Peru?", against: reference, target: target, question: 4, generation: generation)
        }
        #expect(answer(1, against: reference) == reference)
        let reworded = answer(0.7, against: reference)
        #expect(reworded == answer(0.7, against: reference) && reworded != answer(0.7, against: reference, 1))
        #expect(reworded.contains(", ") && reworded.hasSuffix(".") && reworded.split(separator: " ").count == 10)
        for odd in ["", "?!", "yes", "日本の首都は東京です。", "no no no no no yes", "a_b"] {
            for target in [0, 0.3, 0.99, 1] { #expect(!answer(target, against: odd).isEmpty, "\(odd)") }
        }
    }

    @Test func wordsAreReplacedOneByOne() {
        var stream = draws.stream(.text, question: 1, generation: 0)
        let rewording = Rewording(of: "Él comió, 3 veces: 日本.", from: WordList("uno dos tres", shortest: 1), &stream)
        #expect(rewording.words == 6)
        #expect(rewording.text(replacing: 0) == "Él comió, 3 veces: 日本.")
        var before = ["Él", "comió", "3", "veces", "日", "本"].map { ($0, true) }
        for count in 1...6 {
            let text = rewording.text(replacing: count)
            #expect(text.hasSuffix(".") && text.contains(", ") && text.contains(": "))
            let kept = before.filter { $0.1 && text.contains($0.0) }
            #expect(kept.count == 6 - count)
            before = kept
        }
        // Scores are made up: each word is worth as much.
        for target in stride(from: 0.2, through: 1, by: 0.1) {
            let text = rewording.text(scoring: target) { text in Double(6 - (0...6).first { rewording.text(replacing: $0) == text }!) / 6 }
            let count = (0...6).first { rewording.text(replacing: $0) == text }!
            #expect(abs(Double(6 - count) / 6 - target) < 0.17)
        }
    }

    /// Eight words leave few cosines near 1, unless answers repeat themselves.
    @Test func highCosinesAreMetAgainstShortTextsToo() throws {
        let corpus = try Corpus.load(.builtin)
        let writer = try AnswerWriter(metric: .tfidfCosine, draws: draws)
        let model = QualityModel(Quality(mean: 0.8, spread: 0.15), draws: draws)
        var scorer = try Scorer(.tfidfCosine)
        let targets = (0..<corpus.count).map { model.score(question: UInt64($0), generation: 0) }
        let scores = (0..<corpus.count).map { item in
            let text = corpus.question(item)
            return scorer.score(
                writer.answer(to: text, against: text, target: targets[item], question: UInt64(item), generation: 0), against: text)
        }
        #expect(kolmogorovSmirnov(targets, scores) <= 0.05)
    }

    @Test(arguments: [Metric.jaccard, .tfidfCosine])
    func everyTargetIsMetNearly(metric: Metric) throws {
        let writer = try AnswerWriter(metric: metric, draws: draws)
        var scorer = try Scorer(metric)
        let reference = "La capital de Perú es Lima, una ciudad de la costa del Pacífico donde vive cerca de un tercio de la población del país."
        for step in 0...100 {
            let target = Double(step) / 100
            let answer = writer.answer(
                to: "¿Cuál es la capital de Perú?", against: reference, target: target, question: UInt64(step), generation: 0)
            let score = scorer.score(answer, against: reference)
            #expect(abs(score - target) < 0.03, "\(score) for \(target)")
            if step == 0 { #expect(score == 0) }
            if step == 100 { #expect(score > 0.999_999) }
        }
    }

    /// References at the edges: none, one word, single letters, other scripts, repeated words.
    @Test(arguments: [Metric.jaccard, .tfidfCosine])
    func oddReferencesDoNotTrip(metric: Metric) throws {
        let writer = try AnswerWriter(metric: metric, draws: draws)
        var scorer = try Scorer(metric)
        for reference in ["", "?!", "yes", "a b c", "日本の首都は東京です。", "Straße İstanbul ΟΔΥΣΣΕΥΣ", "no no no no no yes"] {
            for target in [0, 0.001, 0.3, 0.99, 1] {
                let answer = writer.answer(to: reference, against: reference, target: target, question: 1, generation: 0)
                #expect(!answer.isEmpty && answer.hasSuffix("."))
                let score = scorer.score(answer, against: reference)
                if target == 0 { #expect(score == 0) }
                if target == 1, scorer.score(reference, against: reference) == 1 { #expect(score > 0.999_999) }
            }
        }
    }

    @Test func answersAreProseInTheQuestionsLanguage() throws {
        let writer = try AnswerWriter(metric: .jaccard, draws: draws)
        let english = writer.answer(
            to: "What is the capital of Peru?", against: "Lima is the capital of Peru.", target: 0.1, question: 4, generation: 0)
        let spanish = writer.answer(
            to: "¿Cuál es la capital de Perú?", against: "La capital de Perú es Lima.", target: 0.1, question: 4, generation: 0)
        func share(_ text: String, _ language: AnswerVocabulary) -> Double {
            let words = WordList(text, shortest: 1).words
            return Double(words.count { language.words.contains($0.hash) }) / Double(words.count)
        }
        #expect(share(english, .english) > 0.7 && share(spanish, .spanish) > 0.7)
        #expect(english.first?.isUppercase == true)
        for vocabulary in [AnswerVocabulary.english.words, AnswerVocabulary.spanish.words] {
            #expect(vocabulary.words.count > 250)
            #expect(vocabulary.words.filter { $0.count > 1 }.map(vocabulary.text) == [])
        }
    }

    @Test func wordsAreFoundAsTheScorersFindThem() {
        let list = WordList("Él_1 comió; ÉL comió ñandú a «Straße» x２ 日本", shortest: 1)
        #expect(list.words.map(list.text) == ["Él_1", "comió", "ÉL", "ñandú", "a", "Straße", "x２", "日本"])
        #expect(list.words.map(\.count) == [1, 2, 1, 1, 1, 1, 1, 1])
        let longer = WordList("a bb ñ ññ 日 日本", shortest: 2)
        #expect(longer.words.map(longer.text) == ["bb", "ññ", "日本"])
        #expect(WordList("THE the The", shortest: 1).words.map(\.count) == [3])
        #expect(WordList("the", shortest: 1).contains(WordList.hash("the".utf8)))
        #expect(!WordList("the", shortest: 1).contains(WordList.hash("then".utf8)))
    }

    @Test func anAnswerBelongsToItsQuestionAndGeneration() throws {
        let writer = try AnswerWriter(metric: .jaccard, draws: draws)
        func answer(_ question: UInt64, _ generation: Int) -> String {
            writer.answer(
                to: "Why?", against: "Because the sky scatters blue light.", target: 0.3, question: question, generation: generation)
        }
        #expect(answer(1, 0) == answer(1, 0))
        #expect(answer(1, 0) != answer(1, 1))
        #expect(answer(1, 0) != answer(2, 0))
    }

    @Test func metricsThatCannotBeScoredAreRefused() {
        BERTScoreFiles.$folder.withValue("/nonexistent") {
            _ = #expect(throws: ScorerUnavailable.self) { try AnswerWriter(metric: .bertscoreMinilmL6, draws: draws) }
        }
    }
}
