import Glibc

/// A small CSV file as a whole (RFC 4180): its header and its rows as texts.
package struct CSVTable: Sendable {
    package struct Row: Sendable {
        /// In the file, from 1.
        package let line: Int
        package let cells: [String]
    }

    package let header: [String]
    package let rows: [Row]

    /// Why a file could not be read; `isMissing` where there is none.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
        package let isMissing: Bool
    }

    /// Each row must have as many fields as the header, each of whose names stands once.
    package init(path: String) throws(Problem) {
        guard let file = MappedFile(path: path) else {
            let code = errno
            let reason = code == ENOENT ? "there is no such file" : "cannot be read: \(String(cString: strerror(code)))"
            throw Problem(description: "\(path): \(reason)", isMissing: code == ENOENT || code == ENOTDIR)
        }
        var reader = CSVRows(file.bytes)
        var header: [String]?
        var rows: [Row] = []
        reading: while true {
            switch reader.next() {
            case .end: break reading
            case .bad(let bad): throw Problem(description: "\(path):\(bad.line): \(bad.reason)", isMissing: false)
            case .good(let line):
                let cells = reader.fields.map { field in
                    String(decoding: file.bytes[field.start..<field.end], as: UTF8.self).replacing("\"\"", with: "\"")
                }
                guard let names = header else {
                    var seen: Set<String> = []
                    if let twice = cells.first(where: { !seen.insert($0).inserted }) {
                        throw Problem(description: "\(path):\(line): the column \(twice) is there twice", isMissing: false)
                    }
                    header = cells
                    continue
                }
                guard cells.count == names.count else {
                    throw Problem(description: "\(path):\(line): the row has \(cells.count) fields, and the header \(names.count)", isMissing: false)
                }
                rows.append(Row(line: line, cells: cells))
            }
        }
        guard let header else { throw Problem(description: "\(path): the file is empty: there is no header", isMissing: false) }
        self.header = header
        self.rows = rows
    }
}
