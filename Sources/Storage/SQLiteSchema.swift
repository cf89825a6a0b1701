import CSQLite

/// The tables of an SQLite store, and the version that says which tables a file has.
///
/// A file says what it is by `application_id` and which tables it has by `user_version`. A version
/// that this program does not know is refused, for reading it wrongly would be worse.
enum SQLiteSchema {
    static let version = steps.count
    /// "Crsl" in ASCII.
    static let applicationID: Int64 = 0x4372_736C

    /// What leads from each version to the next, from 0 on.
    static let steps = [tables, numbers]

    /// Keys are printed as everywhere: 16 lower-case hexadecimal digits.
    private static let tables = """
        CREATE TABLE qa_results (
            id                TEXT PRIMARY KEY NOT NULL,  -- question_id
            question_key      TEXT NOT NULL,
            trace_id          TEXT NOT NULL,
            question          TEXT NOT NULL,
            answer            TEXT NOT NULL,
            score             REAL,                       -- NULL: never scored
            first_score       REAL,
            attempts          INTEGER NOT NULL,           -- LLM calls
            generations       INTEGER NOT NULL,           -- LLM calls that returned an answer
            outcome           TEXT NOT NULL,
            prompt_tokens     INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            decided_at        TEXT NOT NULL,              -- ISO 8601, UTC
            decided_at_ns     INTEGER NOT NULL            -- the same, nanoseconds since 1970
        );
        CREATE INDEX qa_results_newest ON qa_results (question_key, decided_at_ns);
        CREATE TABLE failed_questions (
            question_id               TEXT PRIMARY KEY NOT NULL,
            question_key              TEXT NOT NULL,
            trace_id                  TEXT NOT NULL,
            question                  TEXT NOT NULL,
            outcome                   TEXT NOT NULL,
            retry_count               INTEGER NOT NULL,
            last_error                TEXT NOT NULL,
            last_attempt_timestamp    TEXT NOT NULL,      -- ISO 8601, UTC
            last_attempt_timestamp_ns INTEGER NOT NULL    -- the same, nanoseconds since 1970
        );
        CREATE TABLE delayed_messages (
            message_id TEXT PRIMARY KEY NOT NULL,
            service    TEXT NOT NULL,
            not_before INTEGER NOT NULL,                  -- nanoseconds of scenario time
            body       BLOB NOT NULL
        );
        CREATE TABLE metrics (
            id         INTEGER PRIMARY KEY CHECK (id = 1),
            accepted   INTEGER NOT NULL,                  -- rows in qa_results
            rejected   INTEGER NOT NULL,                  -- rows in failed_questions
            scored     INTEGER NOT NULL,                  -- rows in qa_results that have a score
            score_sum  REAL NOT NULL,
            mean_score REAL GENERATED ALWAYS AS (CASE WHEN scored > 0 THEN score_sum / scored END)
        );
        INSERT INTO metrics (id, accepted, rejected, scored, score_sum) VALUES (1, 0, 0, 0, 0.0);
        """

    /// Results have numbers, and `newest_results` in place of an index leads from a key to one (see `NewestResults`).
    /// A number that is no column of its own would change when the file is vacuumed.
    private static let numbers = """
        ALTER TABLE qa_results RENAME TO unnumbered;
        CREATE TABLE qa_results (
            id                TEXT UNIQUE NOT NULL,       -- question_id
            question_key      TEXT NOT NULL,
            trace_id          TEXT NOT NULL,
            question          TEXT NOT NULL,
            answer            TEXT NOT NULL,
            score             REAL,                       -- NULL: never scored
            first_score       REAL,
            attempts          INTEGER NOT NULL,           -- LLM calls
            generations       INTEGER NOT NULL,           -- LLM calls that returned an answer
            outcome           TEXT NOT NULL,
            prompt_tokens     INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            decided_at        TEXT NOT NULL,              -- ISO 8601, UTC
            decided_at_ns     INTEGER NOT NULL,           -- the same, nanoseconds since 1970
            number            INTEGER PRIMARY KEY         -- in the order of writing
        );
        INSERT INTO qa_results SELECT *, rowid FROM unnumbered ORDER BY rowid;
        DROP TABLE unnumbered;
        CREATE TABLE newest_results (
            question_key  INTEGER PRIMARY KEY,            -- the number whose hexadecimal digits qa_results has
            decided_at_ns INTEGER NOT NULL,
            number        INTEGER NOT NULL                -- qa_results.number
        );
        CREATE TABLE newest_results_end (
            id     INTEGER PRIMARY KEY CHECK (id = 1),
            number INTEGER NOT NULL                       -- results beyond it are not in newest_results yet
        );
        INSERT INTO newest_results_end (id, number) VALUES (1, 0);
        -- Whoever changes results by hand has newest_results begin anew; below 0, so that each time is another end.
        CREATE TRIGGER newest_results_without AFTER DELETE ON qa_results BEGIN
            DELETE FROM newest_results;
            UPDATE newest_results_end SET number = min(number, 0) - 1;
        END;
        CREATE TRIGGER newest_results_otherwise AFTER UPDATE ON qa_results BEGIN
            DELETE FROM newest_results;
            UPDATE newest_results_end SET number = min(number, 0) - 1;
        END;
        """

    /// Makes the tables in a new file, or what is new in an older one's, or refuses a file that is not Crisol's.
    static func prepare(_ connection: SQLiteConnection, steps: [String] = steps) throws(StoreError) {
        let version = steps.count
        if try look(connection, version) == version { return }
        try connection.transaction(doing: "make its tables") { () throws(StoreError) in
            // Somebody else may have made them between the look and the lock.
            for step in steps[try found(connection, version)...] { try connection.execute(step, doing: "make its tables") }
            try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)", doing: "make its tables")
        }
    }

    /// The look without a lock, at one moment: between two looks somebody else may make the tables, and then
    /// they would seem to be another program's.
    private static func look(_ connection: SQLiteConnection, _ version: Int) throws(StoreError) -> Int {
        try connection.execute("BEGIN", doing: "read its version")
        do throws(StoreError) {
            let found = try found(connection, version)
            try connection.execute("COMMIT", doing: "read its version")
            return found
        } catch {
            // What went wrong first is what counts; closing the connection ends the transaction at the latest.
            try? connection.execute("ROLLBACK", doing: "read its version")
            throw error
        }
    }

    /// The version that the file has; 0: none yet.
    private static func found(_ connection: SQLiteConnection, _ version: Int) throws(StoreError) -> Int {
        let found = try connection.integer("PRAGMA user_version", doing: "read its version") ?? 0
        let owner = try connection.integer("PRAGMA application_id", doing: "read its version") ?? 0
        let isEmpty = try connection.integer("SELECT count(*) FROM sqlite_schema", doing: "read its version") == 0
        guard owner == applicationID else {
            guard owner == 0, found == 0, isEmpty else {
                throw StoreError(
                    reason: .foreignDatabase, path: connection.path, action: "use it",
                    detail: "application_id \(owner), user_version \(found), expected \(applicationID)")
            }
            return 0
        }
        guard found <= version else {
            throw StoreError(reason: .newerSchema(found: Int(found), supported: version), path: connection.path, action: "use it", detail: "")
        }
        return Int(found)
    }
}
