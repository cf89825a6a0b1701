import Foundation
import Synchronization
import TestServers
import Testing

@testable import Storage

/// What only a server can do wrong, or has to do besides.
@Suite(.enabled(if: PostgresServer.isAvailable)) struct PostgresStoreTests {
    private func database(_ options: String = "") throws -> String { try PostgresServer.shared.get().database(options: options) }

    private func refusal(_ location: String) throws -> StoreError {
        try #require(throws: StoreError.self) { _ = try StoreLocation(location).open() }
    }

    @Test func `a server that goes away is waited for, and nothing is written twice`() throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let store = try StoreLocation(server.url).open()
        #expect(try store.recordResults([result(1)]) == [.written])
        for round in 0..<2 {
            try server.stop()
            let error = try #require(throws: StoreError.self) { try store.recordResults([result(1), result(2 + round)]) }
            #expect(error.reason == .serverMissing && error.isPassing && error.exitCode == 69, "\(error)")
            #expect(throws: StoreError.self) { try store.lookUp(1) }
            try server.start()
            #expect(try store.recordResults([result(1), result(2 + round)]) == [.alreadyThere, .written])
            #expect(try store.lookUp(1) == result(1))
        }
        // Restarted between two pieces of work: nobody need notice.
        try server.stop()
        try server.start()
        #expect(try store.recordFailures([failure(9)]) == [.written])
        #expect(try PostgresServer.psql(server.url, "SELECT string_agg(id, ',' ORDER BY id) FROM qa_results") == "q-1,q-2,q-3")
        #expect(try store.metrics() == StoreMetrics(accepted: 3, rejected: 1, meanScore: 0.5))
        store.close()
    }

    @Test func `a connection that is cut in the middle of a transaction leaves nothing of it`() throws {
        let url = try database()
        let store = try StoreLocation(url).open()
        // A trigger that cuts the writer's own connection once, after it has written some rows.
        _ = try PostgresServer.psql(url, """
            CREATE TABLE cuts (n int);
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.id = 'q-30' AND NOT EXISTS (SELECT 1 FROM cuts) THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER cut BEFORE INSERT ON qa_results FOR EACH ROW EXECUTE FUNCTION cut();
            """)
        let error = try #require(throws: StoreError.self) { try store.recordResults((0..<50).map { result($0) }) }
        #expect(error.reason == .serverMissing && error.detail.contains("terminating connection"), "\(error)")
        #expect(try PostgresServer.psql(url, "SELECT count(*) FROM qa_results") == "0")
        _ = try PostgresServer.psql(url, "INSERT INTO cuts VALUES (1)")
        #expect(try store.recordResults((0..<50).map { result($0) }).allSatisfy { $0 == .written })
        #expect(try store.metrics().accepted == 50)
    }

    @Test func `a server that hangs counts as gone`() throws {
        let url = try database()
        guard case .postgres(let plain, let run) = try StoreLocation(url) else { return }
        try StoreLocation(url).open().close()
        let store = try PostgresStore(url: plain, place: "postgres:///x", run: run, patienceMilliseconds: 300)
        let other = try PostgresStore(url: plain, place: "postgres:///x", run: run)
        // Somebody holds the table for as long as the writer has patience, and then some.
        try other.connection.execute("BEGIN", doing: "test")
        try other.connection.execute("LOCK TABLE qa_results", doing: "test")
        let error = try #require(throws: StoreError.self) { try store.recordResults([result(1)]) }
        #expect(error.reason == .serverMissing && error.detail.contains("no reply within"))
        try other.connection.execute("ROLLBACK", doing: "test")
        other.close()
        #expect(try store.recordResults([result(1)]) != [.settledOtherwise])
        #expect(try PostgresServer.psql(url, "SELECT count(*) FROM qa_results") == "1")
    }

    @Test func `one database holds many runs, each with its own questions`() throws {
        let url = try database()
        let first = try StoreLocation(url).named(run: "night 1/42").open()
        let second = try StoreLocation("\(url)&crisol_run=night-2").open()
        #expect(try first.recordResults([result(1)]) == [.written] && second.recordResults([result(1, answer: "other")]) == [.written])
        try first.delay([DelayedMessage(messageID: "m", service: "s", notBefore: .zero, body: [1])])
        #expect(try first.metrics().accepted == 1 && second.metrics().accepted == 1 && second.delayed(for: "s").isEmpty)
        #expect(try second.lookUp(1)?.answer == "other" && first.latest(9).map(\.answer) == ["An answer."])
        #expect(try second.recordFailures([failure(2)]) == [.written] && first.recordResults([result(2)]) == [.written])
        #expect(try PostgresServer.psql(url, "SELECT run, accepted, rejected FROM metrics ORDER BY run") == "night-1/42|2|0\nnight-2|1|1")
    }

    @Test func `tables of another program, of a newer version and of an older one`() throws {
        let foreign = try database()
        _ = try PostgresServer.psql(foreign, "CREATE TABLE metrics (x int)")
        let error = try refusal(foreign)
        #expect(error.reason == .foreignDatabase && error.exitCode == 65)
        #expect(error.description.hasSuffix(
            "it holds another program's tables (it has a table metrics and no crisol_schema). "
                + "Name another database, or another schema of it (options=-csearch_path=NAME in the URL)."), "\(error)")
        _ = try PostgresServer.psql(foreign, "CREATE SCHEMA bench")
        let beside = try StoreLocation("\(foreign)&options=-csearch_path%3Dbench").open()
        #expect(try beside.recordResults([result(1)]) == [.written])
        #expect(try PostgresServer.psql(foreign, "SELECT id FROM bench.qa_results") == "q-1")

        let other = try database()
        _ = try PostgresServer.psql(other, "CREATE TABLE crisol_schema (name text)")
        #expect(try refusal(other).reason == .foreignDatabase)

        let url = try database()
        let store = try #require(StoreLocation(url).open() as? PostgresStore)
        _ = try store.recordResults([result(1)])
        let next = PostgresSchema.steps + ["ALTER TABLE qa_results ADD COLUMN reviewer text; CREATE INDEX by_reviewer ON qa_results (reviewer)"]
        try PostgresSchema.prepare(store.connection, steps: next)
        try PostgresSchema.prepare(store.connection, steps: next)
        #expect(throws: StoreError.self) { try PostgresSchema.prepare(store.connection, steps: next + ["CREATE TABLE more (x int)", "no SQL"]) }
        #expect(try PostgresServer.psql(url, "SELECT id, reviewer IS NULL, to_regclass('more') IS NULL, (SELECT max(version) FROM crisol_schema) FROM qa_results")
            == "q-1|t|t|3")
        _ = try PostgresServer.psql(url, "INSERT INTO crisol_schema (version) VALUES (7)")
        let newer = try refusal(url)
        #expect(newer.reason == .newerSchema(found: 7, supported: Int(PostgresSchema.version)))
        #expect(newer.description.contains("(schema version 7, this one knows up to \(PostgresSchema.version))"))
    }

    @Test func `a database of the first version keeps its rows and gets its indexes`() throws {
        let url = try database()
        guard case .postgres(let plain, _) = try StoreLocation(url) else { return }
        let old = try PostgresConnection(url: plain, place: "postgres:///x", patienceMilliseconds: 10_000)
        try PostgresSchema.prepare(old, steps: Array(PostgresSchema.steps.prefix(1)))
        old.close()
        _ = try PostgresServer.psql(url, """
            INSERT INTO metrics VALUES ('default', 5000, 1, 0, 0);
            INSERT INTO qa_results SELECT 'default', 'q-' || i, lpad(to_hex(i / 2), 16, '0'), '', 'Why?', 'Because ' || i, NULL, 0.5, 1, 1,
                'accepted', 2, 3, now(), 1709210096789000001 FROM generate_series(1, 5000) AS i;
            INSERT INTO failed_questions VALUES ('default', 'q-0', '', '', 'Why?', 'dead_letter_score', 0, '', now(), 0);
            """)
        let store = try StoreLocation(url).open()
        #expect(try store.lookUp(1)?.answer == "Because 3" && store.lookUp(2500)?.answer == "Because 5000" && store.lookUp(9999) == nil)
        #expect(try store.recordResults([result(7), result(0), result(6000, key: 1)]) == [.alreadyThere, .settledOtherwise, .written])
        #expect(try store.lookUp(1)?.questionID == "q-6000" && store.metrics().accepted == 5001)
        #expect(try PostgresServer.psql(url, "SELECT indexname FROM pg_indexes WHERE tablename = 'qa_results' ORDER BY 1")
            == "qa_results_id\nqa_results_latest\nqa_results_newest")
        // Both statements mean the same expression as the index.
        let plan = try PostgresServer.psql(url, """
            SET enable_seqscan = off;
            EXPLAIN SELECT 1 FROM qa_results WHERE \(PostgresSchema.hash(run: "run", key: "question_key")) = \(PostgresSchema.hash(run: "'r'", key: "'k'"));
            EXPLAIN SELECT 1 FROM qa_results WHERE run = 'r' AND \(PostgresSchema.key("id")) = \(PostgresSchema.key("'q'"))
            """)
        #expect(plan.contains("qa_results_newest") && plan.contains("qa_results_id"), "\(plan)")
    }

    @Test func `a batch with a question that another writer has settled is sorted out row by row`() throws {
        let url = try database()
        let one = try StoreLocation(url).open(), other = try StoreLocation(url).open()
        #expect(try one.recordResults((0..<100).map { result($0) }).allSatisfy { $0 == .written })
        // The first failure of the run, unknown to the one who writes results; then known, and then of others.
        #expect(try other.recordFailures([failure(150), failure(50)]) == [.written, .settledOtherwise])
        for round in 0..<3 {
            let first = 100 + 100 * round
            let expected = (first..<first + 100).map { $0 == 150 ? Recorded.settledOtherwise : .written }
            #expect(try one.recordResults((first..<first + 100).map { result($0) }) == expected)
        }
        let mixed = [result(400), result(399), result(400, answer: "again"), result(150), result(401, score: .nan)]
        #expect(try one.recordResults(mixed) == [.written, .alreadyThere, .alreadyThere, .settledOtherwise, .written])
        #expect(try other.recordFailures([failure(402), failure(401)]) == [.written, .settledOtherwise])
        #expect(try one.recordResults([result(402), result(403)]) == [.settledOtherwise, .written])
        #expect(try one.metrics() == StoreMetrics(accepted: 402, rejected: 2, meanScore: 0.5))
        #expect(try PostgresServer.psql(url, "SELECT count(*), sum((answer = 'again')::int) FROM qa_results") == "402|0")
        #expect(try one.latest(3).map(\.questionID) == ["q-403", "q-401", "q-400"])
    }

    @Test func `whoever does not get in is told why`() throws {
        let server = try PostgresServer.shared.get()
        let nowhere = try refusal("postgres:///x?host=/nonexistent")
        #expect(nowhere.reason == .serverMissing && nowhere.exitCode == 69)
        #expect(nowhere.description.contains("scripts/postgres"))
        let unknown = try refusal(server.url.replacingOccurrences(of: "///postgres?", with: "///no_such_database?"))
        #expect(unknown.reason == .refused && unknown.exitCode == 69 && unknown.description.contains(#"database "no_such_database" does not exist"#))
        let latin = try refusal(database("ENCODING 'LATIN1' TEMPLATE template0"))
        #expect(latin.reason == .wrongEncoding("LATIN1") && latin.exitCode == 65)
        let url = try database()
        _ = try PostgresServer.psql(url, "CREATE ROLE reader\(url.hashValue.magnitude) LOGIN")
        let reader = try refusal(url.replacingOccurrences(of: "user=postgres", with: "user=reader\(url.hashValue.magnitude)"))
        #expect(reader.reason == .notPermitted && reader.exitCode == 74)
    }

    @Test func `many open an empty database at once`() throws {
        let url = try database()
        let written = Atomic(0)
        onThreads(4) { thread in
            do {
                let store = try StoreLocation(url).open()
                for batch in 0..<10 {
                    // Answered by some, given up by others: each question is in one table only.
                    let questions = (batch * 20..<batch * 20 + 20)
                    let outcomes = thread % 2 == 0
                        ? try store.recordResults(questions.map { result($0) }) : try store.recordFailures(questions.reversed().map { failure($0) })
                    written.add(outcomes.count { $0 == .written }, ordering: .relaxed)
                }
                store.close()
            } catch { Issue.record(error) }
        }
        #expect(written.load(ordering: .relaxed) == 200)
        #expect(try PostgresServer.psql(url, "SELECT accepted + rejected FROM metrics") == "200")
        #expect(try PostgresServer.psql(url, "SELECT (SELECT count(*) FROM qa_results) + (SELECT count(*) FROM failed_questions)") == "200")
        #expect(try PostgresServer.psql(url, "SELECT count(*) FROM qa_results JOIN failed_questions ON id = question_id") == "0")
    }
}

