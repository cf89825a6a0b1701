/// Why a store could not do its work, where, and what its owner can do about it.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case diskFull
        case readOnly
        /// Another connection held its lock for longer than the time allowed.
        case locked
        case corrupt
        case notADatabase
        case cannotOpen
        /// The disk or file system failed to read or write.
        case inputOutput
        case outOfMemory
        /// A text or a body larger than the store takes.
        case tooBig
        /// The file system cannot share memory between processes, which the write-ahead log needs.
        case noWriteAheadLog
        /// Written by a later version of Crisol.
        case newerSchema(found: Int, supported: Int)
        /// A database, but some other program's.
        case foreignDatabase
        /// Anything else, by SQLite's extended result code.
        case other(code: Int)
        /// The database server is not there, or went away.
        case serverMissing
        /// The server is there and does not let us in: a wrong password, no such user or database.
        case refused
        /// The user may not do this in the database.
        case notPermitted
        /// A database in another encoding than UTF-8, which has no room for every text.
        case wrongEncoding(String)
        /// Not the name of a store.
        case badLocation
        /// Anything else, by PostgreSQL's code (appendix A of its manual).
        case sqlState(String)
    }

    package var reason: Reason
    package var path: String
    /// What was being done, as in "cannot <action>".
    package var action: String
    /// The store's own words.
    package var detail: String

    package init(reason: Reason, path: String, action: String, detail: String) {
        (self.reason, self.path, self.action, self.detail) = (reason, path, action, detail)
    }

    package var description: String {
        "store \(path): cannot \(action): \(cause)\(detail.isEmpty ? "" : " (\(detail))"). \(remedy)"
    }

    /// Whether it may be over soon by itself: what was to be done is kept and tried again.
    package var isPassing: Bool { reason == .serverMissing || reason == .locked }

    /// The exit code of a run that ends by this error, from the command line's contract.
    package var exitCode: Int32 {
        switch reason {
        case .badLocation: 64
        case .corrupt, .notADatabase, .newerSchema, .foreignDatabase, .wrongEncoding: 65
        case .serverMissing, .refused: 69
        case .diskFull, .readOnly, .locked, .cannotOpen, .inputOutput, .outOfMemory, .tooBig, .noWriteAheadLog, .other, .notPermitted,
            .sqlState: 74
        }
    }

    private var isServer: Bool { path.hasPrefix("postgres://") }

    private var cause: String {
        switch reason {
        case .diskFull: "the disk is full"
        case .readOnly: isServer ? "the database is read-only" : "the file or its folder is read-only"
        case .locked: "another process holds the database locked"
        case .corrupt: "the database is damaged"
        case .notADatabase: "the file is not an SQLite database"
        case .cannotOpen: "the file cannot be opened"
        case .inputOutput: "reading or writing the disk failed"
        case .outOfMemory: "there is not enough memory"
        case .tooBig: "a value is larger than the store takes"
        case .noWriteAheadLog: "its file system does not support the write-ahead log"
        case .newerSchema(let found, let supported):
            "it was written by a newer Crisol (schema version \(found), this one knows up to \(supported))"
        case .foreignDatabase: isServer ? "it holds another program's tables" : "it is another program's database"
        case .other(let code): "SQLite reports code \(code)"
        case .serverMissing: "the database server is not there"
        case .refused: "the database server refuses the connection"
        case .notPermitted: "the user may not do that in this database"
        case .wrongEncoding(let encoding): "the database's encoding is \(encoding), not UTF8"
        case .badLocation: "it is no store"
        case .sqlState(let code): "PostgreSQL reports code \(code)"
        }
    }

    private var remedy: String {
        switch reason {
        case .diskFull where isServer: "Free space on the server's disk; nothing of this batch was written."
        case .diskFull: "Free space there or choose another output folder with --out; nothing of this batch was written."
        case .readOnly where isServer: "Name the primary server, not a standby."
        case .readOnly: "Make the file and its folder writable or choose another output folder with --out."
        case .locked: "End the other process, which may be an sqlite3 shell inside a transaction, and start again."
        case .corrupt where isServer: "See the server's log."
        case .corrupt: "Move the file and its -wal and -shm files away; `sqlite3 FILE .recover` saves what can be read."
        case .foreignDatabase where isServer, .newerSchema where isServer:
            "Name another database, or another schema of it (options=-csearch_path=NAME in the URL)."
        case .notADatabase, .foreignDatabase: "Name a file of Crisol's own or one that does not exist yet."
        case .cannotOpen: "Check that the folder exists and that this user may write in it."
        case .inputOutput: "Check the disk and the kernel's log."
        case .outOfMemory: "Give the process more memory or lower pipeline.intake.max_in_flight."
        case .tooBig: "Shorten the text; SQLite's and PostgreSQL's limits are about 1,000,000,000 bytes."
        case .noWriteAheadLog: "Keep the store on a local disk, not on a network share."
        case .newerSchema: "Use that newer Crisol, or another file."
        case .other: "See https://www.sqlite.org/rescode.html."
        case .serverMissing: "Start it (scripts/postgres starts a throwaway one), or name another store with --store."
        case .refused: "Check user, password (PGPASSWORD or ~/.pgpass) and database in the URL."
        case .notPermitted: "Give the user the right, or name a database or schema of its own (options=-csearch_path=NAME in the URL)."
        case .wrongEncoding: "Make the database with ENCODING 'UTF8'."
        case .badLocation: "A store is a file's path or postgres://USER@HOST:PORT/DATABASE."
        case .sqlState: "See https://www.postgresql.org/docs/current/errcodes-appendix.html."
        }
    }
}
