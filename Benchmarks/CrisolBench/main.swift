// crisol-bench: one measurement of Crisol's own parts in each call. `scripts/bench` runs it in turn with
// the programs in Benchmarks/peers, `scripts/instructions` under callgrind.
//
//     crisol-bench ITEM ARGUMENTS…
//
// Prints one line: units done, CPU seconds that they took, and a figure to check against the peers.

import Caching
import Foundation
import Measurement
import Scenarios
import Scoring
import Simulation
import Workload

struct Usage: Error {}

/// CPU seconds of this process: on a shared machine they say more than the time of day.
func cpuSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

func report(_ units: Int, since start: Double, _ check: some CustomStringConvertible) {
    let seconds = cpuSeconds() - start
    print("\(units)\t\(String(format: "%.6f", seconds))\t\(check)")
}

func measure(_ arguments: [String]) throws {
    guard let item = arguments.first else { throw Usage() }
    let rest = arguments.dropFirst().map { $0 }
    func argument(_ index: Int) throws -> String {
        guard index < rest.count else { throw Usage() }
        return rest[index]
    }
    func number(_ index: Int) throws -> Int {
        guard let value = Int(try argument(index)), value > 0 else { throw Usage() }
        return value
    }
    switch item {
    case "retry-model":
        let events = try number(0)
        var model = RetryModel(seed: 1)
        let start = cpuSeconds()
        let mean = model.run(events: events)
        report(events, since: start, String(format: "%.4f", mean))
    case "pipeline":
        let questions = try number(1)
        try simulate(scenario: try argument(0), questions: questions, overrides: Array(rest.dropFirst(2)))
    case "trace": try writeTrace(to: try argument(0), requests: try number(1), keys: try number(2))
    case "cache":
        guard let policy = CachePolicy(rawValue: try argument(0)) else { throw Usage() }
        try replay(policy, capacity: try number(1), trace: try argument(2))
    case "pairs": try writePairs(to: try argument(0), count: try number(1))
    case "score":
        guard let metric = Metric(rawValue: try argument(0)) else { throw Usage() }
        try score(metric, pairs: try argument(1), rounds: try number(2), scores: rest.count > 3 ? rest[3] : nil)
    case "bertscore":
        try bertScore(pairs: try argument(0), answersPerReference: try number(1), threads: try number(2))
    case "word-pairs": try writeWordPairs(to: try argument(0), count: try number(1), words: try number(2))
    case "messages":
        let direction = try argument(0)
        guard ["read", "write"].contains(direction) else { throw Usage() }
        try carryMessages(writing: direction == "write", count: try number(1))
    case "histogram": recordSpans(try number(0))
    case "draws": drawUniforms(try number(0))
    case "draws-raw": try writeDraws(inOrder: try argument(0), seed: UInt64(try number(1)))
    case "stream": drawStream(try number(0))
    case "normal": drawNormals(try number(0))
    case "exact-math": if !checkExactMath(try number(0)) { exit(1) }
    case "zipf": drawItems(try number(0), keys: try number(1))
    case "storage-api": try serveStorageAPI(scenario: try argument(0), question: try argument(1))
    case "judge": try serveJudge(scenario: try argument(0))
    case "bare-http": try serveBareNIO()
    default: throw Usage()
    }
}

do {
    try measure(Array(CommandLine.arguments.dropFirst()))
} catch is Usage {
    let usage = """
        usage: crisol-bench ITEM ARGUMENTS
          retry-model EVENTS
          pipeline SCENARIO QUESTIONS [KEY.PATH=VALUE …]
          trace FILE REQUESTS KEYS          writes a Zipf trace, 64-bit keys
          cache POLICY CAPACITY TRACE
          pairs FILE COUNT                  writes generated answer pairs, tab-separated
          score METRIC PAIRS ROUNDS [SCORES]
                                    SCORES: where to write each pair's score
          word-pairs FILE COUNT WORDS
                                    writes pairs of built-in answers' words, tab-separated
          bertscore PAIRS ANSWERS THREADS
                                    each reference against its own and the next ANSWERS - 1 candidates
          messages read|write COUNT
          histogram SPANS
          draws COUNT
          stream COUNT
          normal COUNT
          draws-raw questions|simulator SEED
                                    64-bit words to standard output, until nobody reads on
          exact-math COUNT          errors of log, exp, pow and the normal quantile; exit code 1 beyond their limits
          zipf COUNT KEYS
          storage-api SCENARIO QUESTION
                                    serves a pipeline over HTTP, with the answer to QUESTION in the cache
          judge SCENARIO            serves scores and decisions over HTTP
          bare-http                 serves "ok" by swift-nio's own means

        """
    FileHandle.standardError.write(Data(usage.utf8))
    exit(64)
} catch {
    FileHandle.standardError.write(Data("crisol-bench: \(error)\n".utf8))
    exit(65)
}
