import Workload

/// Words on their way to becoming an answer's sentences.
struct AnswerProse {
    private var bytes: [UInt8] = []
    /// Ranges of `bytes`.
    private var pieces: [(start: Int, end: Int)] = []

    /// Adds a word of a list as it stands in its text.
    mutating func add(_ word: WordList.Word, of list: WordList) {
        let start = bytes.count
        bytes.append(contentsOf: list.bytes[Int(word.start)..<Int(word.start + word.length)])
        pieces.append((start, bytes.count))
    }

    /// Adds so many distinct words that the reference does not have: of the vocabulary first, then
    /// invented ones.
    mutating func addOthers(_ count: Int, from vocabulary: WordList, than reference: WordList, _ stream: inout DrawStream) {
        var left = count
        var words = vocabulary.words
        // A shuffle that stops as soon as there are enough words.
        var unused = words.count
        while left > 0, unused > 0 {
            let chosen = stream.below(unused)
            unused -= 1
            words.swapAt(chosen, unused)
            guard !reference.contains(words[unused].hash) else { continue }
            add(words[unused], of: vocabulary)
            left -= 1
        }
        var number = 0
        while left > 0 {
            let word = Self.invented(number)
            number += 1
            let hash = WordList.hash(word)
            guard !reference.contains(hash), !vocabulary.contains(hash) else { continue }
            let start = bytes.count
            bytes.append(contentsOf: word)
            pieces.append((start, bytes.count))
            left -= 1
        }
    }

    /// The words in random order, in sentences of 6 to 15.
    mutating func written(_ stream: inout DrawStream) -> String {
        stream.shuffle(&pieces)
        return String(unsafeUninitializedCapacity: bytes.count + 2 * pieces.count + 1) { out in
            var count = 0
            func emit(_ byte: UInt8) {
                out[count] = byte
                count += 1
            }
            var left = 0
            for (index, piece) in pieces.enumerated() {
                let begins = left == 0
                if begins {
                    if index > 0 { emit(UInt8(ascii: ".")) }
                    left = 6 + stream.below(10)
                }
                if index > 0 { emit(UInt8(ascii: " ")) }
                for at in piece.start..<piece.end { emit(bytes[at]) }
                // A capital where that is an ASCII letter: lower-casing gives the same word again.
                let first = count - (piece.end - piece.start)
                if begins, out[first] >= 0x61, out[first] <= 0x7A { out[first] ^= 0x20 }
                left -= 1
            }
            emit(UInt8(ascii: "."))
            return count
        }
    }

    /// A word of four syllables and an n, another one for each number below 2¹⁶.
    private static func invented(_ number: Int) -> [UInt8] {
        let syllables: StaticString = "badefigolumanepirosutavezicorelo"
        var word: [UInt8] = []
        for digit in 0..<4 {
            let syllable = number >> (4 * digit) & 15
            word.append(syllables.utf8Start[2 * syllable])
            word.append(syllables.utf8Start[2 * syllable + 1])
        }
        word.append(UInt8(ascii: "n"))
        return word
    }
}
