import CLibPQ

/// A statement with a name under which the server keeps it compiled.
struct PostgresStatement: Sendable {
    let name: String
    let sql: String
}

/// Values for a statement's parameters in the server's binary format: one buffer, and where each value lies in it.
struct PostgresValues {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []

    mutating func append(_ text: String) {
        starts.append(bytes.count)
        PostgresText.append(text, to: &bytes)
    }

    mutating func append(_ value: Int64) {
        starts.append(bytes.count)
        bytes.appendBigEndian(UInt64(bitPattern: value))
    }

    mutating func append(_ column: PostgresColumn) {
        starts.append(bytes.count)
        column.append(to: &bytes)
    }

    /// Calls `body` with pointers to the values, their lengths and formats, good only while it runs.
    func withPointers<Result>(
        _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>, [Int32], [Int32]) -> Result
    ) -> Result {
        let ends = starts.dropFirst() + [bytes.count]
        let lengths = zip(starts, ends).map { Int32($1 - $0) }
        let formats = Array(repeating: Int32(1), count: starts.count)
        // A byte behind the last, so that an empty value is a pointer to something and not NULL.
        return (bytes + [0]).withUnsafeBytes { all in
            let first = all.baseAddress!.assumingMemoryBound(to: CChar.self)
            return starts.map { Optional(first + $0) }.withUnsafeBufferPointer { body($0, lengths, formats) }
        }
    }
}

/// One column of a batch, as an array in the server's binary format: a single parameter for many rows.
struct PostgresColumn {
    /// Object identifiers of the types, as in the server's pg_type.
    enum Kind: UInt32 {
        case bytes = 17
        case integer = 20
        case text = 25
        case double = 701
    }

    private let kind: Kind
    private var elements: [UInt8] = []
    private var count = 0

    init(_ kind: Kind) { self.kind = kind }

    /// The column of one property of all rows.
    init<Row>(_ rows: [Row], text value: (Row) -> String) {
        self.init(.text)
        for row in rows { append { PostgresText.append(value(row), to: &$0) } }
    }
    init<Row>(_ rows: [Row], integer value: (Row) -> Int64) {
        self.init(.integer)
        for row in rows { append { $0.appendBigEndian(UInt64(bitPattern: value(row))) } }
    }
    init<Row>(_ rows: [Row], bytes value: (Row) -> [UInt8]) {
        self.init(.bytes)
        for row in rows { append { $0.append(contentsOf: value(row)) } }
    }
    /// NaN becomes NULL.
    init<Row>(_ rows: [Row], double value: (Row) -> Double) {
        self.init(.double)
        for row in rows {
            let number = value(row)
            if number.isNaN {
                count += 1
                elements.appendBigEndian(UInt32.max)
            } else {
                append { $0.appendBigEndian(number.bitPattern) }
            }
        }
    }

    /// An element with its length in front, which is known only behind it.
    private mutating func append(_ write: (inout [UInt8]) -> Void) {
        count += 1
        let start = elements.count
        elements.appendBigEndian(UInt32(0))
        write(&elements)
        elements.setBigEndian(UInt32(elements.count - start - 4), at: start)
    }

    /// Dimensions (one), whether there may be NULLs, the type, the length, the first index; then the elements.
    fileprivate func append(to bytes: inout [UInt8]) {
        for word in [1, 1, kind.rawValue, UInt32(count), 1] { bytes.appendBigEndian(word) }
        bytes.append(contentsOf: elements)
    }
}

/// Rows of a table for COPY … FROM STDIN BINARY, whose format is described with the command in the server's manual.
struct PostgresCopy {
    private(set) var bytes: [UInt8] = []

    /// The signature, no flags, no extension.
    init() { bytes += "PGCOPY\n\u{FF}\r\n\0".unicodeScalars.map { UInt8($0.value) } + [0, 0, 0, 0, 0, 0, 0, 0] }

    /// Begins a row; as many fields must follow.
    mutating func beginRow(fields: Int) { bytes.appendBigEndian(UInt16(fields)) }

    /// No rows follow.
    mutating func end() { bytes.appendBigEndian(UInt16.max) }

    mutating func append(_ text: String) {
        let start = bytes.count
        bytes.appendBigEndian(UInt32(0))
        PostgresText.append(text, to: &bytes)
        // The length stands in front and is known only now.
        bytes.setBigEndian(UInt32(bytes.count - start - 4), at: start)
    }

    mutating func append(key: UInt64) {
        bytes.appendBigEndian(UInt32(16))
        KeyText.append(key, to: &bytes)
    }

    mutating func append(_ value: Int64) {
        bytes.appendBigEndian(UInt32(8))
        bytes.appendBigEndian(value)
    }

    /// NaN becomes NULL.
    mutating func append(_ value: Double) {
        if value.isNaN { return bytes.appendBigEndian(UInt32.max) }
        bytes.appendBigEndian(UInt32(8))
        bytes.appendBigEndian(value.bitPattern)
    }

    /// A timestamp: the server counts microseconds since 2000.
    mutating func append(unixNanoseconds: Int64) { append(unixNanoseconds / 1000 - 946_684_800_000_000) }
}

/// The rows of a reply, in the server's binary format. Owns its `PGresult` pointer, which `deinit` frees.
final class PostgresRows {
    private let handle: OpaquePointer?

    init(_ handle: OpaquePointer?) { self.handle = handle }
    deinit { PQclear(handle) }

    var count: Int { handle == nil ? 0 : Int(PQntuples(handle)) }

    func isNull(_ row: Int, _ column: Int32) -> Bool { PQgetisnull(handle, Int32(row), column) == 1 }
    /// NULL is 0. Of any integer type, by its length.
    func integer(_ row: Int, _ column: Int32) -> Int64 {
        let bytes = raw(row, column)
        let sign: Int64 = (bytes.first ?? 0) & 0x80 == 0 ? 0 : -1
        return bytes.reduce(sign) { $0 << 8 | Int64($1) }
    }
    /// NULL becomes NaN.
    func double(_ row: Int, _ column: Int32) -> Double {
        isNull(row, column) ? .nan : Double(bitPattern: UInt64(bitPattern: integer(row, column)))
    }
    func text(_ row: Int, _ column: Int32) -> String { PostgresText.decode(raw(row, column)) }
    func bytes(_ row: Int, _ column: Int32) -> [UInt8] { [UInt8](raw(row, column)) }

    /// Good as long as these rows are.
    private func raw(_ row: Int, _ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: PQgetvalue(handle, Int32(row), column), count: Int(PQgetlength(handle, Int32(row), column)))
    }
}

extension [UInt8] {
    /// In network byte order, as all numbers on the wire.
    fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        // The bytes are copied before the closure ends.
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func setBigEndian(_ value: UInt32, at start: Int) {
        for place in 0..<4 { self[start + place] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * place)) }
    }
}
