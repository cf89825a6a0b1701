import Workload

/// The store in a PostgreSQL database, which holds any number of runs.
///
/// What is committed survives the death of the process and of the server (as its `synchronous_commit` says). A
/// batch is one INSERT of all its rows. A question is in one of the two tables only: writers of one run take its
/// row of `metrics` first and so come one after another. Not Sendable on purpose, see `PostgresConnection`.
package final class PostgresStore: Store {
    let connection: PostgresConnection
    private let run: String

    /// How long the server may be silent while a reply is due before it counts as gone.
    package static let defaultPatienceMilliseconds: Int32 = 30_000

    /// Connects, and makes the tables where there are none. `place` names the database for people.
    package init(
        url: String, place: String, run: String, patienceMilliseconds: Int32 = defaultPatienceMilliseconds
    ) throws(StoreError) {
        self.run = run
        connection = try PostgresConnection(url: url, place: place, patienceMilliseconds: patienceMilliseconds)
        try PostgresSchema.prepare(connection)
        var values = PostgresValues()
        values.append(run)
        let (connection, begin) = (connection, values)
        _ = try connection.work(doing: "begin the run") { () throws(StoreError) in
            try connection.query(Statements.beginRun, begin, doing: "begin the run")
        }
    }

    package func close() { connection.close() }

    package func recordResults(_ batch: [StoredResult]) throws(StoreError) -> [Recorded] {
        guard !batch.isEmpty else { return [] }
        var values = ofThisRun
        values.append(PostgresColumn(batch) { $0.questionID })
        values.append(PostgresColumn(batch) { KeyText.of($0.questionKey) })
        values.append(PostgresColumn(batch) { $0.traceID })
        values.append(PostgresColumn(batch) { $0.question })
        values.append(PostgresColumn(batch) { $0.answer })
        values.append(PostgresColumn(batch, double: { $0.score }))
        values.append(PostgresColumn(batch, double: { $0.firstScore }))
        values.append(PostgresColumn(batch) { Int64($0.attempts) })
        values.append(PostgresColumn(batch) { Int64($0.generations) })
        values.append(PostgresColumn(batch) { $0.outcome })
        values.append(PostgresColumn(batch) { Int64($0.promptTokens) })
        values.append(PostgresColumn(batch) { Int64($0.completionTokens) })
        values.append(PostgresColumn(batch) { $0.decidedAtUnixNanoseconds })
        return try record(
            Statements.insertResults, values, ids: batch.lazy.map(\.questionID), otherwise: Statements.failuresAmong, doing: "write results")
    }

    package func recordFailures(_ batch: [StoredFailure]) throws(StoreError) -> [Recorded] {
        guard !batch.isEmpty else { return [] }
        var values = ofThisRun
        values.append(PostgresColumn(batch) { $0.questionID })
        values.append(PostgresColumn(batch) { KeyText.of($0.questionKey) })
        values.append(PostgresColumn(batch) { $0.traceID })
        values.append(PostgresColumn(batch) { $0.question })
        values.append(PostgresColumn(batch) { $0.outcome })
        values.append(PostgresColumn(batch) { Int64($0.retryCount) })
        values.append(PostgresColumn(batch) { $0.lastError })
        values.append(PostgresColumn(batch) { $0.lastAttemptUnixNanoseconds })
        return try record(
            Statements.insertFailures, values, ids: batch.lazy.map(\.questionID), otherwise: Statements.resultsAmong,
            doing: "write failed questions")
    }

    /// Inserts a batch, and says of each row what became of it.
    private func record(
        _ insert: PostgresStatement, _ values: PostgresValues, ids: some Collection<String>, otherwise: PostgresStatement, doing action: String
    ) throws(StoreError) -> [Recorded] {
        let (connection, run) = (connection, ofThisRun)
        return try connection.transaction(doing: action) { () throws(StoreError) in
            _ = try connection.query(Statements.lockRun, run, doing: action)
            let inserted = try connection.query(insert, values, doing: action)
            if inserted.count == ids.count { return Array(repeating: .written, count: ids.count) }
            // By bytes, for equal strings may differ in them.
            var written: Set<[UInt8]> = []
            for row in 0..<inserted.count { written.insert(Array(inserted.text(row, 0).utf8)) }
            var other = run
            other.append(PostgresColumn(Array(ids)) { $0 })
            let rows = try connection.query(otherwise, other, doing: action)
            let elsewhere = Set((0..<rows.count).map { Array(rows.text($0, 0).utf8) })
            return ids.map { id in
                let bytes = Array(id.utf8)
                // Of the same question twice in a batch the first was written.
                if written.remove(bytes) != nil { return .written }
                return elsewhere.contains(bytes) ? .settledOtherwise : .alreadyThere
            }
        }
    }

    package func lookUp(_ key: UInt64) throws(StoreError) -> StoredResult? {
        try read(Statements.newestResult, KeyText.of(key), doing: "look up an answer").map { Self.result($0, 0) }
    }

    package func result(of questionID: String) throws(StoreError) -> StoredResult? {
        try read(Statements.resultOfQuestion, questionID, doing: "read results").map { Self.result($0, 0) }
    }

    package func failure(of questionID: String) throws(StoreError) -> StoredFailure? {
        try read(Statements.failureOfQuestion, questionID, doing: "read failed questions").map { rows in
            StoredFailure(
                questionID: rows.text(0, 0), questionKey: KeyText.value(rows.text(0, 1)), traceID: rows.text(0, 2),
                question: rows.text(0, 3), outcome: rows.text(0, 4), retryCount: Int(rows.integer(0, 5)), lastError: rows.text(0, 6),
                lastAttemptUnixNanoseconds: rows.integer(0, 7))
        }
    }

    package func latest(_ count: Int) throws(StoreError) -> [StoredResult] {
        var values = ofThisRun
        values.append(Int64(max(0, count)))
        let rows = try run(Statements.latestResults, values, doing: "read results")
        return (0..<rows.count).map { Self.result(rows, $0) }
    }

    package func delay(_ batch: [DelayedMessage]) throws(StoreError) {
        guard !batch.isEmpty else { return }
        var values = ofThisRun
        values.append(PostgresColumn(batch) { $0.messageID })
        values.append(PostgresColumn(batch) { $0.service })
        values.append(PostgresColumn(batch) { $0.notBefore.nanoseconds })
        values.append(PostgresColumn(batch, bytes: { $0.body }))
        _ = try run(Statements.insertDelayed, values, doing: "keep delayed messages")
    }

    package func delayed(for service: String) throws(StoreError) -> [DelayedMessage] {
        var values = ofThisRun
        values.append(service)
        let rows = try run(Statements.listDelayed, values, doing: "read delayed messages")
        return (0..<rows.count).map { row in
            DelayedMessage(
                messageID: rows.text(row, 0), service: service, notBefore: Instant(nanoseconds: rows.integer(row, 1)), body: rows.bytes(row, 2))
        }
    }

    package func forget(_ messageIDs: [String]) throws(StoreError) {
        guard !messageIDs.isEmpty else { return }
        var values = ofThisRun
        values.append(PostgresColumn(messageIDs) { $0 })
        _ = try run(Statements.deleteDelayed, values, doing: "drop delayed messages")
    }

    package func metrics() throws(StoreError) -> StoreMetrics {
        let rows = try run(Statements.readMetrics, ofThisRun, doing: "read metrics")
        guard rows.count == 1 else {
            throw StoreError(reason: .corrupt, path: connection.place, action: "read metrics", detail: "the table metrics has no row for run \(run)")
        }
        return StoreMetrics(
            accepted: Int(rows.integer(0, 0)), rejected: Int(rows.integer(0, 1)), meanScore: rows.isNull(0, 2) ? nil : rows.double(0, 2))
    }

    // MARK: Reading

    /// The first parameter of every statement.
    private var ofThisRun: PostgresValues {
        var values = PostgresValues()
        values.append(run)
        return values
    }

    private func run(_ statement: PostgresStatement, _ values: PostgresValues, doing action: String) throws(StoreError) -> PostgresRows {
        let connection = connection
        return try connection.work(doing: action) { () throws(StoreError) in try connection.query(statement, values, doing: action) }
    }

    /// The one row that a name leads to; nil where there is none.
    private func read(_ statement: PostgresStatement, _ name: String, doing action: String) throws(StoreError) -> PostgresRows? {
        var values = ofThisRun
        values.append(name)
        let rows = try run(statement, values, doing: action)
        return rows.count == 0 ? nil : rows
    }

    /// From the columns that `Statements.columns` lists.
    private static func result(_ rows: PostgresRows, _ row: Int) -> StoredResult {
        StoredResult(
            questionID: rows.text(row, 0), questionKey: KeyText.value(rows.text(row, 1)), traceID: rows.text(row, 2),
            question: rows.text(row, 3), answer: rows.text(row, 4), score: rows.double(row, 5), firstScore: rows.double(row, 6),
            attempts: Int(rows.integer(row, 7)), generations: Int(rows.integer(row, 8)), outcome: rows.text(row, 9),
            promptTokens: Int(rows.integer(row, 10)), completionTokens: Int(rows.integer(row, 11)),
            decidedAtUnixNanoseconds: rows.integer(row, 12))
    }
}

