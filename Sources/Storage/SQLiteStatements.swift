/// Every statement that the store runs, compiled when it is opened.
struct SQLiteStatements {
    let insertResult, insertFailure, anyFailure, hasResult, hasFailure: SQLiteStatement
    let newestResult, resultOfQuestion, failureOfQuestion, latestResults: SQLiteStatement
    let insertDelayed, listDelayed, deleteDelayed: SQLiteStatement
    let readMetrics, addMetrics: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreError) {
        func statement(_ action: String, _ sql: String) throws(StoreError) -> SQLiteStatement {
            try SQLiteStatement(connection, sql, doing: action)
        }
        insertResult = try statement(
            "write results",
            """
            INSERT INTO qa_results (id, question_key, trace_id, question, answer, outcome, decided_at, score, first_score, attempts,
                generations, prompt_tokens, completion_tokens, decided_at_ns)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (id) DO NOTHING
            """)
        insertFailure = try statement(
            "write failed questions",
            """
            INSERT INTO failed_questions (question_id, question_key, trace_id, question, outcome, last_error,
                last_attempt_timestamp, retry_count, last_attempt_timestamp_ns)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (question_id) DO NOTHING
            """)
        anyFailure = try statement("read failed questions", "SELECT 1 FROM failed_questions LIMIT 1")
        hasResult = try statement("read results", "SELECT 1 FROM qa_results WHERE id = ?1")
        hasFailure = try statement("read failed questions", "SELECT 1 FROM failed_questions WHERE question_id = ?1")
        let columns = """
            SELECT id, question_key, trace_id, question, answer, score, first_score, attempts, generations, outcome, prompt_tokens,
                completion_tokens, decided_at_ns
            FROM qa_results
            """
        newestResult = try statement("look up an answer", "\(columns) WHERE number = ?1")
        resultOfQuestion = try statement("read results", "\(columns) WHERE id = ?1")
        latestResults = try statement("read results", "\(columns) ORDER BY number DESC LIMIT ?1")
        failureOfQuestion = try statement(
            "read failed questions",
            """
            SELECT question_id, question_key, trace_id, question, outcome, retry_count, last_error, last_attempt_timestamp_ns
            FROM failed_questions WHERE question_id = ?1
            """)
        insertDelayed = try statement(
            "keep delayed messages",
            "INSERT INTO delayed_messages (message_id, service, not_before, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (message_id) DO NOTHING")
        listDelayed = try statement(
            "read delayed messages",
            "SELECT message_id, not_before, body FROM delayed_messages WHERE service = ?1 ORDER BY not_before, message_id")
        deleteDelayed = try statement("drop delayed messages", "DELETE FROM delayed_messages WHERE message_id = ?1")
        readMetrics = try statement("read metrics", "SELECT accepted, rejected, mean_score FROM metrics WHERE id = 1")
        addMetrics = try statement(
            "count metrics",
            "UPDATE metrics SET accepted = accepted + ?1, rejected = rejected + ?2, scored = scored + ?3, score_sum = score_sum + ?4 WHERE id = 1")
    }

    /// Whether a query has a row.
    func isThere(_ query: SQLiteStatement) throws(StoreError) -> Bool {
        let isThere = try query.step()
        query.reset()
        return isThere
    }

    func isThere(_ query: SQLiteStatement, _ id: String) throws(StoreError) -> Bool {
        try query.bind(1, id)
        return try isThere(query)
    }

    /// Adds to the aggregate record, within the transaction that wrote the rows.
    func count(accepted: Int64, rejected: Int64, scored: Int64, scoreSum: Double) throws(StoreError) {
        try addMetrics.bind(1, accepted)
        try addMetrics.bind(2, rejected)
        try addMetrics.bind(3, scored)
        try addMetrics.bind(4, scoreSum)
        _ = try addMetrics.step()
    }
}
