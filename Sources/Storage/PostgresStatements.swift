/// Every statement that the store runs. $1 is always the run.
enum PostgresStatements {
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
    static let countResults = PostgresStatement(
        name: "count results",
        sql: """
            UPDATE metrics SET accepted = accepted + $2::bigint, scored = scored + $3::bigint, score_sum = score_sum + $4::float8
            WHERE run = $1::text RETURNING rejected
            """)
    static let copyResults = "COPY qa_results (run, \(columns), decided_at) FROM STDIN BINARY"
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
        sql: """
            SELECT \(columns) FROM qa_results
            WHERE \(PostgresSchema.hash(run: "run", key: "question_key")) = \(PostgresSchema.hash(run: "$1::text", key: "$2::text"))
                AND run = $1::text AND question_key = $2::text
            ORDER BY decided_at_ns DESC, number DESC LIMIT 1
            """)
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
