import Workload

/// The store in a PostgreSQL database, which holds any number of runs.
///
/// What is committed survives the death of the process and of the server (as its `synchronous_commit` says). Results
/// come by COPY, which the server writes page by page; where one of a batch has an end already, and for failures,
/// a batch is one INSERT of all its rows. A question is in one of the two tables only: writers of one run take its
/// row of `metrics` first and so come one after another. Not Sendable on purpose, see `PostgresConnection`.
package final class PostgresStore: Store {
    let connection: PostgresConnection
    private let run: String
    /// Whether some question of the run was seen to have failed.
    private var mayHaveFailed = false

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
            try connection.query(PostgresStatements.beginRun, begin, doing: "begin the run")
        }
    }

    package func close() { connection.close() }

    package func recordResults(_ batch: [StoredResult]) throws(StoreError) -> [Recorded] {
        guard !batch.isEmpty else { return [] }
        if try copy(batch) { return Array(repeating: .written, count: batch.count) }
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
            PostgresStatements.insertResults, values, ids: batch.lazy.map(\.questionID), otherwise: PostgresStatements.failuresAmong, doing: "write results")
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
            PostgresStatements.insertFailures, values, ids: batch.lazy.map(\.questionID), otherwise: PostgresStatements.resultsAmong,
            doing: "write failed questions")
    }

    /// Writes results none of whose questions has an end yet. False: one has, and nothing was written.
    private func copy(_ batch: [StoredResult]) throws(StoreError) -> Bool {
        let action = "write results"
        var rows = PostgresCopy()
        var scored = 0, sum = 0.0
        for row in batch {
            rows.beginRow(fields: 15)
            rows.append(run)
            rows.append(row.questionID)
            rows.append(key: row.questionKey)
            rows.append(row.traceID)
            rows.append(row.question)
            rows.append(row.answer)
            rows.append(row.score)
            rows.append(row.firstScore)
            rows.append(Int64(row.attempts))
            rows.append(Int64(row.generations))
            rows.append(row.outcome)
            rows.append(Int64(row.promptTokens))
            rows.append(Int64(row.completionTokens))
            rows.append(row.decidedAtUnixNanoseconds)
            rows.append(unixNanoseconds: row.decidedAtUnixNanoseconds)
            if row.score.isNaN { continue }
            scored += 1
            sum += row.score
        }
        rows.end()
        let (connection, data) = (connection, rows.bytes)
        // The run's row of metrics is taken first. Its name has no character that would need quoting.
        let count = "EXECUTE \"\(PostgresStatements.countResults.name)\"('\(run)', \(batch.count), \(scored), \(sum))"
        return try connection.work(doing: action) { () throws(StoreError) in
            try connection.prepare(PostgresStatements.countResults, doing: action)
            do throws(StoreError) {
                if mayHaveFailed {
                    try connection.execute(PostgresConnection.begin, doing: action)
                    _ = try connection.query(PostgresStatements.lockRun, ofThisRun, doing: action)
                    var ids = ofThisRun
                    ids.append(PostgresColumn(batch) { $0.questionID })
                    if try connection.query(PostgresStatements.failuresAmong, ids, doing: action).count > 0 {
                        try connection.execute("ROLLBACK", doing: action)
                        return false
                    }
                }
                let isWritten = try connection.copy(
                    "\(mayHaveFailed ? "" : PostgresConnection.begin); \(count); \(PostgresStatements.copyResults); COMMIT", data, doing: action,
                    // The first row: how many failed.
                    if: { rows in mayHaveFailed || rows.text(0, 0) == "0" })
                if !isWritten {
                    mayHaveFailed = true
                    try connection.execute("ROLLBACK", doing: action)
                }
                return isWritten
            } catch {
                connection.rollBack(doing: action)
                // The question stands there, or twice in the batch.
                if error.reason == .sqlState("23505") { return false }
                throw error
            }
        }
    }

    /// Inserts a batch, and says of each row what became of it.
    private func record(
        _ insert: PostgresStatement, _ values: PostgresValues, ids: some Collection<String>, otherwise: PostgresStatement, doing action: String
    ) throws(StoreError) -> [Recorded] {
        let (connection, run) = (connection, ofThisRun)
        return try connection.transaction(doing: action) { () throws(StoreError) in
            _ = try connection.query(PostgresStatements.lockRun, run, doing: action)
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
        try read(PostgresStatements.newestResult, KeyText.of(key), doing: "look up an answer").map { Self.result($0, 0) }
    }

    package func result(of questionID: String) throws(StoreError) -> StoredResult? {
        try read(PostgresStatements.resultOfQuestion, questionID, doing: "read results").map { Self.result($0, 0) }
    }

    package func failure(of questionID: String) throws(StoreError) -> StoredFailure? {
        try read(PostgresStatements.failureOfQuestion, questionID, doing: "read failed questions").map { rows in
            StoredFailure(
                questionID: rows.text(0, 0), questionKey: KeyText.value(rows.text(0, 1)), traceID: rows.text(0, 2),
                question: rows.text(0, 3), outcome: rows.text(0, 4), retryCount: Int(rows.integer(0, 5)), lastError: rows.text(0, 6),
                lastAttemptUnixNanoseconds: rows.integer(0, 7))
        }
    }

    package func latest(_ count: Int) throws(StoreError) -> [StoredResult] {
        var values = ofThisRun
        values.append(Int64(max(0, count)))
        let rows = try run(PostgresStatements.latestResults, values, doing: "read results")
        return (0..<rows.count).map { Self.result(rows, $0) }
    }

    package func delay(_ batch: [DelayedMessage]) throws(StoreError) {
        guard !batch.isEmpty else { return }
        var values = ofThisRun
        values.append(PostgresColumn(batch) { $0.messageID })
        values.append(PostgresColumn(batch) { $0.service })
        values.append(PostgresColumn(batch) { $0.notBefore.nanoseconds })
        values.append(PostgresColumn(batch, bytes: { $0.body }))
        _ = try run(PostgresStatements.insertDelayed, values, doing: "keep delayed messages")
    }

    package func delayed(for service: String) throws(StoreError) -> [DelayedMessage] {
        var values = ofThisRun
        values.append(service)
        let rows = try run(PostgresStatements.listDelayed, values, doing: "read delayed messages")
        return (0..<rows.count).map { row in
            DelayedMessage(
                messageID: rows.text(row, 0), service: service, notBefore: Instant(nanoseconds: rows.integer(row, 1)), body: rows.bytes(row, 2))
        }
    }

    package func forget(_ messageIDs: [String]) throws(StoreError) {
        guard !messageIDs.isEmpty else { return }
        var values = ofThisRun
        values.append(PostgresColumn(messageIDs) { $0 })
        _ = try run(PostgresStatements.deleteDelayed, values, doing: "drop delayed messages")
    }

    package func metrics() throws(StoreError) -> StoreMetrics {
        let rows = try run(PostgresStatements.readMetrics, ofThisRun, doing: "read metrics")
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

    /// From the columns that `PostgresStatements.columns` lists.
    private static func result(_ rows: PostgresRows, _ row: Int) -> StoredResult {
        StoredResult(
            questionID: rows.text(row, 0), questionKey: KeyText.value(rows.text(row, 1)), traceID: rows.text(row, 2),
            question: rows.text(row, 3), answer: rows.text(row, 4), score: rows.double(row, 5), firstScore: rows.double(row, 6),
            attempts: Int(rows.integer(row, 7)), generations: Int(rows.integer(row, 8)), outcome: rows.text(row, 9),
            promptTokens: Int(rows.integer(row, 10)), completionTokens: Int(rows.integer(row, 11)),
            decidedAtUnixNanoseconds: rows.integer(row, 12))
    }
}
