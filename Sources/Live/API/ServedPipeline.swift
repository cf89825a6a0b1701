import Foundation
import Measurement
import Pipeline
import Scenarios
import Storage
import Workload

/// A scenario's pipeline with the embedded broker, a store of its own and the storage API, all in this process and
/// without a generator: questions come from outside.
package final class ServedPipeline {
    private let folder: URL
    private let run: LiveRun
    private let api: StorageAPI

    package init(scenario path: String) throws {
        let scenario = try ScenarioFile.load(path: path, overrides: [], seed: nil, repeats: nil).scenario
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-served-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let corpus = try Corpus.load(scenario.traffic.corpus)
        let draws = Draws(seed: scenario.seed, repeat: 0)
        run = try LiveRun(
            LivePlan(
                identity: RunIdentity(scenario: scenario.name, seed: scenario.seed, mode: .live), scenario: scenario,
                store: .sqlite(path: folder.appendingPathComponent("store.sqlite").path)),
            corpus: corpus, popularity: Popularity(scenario.traffic.popularity, count: corpus.count, draws: draws),
            measurement: RunRecorder(RecorderConfiguration(scenario, items: corpus.count)))
        run.supervisor.waitUntilReady()
        api = try StorageAPI(.init(looksIntoStore: scenario.storeLookup), run.context, intake: run.intake)
    }

    package var port: Int { api.port }

    package func stop() {
        api.stop()
        run.stopServices()
        run.ledger.stop()
        run.ledger.waitUntilFinished()
        try? FileManager.default.removeItem(at: folder)
    }
}
