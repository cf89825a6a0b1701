/// The tables of a PostgreSQL store, and the version that says which tables a database has.
///
/// They stand in the connection's current schema (`public`, or what `options=-csearch_path=…` in the URL says),
/// with their version in `crisol_schema`. Every table begins with the run that a row belongs to, so that one
/// database holds many runs. Tables of the same names without that version are another program's and are refused.
enum PostgresSchema {
    static let version = Int64(steps.count)

    /// An index entry has some 2,700 bytes at most, and names of questions and messages have no limit: longer ones
    /// are told apart by their beginning and their hash. Compared by bytes, whatever language the database speaks.
    static func key(_ column: String) -> String {
        "((CASE WHEN octet_length(\(column)) <= 500 THEN \(column) ELSE left(\(column), 100) || md5(\(column)) END) COLLATE \"C\")"
    }

    /// A question's key within a run in eight bytes, those of a run together: an entry of the index over keys, which
    /// come in no order, is half as long by that, and a run writes to its own part.
    static func hash(run: String, key: String) -> String {
        "((hashtext(\(run))::bigint << 32) | (hashtext(\(key))::bigint & 4294967295))"
    }

    /// What leads from each version to the next, from 0 on.
    static let steps = [
        """
        CREATE TABLE crisol_schema (
            version integer PRIMARY KEY,
            made_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE qa_results (
            run               text NOT NULL,
            id                text NOT NULL,               -- question_id
            question_key      text NOT NULL,               -- 16 lower-case hexadecimal digits
            trace_id          text NOT NULL,
            question          text NOT NULL,
            answer            text NOT NULL,
            score             double precision,            -- NULL: never scored
            first_score       double precision,
            attempts          bigint NOT NULL,             -- LLM calls
            generations       bigint NOT NULL,             -- LLM calls that returned an answer
            outcome           text NOT NULL,
            prompt_tokens     bigint NOT NULL,
            completion_tokens bigint NOT NULL,
            decided_at        timestamptz NOT NULL,
            decided_at_ns     bigint NOT NULL,             -- the same, nanoseconds since 1970
            number            bigint GENERATED ALWAYS AS IDENTITY  -- in the order of writing
        );
        CREATE UNIQUE INDEX qa_results_id ON qa_results (run, \(key("id")));
        CREATE INDEX qa_results_newest ON qa_results (run, question_key, decided_at_ns, number);
        CREATE UNIQUE INDEX qa_results_latest ON qa_results (run, number);
        CREATE TABLE failed_questions (
            run                       text NOT NULL,
            question_id               text NOT NULL,
            question_key              text NOT NULL,
            trace_id                  text NOT NULL,
            question                  text NOT NULL,
            outcome                   text NOT NULL,
            retry_count               bigint NOT NULL,
            last_error                text NOT NULL,
            last_attempt_timestamp    timestamptz NOT NULL,
            last_attempt_timestamp_ns bigint NOT NULL      -- the same, nanoseconds since 1970
        );
        CREATE UNIQUE INDEX failed_questions_id ON failed_questions (run, \(key("question_id")));
        CREATE TABLE delayed_messages (
            run        text NOT NULL,
            message_id text NOT NULL,
            service    text NOT NULL,
            not_before bigint NOT NULL,                    -- nanoseconds of scenario time
            body       bytea NOT NULL
        );
        CREATE UNIQUE INDEX delayed_messages_id ON delayed_messages (run, \(key("message_id")));
        CREATE TABLE metrics (
            run        text PRIMARY KEY,
            accepted   bigint NOT NULL,                    -- rows in qa_results
            rejected   bigint NOT NULL,                    -- rows in failed_questions
            scored     bigint NOT NULL,                    -- rows in qa_results that have a score
            score_sum  double precision NOT NULL,
            mean_score double precision GENERATED ALWAYS AS (score_sum / nullif(scored, 0)) STORED
        );
        """,
        // Ids begin alike in every run: behind the run's name they come one after another, and a batch has few pages.
        """
        DROP INDEX qa_results_id, qa_results_newest, failed_questions_id, delayed_messages_id;
        CREATE UNIQUE INDEX qa_results_id ON qa_results (run, \(key("id")));
        CREATE INDEX qa_results_newest ON qa_results ((\(hash(run: "run", key: "question_key"))), decided_at_ns);
        CREATE UNIQUE INDEX failed_questions_id ON failed_questions (run, \(key("question_id")));
        CREATE UNIQUE INDEX delayed_messages_id ON delayed_messages (run, \(key("message_id")));
        """,
    ]

    /// Makes the tables, or what is new in them, or refuses a database that is not this version's.
    static func prepare(_ connection: PostgresConnection, steps: [String] = steps) throws(StoreError) {
        let version = Int64(steps.count)
        if try found(connection, version) == version { return }
        // The lock's number is "Crsl" in ASCII: whoever makes tables waits for whoever makes them now.
        try connection.transaction(opening: "SELECT pg_advisory_xact_lock(1131574124)", doing: "make its tables") { () throws(StoreError) in
            // Somebody else may have made them between the look and the lock.
            for number in try found(connection, version)..<version {
                try connection.execute(steps[Int(number)], doing: "make its tables")
                try connection.execute("INSERT INTO crisol_schema (version) VALUES (\(number + 1))", doing: "make its tables")
            }
        }
    }

    /// The version that the database has; 0: none yet.
    private static func found(_ connection: PostgresConnection, _ version: Int64) throws(StoreError) -> Int64 {
        func refusal(_ detail: String) -> StoreError {
            StoreError(reason: .foreignDatabase, path: connection.place, action: "use it", detail: detail)
        }
        let look = "read its version"
        func isThere(_ table: String) throws(StoreError) -> Bool {
            // Not by to_regclass, which may answer from a session's memory of before it waited for the lock.
            try connection.integer(
                "SELECT 1 FROM pg_catalog.pg_class WHERE relname = '\(table)' AND pg_catalog.pg_table_is_visible(oid)", doing: look) == 1
        }
        guard try isThere("crisol_schema") else {
            for table in ["qa_results", "failed_questions", "delayed_messages", "metrics"] where try isThere(table) {
                // Between the two looks somebody else may have made them.
                if try isThere("crisol_schema") { return try found(connection, version) }
                throw refusal("it has a table \(table) and no crisol_schema")
            }
            return 0
        }
        do throws(StoreError) {
            let found = try connection.integer("SELECT max(version) FROM crisol_schema", doing: look) ?? 0
            guard found > 0 else { throw refusal("its crisol_schema is empty") }
            guard found <= version else {
                throw StoreError(
                    reason: .newerSchema(found: Int(found), supported: Int(version)), path: connection.place, action: "use it", detail: "")
            }
            return found
        } catch where error.reason == .sqlState("42703") {
            throw refusal("its crisol_schema has no column version")
        }
    }
}
