import CSQLite
import Workload

/// The store in an SQLite file, in write-ahead-log mode: readers never wait for the writer.
///
/// What is committed survives the death of the process (synchronous = NORMAL); a power cut may take
/// the newest transactions but never breaks the file. Not Sendable on purpose, see `SQLiteConnection`.
package final class SQLiteStore: Store {
    let connection: SQLiteConnection
    /// nil after `close()`, so that no statement outlives its connection.
    private var statements: SQLiteStatements?
    private var newest: NewestResults?
    private var texts = SQLiteTexts()

    /// How long a write waits for another connection's before it fails as `locked`.
    package static let defaultBusyTimeoutMilliseconds: Int32 = 10_000

    /// Opens the file, or makes it with its tables.
    package init(path: String, busyTimeoutMilliseconds: Int32 = defaultBusyTimeoutMilliseconds) throws(StoreError) {
        connection = try SQLiteConnection(path: path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        // A new file's, before anything stands in it: rows that come in order are cheaper on fewer, larger pages.
        try connection.execute("PRAGMA page_size = 8192", doing: "open it")
        try Self.startWriteAheadLog(connection, busyTimeoutMilliseconds)
        // A checkpoint every 64 MB: it waits for the disk, and what changed twice is copied once.
        try connection.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768", doing: "set it up")
        try SQLiteSchema.prepare(connection)
        statements = try SQLiteStatements(connection)
        let newest = try NewestResults(connection)
        try newest.takeInWhatIsThere()
        self.newest = newest
    }

    package func close() {
        statements = nil
        newest = nil
        connection.close()
    }

    package func recordResults(_ batch: [StoredResult]) throws(StoreError) -> [Recorded] {
        guard !batch.isEmpty else { return [] }
        let prepared = ready, newest = newest!
        return try connection.transaction(doing: "write results") { () throws(StoreError) in
            var outcomes: [Recorded] = []
            outcomes.reserveCapacity(batch.count)
            var written: Int64 = 0, scored: Int64 = 0, sum = 0.0
            let mayHaveFailed = try prepared.isThere(prepared.anyFailure)
            let end = try newest.end()
            let insert = prepared.insertResult
            for row in batch {
                if mayHaveFailed, try prepared.isThere(prepared.hasFailure, row.questionID) {
                    outcomes.append(.settledOtherwise)
                    continue
                }
                texts.removeAll()
                texts.append(row.questionID)
                texts.append(key: row.questionKey)
                texts.append(row.traceID)
                texts.append(row.question)
                texts.append(row.answer)
                texts.append(row.outcome)
                texts.append(unixNanoseconds: row.decidedAtUnixNanoseconds)
                try insert.bind(8, row.score)
                try insert.bind(9, row.firstScore)
                try insert.bind(10, Int64(row.attempts))
                try insert.bind(11, Int64(row.generations))
                try insert.bind(12, Int64(row.promptTokens))
                try insert.bind(13, Int64(row.completionTokens))
                try insert.bind(14, row.decidedAtUnixNanoseconds)
                try insert.run(with: texts)
                guard connection.changes > 0 else {
                    outcomes.append(.alreadyThere)
                    continue
                }
                outcomes.append(.written)
                written += 1
                if !row.score.isNaN {
                    scored += 1
                    sum += row.score
                }
            }
            if written > 0 {
                try prepared.count(accepted: written, rejected: 0, scored: scored, scoreSum: sum)
                try newest.takeIn(upTo: end.last + written, from: end)
            }
            return outcomes
        }
    }

    package func recordFailures(_ batch: [StoredFailure]) throws(StoreError) -> [Recorded] {
        guard !batch.isEmpty else { return [] }
        let prepared = ready
        return try connection.transaction(doing: "write failed questions") { () throws(StoreError) in
            var outcomes: [Recorded] = []
            outcomes.reserveCapacity(batch.count)
            var written: Int64 = 0
            let insert = prepared.insertFailure
            for row in batch {
                if try prepared.isThere(prepared.hasResult, row.questionID) {
                    outcomes.append(.settledOtherwise)
                    continue
                }
                texts.removeAll()
                texts.append(row.questionID)
                texts.append(key: row.questionKey)
                texts.append(row.traceID)
                texts.append(row.question)
                texts.append(row.outcome)
                texts.append(row.lastError)
                texts.append(unixNanoseconds: row.lastAttemptUnixNanoseconds)
                try insert.bind(8, Int64(row.retryCount))
                try insert.bind(9, row.lastAttemptUnixNanoseconds)
                try insert.run(with: texts)
                outcomes.append(connection.changes > 0 ? .written : .alreadyThere)
                if outcomes.last == .written { written += 1 }
            }
            if written > 0 { try prepared.count(accepted: 0, rejected: written, scored: 0, scoreSum: 0) }
            return outcomes
        }
    }

    package func lookUp(_ key: UInt64) throws(StoreError) -> StoredResult? {
        let select = ready.newestResult
        return try newest!.find(key) { (number) throws(StoreError) in
            try select.bind(1, number)
            return try results(select).first
        }
    }

    package func result(of questionID: String) throws(StoreError) -> StoredResult? {
        let select = ready.resultOfQuestion
        try select.bind(1, questionID)
        return try results(select).first
    }

    package func failure(of questionID: String) throws(StoreError) -> StoredFailure? {
        let select = ready.failureOfQuestion
        try select.bind(1, questionID)
        guard try select.step() else { return nil }
        defer { select.reset() }
        return StoredFailure(
            questionID: select.text(0), questionKey: select.key(1), traceID: select.text(2), question: select.text(3),
            outcome: select.text(4), retryCount: Int(select.integer(5)), lastError: select.text(6),
            lastAttemptUnixNanoseconds: select.integer(7))
    }

    package func latest(_ count: Int) throws(StoreError) -> [StoredResult] {
        let select = ready.latestResults
        try select.bind(1, Int64(max(0, count)))
        return try results(select)
    }

    /// All rows of a statement with the columns of a result, in the order of `SQLiteStatements`.
    private func results(_ select: SQLiteStatement) throws(StoreError) -> [StoredResult] {
        var rows: [StoredResult] = []
        while try select.step() {
            rows.append(StoredResult(
                questionID: select.text(0), questionKey: select.key(1), traceID: select.text(2), question: select.text(3),
                answer: select.text(4), score: select.double(5), firstScore: select.double(6), attempts: Int(select.integer(7)),
                generations: Int(select.integer(8)), outcome: select.text(9), promptTokens: Int(select.integer(10)),
                completionTokens: Int(select.integer(11)), decidedAtUnixNanoseconds: select.integer(12)))
        }
        return rows
    }

    package func delay(_ batch: [DelayedMessage]) throws(StoreError) {
        guard !batch.isEmpty else { return }
        let insert = ready.insertDelayed
        try connection.transaction(doing: "keep delayed messages") { () throws(StoreError) in
            for message in batch {
                try insert.bind(1, message.messageID)
                try insert.bind(2, message.service)
                try insert.bind(3, message.notBefore.nanoseconds)
                try insert.bind(4, message.body)
                _ = try insert.step()
            }
        }
    }

    package func delayed(for service: String) throws(StoreError) -> [DelayedMessage] {
        let select = ready.listDelayed
        try select.bind(1, service)
        var messages: [DelayedMessage] = []
        while try select.step() {
            messages.append(DelayedMessage(
                messageID: select.text(0), service: service, notBefore: Instant(nanoseconds: select.integer(1)), body: select.bytes(2)))
        }
        return messages
    }

    package func forget(_ messageIDs: [String]) throws(StoreError) {
        guard !messageIDs.isEmpty else { return }
        let delete = ready.deleteDelayed
        try connection.transaction(doing: "drop delayed messages") { () throws(StoreError) in
            for id in messageIDs {
                try delete.bind(1, id)
                _ = try delete.step()
            }
        }
    }

    package func metrics() throws(StoreError) -> StoreMetrics {
        let select = ready.readMetrics
        guard try select.step() else {
            throw StoreError(reason: .corrupt, path: connection.path, action: "read metrics", detail: "the table metrics has no row")
        }
        defer { select.reset() }
        return StoreMetrics(
            accepted: Int(select.integer(0)), rejected: Int(select.integer(1)), meanScore: select.isNull(2) ? nil : select.double(2))
    }

    // MARK: Helpers

    private var ready: SQLiteStatements {
        guard let statements else { preconditionFailure("the store \(connection.path) was used after close()") }
        return statements
    }

    private static func startWriteAheadLog(_ connection: SQLiteConnection, _ timeoutMilliseconds: Int32) throws(StoreError) {
        // Two connections that turn a new file to the log at once meet SQLITE_BUSY, which here comes
        // without the busy timeout's wait.
        var mode: String?
        for attempt in 0... {
            do {
                mode = try connection.text("PRAGMA journal_mode = WAL", doing: "open it")
                break
            } catch {
                guard error.reason == .locked, attempt < Int(timeoutMilliseconds) / 5 else { throw error }
                sqlite3_sleep(5)
            }
        }
        guard mode == "wal" else {
            throw StoreError(reason: .noWriteAheadLog, path: connection.path, action: "open it", detail: "journal mode stays \(mode ?? "unknown")")
        }
    }
}
