import Foundation
import Storage
import TestServers
import Testing

@testable import Live

/// Stores that go away in the middle of a run. Shares processors with nothing else of its kind.
@Suite(.serialized) struct StoreOutageTests {
    @Test(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server on this machine (Debian package postgresql)"))
    func postgresThatIsStoppedAndStartedTwiceLosesNothingAndRecordsNothingTwice() throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let bench = try LiveBench(LiveRunTests.traffic, store: StoreLocation(server.url).named(run: "outages"))
        defer { bench.remove() }
        var isAway = false
        var outages = 0
        var errorsBefore = 0
        let result = try bench.prepare().run(watch: { progress in
            do {
                if isAway {
                    // Somebody has missed it: what there was to write is being kept. On a machine so busy that all had
                    // been written before it stopped, nobody will.
                    guard progress.storeErrors > errorsBefore || progress.isDraining && progress.settled >= progress.asked else { return }
                    try server.start()
                    (isAway, outages) = (false, outages + 1)
                } else if outages < 2, progress.settled >= 40 + 80 * outages {
                    errorsBefore = progress.storeErrors
                    try server.stop()
                    isAway = true
                }
            } catch { Issue.record(error) }
        })
        #expect(outages == 2)
        result.expectAllEnded()
        func psql(_ sql: String) throws -> String { try PostgresServer.psql(server.url, sql) }
        let accepted = result.count("accepted") + result.count("accepted_best_effort")
        #expect(try psql("SELECT count(*), count(DISTINCT id) FROM qa_results WHERE run = 'outages'") == "\(accepted)|\(accepted)")
        #expect(try psql("SELECT accepted FROM metrics WHERE run = 'outages'") == "\(accepted)")
        #expect(try psql("SELECT count(*) FROM qa_results JOIN failed_questions ON id = question_id") == "0")
        #expect(try psql("SELECT count(*) FROM delayed_messages") == "0")
    }

    @Test func anSQLiteFileThatSomebodyHoldsLockedIsWaitedFor() throws {
        let bench = try LiveBench(LiveRunTests.traffic)
        defer { bench.remove() }
        let run = try bench.prepare()
        guard case .sqlite(let path) = bench.store else { return }
        let shell = try Command("/usr/bin/env", ["sqlite3", path], hasInput: true)
        var phase = 0
        let result = run.run(watch: { progress in
            switch phase {
            case 0 where progress.settled >= 40:
                shell.tell(".timeout 10000\nBEGIN IMMEDIATE;\n")
                phase = 1
            case 1 where progress.storeErrors > 0:
                shell.endInput()
                phase = 2
            default: break
            }
        })
        #expect(phase == 2)
        shell.endInput()
        #expect(shell.wait() == 0)
        result.expectAllEnded()
        #expect(try bench.metrics().accepted == result.count("accepted") + result.count("accepted_best_effort"))
    }

    @Test func aDatabaseThatIsNotThereIsToldBeforeTheRun() throws {
        let bench = try LiveBench(LiveRunTests.traffic, store: StoreLocation("postgres:///x?host=/nonexistent"))
        defer { bench.remove() }
        #expect { _ = try bench.prepare() } throws: {
            ($0 as? StoreError)?.exitCode == 69
        }
    }
}
