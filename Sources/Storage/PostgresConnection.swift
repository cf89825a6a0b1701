import CLibPQ
import Glibc

/// One connection to a PostgreSQL server: the only owner of its `PGconn` pointer, which `deinit` frees.
///
/// It connects again when the server had gone away: each piece of work begins with a look at the connection, and
/// work that finds out only half-way that the server is gone is begun once more on a new one. So everything that
/// is done here must be harmless when it is done twice. Not Sendable on purpose: a `PGconn` belongs to one
/// thread at a time.
final class PostgresConnection {
    /// The server and database for people, without the password.
    let place: String
    private let url: String
    /// How long the server may be silent while a reply is due, in milliseconds; then it counts as gone.
    private let patienceMilliseconds: Int32
    /// nil: not connected.
    private var handle: OpaquePointer?
    /// Names of the statements that this session of the server knows.
    private var prepared: Set<String> = []

    /// Bytes of COPY's data in a message.
    private static let copyChunk = 1 << 16

    /// Seconds that an attempt to connect may take where the URL does not say.
    private static let connectTimeoutSeconds = "5"

    init(url: String, place: String, patienceMilliseconds: Int32) throws(StoreError) {
        self.url = url
        self.place = place
        self.patienceMilliseconds = patienceMilliseconds
        try connect()
    }

    deinit { PQfinish(handle) }

    func close() {
        PQfinish(handle)
        handle = nil
    }

    /// Runs `body` on a live connection; once more where the connection turns out to have died since it was last used.
    func work<Value>(doing action: String, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        let isFresh = try ensureConnected()
        do throws(StoreError) {
            return try body()
        } catch where error.reason == .serverMissing && !isFresh {
            // A restarted server is there again already; one that is gone fails here.
            _ = try ensureConnected()
            return try body()
        }
    }

    /// Runs `body` in one transaction: all of it is written, or nothing if it throws.
    ///
    /// - Parameter opening: SQL without values to begin with, sent together with the transaction's start.
    func transaction<Value>(opening: String = "", doing action: String, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try work(doing: action) { () throws(StoreError) in
            try execute("\(Self.begin); \(opening)", doing: action)
            do throws(StoreError) {
                let value = try body()
                try execute("COMMIT", doing: action)
                return value
            } catch {
                rollBack(doing: action)
                throw error
            }
        }
    }

    /// Each statement of a transaction sees what others had committed before it began, whatever the server's default is.
    static let begin = "BEGIN ISOLATION LEVEL READ COMMITTED"

    /// Ends a transaction that went wrong.
    func rollBack(doing action: String) {
        // Whoever went away has rolled back by that.
        if handle != nil { try? execute("ROLLBACK", doing: action) }
    }

    /// Runs SQL that takes no values and whose rows do not matter; several statements parted by semicolons are one transaction.
    func execute(_ sql: String, doing action: String) throws(StoreError) {
        _ = try reply(doing: action) { PQsendQuery($0, sql) }
    }

    /// Runs one statement with values and gives its rows. It is compiled at its first use in a session.
    func query(_ statement: PostgresStatement, _ values: PostgresValues, doing action: String) throws(StoreError) -> PostgresRows {
        try prepare(statement, doing: action)
        return try reply(doing: action) { handle in
            values.withPointers { pointers, lengths, formats in
                // Formats and results in binary (1): bytes as they are, nothing to escape.
                PQsendQueryPrepared(handle, statement.name, Int32(pointers.count), pointers.baseAddress, lengths, formats, 1)
            }
        }
    }

    /// Has the server compile a statement, if this session has not yet; `execute` may name it then (EXECUTE "name"(…)).
    func prepare(_ statement: PostgresStatement, doing action: String) throws(StoreError) {
        guard !prepared.contains(statement.name) else { return }
        _ = try reply(doing: action) { PQsendPrepare($0, statement.name, statement.sql, 0, nil) }
        prepared.insert(statement.name)
    }

