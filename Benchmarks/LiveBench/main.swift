// crisol-live-bench: one live run with its services, broker and clients in this process, and what it cost.
//
//     crisol-live-bench SCENARIO STORE WINDOW [KEY.PATH=VALUE …]
//
// STORE: a path or postgres://…. WINDOW: questions in flight (a closed loop, for the highest throughput), or `open`
// for the scenario's own arrivals; with an `r` behind it (`2000r`) the LLM answers with the references as they are.
// Prints one JSON object: questions, wall and CPU seconds, CPU seconds by part, and the broker's own rates.

import Foundation
import Live
import Measurement
import Scenarios
import Storage
import Workload

func run(_ arguments: [String]) throws {
    let file = try ScenarioFile.load(path: arguments[0], overrides: Array(arguments.dropFirst(3)), seed: nil, repeats: 1)
    let scenario = file.scenario
    let raw = try RawBroker.rates(messages: 200_000, bytes: 500, partitions: scenario.pipeline.partitions)
    let corpus = try Corpus.load(scenario.traffic.corpus)
    let draws = Draws(seed: scenario.seed, repeat: 0)
    var plan = LivePlan(
        identity: RunIdentity(scenario: scenario.name, seed: scenario.seed, mode: .live), scenario: scenario, store: try StoreLocation(arguments[1]))
    plan.answersAreReferences = arguments[2].hasSuffix("r")
    plan.window = Int(arguments[2].prefix { $0.isNumber })
    let run = try LiveRun(
        plan, corpus: corpus,
        popularity: Popularity(reading: scenario.traffic.popularity, count: corpus.count, draws: draws, drift: scenario.traffic.drift),
        measurement: RunRecorder(RecorderConfiguration(scenario, items: corpus.count, sink: nil)))
    var start: (moment: Double, times: ThreadTimes)?
    var end: (moment: Double, times: ThreadTimes)?
    let result = run.run(watch: { progress in
        if start == nil { start = (LiveMoment.now(), .now()) }
        if end == nil, progress.isDraining, progress.settled >= progress.asked { end = (LiveMoment.now(), .now()) }
    })
    guard let start, let end else { throw BenchFailure("the run did not come to its end: \(result.invalid.joined(separator: "; "))") }
    let spent = end.times.spent(since: start.times)
    func count(_ name: String) -> Double { result.value(name)?.double ?? 0 }
    let asked = count("asked")
    let total = spent.reduce(0) { $0 + $1.seconds }
    let broker = spent.first { $0.part == "embedded broker" }?.seconds ?? 0
    let source = spent.filter { ["generator", "ledger", "main"].contains($0.part) }.reduce(0) { $0 + $1.seconds }
    let figures: [String: Any] = [
        "questions": asked, "wall_s": end.moment - start.moment, "questions_per_s": asked / (end.moment - start.moment),
        "generations": count("generations"), "accepted": count("accepted") + count("accepted_best_effort"), "cache_hits": count("cache_hit"),
        "lost": count("lost"), "cpu_s": total, "cpu_s_broker": broker, "cpu_s_services": total - broker, "cpu_s_source_and_ledger": source,
        "cpu_s_by_part": Dictionary(uniqueKeysWithValues: spent.map { ($0.part, ($0.seconds * 1000).rounded() / 1000) }),
        "cpu_us_per_question": total / asked * 1e6, "latency_p50_ms": count("latency_p50_ms"), "latency_p99_ms": count("latency_p99_ms"),
        "raw_produced_per_s": raw.produced.rounded(), "raw_consumed_per_s": raw.consumed.rounded(),
        "invalid": result.invalid + result.violations,
    ]
    let json = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    print(String(decoding: json, as: UTF8.self))
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else {
    FileHandle.standardError.write(Data("usage: crisol-live-bench SCENARIO STORE WINDOW|open [KEY.PATH=VALUE …]\n".utf8))
    exit(64)
}
do {
    try run(arguments)
} catch {
    FileHandle.standardError.write(Data("crisol-live-bench: \(error)\n".utf8))
    exit(65)
}
