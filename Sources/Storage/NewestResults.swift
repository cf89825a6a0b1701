/// Leads from a question's key to its newest result in an SQLite file.
///
/// Keys are hashes: an index over them is written all over, nearly a page for each row, which costs more than the
/// row. So results come in two parts. The table `newest_results` knows those up to the number in
/// `newest_results_end`; whoever looks up keeps the few beyond in memory and reads on from where it was. A writer
/// that makes them too many takes them into the table in the order of their keys, many to a page: the components
/// C0 and C1 of O'Neil et al., "The log-structured merge-tree" (1996).
///
/// Answers are kept for who asks again. Only later results and changes by hand make them wrong, and both are seen
/// when the rows beyond are read on; while nobody has committed anything, which the log's header tells, not even that is
/// needed. SQLite itself forgets all that it has read at each commit of another connection.
final class NewestResults {
    /// Numbers of results: the table's last, and the last that `newest_results` knows.
    struct End {
        let last: Int64
        let known: Int64
    }

    private struct Entry {
        var decidedAt: Int64
        var number: Int64

        func isNewer(than other: Entry) -> Bool { (decidedAt, number) > (other.decidedAt, other.number) }
    }

    private let ends, beyond, look, upsert, moveEnd: SQLiteStatement
    /// The newest results by key beyond `known`, as far as `seen`.
    private var recent: [UInt64: Entry] = [:]
    private var known: Int64 = -1
    private var seen: Int64 = -1
    private var answers: [UInt64: StoredResult] = [:]
    private var bytesOfAnswers = 0
    /// The log's header before the latest reading on.
    private var header: SQLiteConnection.LogHeader?

    /// Where this is reached all answers go.
    private static let mostBytes = 4 << 20

    /// How many results may stand beyond: a fixed number while there are few, then a share of all.
    private static func room(_ known: Int64) -> Int64 { max(8192, known / 16) }

    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) throws(StoreError) {
        self.connection = connection
        let action = "look up an answer"
        ends = try SQLiteStatement(
            connection, "SELECT number, (SELECT max(number) FROM qa_results) FROM newest_results_end WHERE id = 1", doing: action)
        beyond = try SQLiteStatement(
            connection, "SELECT number, question_key, decided_at_ns FROM qa_results WHERE number > ?1 ORDER BY number", doing: action)
        look = try SQLiteStatement(
            connection,
            """
            SELECT e.number, (SELECT max(number) FROM qa_results), n.number, n.decided_at_ns
            FROM newest_results_end e LEFT JOIN newest_results n ON n.question_key = ?1 WHERE e.id = 1
            """, doing: action)
        upsert = try SQLiteStatement(
            connection,
            """
            INSERT INTO newest_results (question_key, decided_at_ns, number) VALUES (?1, ?2, ?3)
            ON CONFLICT (question_key) DO UPDATE SET decided_at_ns = ?2, number = ?3
            WHERE (?2, ?3) > (decided_at_ns, number)
            """, doing: "write results")
        moveEnd = try SQLiteStatement(connection, "UPDATE newest_results_end SET number = ?1 WHERE id = 1", doing: "write results")
    }

    /// Where the results end now, to be asked in the transaction that then writes some.
    func end() throws(StoreError) -> End {
        guard try ends.step() else { return End(last: 0, known: 0) }
        defer { ends.reset() }
        return End(last: ends.integer(1), known: ends.integer(0))
    }

    /// The newest result for a key.
    /// - Parameter read: the result that has a number.
    func find(_ key: UInt64, _ read: (Int64) throws(StoreError) -> StoredResult?) throws(StoreError) -> StoredResult? {
        let header = connection.logHeader
        if header != nil, header == self.header, let answer = answers[key] { return answer }
        try look.bind(1, Int64(bitPattern: key))
        guard try look.step() else { return nil }
        // Until then all that is read is of one state of the database, whose lock is asked for once.
        defer { look.reset() }
        try readOn(to: End(last: look.integer(1), known: look.integer(0)))
        // Not before: what failed to be read on has not been.
        self.header = header
        if let answer = answers[key] { return answer }
        var newest = recent[key]
        if !look.isNull(2) {
            let older = Entry(decidedAt: look.integer(3), number: look.integer(2))
            if newest.map({ older.isNewer(than: $0) }) ?? true { newest = older }
        }
        guard let newest, let answer = try read(newest.number) else { return nil }
        // About what a row has besides its texts.
        bytesOfAnswers += 250 + answer.question.utf8.count + answer.answer.utf8.count
        if bytesOfAnswers > Self.mostBytes { forgetAnswers() }
        answers[key] = answer
        return answer
    }

    private func forgetAnswers() {
        answers.removeAll(keepingCapacity: true)
        bytesOfAnswers = 0
    }

    /// Takes what was written into the table where it has become much, in the transaction that wrote it.
    /// - Parameters:
    ///   - last: number of the last result.
    ///   - end: where the results ended before they were written.
    func takeIn(upTo last: Int64, from end: End) throws(StoreError) {
        guard last - end.known >= Self.room(end.known) else { return }
        var entries: [(key: UInt64, entry: Entry)] = []
        entries.reserveCapacity(Int(last - end.known))
        try forEach(beyond: end.known) { entries.append(($0, $1)) }
        entries.sort { $0.key < $1.key || $0.key == $1.key && $1.entry.isNewer(than: $0.entry) }
        for (key, entry) in entries {
            try upsert.bind(1, Int64(bitPattern: key))
            try upsert.bind(2, entry.decidedAt)
            try upsert.bind(3, entry.number)
            _ = try upsert.step()
        }
        try moveEnd.bind(1, last)
        _ = try moveEnd.step()
    }

    /// Takes in what an older version has written, which had no such table.
    func takeInWhatIsThere() throws(StoreError) {
        func isMuch(_ end: End) -> Bool { end.last - end.known >= Self.room(end.known) }
        guard isMuch(try end()) else { return }
        try connection.transaction(doing: "look up an answer") { () throws(StoreError) in
            // Somebody else may have done it since.
            let end = try end()
            try takeIn(upTo: end.last, from: end)
        }
    }

    /// Brings what is kept in memory up to the state of the database.
    private func readOn(to end: End) throws(StoreError) {
        if end.known != known {
            recent.removeAll(keepingCapacity: true)
            forgetAnswers()
            (known, seen) = (end.known, end.known)
        }
        guard end.last > seen else { return }
        try forEach(beyond: seen) { key, entry in
            answers.removeValue(forKey: key)
            if recent[key].map({ entry.isNewer(than: $0) }) ?? true { recent[key] = entry }
            seen = entry.number
        }
    }

    private func forEach(beyond number: Int64, _ body: (UInt64, Entry) -> Void) throws(StoreError) {
        try beyond.bind(1, number)
        while try beyond.step() {
            body(beyond.key(1), Entry(decidedAt: beyond.integer(2), number: beyond.integer(0)))
        }
    }
}