    /// Runs statements without values, one of which is COPY … FROM STDIN and takes `data`.
    ///
    /// False: the row of a statement before it was not to `isWanted`; then COPY has failed, and the transaction.
    func copy(_ sql: String, _ data: [UInt8], doing action: String, if isWanted: (PostgresRows) -> Bool) throws(StoreError) -> Bool {
        var isCalledOff = false
        do throws(StoreError) {
            _ = try reply(doing: action, taking: data, unless: { isCalledOff }) { rows in
                if !isWanted(rows) { isCalledOff = true }
            } send: { PQsendQuery($0, sql) }
            return true
        } catch where isCalledOff && error.reason == .sqlState("57014") {
            return false
        }
    }

    /// One value of the first row of a statement that is not worth compiling; nil where there is no row or it is NULL.
    func integer(_ sql: String, doing action: String) throws(StoreError) -> Int64? {
        let rows = try reply(doing: action) { PQsendQueryParams($0, sql, 0, nil, nil, nil, nil, 1) }
        return rows.count == 0 || rows.isNull(0, 0) ? nil : rows.integer(0, 0)
    }

    // MARK: Connecting

    /// True: a new connection was made.
    private func ensureConnected() throws(StoreError) -> Bool {
        if let handle, PQstatus(handle) == CONNECTION_OK { return false }
        try connect()
        return true
    }

    private func connect() throws(StoreError) {
        do throws(StoreError) {
            try attempt()
        } catch where error.reason == .refused {
            // Said while the server was starting or stopping it means nothing: what a server says that is there counts.
            try attempt()
        }
    }

    private func attempt() throws(StoreError) {
        close()
        prepared = []
        let settings = [
            ("connect_timeout", Self.connectTimeoutSeconds), ("fallback_application_name", "crisol"),
            // A server that vanished without a word is noticed while nothing is sent.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            // What the URL says goes before the above, and Crisol's texts are UTF-8 whatever it says.
            ("dbname", url), ("client_encoding", "UTF8"),
        ]
        var keys = settings.map { strdup($0.0) }.map { UnsafePointer($0) } + [nil]
        var values = settings.map { strdup($0.1) }.map { UnsafePointer($0) } + [nil]
        defer { for copy in keys + values { free(UnsafeMutableRawPointer(mutating: copy)) } }
        guard let made = PQconnectdbParams(&keys, &values, 1) else {
            throw StoreError(reason: .outOfMemory, path: place, action: "connect", detail: "")
        }
        guard PQstatus(made) == CONNECTION_OK else {
            let said = Self.text(PQerrorMessage(made))
            PQfinish(made)
            // libpq does not give the server's code for a refusal; its ping tells a server that takes nobody now
            // (it starts, stops, or is not there) from one that did not want us.
            let isThere = PQpingParams(&keys, &values, 1) == PQPING_OK
            throw StoreError(reason: isThere ? .refused : .serverMissing, path: place, action: "connect", detail: said)
        }
        // Notices are for people at a prompt.
        PQsetNoticeProcessor(made, { _, _ in }, nil)
        PQsetnonblocking(made, 1)
        let encoding = Self.text(PQparameterStatus(made, "server_encoding"))
        guard encoding == "UTF8" else {
            PQfinish(made)
            throw StoreError(reason: .wrongEncoding(encoding), path: place, action: "use it", detail: "")
        }
        handle = made
    }

    // MARK: Replies

