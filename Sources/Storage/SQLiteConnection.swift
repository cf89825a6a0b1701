import CSQLite
import Workload

/// One connection to an SQLite file: the only owner of its `sqlite3` pointer, which `deinit` frees.
///
/// Not Sendable on purpose: SQLite is opened without its own mutexes, so the compiler's check that a
/// connection stays on one thread at a time is what makes it safe.
final class SQLiteConnection {
    let path: String
    /// nil after `close()`.
    fileprivate var handle: OpaquePointer?

    private static let configured: Int32 = crisol_count_no_memory()

    /// Opens the file, or makes it. Waits as long as `busyTimeout` says when another connection writes.
    init(path: String, busyTimeoutMilliseconds: Int32) throws(StoreError) {
        self.path = path
        _ = Self.configured
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        guard !path.utf8.contains(0) else {
            throw StoreError(reason: .cannotOpen, path: path, action: "open it", detail: "the path contains a NUL byte")
        }
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let error = self.error(code, doing: "open it")
            // SQLite gives a handle even when it fails, and it must be closed.
            sqlite3_close_v2(handle)
            handle = nil
            throw error
        }
        sqlite3_busy_timeout(handle, busyTimeoutMilliseconds)
    }

    deinit { close() }

    /// Ends the connection; the last one of a file folds the write-ahead log into it. Statements must be gone.
    func close() {
        for bound in bounds { sqlite3_finalize(bound) }
        bounds = []
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// Runs SQL that takes no values and whose rows, if any, do not matter.
    func execute(_ sql: String, doing action: @autoclosure () -> String) throws(StoreError) {
        let code = sqlite3_exec(open, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, doing: action()) }
    }

    /// The first column of the first row as an integer; nil where there is no row.
    func integer(_ sql: String, doing action: String) throws(StoreError) -> Int64? {
        let statement = try SQLiteStatement(self, sql, doing: action)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The first column of the first row as text; nil where there is no row.
    func text(_ sql: String, doing action: String) throws(StoreError) -> String? {
        let statement = try SQLiteStatement(self, sql, doing: action)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Runs `body` in one write transaction: all of it is written, or nothing if it throws.
    ///
    /// The write lock is taken at the start (IMMEDIATE), because a transaction that reads first and
    /// then finds somebody else writing fails at once, without the busy timeout.
    func transaction<Value>(doing action: @autoclosure () -> String, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try run(.begin, doing: action())
        do {
            let value = try body()
            try run(.commit, doing: action())
            return value
        } catch {
            // A full disk or a failing one may have rolled back already; then there is nothing left to undo.
            if sqlite3_get_autocommit(open) == 0 { sqlite3_exec(open, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// The ends of transactions.
    private enum Bound: Int {
        case begin, commit
    }

    /// Compiled at their first use. No `SQLiteStatement`s, which would keep the connection alive that keeps them.
    private var bounds: [OpaquePointer?] = []

    private func run(_ bound: Bound, doing action: @autoclosure () -> String) throws(StoreError) {
        if bounds.isEmpty {
            for sql in ["BEGIN IMMEDIATE", "COMMIT"] {
                var prepared: OpaquePointer?
                let code = sqlite3_prepare_v3(open, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
                guard code == SQLITE_OK else { throw error(code, doing: action()) }
                bounds.append(prepared)
            }
        }
        let code = sqlite3_step(bounds[bound.rawValue])
        guard code == SQLITE_DONE else {
            let error = error(code, doing: action())
            sqlite3_reset(bounds[bound.rawValue])
            throw error
        }
        sqlite3_reset(bounds[bound.rawValue])
    }

    /// What changes with every commit of any connection, read without a lock; nil where it cannot be.
    var logHeader: LogHeader? {
        var header = LogHeader()
        // The bytes are written while the call lasts.
        let isRead = withUnsafeMutableBytes(of: &header.words) {
            crisol_log_header(open, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        return isRead == 0 ? nil : header
    }

    /// 48 bytes.
    struct LogHeader: Equatable {
        fileprivate var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

        static func == (a: LogHeader, b: LogHeader) -> Bool { a.words == b.words }
    }

    /// Rows that the latest statement inserted, changed or deleted.
    var changes: Int { Int(sqlite3_changes(open)) }

    fileprivate var open: OpaquePointer {
        guard let handle else { preconditionFailure("the store \(path) was used after close()") }
        return handle
    }

    func error(_ code: Int32, doing action: String) -> StoreError {
        let reason: StoreError.Reason =
            switch code & 0xFF {
            case SQLITE_FULL: .diskFull
            case SQLITE_READONLY, SQLITE_PERM: .readOnly
            case SQLITE_BUSY, SQLITE_LOCKED: .locked
            case SQLITE_CORRUPT: .corrupt
            case SQLITE_NOTADB: .notADatabase
            case SQLITE_CANTOPEN, SQLITE_AUTH: .cannotOpen
            case SQLITE_IOERR: .inputOutput
            case SQLITE_NOMEM: .outOfMemory
            case SQLITE_TOOBIG: .tooBig
            default: .other(code: Int(code))
            }
        return StoreError(reason: reason, path: path, action: action, detail: handle.map { String(cString: sqlite3_errmsg($0)) } ?? "")
    }
}

/// A prepared statement, compiled once and run many times. Freed in `deinit`, and so before its
/// connection, which it keeps alive.
final class SQLiteStatement {
    private let connection: SQLiteConnection
    private let handle: OpaquePointer
    private let action: String

    /// `action` completes "cannot …" in this statement's errors.
    init(_ connection: SQLiteConnection, _ sql: String, doing action: String) throws(StoreError) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.open, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw connection.error(code, doing: action) }
        self.connection = connection
        self.action = action
        handle = prepared
    }

    deinit { sqlite3_finalize(handle) }

    /// Advances to the next row; false, and ready to be bound again, when there is none.
    func step() throws(StoreError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let error = connection.error(code, doing: action)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Ends a query before its last row, so that it holds no snapshot of the database.
    func reset() { sqlite3_reset(handle) }

    // Parameters count from 1, as in SQL. Bound values stay until they are bound anew.

    func bind(_ index: Int32, _ value: Int64) throws(StoreError) { try check(sqlite3_bind_int64(handle, index, value)) }

    /// NaN becomes NULL.
    func bind(_ index: Int32, _ value: Double) throws(StoreError) { try check(sqlite3_bind_double(handle, index, value)) }

    func bind(_ index: Int32, _ value: String) throws(StoreError) {
        var value = value
        // The pointer is good only inside the closure; SQLite copies the bytes, NUL among them, before it returns.
        try check(value.withUTF8 { crisol_bind_text(handle, index, $0.baseAddress, UInt64($0.count)) })
    }

    /// Runs a statement that gives no rows, with texts that are bound where they lie. They are read while it runs
    /// and the parameters are NULL afterwards, so that nobody reads where they lay.
    func run(with texts: SQLiteTexts) throws(StoreError) {
        try texts.bytes.withUnsafeBufferPointer { (bytes) throws(StoreError) in
            for (index, place) in texts.places.enumerated() {
                // The buffer has a first byte, and a place lies within it: SQLiteTexts is never changed meanwhile.
                try check(crisol_bind_text_in_place(
                    handle, Int32(index + 1), bytes.baseAddress.map { $0 + place.lowerBound }, UInt64(place.count)))
            }
            defer { sqlite3_clear_bindings(handle) }
            _ = try step()
        }
    }

    func bind(_ index: Int32, _ value: [UInt8]) throws(StoreError) {
        // As for text: copied before the closure ends.
        try check(value.withUnsafeBytes { crisol_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) })
    }

    // Columns count from 0, as in SQLite's own interface.

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// NULL becomes NaN.
    func double(_ column: Int32) -> Double {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? .nan : sqlite3_column_double(handle, column)
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// The whole text, past any NUL; bytes that are not UTF-8 (another program's) become U+FFFD.
    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(handle, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
    }

    /// A question's key from its digits.
    func key(_ column: Int32) -> UInt64 {
        guard let bytes = sqlite3_column_text(handle, column) else { return 0 }
        // The bytes stay until the next step.
        return KeyText.value(UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw connection.error(code, doing: action) }
    }
}

/// The texts of a row in one buffer, for the parameters of a statement from the first on.
///
/// Bound one by one each text would be allocated and copied for SQLite, and a key or a time for Swift too.
struct SQLiteTexts {
    fileprivate private(set) var bytes: [UInt8] = []
    fileprivate private(set) var places: [Range<Int>] = []
    /// The latest moment, in milliseconds since 1970, and its text: rows of a batch are of one moment, often.
    private var latest: Int64?
    private var latestText: [UInt8] = []

    /// After a row of this size the buffer goes, so that one giant is not paid for ever after.
    private static let kept = 1 << 20

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.kept)
        places.removeAll(keepingCapacity: true)
    }

    mutating func append(_ text: String) {
        var text = text
        let start = bytes.count
        // The string's own bytes, copied before the closure ends.
        text.withUTF8 { bytes.append(contentsOf: $0) }
        places.append(start..<bytes.count)
    }

    mutating func append(key: UInt64) {
        let start = bytes.count
        KeyText.append(key, to: &bytes)
        places.append(start..<bytes.count)
    }

    mutating func append(unixNanoseconds: Int64) {
        let start = bytes.count
        let millisecond = unixNanoseconds / 1_000_000
        // Below 0 the division rounds towards another millisecond.
        if latest != millisecond || unixNanoseconds < 0 {
            latestText.removeAll(keepingCapacity: true)
            UTC.append(unixNanoseconds: unixNanoseconds, to: &latestText)
            latest = millisecond
        }
        bytes.append(contentsOf: latestText)
        places.append(start..<bytes.count)
    }
}