/// Every statement that the store runs. $1 is always the run.
private enum Statements {
    static let columns = """
        id, question_key, trace_id, question, answer, score, first_score, attempts, generations, outcome, prompt_tokens,
            completion_tokens, decided_at_ns
        """
    /// Nanoseconds since 1970 as a timestamp, which has microseconds.
    static func timestamp(_ nanoseconds: String) -> String {
        "timestamptz 'epoch' + \(nanoseconds) / 1000 * interval '1 microsecond'"
    }

    static let beginRun = PostgresStatement(
        name: "begin run",
        sql: "INSERT INTO metrics (run, accepted, rejected, scored, score_sum) VALUES ($1::text, 0, 0, 0, 0) ON CONFLICT DO NOTHING")
    static let lockRun = PostgresStatement(name: "lock run", sql: "SELECT 1 FROM metrics WHERE run = $1::text FOR NO KEY UPDATE")
    static let insertResults = PostgresStatement(
        name: "insert results",
        sql: """
            WITH written AS (
                INSERT INTO qa_results (run, \(columns), decided_at)
                SELECT $1::text, entry.*, \(timestamp("entry.decided_at_ns"))
                FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[], $9::bigint[],
                    $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[]) AS entry (\(columns))
                WHERE NOT EXISTS (
                    SELECT 1 FROM failed_questions f
                    WHERE f.run = $1::text AND \(PostgresSchema.key("f.question_id")) = \(PostgresSchema.key("entry.id")))
                ON CONFLICT DO NOTHING
                RETURNING id, score
            ), counted AS (
                UPDATE metrics SET accepted = accepted + new.rows, scored = scored + new.scores, score_sum = score_sum + new.sum
                FROM (SELECT count(*) AS rows, count(score) AS scores, coalesce(sum(score), 0) AS sum FROM written) AS new
                WHERE run = $1::text
            )
            SELECT id FROM written
            """)
    static let insertFailures = PostgresStatement(
        name: "insert failures",
        sql: """
            WITH written AS (
                INSERT INTO failed_questions (run, question_id, question_key, trace_id, question, outcome, retry_count, last_error,
                    last_attempt_timestamp_ns, last_attempt_timestamp)
                SELECT $1::text, entry.*, \(timestamp("entry.at"))
                FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[])
                    AS entry (question_id, question_key, trace_id, question, outcome, retry_count, last_error, at)
                WHERE NOT EXISTS (
                    SELECT 1 FROM qa_results r
                    WHERE r.run = $1::text AND \(PostgresSchema.key("r.id")) = \(PostgresSchema.key("entry.question_id")))
                ON CONFLICT DO NOTHING
                RETURNING question_id
            ), counted AS (
                UPDATE metrics SET rejected = rejected + (SELECT count(*) FROM written) WHERE run = $1::text
            )
            SELECT question_id FROM written
            """)
    static let resultsAmong = PostgresStatement(
        name: "results among",
        sql: "SELECT id FROM qa_results WHERE run = $1::text AND \(PostgresSchema.key("id")) IN (SELECT \(PostgresSchema.key("name")) FROM unnest($2::text[]) AS name)")
    static let failuresAmong = PostgresStatement(
        name: "failures among",
        sql: """
            SELECT question_id FROM failed_questions
            WHERE run = $1::text AND \(PostgresSchema.key("question_id")) IN (SELECT \(PostgresSchema.key("name")) FROM unnest($2::text[]) AS name)
            """)
    static let newestResult = PostgresStatement(
        name: "newest result",
        sql: "SELECT \(columns) FROM qa_results WHERE run = $1::text AND question_key = $2::text ORDER BY decided_at_ns DESC, number DESC LIMIT 1")
    static let resultOfQuestion = PostgresStatement(
        name: "result of question",
        sql: "SELECT \(columns) FROM qa_results WHERE run = $1::text AND \(PostgresSchema.key("id")) = \(PostgresSchema.key("$2::text"))")
    static let failureOfQuestion = PostgresStatement(
        name: "failure of question",
        sql: """
            SELECT question_id, question_key, trace_id, question, outcome, retry_count, last_error, last_attempt_timestamp_ns
            FROM failed_questions WHERE run = $1::text AND \(PostgresSchema.key("question_id")) = \(PostgresSchema.key("$2::text"))
            """)
    static let latestResults = PostgresStatement(
        name: "latest results",
        sql: "SELECT \(columns) FROM qa_results WHERE run = $1::text ORDER BY number DESC LIMIT $2::bigint")
    static let insertDelayed = PostgresStatement(
        name: "insert delayed",
        sql: """
            INSERT INTO delayed_messages (run, message_id, service, not_before, body)
            SELECT $1::text, entry.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[]) AS entry
            ON CONFLICT DO NOTHING
            """)
    static let listDelayed = PostgresStatement(
        name: "list delayed",
        sql: """
            SELECT message_id, not_before, body FROM delayed_messages WHERE run = $1::text AND service = $2::text
            ORDER BY not_before, message_id COLLATE "C"
            """)
    static let deleteDelayed = PostgresStatement(
        name: "delete delayed",
        sql: """
            DELETE FROM delayed_messages
            WHERE run = $1::text AND \(PostgresSchema.key("message_id")) IN (SELECT \(PostgresSchema.key("name")) FROM unnest($2::text[]) AS name)
            """)
    static let readMetrics = PostgresStatement(name: "read metrics", sql: "SELECT accepted, rejected, mean_score FROM metrics WHERE run = $1::text")
}
