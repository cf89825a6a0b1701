import Testing

@testable import Storage

/// How an SQLite file leads from a key to its newest result: rows in the table for that, and rows beyond it.
@Suite struct NewestResultsTests {
    /// What a search through all rows finds.
    private static let oracle = """
        SELECT group_concat(id, ' ') FROM (SELECT id, row_number() OVER (
            PARTITION BY question_key ORDER BY decided_at_ns DESC, number DESC) AS place FROM qa_results ORDER BY question_key)
        WHERE place = 1
        """

    private func newest(_ store: SQLiteStore, _ keys: some Sequence<UInt64>) throws -> String {
        try keys.compactMap { try store.lookUp($0)?.questionID }.joined(separator: " ")
    }

    /// Rows with few keys, from all over the range of 64 bits, whose times go up and down.
    private func rows(_ numbers: Range<Int>, keys: Int) -> [StoredResult] {
        numbers.map { result($0, key: key($0 * 7919 % keys), answer: "", decided: Int64($0 * 104_729 % 1000)) }
    }
    private func key(_ number: Int) -> UInt64 { UInt64(number) &* 0x9E37_79B9_7F4A_7C15 }

    @Test func `two connections find what a search through all rows finds, before and after it is taken in`() throws {
        let folder = try Folder()
        let writer = try SQLiteStore(path: folder.path()), reader = try SQLiteStore(path: folder.path())
        var next = 0
        for size in [1, 40, 400, 7700, 60, 300, 8192, 10] {
            #expect(try writer.recordResults(rows(next..<next + size, keys: 300)).allSatisfy { $0 == .written })
            next += size
            let expected = try sqlite3(folder.path(), Self.oracle)
            let keys = (0..<300).map(key).sorted()
            #expect(try newest(writer, keys) == expected && newest(reader, keys) == expected, "after \(next) rows")
            // Once more, now from memory.
            #expect(try newest(reader, keys) == expected && reader.connection.logHeader != nil)
            #expect(try reader.lookUp(1) == nil)
        }
        // Taken in when it had become 8,201 and 8,492 more.
        #expect(try sqlite3(folder.path(), "SELECT count(*), (SELECT number FROM newest_results_end) FROM newest_results") == "300|16693")
    }

    @Test func `a batch that is rolled back while it is taken in is as if it had never been`() throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults(rows(0..<8100, keys: 8100))
        #expect(try store.lookUp(key(0)) != nil)
        let pages = try #require(try store.connection.integer("PRAGMA page_count", doing: "count"))
        // Room for the rows, not for the table of keys.
        try store.connection.execute("PRAGMA max_page_count = \(pages + 8)", doing: "limit it")
        let batch = rows(8100..<8200, keys: 8200)
        #expect(try #require(throws: StoreError.self) { try store.recordResults(batch) }.reason == .diskFull)
        #expect(try store.lookUp(key(8100 * 7919 % 8200))?.questionID != "q-8100")
        try store.connection.execute("PRAGMA max_page_count = 1000000", doing: "limit it")
        #expect(try store.recordResults(batch).allSatisfy { $0 == .written })
        let keys = (0..<8200).map(key).sorted()
        #expect(try newest(store, keys) == sqlite3(folder.path(), Self.oracle))
        #expect(try sqlite3(folder.path(), "SELECT number FROM newest_results_end") == "8200")
    }

    @Test(arguments: [200, 8300]) func `rows that somebody takes out or changes by hand are looked up as they are then`(_ count: Int) throws {
        let folder = try Folder()
        let store = try SQLiteStore(path: folder.path())
        _ = try store.recordResults(rows(0..<count, keys: 100))
        let keys = (0..<101).map(key).sorted()
        func check(_ change: String) throws {
            _ = try sqlite3(folder.path(), change)
            #expect(try newest(store, keys) == sqlite3(folder.path(), Self.oracle), "\(change)")
        }
        try check("SELECT 1")
        // The newest of each key, the end, all that is left; numbers begin anew then.
        try check("DELETE FROM qa_results WHERE number IN (SELECT number FROM newest_results) OR number % 7 = 0")
        _ = try store.recordResults(rows(count..<count + 5, keys: 100))
        try check("DELETE FROM qa_results WHERE number > \(count - 50)")
        try check("UPDATE qa_results SET decided_at_ns = 0 WHERE number % 3 = 0")
        try check("UPDATE qa_results SET question_key = '0000000000000000' WHERE number % 5 = 0")
        let id = try #require(try store.lookUp(key(3))?.questionID)
        try check("UPDATE qa_results SET answer = 'edited' WHERE id = '\(id)'")
        #expect(try store.lookUp(key(3))?.answer == "edited")
        try check("DELETE FROM qa_results")
        _ = try store.recordResults(rows(0..<count, keys: 101))
        try check("VACUUM")
        #expect(try sqlite3(folder.path(), "SELECT number > 0 FROM newest_results_end") == (count > 8192 ? "1" : "0"))
    }

    @Test(arguments: [10, 9000]) func `a file of the first version keeps its rows, and its keys lead to them`(_ count: Int) throws {
        let folder = try Folder()
        let old = try SQLiteConnection(path: folder.path(), busyTimeoutMilliseconds: 0)
        try SQLiteSchema.prepare(old, steps: Array(SQLiteSchema.steps.prefix(1)))
        old.close()
        _ = try sqlite3(
            folder.path(),
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO qa_results SELECT 'q-' || i, format('%016x', i / 2), '', 'Why?', 'Because ' || i, NULL, 0.5, 1, 1, 'accepted', 2, 3,
                '2024-02-29T12:34:56.789Z', 1709210096789000001 FROM n;
            UPDATE metrics SET accepted = \(count);
            """)
        let store = try SQLiteStore(path: folder.path())
        #expect(try store.lookUp(1)?.answer == "Because 3" && store.lookUp(UInt64(count / 2))?.answer == "Because \(count)")
        #expect(try store.latest(2).map(\.questionID) == ["q-\(count)", "q-\(count - 1)"])
        #expect(try store.result(of: "q-7")?.firstScore == 0.5 && store.metrics().accepted == count)
        #expect(try store.recordResults([result(7), result(count + 1, key: 1)]) == [.alreadyThere, .written])
        #expect(try store.lookUp(1)?.answer == "An answer.")
        #expect(
            try sqlite3(folder.path(), "PRAGMA user_version; PRAGMA integrity_check; SELECT count(*), max(number), (SELECT number FROM newest_results_end) FROM qa_results")
                == "\(SQLiteSchema.version)\nok\n\(count + 1)|\(count + 1)|\(count < 8192 ? 0 : count)")
    }
}
