import Foundation
import Workload

/// Damages good inputs by chance, the same way for the same seed.
struct Fuzz {
    /// Cases of each test: some thousands, or as many as `CRISOL_FUZZ_CASES` says (`scripts/fuzz`).
    static let cases = ProcessInfo.processInfo.environment["CRISOL_FUZZ_CASES"].flatMap { Int($0) } ?? 3000
    static let seed = ProcessInfo.processInfo.environment["CRISOL_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    private let samples: [[UInt8]]
    private let words: [[UInt8]]
    var stream: DrawStream

    /// - Parameters:
    ///   - number: of the case; it and the seed are all that a case depends on.
    ///   - words: what is put in now and then: marks of the format, numbers at their ends.
    init(_ samples: [String], words: [String], case number: Int) {
        self.samples = samples.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
        stream = Draws(seed: Self.seed, repeat: 0).stream(.jitter, question: UInt64(number))
    }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &stream) }

    mutating func input() -> [UInt8] {
        var bytes = samples[below(samples.count)]
        for _ in 0..<(1 + below(6)) { damage(&bytes) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + 1 + below(1 << below(8)))
        switch below(8) {
        case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8(below(8)) }
        case 1: if at < bytes.count { bytes[at] = UInt8(below(256)) }
        case 2: bytes.insert(contentsOf: words[below(words.count)], at: at)
        case 3: bytes.removeSubrange(at..<end)
        case 4: bytes.insert(contentsOf: bytes[at..<end], at: below(bytes.count + 1))
        case 5: bytes.removeLast(bytes.count - at)
        case 6:
            let other = samples[below(samples.count)]
            bytes = Array(bytes[..<at] + other.dropFirst(below(other.count)))
        default: bytes.insert(contentsOf: (0..<below(12)).map { _ in UInt8(below(256)) }, at: at)
        }
    }

    /// The input in pieces, cut anywhere.
    mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var cuts = (0..<below(5)).map { _ in below(bytes.count + 1) }
        cuts.sort()
        return zip([0] + cuts, cuts + [bytes.count]).map { Array(bytes[$0..<$1]) }
    }
}
