/// Questions with their reference answers, by item number from 0.
///
/// A file stays mapped and its texts are decoded when they are asked for, so that a corpus costs 40
/// bytes an item. The file must not change while the corpus is in use.
package struct Corpus: Sendable {
    /// How many bad rows a report names.
    package static let badRowsKept = 10

    private enum Texts: Sendable {
        case pairs([(question: String, reference: String)])
        case synthetic(SyntheticCorpus)
        case file(CSVTexts)
    }

    private let texts: Texts
    /// Empty where keys are computed when asked for (large synthetic corpora).
    private let keys: [UInt64]
    /// Words of each question, at most 65,535; empty for synthetic corpora.
    private let questionWords: [UInt16]
    package let count: Int
    package let report: CorpusReport

    /// Loads a corpus. Paths are as the process sees them.
    package static func load(_ source: CorpusSource) throws(CorpusError) -> Corpus {
        switch source {
        case .synthetic(let count):
            precondition(source.problem == nil, "a corpus source is checked before it is loaded")
            let synthetic = SyntheticCorpus(count: count)
            // A table of the keys is worth its room while it fits the processor's caches.
            let keys = count <= 1 << 20 ? (0..<count).map(synthetic.key) : []
            return Corpus(
                texts: .synthetic(synthetic), keys: keys, questionWords: [], count: count,
                report: CorpusReport(rows: count))
        case .builtin:
            return Corpus(pairs: BuiltinCorpus.pairs)
        case .csv(let path, let format):
            let texts = try CSVTexts.load(path: path, format: format)
            var report = texts.report
            report.duplicates = duplicates(texts.keys)
            return Corpus(
                texts: .file(texts), keys: texts.keys, questionWords: texts.questionWords, count: texts.keys.count,
                report: report)
        case .jsonl(let path, let question, let answer):
            let (pairs, report) = try JSONLinesTexts.load(path: path, questionKey: question, answerKey: answer)
            return Corpus(pairs: pairs, report: report)
        }
    }

    /// A corpus of given pairs, as tests want it. At least one.
    package init(pairs: [(question: String, reference: String)]) {
        self.init(pairs: pairs, report: CorpusReport(rows: pairs.count))
    }

    private init(pairs: [(question: String, reference: String)], report: CorpusReport) {
        precondition(!pairs.isEmpty, "a corpus has at least one item")
        let keys = pairs.map { QuestionKey.of($0.question) }
        var report = report
        report.duplicates = Self.duplicates(keys)
        self.init(
            texts: .pairs(pairs), keys: keys, questionWords: pairs.map { UInt16(clamping: wordCount($0.question)) },
            count: pairs.count, report: report)
    }

    private init(texts: Texts, keys: [UInt64], questionWords: [UInt16], count: Int, report: CorpusReport) {
        self.texts = texts
        self.keys = keys
        self.questionWords = questionWords
        self.count = count
        self.report = report
    }

    package func question(_ item: Int) -> String {
        switch texts {
        case .pairs(let pairs): pairs[item].question
        case .synthetic(let synthetic): synthetic.question(item)
        case .file(let file): file.question(item)
        }
    }

    /// The reference answer.
    package func reference(_ item: Int) -> String {
        switch texts {
        case .pairs(let pairs): pairs[item].reference
        case .synthetic(let synthetic): synthetic.reference(item)
        case .file(let file): file.reference(item)
        }
    }

    /// `QuestionKey.of(question(item))`, without making the text.
    package func key(_ item: Int) -> UInt64 {
        if !keys.isEmpty { return keys[item] }
        guard case .synthetic(let synthetic) = texts else { preconditionFailure("only synthetic corpora have no key table") }
        return synthetic.key(item)
    }

    /// Words of the question, without making the text: what its prompt tokens are estimated from.
    package func words(_ item: Int) -> Int {
        if case .synthetic(let synthetic) = texts { return synthetic.words(item) }
        return Int(questionWords[item])
    }

    /// Bytes of the question and the reference answer together. It takes a while, so keep what it says.
    package func textBytes(_ item: Int) -> Int {
        if case .synthetic(let synthetic) = texts { return synthetic.textBytes(item) }
        return question(item).utf8.count + reference(item).utf8.count
    }

    private static func duplicates(_ keys: [UInt64]) -> Int {
        let sorted = keys.sorted()
        return zip(sorted, sorted.dropFirst()).count { $0 == $1 }
    }
}

/// Runs of bytes that are not ASCII white space.
func wordCount(_ text: String) -> Int {
    var text = text
    return text.withUTF8 { wordCount(UnsafeRawBufferPointer($0)) }
}

// A pointer, so that texts and mapped files are counted alike without a copy; used during the call only.
func wordCount(_ bytes: UnsafeRawBufferPointer) -> Int {
    var words = 0
    var inside = false
    for byte in bytes {
        let blank = byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
        if !blank, !inside { words += 1 }
        inside = !blank
    }
    return words
}
