import Glibc

/// A field of a CSV row, as a range of the file's bytes; quotes around it are not part of it.
struct CSVField {
    var start: Int
    var end: Int
}

/// Reads rows of comma-separated values as RFC 4180 says: quoted fields may hold commas, line breaks
/// and doubled quotes; lines end in LF or CR LF; a byte order mark at the start is skipped.
///
/// A row that breaks the rules costs its first line only: reading goes on at the next one, so that a
/// stray quote does not swallow the rest of the file.
struct CSVRows {
    /// A row that grows beyond this many bytes is taken for one whose closing quote is missing.
    static let longestRow = 1 << 20

    enum Row {
        case good(line: Int)
        case bad(BadRow)
        case end
    }

    // The pointer is the mapped file's, which outlives the reading of its rows.
    private let bytes: UnsafeRawBufferPointer
    private var at: Int
    private var line = 1
    /// The fields of the row that was read last, where it was good.
    private(set) var fields: [CSVField] = []

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        at = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    mutating func next() -> Row {
        skipEmptyLines()
        guard at < bytes.count else { return .end }
        let start = at
        let startLine = line
        fields.removeAll(keepingCapacity: true)
        while true {
            let reason = readField(startLine)
            if let reason {
                at = start
                line = startLine
                skipLine()
                return .bad(BadRow(line: startLine, reason: reason))
            }
            guard at < bytes.count else { return .good(line: startLine) }
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: ",") {
                // A comma at the very end of the file begins an empty last field.
                guard at == bytes.count else { continue }
                fields.append(CSVField(start: at, end: at))
                return .good(line: startLine)
            }
            if byte == UInt8(ascii: "\r") { at += 1 }
            line += 1
            return .good(line: startLine)
        }
    }

    /// Reads one field up to the comma, line break or end that closes it; the reason where it cannot.
    private mutating func readField(_ startLine: Int) -> String? {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return readBareField() }
        at += 1
        let start = at
        let limit = min(bytes.count, start + Self.longestRow)
        while at < limit {
            let quote = position(of: UInt8(ascii: "\""), from: at, to: limit)
            line += lineBreaks(from: at, to: quote ?? limit)
            guard let quote else {
                at = limit
                break
            }
            at = quote + 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                at += 1
                continue
            }
            guard at == bytes.count || bytes[at] == UInt8(ascii: ",") || isLineBreak(at) else {
                return "field \(fields.count + 1) goes on after its closing quote (a quote inside a field must be doubled)"
            }
            fields.append(CSVField(start: start, end: quote))
            return nil
        }
        return at == bytes.count
            ? "field \(fields.count + 1) opens a quote that is never closed"
            : "field \(fields.count + 1) opens a quote that is not closed within \(Self.longestRow) bytes"
    }

    private mutating func readBareField() -> String? {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: ","), !isLineBreak(at) {
            if bytes[at] == UInt8(ascii: "\"") {
                return "field \(fields.count + 1) holds a quote but does not begin with one"
            }
            at += 1
        }
        fields.append(CSVField(start: start, end: at))
        return nil
    }

    private func position(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        guard start < end, let base = bytes.baseAddress, let found = memchr(base + start, Int32(byte), end - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private func lineBreaks(from start: Int, to end: Int) -> Int {
        var count = 0
        for position in start..<end where bytes[position] == UInt8(ascii: "\n") { count += 1 }
        return count
    }

    private func isLineBreak(_ position: Int) -> Bool {
        switch bytes[position] {
        case UInt8(ascii: "\n"): true
        case UInt8(ascii: "\r"): position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
        default: false
        }
    }

    private mutating func skipEmptyLines() {
        while at < bytes.count, isLineBreak(at) {
            at += bytes[at] == UInt8(ascii: "\r") ? 2 : 1
            line += 1
        }
    }

    private mutating func skipLine() {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
        if at < bytes.count {
            at += 1
            line += 1
        }
    }
}
