import Glibc

/// Pairs of texts from a table: an answer, and what it is held against.
///
/// A name that ends in `.jsonl`, `.ndjson` or `.json` means JSON Lines; anything else is CSV (RFC 4180). Columns
/// of a CSV are named by its first row, or numbered from 1, and where both are numbered, every row is data.
/// As in corpora, `\n` as two characters, `<br />` and `&#xd;` in a CSV count as white space. Empty texts are kept.
package enum TextPairs {
    package typealias Pair = (answer: String, against: String)

    package static func load(path: String, answer: String, against: String) throws(CorpusError) -> (pairs: [Pair], report: CorpusReport) {
        if answer == against { throw sameColumn(path, answer, against) }
        let isJSON = [".jsonl", ".ndjson", ".json"].contains { path.lowercased().hasSuffix($0) }
        return isJSON ? try lines(path, [answer, against]) : try rows(path, [answer, against])
    }

    /// Every text is like itself: nothing could be learnt.
    private static func sameColumn(_ path: String, _ answer: String, _ against: String) -> CorpusError {
        let names = answer == against ? answer : "\(answer) and \(against)"
        return CorpusError(
            kind: .badData, path: path, description: "\(path): column \(names) would be held against itself: answers and what they are held against are two columns",
            report: CorpusReport())
    }

    private static func lines(_ path: String, _ names: [String]) throws(CorpusError) -> (pairs: [Pair], report: CorpusReport) {
        var pairs: [Pair] = []
        let report = try DataLines.read(path: path, kind: "table", items: "pair") { line, _ in
            let object: JSONValue
            do throws(JSONProblem) {
                object = try JSONValue(object: line)
            } catch {
                return "no JSON object: \(error)"
            }
            var texts: [String] = []
            for name in names {
                guard let value = object[name] else {
                    guard case .object(let members) = object else { return "no JSON object" }
                    return "there is no \"\(name)\" (keys: \(listed(members.map(\.name))))"
                }
                guard let text = value.text else { return "\"\(name)\" is no text" }
                texts.append(text)
            }
            pairs.append((texts[0], texts[1]))
            return nil
        }
        return (pairs, report)
    }

    private static func rows(_ path: String, _ names: [String]) throws(CorpusError) -> (pairs: [Pair], report: CorpusReport) {
        func failure(_ kind: CorpusError.Kind, _ text: String, _ report: CorpusReport = CorpusReport()) -> CorpusError {
            CorpusError(kind: kind, path: path, description: text, report: report)
        }
        guard let file = MappedFile(path: path) else {
            throw failure(.missing, "table \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        var rows = CSVRows(file.bytes)
        let numbers = names.map { Int($0).flatMap { $0 > 0 ? $0 - 1 : nil } }
        var places: [Int]? = numbers.contains(nil) ? nil : numbers.compactMap { $0 }
        var pairs: [Pair] = []
        var report = CorpusReport()
        func note(_ line: Int, _ reason: String) {
            report.badRows += 1
            if report.firstBadRows.count < Corpus.badRowsKept { report.firstBadRows.append(BadRow(line: line, reason: reason)) }
        }
        reading: while true {
            switch rows.next() {
            case .end: break reading
            case .bad(let row):
                if places == nil { throw failure(.badData, "\(path):\(row.line): \(row.reason)") }
                report.rows += 1
                note(row.line, row.reason)
            case .good(let line):
                guard let columns = places else {
                    let header = rows.fields.map { text($0, file) }
                    var found: [Int] = []
                    for (name, number) in zip(names, numbers) {
                        guard let place = number ?? header.firstIndex(of: name) else {
                            throw failure(.badData, "\(path):\(line): there is no column \(name) (columns: \(listed(header)))")
                        }
                        found.append(place)
                    }
                    if found[0] == found[1] { throw sameColumn(path, names[0], names[1]) }
                    places = found
                    continue
                }
                report.rows += 1
                if let missing = columns.first(where: { $0 >= rows.fields.count }) {
                    note(line, "the row has \(rows.fields.count) field\(rows.fields.count == 1 ? "" : "s"), no field \(missing + 1)")
                    continue
                }
                let fields = columns.map { rows.fields[$0] }
                if let bad = zip(columns, fields).first(where: { !isUnicode($1, file) }) {
                    note(line, "field \(bad.0 + 1) is not valid UTF-8")
                    continue
                }
                pairs.append((text(fields[0], file), text(fields[1], file)))
            }
        }
        let named = report.firstBadRows.map { "\n  \(path):\($0.line): \($0.reason)" }.joined()
        let limit = max(10, report.rows / 100)
        if report.badRows > limit {
            throw failure(
                .badData, "table \(path): \(report.badRows) of \(report.rows) rows are bad, more than the \(limit) that are put up with\(named)", report)
        }
        if pairs.isEmpty { throw failure(.badData, "table \(path) holds no pair: " + (report.rows == 0 ? "there is no row of data in it" : "all of its rows are bad\(named)"), report) }
        return (pairs, report)
    }

    private static func text(_ field: CSVField, _ file: MappedFile) -> String {
        var bytes: [UInt8] = []
        CSVTexts.append(file.bytes, field.start, field.end, to: &bytes)
        CSVTexts.trim(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnicode(_ field: CSVField, _ file: MappedFile) -> Bool {
        // The pointer is the mapped file's own and is not kept.
        String(validating: UnsafeRawBufferPointer(rebasing: file.bytes[field.start..<field.end]), as: UTF8.self) != nil
    }

    private static func listed(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(20).map { $0.count > 60 ? $0.prefix(60) + "…" : $0 }.joined(separator: ", ")
    }
}
