import Foundation
import Scoring
import Synchronization
import Workload

/// Writes pairs of generated English-like answers of `words` words, tab-separated, no reference twice.
func writeWordPairs(to path: String, count: Int, words: Int) throws {
    let corpus = try Corpus.load(.builtin)
    let english = (0..<corpus.count).map(corpus.reference).joined(separator: " ").split(separator: " ").filter { $0.allSatisfy(\.isASCII) }
    var random = Xoshiro(seed: 3)
    func text() -> String { (0..<words).map { _ in String(english[Int(random.next() % UInt64(english.count))]) }.joined(separator: " ") }
    try Data((0..<count).map { _ in "\(text())\t\(text())\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
}

/// BERTScore of tab-separated pairs, candidate and reference: each reference against its own candidate and those of the next lines,
/// one after the other, so that a reference's vectors are among the kept ones from its second candidate on. The check is the mean F1.
func bertScore(pairs path: String, answersPerReference: Int, threads: Int) throws {
    let pairs: [(String, String)] = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
        let sides = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(sides[0]), String(sides[sides.count - 1]))
    }
    let scorer = try BERTScore(BERTScoreFiles())
    let scores = Mutex([Double](repeating: 0, count: pairs.count * answersPerReference))
    let next = Atomic<Int>(0)
    let start = cpuSeconds()
    // The calling thread is one of them.
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
        while true {
            let number = next.add(1, ordering: .relaxed).oldValue
            guard number < pairs.count * answersPerReference else { return }
            let (reference, answer) = number.quotientAndRemainder(dividingBy: answersPerReference)
            let f1 = scorer.result(pairs[(reference + answer) % pairs.count].0, against: pairs[reference].1).f1
            scores.withLock { $0[number] = f1 }
        }
    }
    let all = scores.withLock { $0 }
    report(all.count, since: start, String(format: "%.4f", all.reduce(0, +) / Double(max(1, all.count))))
}
