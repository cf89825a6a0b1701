import Caching
import Foundation
import Measurement
import Scenarios
import Scoring
import Simulation
import Workload

/// A whole scenario, its corpus loaded beforehand. The check is the ledger: questions and calls.
func simulate(scenario path: String, questions: Int, overrides: [String]) throws {
    let file = try ScenarioFile.load(path: path, overrides: ["questions=\(questions)"] + overrides, seed: nil, repeats: 1)
    let run = try SimulatedRun(file.scenario)
    let start = cpuSeconds()
    let result = try run.run(repeat: 0)
    report(questions, since: start, "\(result.totals.asked) asked, \(result.totals.lost) lost, \(result.totals.calls) calls")
}

/// Keys by Zipf with exponent 1, as 64-bit numbers from 1 on.
func writeTrace(to path: String, requests: Int, keys: Int) throws {
    let draws = Draws(seed: 1, repeat: 0)
    let popularity = Popularity(.zipf(exponent: 1), count: keys, draws: draws)
    var data = Data(capacity: requests * 8)
    for index in 0..<requests {
        withUnsafeBytes(of: UInt64(popularity.item(ofQuestion: UInt64(index)) + 1).littleEndian) { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: path))
}

/// The trace through one cache, as `crisol cache-replay` does it: look up, and insert what missed. The check is the
/// misses.
func replay(_ policy: CachePolicy, capacity: Int, trace path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    let keys = data.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
    var cache = AnswerCache<UInt32>(policy: policy, capacity: capacity, ttlNanoseconds: nil)
    let start = cpuSeconds()
    let hits = cache.replay(keys.span, filling: 1)
    report(keys.count, since: start, keys.count - hits)
}

/// Pairs of generated answers with the lengths of real ones; the built-in English and Spanish ones among
/// them, and every twentieth pair in Cyrillic or Greek letters.
func writePairs(to path: String, count: Int) throws {
    let synthetic = try Corpus.load(.synthetic(2 * count))
    let builtin = try Corpus.load(.builtin)
    var text = ""
    for index in 0..<count {
        var pair = (synthetic.reference(2 * index), synthetic.reference(2 * index + 1))
        switch index % 20 {
        case 3: pair = (builtin.reference(index % builtin.count), builtin.reference((index + 2) % builtin.count))
        case 7: pair = (transliterated(pair.0, from: 0x430), transliterated(pair.1, from: 0x430))
        case 13: pair = (transliterated(pair.0, from: 0x3B1), transliterated(pair.1, from: 0x3B1))
        default: break
        }
        text += "\(pair.0)\t\(pair.1)\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

/// The letters a–x become letters of another alphabet in its order.
private func transliterated(_ text: String, from first: UInt32) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.lowercased().unicodeScalars {
        let isLetter = scalar.value >= 0x61 && scalar.value <= 0x78
        scalars.append(isLetter ? Unicode.Scalar(first + scalar.value - 0x61) ?? scalar : scalar)
    }
    return String(scalars)
}

func score(_ metric: Metric, pairs path: String, rounds: Int, scores output: String?) throws {
    let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
    let pairs: [(String, String)] = text.split(separator: "\n").map { line in
        let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    var scorer = try Scorer(metric)
    var scores = [Double](repeating: 0, count: pairs.count)
    let start = cpuSeconds()
    for _ in 0..<rounds {
        for index in pairs.indices { scores[index] = scorer.score(pairs[index].0, against: pairs[index].1) }
    }
    report(pairs.count * rounds, since: start, String(format: "%.9f", scores.reduce(0, +) / Double(max(1, scores.count))))
    if let output {
        try Data(scores.map { "\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: output))
    }
}

/// Spans from 1 µs to 1 s, a million different ones again and again. The check is the 99th percentile.
func recordSpans(_ count: Int) {
    var random = Xoshiro(seed: 1)
    let spans = (0..<1 << 20).map { _ in Int64(1000 + random.next() % 1_000_000_000) }
    var histogram = Histogram()
    let start = cpuSeconds()
    for index in 0..<count { histogram.record(spans[index & (1 << 20 - 1)]) }
    report(count, since: start, histogram.value(atPercentile: 99) ?? 0)
}

func drawUniforms(_ count: Int) {
    let draws = Draws(seed: 1, repeat: 0)
    var sum = 0.0
    let start = cpuSeconds()
    for index in 0..<count { sum += draws.uniform(.latency, question: UInt64(index)) }
    report(count, since: start, String(format: "%.4f", sum / Double(count)))
}

/// As one event draws that needs many: both words of each block.
func drawStream(_ count: Int) {
    var stream = Draws(seed: 1, repeat: 0).stream(.text, question: 0)
    var sum = 0.0
    let start = cpuSeconds()
    for _ in 0..<count { sum += stream.uniform() }
    report(count, since: start, String(format: "%.4f", sum / Double(count)))
}

/// As latencies are drawn: a stream for each.
func drawNormals(_ count: Int) {
    let draws = Draws(seed: 1, repeat: 0)
    var squares = 0.0
    let start = cpuSeconds()
    for index in 0..<count {
        var stream = draws.stream(.latency, question: UInt64(index))
        let z = stream.normal()
        squares += z * z
    }
    report(count, since: start, String(format: "%.4f", squares / Double(count)))
}

func drawItems(_ count: Int, keys: Int) {
    let popularity = Popularity(.zipf(exponent: 1), count: keys, draws: Draws(seed: 1, repeat: 0))
    var first = 0
    let start = cpuSeconds()
    for index in 0..<count where popularity.item(ofQuestion: UInt64(index)) == 0 { first += 1 }
    report(count, since: start, String(format: "%.4f", Double(first) / Double(count)))
}
