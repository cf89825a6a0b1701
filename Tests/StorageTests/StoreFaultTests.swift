import Foundation
import Synchronization
import TestServers
import Testing

@testable import Storage

/// Runs `body` on that many threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            body(index)
            group.leave()
        }
    }
    group.wait()
}

@Suite struct StoreFaultTests {
    @Test func `a full disk writes nothing of the batch, and work goes on when there is space`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults([result(0)])
        try store.connection.execute("PRAGMA max_page_count = 40", doing: "limit it")
        let batch = (1...200).map { result($0, answer: String(repeating: "x", count: 2000)) }
        let error = try #require(throws: StoreError.self) { try store.recordResults(batch) }
        #expect(error.reason == .diskFull && error.exitCode == 74)
        #expect(
            error.description
                == "store \(folder.path()): cannot write results: the disk is full (database or disk is full). "
                + "Free space there or choose another output folder with --out; nothing of this batch was written.")
        #expect(try sqlite3(folder.path(), "SELECT count(*) FROM qa_results") == "1")
        #expect(try store.metrics().accepted == 1)
        try store.connection.execute("PRAGMA max_page_count = 100000", doing: "limit it")
        #expect(try store.recordResults(batch).allSatisfy { $0 == .written })
        #expect(try store.metrics().accepted == 201)
        #expect(try sqlite3(folder.path(), "PRAGMA integrity_check") == "ok")
    }

    @Test func `a crash before the commit leaves nothing of the batch`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults([result(0)])
        // A tiny page cache: the open transaction spills into the log before it is committed.
        try store.connection.execute("PRAGMA cache_size = 5", doing: "set it up")
        try store.connection.transaction(doing: "test") { () throws(StoreError) in
            for index in 1...300 {
                try store.connection.execute(
                    "INSERT INTO failed_questions VALUES ('q-\(index)', '', '', '\(String(repeating: "x", count: 1000))', '', 0, '', '', 0)",
                    doing: "test")
            }
            // What a crash at this moment would leave on the disk.
            for suffix in ["", "-wal"] {
                do { try FileManager.default.copyItem(atPath: folder.path() + suffix, toPath: folder.path("crashed.db") + suffix) } catch { Issue.record(error) }
            }
        }
        let log = try FileManager.default.attributesOfItem(atPath: folder.path("crashed.db-wal"))[.size] as? Int ?? 0
        #expect(log > 300_000, "the transaction had reached the disk")
        let crashed = try SQLiteStore(path: folder.path("crashed.db"))
        #expect(try crashed.metrics() == StoreMetrics(accepted: 1, rejected: 0, meanScore: 0.5))
        #expect(try crashed.connection.integer("SELECT count(*) FROM failed_questions", doing: "count") == 0)
        #expect(try crashed.recordResults([result(1)]) == [.written])
        #expect(try store.connection.integer("SELECT count(*) FROM failed_questions", doing: "count") == 300)
    }

    @Test func `another process killed inside a transaction leaves nothing and no lock`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path(), busyTimeoutMilliseconds: 0)
        // It says that it has written by a file, and then counts without end.
        let shell = try Command(
            "/usr/bin/env",
            [
                "sqlite3", "-bail", folder.path(), "BEGIN IMMEDIATE; INSERT INTO delayed_messages VALUES ('m', 's', 0, x'00')",
                ".system touch '\(folder.path("written"))'", "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) FROM n",
            ], output: folder.path("out"), errors: folder.path("err"))
        let limit = Date(timeIntervalSinceNow: 60)
        while !FileManager.default.fileExists(atPath: folder.path("written")) {
            try #require(shell.isRunning && Date() < limit)
            usleep(5000)
        }
        let error = try #require(throws: StoreError.self) { try store.recordResults([result(1)]) }
        #expect(error.reason == .locked)
        // Readers are not held up by the writer.
        #expect(try store.lookUp(1) == nil)
        kill(shell.processIdentifier, SIGKILL)
        #expect(shell.wait() == 128 + SIGKILL)
        #expect(try store.recordResults([result(1)]) == [.written])
        #expect(try store.delayed(for: "s").isEmpty)
    }

    @Test func `three writers and a reader at once, with questions in common`() throws {
        let folder = try Folder()
        let path = folder.path()
        let written = Atomic(0)
        onThreads(4) { thread in
            do {
                // All of them may be the one that makes the file.
                let store = try StoreLocation.sqlite(path: path).open()
                for batch in 0..<20 {
                    if thread == 3 {
                        let metrics = try store.metrics()
                        #expect(metrics.accepted % 25 == 0, "a reader sees whole batches only")
                        continue
                    }
                    // Every second batch is the same for the three.
                    let first = batch % 2 == 0 ? batch * 1000 : batch * 1000 + (thread + 1) * 100
                    let outcomes = try store.recordResults((first..<first + 25).map { result($0, score: 0.5) })
                    written.add(outcomes.count { $0 == .written }, ordering: .relaxed)
                }
                store.close()
            } catch { Issue.record(error) }
        }
        #expect(written.load(ordering: .relaxed) == 10 * 25 + 3 * 10 * 25)
        #expect(try sqlite3(path, "SELECT count(*), (SELECT accepted FROM metrics), (SELECT mean_score FROM metrics) FROM qa_results") == "1000|1000|0.5")
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"), "the last to close folds the log into the file")
    }

    @Test func `a read-only database`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        try store.connection.execute("PRAGMA query_only = ON", doing: "test")
        let error = try #require(throws: StoreError.self) { try store.delay([.init(messageID: "m", service: "s", notBefore: .zero, body: [])]) }
        #expect(error.reason == .readOnly)
        #expect(error.description.contains("cannot keep delayed messages: the file or its folder is read-only"))
    }

    @Test func `files that cannot be stores are refused with the reason`() throws {
        let folder = try Folder()
        func refusal(_ path: String) throws -> StoreError { try #require(throws: StoreError.self) { try SQLiteStore(path: path) } }
        #expect(try refusal(folder.path("missing/store.db")).reason == .cannotOpen)
        #expect(try refusal(folder.url.path).reason == .cannotOpen)
        #expect(try refusal("a\0b").reason == .cannotOpen)
        #expect(try refusal(":memory:").reason == .noWriteAheadLog)

        try Data(String(repeating: "name: quickstart\n", count: 300).utf8).write(to: folder.url.appending(path: "quickstart.yaml"))
        let text = try refusal(folder.path("quickstart.yaml"))
        #expect(text.reason == .notADatabase && text.exitCode == 65)

        _ = try sqlite3(folder.path("other.db"), "CREATE TABLE bookmarks (url TEXT)")
        #expect(try refusal(folder.path("other.db")).reason == .foreignDatabase)
        #expect(try sqlite3(folder.path("other.db"), "SELECT name FROM sqlite_schema") == "bookmarks")

        try SQLiteStore(path: folder.path("newer.db")).close()
        _ = try sqlite3(folder.path("newer.db"), "PRAGMA user_version = 7")
        let newer = try refusal(folder.path("newer.db"))
        #expect(newer.reason == .newerSchema(found: 7, supported: SQLiteSchema.version))
        #expect(
            newer.description == "store \(folder.path("newer.db")): cannot use it: it was written by a newer Crisol "
                + "(schema version 7, this one knows up to \(SQLiteSchema.version)). Use that newer Crisol, or another file.")
    }

    @Test func `an older version's file keeps its rows and gets what is new`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults([result(1)])
        let next = SQLiteSchema.steps + ["ALTER TABLE qa_results ADD COLUMN reviewer TEXT;", "CREATE INDEX by_reviewer ON qa_results (reviewer);"]
        try SQLiteSchema.prepare(store.connection, steps: next)
        try SQLiteSchema.prepare(store.connection, steps: next)
        #expect(try sqlite3(folder.path(), "SELECT id, reviewer IS NULL FROM qa_results INDEXED BY by_reviewer WHERE reviewer IS NULL; PRAGMA user_version") == "q-1|1\n4")
        #expect(throws: StoreError.self) { try SQLiteStore(path: folder.path()) }
        // A step that fails leaves the file as it was.
        #expect(throws: StoreError.self) { try SQLiteSchema.prepare(store.connection, steps: next + ["CREATE TABLE more (x)", "no SQL"]) }
        #expect(try sqlite3(folder.path(), "SELECT count(*) FROM sqlite_schema WHERE name = 'more'; PRAGMA user_version") == "0\n4")
    }

    @Test func `a damaged file is told from a missing row`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults((0..<500).map { result($0, answer: String(repeating: "y", count: 500)) })
        store.close()
        let file = try FileHandle(forUpdating: URL(filePath: folder.path()))
        // Rows, not the tables' first pages.
        for page in 20..<30 {
            try file.seek(toOffset: UInt64(page * 8192))
            try file.write(contentsOf: Data(repeating: 0xEE, count: 8192))
        }
        try file.close()
        let again = try SQLiteStore(path: folder.path())
        let error = try #require(throws: StoreError.self) { for key in 0..<500 { _ = try again.lookUp(UInt64(key)) } }
        #expect(error.reason == .corrupt && error.exitCode == 65)
    }

    @Test func `an empty batch is no transaction`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path(), busyTimeoutMilliseconds: 0)
        let other = try SQLiteStore(path: folder.path())
        try other.connection.execute("BEGIN IMMEDIATE", doing: "test")
        #expect(try store.recordResults([]).isEmpty && store.recordFailures([]).isEmpty)
        try store.delay([])
    }
}
