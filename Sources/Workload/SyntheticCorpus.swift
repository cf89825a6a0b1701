/// Generated questions and answers: any number of them, each made from its item number when it is
/// asked for, from invented words.
///
/// Lengths follow real questions and answers (question p50 8 and p95 19 words, answer p50 33 and p95
/// 205). The last word of a question spells the item's number in syllables, so all questions are
/// distinct; the answer takes up that word and some others of the question.
struct SyntheticCorpus: Sendable {
    static let largest = 1 << 30

    let count: Int
    private let vocabulary: [Word]
    private let questionLengths: [UInt8]
    private let answerLengths: [UInt16]

    /// Up to eight bytes of text, first byte lowest.
    private struct Word: Sendable {
        var bytes: UInt64
        var length: Int
    }

    private static let vocabularySize = 1024
    private static let longestQuestion = 40

    init(count: Int) {
        self.count = count
        vocabulary = (0..<Self.vocabularySize).map(Self.word)
        questionLengths = Self.quantiles(64, median: 8, p95: 19).map { UInt8(min(max($0, 3), Double(Self.longestQuestion))) }
        answerLengths = Self.quantiles(256, median: 33, p95: 205).map { UInt16(min(max($0, 4), 800)) }
    }

    func words(_ item: Int) -> Int {
        var random = SplitMix(item)
        return questionLength(&random)
    }

    func question(_ item: Int) -> String {
        withQuestion(item) { bytes in
            String(unsafeUninitializedCapacity: bytes.count) { out in
                _ = out.initialize(from: bytes)
                out[0] ^= 0x20
                return bytes.count
            }
        }
    }

    /// `QuestionKey.of(question(item))`: the text but for its first capital is normalised already.
    func key(_ item: Int) -> UInt64 {
        withQuestion(item) { XXHash64.hash(UnsafeRawBufferPointer($0)) }
    }

    func reference(_ item: Int) -> String {
        var text: [UInt8] = []
        forEachAnswerWord(item) { word, beginsSentence in
            if !text.isEmpty {
                if beginsSentence { text.append(UInt8(ascii: ".")) }
                text.append(UInt8(ascii: " "))
            }
            let start = text.count
            if let number = word {
                let word = vocabulary[number]
                for i in 0..<word.length { text.append(UInt8(truncatingIfNeeded: word.bytes >> (8 * UInt64(i)))) }
            } else {
                Self.spell(item) { text.append($0) }
            }
            if beginsSentence { text[start] ^= 0x20 }
        }
        text.append(UInt8(ascii: "."))
        return String(decoding: text, as: UTF8.self)
    }

    /// Bytes of the question and its answer together, without making the answer.
    func textBytes(_ item: Int) -> Int {
        var bytes = withQuestion(item) { $0.count }
        var number = 0
        Self.spell(item) { _ in number += 1 }
        // A blank or the last full stop behind each word, and the other full stops.
        forEachAnswerWord(item) { word, beginsSentence in
            bytes += (word.map { vocabulary[$0].length } ?? number) + (beginsSentence ? 2 : 1)
        }
        return bytes - 1
    }

    /// The answer's words in order, by number; nil stands for the item's number, which the question ends with too.
    @inline(__always)
    private func forEachAnswerWord(_ item: Int, _ body: (_ word: Int?, _ beginsSentence: Bool) -> Void) {
        var random = SplitMix(item)
        // Inside the stack frame: this runs for every text that is asked for the first time.
        var own = InlineArray<40, UInt16>(repeating: 0)
        let count = questionLength(&random) - 1
        for position in 0..<count { own[position] = UInt16(truncatingIfNeeded: pick(&random)) }
        let words = Int(answerLengths[random.next(256)])
        var left = 0
        for position in 0..<words {
            let beginsSentence = left == 0
            if beginsSentence { left = 5 + random.next(12) }
            if position == 1 {
                body(nil, beginsSentence)
            } else {
                body(random.next(8) == 0 && count > 0 ? Int(own[random.next(count)]) : pick(&random), beginsSentence)
            }
            left -= 1
        }
    }

    private func questionLength(_ random: inout SplitMix) -> Int { Int(questionLengths[random.next(64)]) }

    /// A word, low numbers more often: the product of two uniform numbers.
    private func pick(_ random: inout SplitMix) -> Int {
        let bits = random.next()
        let product = (bits & 0x3FF) &* (bits >> 10 & 0x3FF)
        return Int(truncatingIfNeeded: product >> 10)
    }

    /// The question's bytes in lower case, in memory that is good during `body` only (hence a pointer, and no allocation).
    private func withQuestion<Result>(_ item: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Result) -> Result {
        // Words of at most 8 bytes with a blank after each, the number's syllables, and a question mark.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestQuestion * 9 + 32) { buffer in
            var random = SplitMix(item)
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var at = 0
            for _ in 1..<questionLength(&random) {
                let word = vocabulary[pick(&random)]
                raw.storeBytes(of: word.bytes.littleEndian, toByteOffset: at, as: UInt64.self)
                at += word.length
                buffer[at] = UInt8(ascii: " ")
                at += 1
            }
            Self.spell(item) {
                buffer[at] = $0
                at += 1
            }
            buffer[at] = UInt8(ascii: "?")
            return body(UnsafeMutableBufferPointer(rebasing: buffer[..<(at + 1)]))
        }
    }

    /// The number in base 64, a syllable for a digit, three at least: distinct for distinct numbers.
    private static func spell(_ item: Int, _ emit: (UInt8) -> Void) {
        var digits = 3
        while item >> (6 * digits) > 0 { digits += 1 }
        for digit in (0..<digits).reversed() {
            let (consonant, vowel) = syllable(item >> (6 * digit) & 63)
            emit(consonant)
            emit(vowel)
        }
    }

    private static func syllable(_ number: Int) -> (UInt8, UInt8) {
        let consonants: StaticString = "bcdfglmnprstv"
        let vowels: StaticString = "aeiou"
        return (consonants.utf8Start[number / 5], vowels.utf8Start[number % 5])
    }

    /// Two syllables, which differ for every number, and for variety's sake a third or a final consonant.
    private static func word(_ number: Int) -> Word {
        let high = number >> 6
        var syllables = [number & 63, (high * 5 + number * 3) & 63]
        if number % 3 == 1 { syllables.append((number * 7 + 5) & 63) }
        var word = Word(bytes: 0, length: 0)
        func append(_ byte: UInt8) {
            word.bytes |= UInt64(byte) << (8 * UInt64(word.length))
            word.length += 1
        }
        for number in syllables {
            let (consonant, vowel) = syllable(number)
            append(consonant)
            append(vowel)
        }
        if number % 4 == 2 { append(("nrsl" as StaticString).utf8Start[number / 4 % 4]) }
        return word
    }

    /// Equally likely values of the lognormal distribution with this median and 95th percentile.
    private static func quantiles(_ count: Int, median: Double, p95: Double) -> [Double] {
        let sigma = ExactMath.log(p95 / median) / ExactMath.normalQuantile(0.95)
        return (0..<count).map { i in
            let z = ExactMath.normalQuantile((Double(i) + 0.5) / Double(count))
            return (median * ExactMath.exp(sigma * z)).rounded()
        }
    }
}

/// The generator SplitMix64: enough for texts, where every item needs its own cheap sequence that no
/// seed of a run changes. Source: G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom
/// Number Generators", OOPSLA 2014.
struct SplitMix {
    private var state: UInt64

    init(_ item: Int) {
        state = UInt64(truncatingIfNeeded: item) &* 0xD1B5_4A32_D192_ED03
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Uniform below `bound`.
    mutating func next(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