@Suite struct StoreLocationTests {
    @Test func `a store is a path or a connection URI`() throws {
        #expect(try StoreLocation("results/store.sqlite") == .sqlite(path: "results/store.sqlite"))
        let plain = try StoreLocation("postgres://localhost/bench")
        #expect(plain == .postgres(url: "postgres://localhost/bench", run: "default") && plain.argument == "postgres://localhost/bench?crisol_run=default")
        let secret = try StoreLocation("postgresql://me:se%40cret@db.example:5433/bench?connect_timeout=3&crisol_run=night/7&sslmode=require")
        #expect(secret == .postgres(url: "postgresql://me:se%40cret@db.example:5433/bench?connect_timeout=3&sslmode=require", run: "night/7"))
        #expect(secret.description == "postgres://me@db.example:5433/bench, run night/7")
        #expect(try StoreLocation(secret.argument) == secret)
        #expect(secret.named(run: "ñ 1&2=\u{0}").run == "--1-2--")
        #expect(try StoreLocation("postgres:///x?host=/tmp/sockets").place == "postgres:///tmp/sockets/x")
    }

    @Test(arguments: ["", "mysql://localhost/x", "postgres://h/x?crisol_run=", "postgres://h/x?crisol_run=a%20b", "postgres://h/x?no_such_key=1", "postgres://u:pass@[h/x", "postgres://u:pass@h/x?no_such_key=1"])
    func `what is none is refused without its password`(_ text: String) throws {
        let error = try #require(throws: StoreError.self) { try StoreLocation(text) }
        #expect(error.reason == .badLocation && error.exitCode == 64 && !error.description.contains("pass"), "\(error)")
    }

    @Test func `a command line loses its passwords`() {
        #expect(StoreLocation.withoutPasswords(["run", "a.yaml", "--store=postgres://u:pass@h/x?password=secret", "--store", "postgresql://u:pass@[h", "x"])
            == ["run", "a.yaml", "--store=postgres://u@h/x", "--store", "postgresql://…", "x"])
    }
}