    /// Sends something and waits for the whole reply, as long as the server goes on speaking.
    /// - Parameters:
    ///   - data: what COPY … FROM STDIN takes, unless `isCalledOff` says otherwise by then.
    ///   - look: shown the rows of each statement that has some.
    private func reply(
        doing action: String, taking data: [UInt8] = [], unless isCalledOff: () -> Bool = { true }, look: (PostgresRows) -> Void = { _ in },
        send: (OpaquePointer) -> Int32
    ) throws(StoreError) -> PostgresRows {
        guard let handle else { throw StoreError(reason: .serverMissing, path: place, action: action, detail: "the connection was lost") }
        guard send(handle) == 1 else { throw lost(action) }
        var last = PostgresRows(nil)
        var failure: StoreError?
        while true {
            try awaitResult(handle, action)
            guard let result = PQgetResult(handle) else { break }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                last = PostgresRows(result)
                if last.count > 0 { look(last) }
            case PGRES_COPY_IN:
                PQclear(result)
                guard put(isCalledOff() ? nil : data, handle) else { throw lost(action) }
            default:
                if failure == nil { failure = error(result, action) }
                PQclear(result)
            }
        }
        if let failure {
            // The server has said farewell: nothing more can be done on this connection.
            if failure.reason == .serverMissing || PQstatus(handle) != CONNECTION_OK { close() }
            throw failure
        }
        return last
    }

    /// Gives COPY its data; nil: has it fail. False: the connection is lost.
    private func put(_ data: [UInt8]?, _ handle: OpaquePointer) -> Bool {
        guard let data else { return PQputCopyEnd(handle, "called off") == 1 }
        // The client copies the bytes before it returns, and sends what fits meanwhile. A message has an end.
        let isPut = data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: Self.copyChunk).allSatisfy { start in
                let count = min(Self.copyChunk, bytes.count - start)
                return PQputCopyData(handle, bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self), Int32(count)) == 1
            }
        }
        return isPut && PQputCopyEnd(handle, nil) == 1
    }

    /// Waits until a result can be taken without waiting.
    private func awaitResult(_ handle: OpaquePointer, _ action: String) throws(StoreError) {
        var isFlushed = false
        while true {
            if !isFlushed {
                let code = PQflush(handle)
                guard code >= 0 else { throw lost(action) }
                isFlushed = code == 0
            }
            if isFlushed, PQisBusy(handle) == 0 { return }
            var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN | (isFlushed ? 0 : POLLOUT)), revents: 0)
            let ready = poll(&socket, 1, patienceMilliseconds)
            if ready == 0 {
                close()
                throw StoreError(
                    reason: .serverMissing, path: place, action: action,
                    detail: "no reply within \(patienceMilliseconds / 1000) s")
            }
            if ready < 0, errno != EINTR { throw lost(action) }
            if socket.revents & ~Int16(POLLOUT) != 0, PQconsumeInput(handle) == 0 { throw lost(action) }
        }
    }

    private func lost(_ action: String) -> StoreError {
        let said = Self.text(PQerrorMessage(handle))
        close()
        return StoreError(reason: .serverMissing, path: place, action: action, detail: said)
    }

    private func error(_ result: OpaquePointer, _ action: String) -> StoreError {
        let state = Self.text(PQresultErrorField(result, Int32(UInt8(ascii: "C"))))
        var detail = Self.text(PQresultErrorField(result, Int32(UInt8(ascii: "M"))))
        // A result that libpq made itself: the connection broke.
        if state.isEmpty { detail = Self.text(PQresultErrorMessage(result)) }
        return StoreError(reason: StoreError.Reason(sqlState: state), path: place, action: action, detail: detail)
    }

    /// The first line of what libpq or the server says.
    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        let lines = String(cString: pointer).split(separator: "\n")
        return lines.map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: "; ")
    }
}

extension StoreError.Reason {
    /// What a code of PostgreSQL's appendix A means to a store; none at all means that the connection broke.
    init(sqlState: String) {
        switch sqlState {
        case "", "57P01", "57P02", "57P03", "57P05", "53300": self = .serverMissing
        case "40001", "40P01", "55P03": self = .locked
        case "53100": self = .diskFull
        case "53200": self = .outOfMemory
        case "25006": self = .readOnly
        case "42501": self = .notPermitted
        case "54000": self = .tooBig
        case "58030": self = .inputOutput
        default:
            switch sqlState.prefix(2) {
            case "08": self = .serverMissing
            case "XX": self = .corrupt
            default: self = .sqlState(sqlState)
            }
        }
    }
}
