import Foundation
import Glibc
import Measurement
import Scoring
import Synchronization
import Testing
import Workload

@testable import Live

/// The judge as a job on a real Flink, which a run starts, watches over and ends. One after another: each is two JVMs.
@Suite(
    .serialized,
    .enabled(if: (try? FlinkInstallation()) != nil, "no Flink on this machine (scripts/flink/setup fetches it): the judge's job is not tested"))
struct FlinkTests {
    private static let profile = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("scenarios/profiles/bertscore-flink.yaml").path

    /// The profile for a short while, without whatever lets one question's end depend on the moment of another's.
    private static let settings = [
        "duration=6s", "warmup=0s", "drain=20m", "traffic.arrivals.rate=10/s", "pipeline.cache.policy=none", "pipeline.store.lookup=false",
        "pipeline.workers.judge=2", "pipeline.judge.batch.size=4",
        "traffic.corpus.builtin=true",
        // As many that pass as that do not.
        "provider.quality.mean=0.7", "provider.quality.spread=0.12",
    ] + (Metric.bertscoreMinilmL6.isAvailable ? [] : ["pipeline.score.metric=tfidf-cosine", "pipeline.score.threshold=0.25"])

    /// How a question ended, and by what scores.
    private struct End: Equatable {
        let outcome: String
        let generations: Int
        let scores: [Double]
    }

    private func run(_ overrides: [String], watch: (LiveRun.Progress) -> Void = { _ in }) throws -> (result: RunResult, ends: [UInt64: End], rows: Int) {
        let bench = try LiveBench(file: Self.profile, overrides: Self.settings + overrides)
        defer { bench.remove() }
        let ends = Collected()
        let result = try bench.prepare(sink: ends.take).run(watch: watch)
        let metrics = try bench.metrics()
        return (result, ends.rows, metrics.accepted + metrics.rejected)
    }

    private final class Collected: Sendable {
        private let ends = Mutex<[UInt64: End]>([:])
        var rows: [UInt64: End] { ends.withLock { $0 } }

        var take: QuestionSink {
            { [self] rows in
                ends.withLock { ends in
                    for row in rows {
                        ends[row.question] = End(
                            outcome: row.outcome.rawValue, generations: Int(row.generations), scores: [row.firstScore, row.finalScore])
                    }
                }
                return true
            }
        }
    }

    /// Processes that this one has started whose command lines say this.
    private static func children(saying text: String) -> [pid_t] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.compactMap { pid_t($0) }.filter { id in
            guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"), String(decoding: line, as: UTF8.self).contains(text),
                let stat = FileManager.default.contents(atPath: "/proc/\(id)/stat")
            else { return false }
            // The name, in parentheses, may hold anything; the state and the parent's id follow it.
            let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && pid_t(fields[1]) == getpid()
        }
    }

    /// The profile, end to end: the native judge and Flink take the same decisions about the same answers, though the
    /// process that does Flink's work is killed in the middle.
    @Test func theJobDecidesAsTheNativeJudgeThoughItsTaskManagerIsKilled() throws {
        let native = try run(["pipeline.judge.engine=native"])
        var killed: [pid_t] = []
        let flink = try run([]) { progress in
            guard killed.isEmpty, progress.settled >= 15 else { return }
            killed = Self.children(saying: "TaskManagerRunner")
            for id in killed { kill(id, SIGKILL) }
        }
        #expect(killed.count == 1)
        native.result.expectAllEnded(asked: native.ends.count)
        flink.result.expectAllEnded(asked: native.ends.count, deaths: true)
        #expect(native.ends.count > 30)
        #expect(flink.ends == native.ends)
        #expect(flink.rows == flink.ends.count)
        #expect(flink.result.count("flink_restarts") >= 1)
        // Generations that were asked for again after the death are judged again.
        #expect(flink.result.count("responses_accepted") >= flink.result.count("accepted"))
        #expect(flink.result.count("responses_regenerated") >= flink.ends.values.reduce(0) { $0 + $1.generations - 1 })
        #expect((flink.result.value("watermark_lag_max_ms")?.double ?? -1) >= 0)
        #expect(Self.children(saying: "flink").isEmpty)
    }

    /// The JobManager holds what had been read and was not yet judged: whoever comes after it goes on from its checkpoint.
    @Test func aKilledJobManagerLosesNothing() throws {
        var killed: [pid_t] = []
        let flink = try run(["pipeline.score.evaluate=sampled", "pipeline.judge.checkpoint_interval=200ms"]) { progress in
            guard killed.isEmpty, progress.settled >= 15 else { return }
            killed = Self.children(saying: "StandaloneSessionClusterEntrypoint")
            for id in killed { kill(id, SIGKILL) }
        }
        #expect(killed.count == 1)
        flink.result.expectAllEnded(asked: flink.ends.count, deaths: true)
        #expect(flink.rows == flink.ends.count)
        #expect(flink.result.count("flink_restarts") >= 1)
        #expect(Self.children(saying: "flink").isEmpty)
    }
}

@Suite struct FlinkInstallationTests {
    @Test func whatIsMissingIsNamedWithItsRemedy() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-no-flink-\(UUID().uuidString)").path
        let missing = try #require(throws: FlinkMissing.self) { try FlinkInstallation(folder: folder) }
        #expect(missing.description.hasPrefix("pipeline.judge.engine: flink needs Apache Flink at \(folder)/lib/"))
        #expect(missing.description.hasSuffix("scripts/flink/setup sees to it"))
    }
}
