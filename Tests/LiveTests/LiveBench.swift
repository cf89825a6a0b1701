import Foundation
import Measurement
import Pipeline
import Scenarios
import Storage
import Testing
import Workload

@testable import Live

/// A scenario from YAML text, run live in a folder of its own.
struct LiveBench {
    let folder: URL
    let scenario: Scenario
    let store: StoreLocation

    /// `store`: nil for an SQLite file in the bench's folder.
    init(_ yaml: String, store: StoreLocation? = nil) throws {
        let text = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-live-\(UUID().uuidString).yaml")
        try yaml.write(to: text, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: text) }
        try self.init(file: text.path, overrides: [], store: store)
    }

    init(file: String, overrides: [String], store: StoreLocation? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.store = store ?? .sqlite(path: folder.appendingPathComponent("store.db").path)
        scenario = try ScenarioFile.load(path: file, overrides: overrides, seed: nil, repeats: nil).scenario
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// - Parameter sink: what is to become of the rows of questions.csv.
    func prepare(bootstrapServers: String? = nil, sink: QuestionSink? = nil) throws -> LiveRun {
        let corpus = try Corpus.load(scenario.traffic.corpus)
        let draws = Draws(seed: scenario.seed, repeat: 0)
        let recorder = RunRecorder(RecorderConfiguration(
            warmup: Instant(nanoseconds: scenario.warmup), threshold: scenario.pipeline.acceptance.threshold,
            callCapacity: scenario.pipeline.llmWorkers * scenario.pipeline.concurrency, sink: sink))
        return try LiveRun(
            LivePlan(
                identity: RunIdentity(scenario: scenario.name, seed: scenario.seed, mode: .live), scenario: scenario,
                bootstrapServers: bootstrapServers, store: store),
            corpus: corpus, popularity: Popularity(scenario.traffic.popularity, count: corpus.count, draws: draws),
            measurement: recorder)
    }

    /// Rows of the store, counted by SQLite's own means.
    func metrics() throws -> StoreMetrics {
        let store = try store.open()
        defer { store.close() }
        return try store.metrics()
    }
}

extension RunResult {
    func count(_ name: String) -> Int { Int(value(name)?.double ?? -1) }

    /// Asked, less every outcome and what is in flight: 0 where each question is accounted for once.
    var imbalance: Int {
        let ends = Outcome.allCases.filter { $0 != .pending }.map { count($0.rawValue) }.reduce(0, +)
        return count("asked") - ends - count("in_flight")
    }

    /// Expects a run that can be used, whose questions have all ended, each once.
    /// - Parameter deaths: whether services died: what they had told by then may be told twice.
    func expectAllEnded(asked: Int = 300, deaths: Bool = false, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation) {
        #expect(reasons == [], comment, sourceLocation: place)
        if !deaths { #expect(violations == [], comment, sourceLocation: place) }
        #expect(imbalance == 0, comment, sourceLocation: place)
        #expect(count("asked") == asked, comment, sourceLocation: place)
        #expect(count("in_flight") == 0, comment, sourceLocation: place)
        #expect(count("duplicates") == 0, comment, sourceLocation: place)
    }

    /// Why the run is invalid, but for a schedule that a busy machine did not hold.
    var reasons: [String] { invalid.filter { !$0.contains("the traffic source") } }
}
