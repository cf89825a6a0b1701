import Glibc

/// Questions and answers of a JSON Lines file: an object a line, the texts under two of its keys.
enum JSONLinesTexts {
    static func load(path: String, questionKey: String, answerKey: String) throws(CorpusError) -> (pairs: [(question: String, reference: String)], report: CorpusReport) {
        var pairs: [(question: String, reference: String)] = []
        let report = try DataLines.read(path: path, kind: "corpus", items: "question") { line, _ in
            let object: JSONValue
            do throws(JSONProblem) {
                object = try JSONValue(object: line)
            } catch {
                return "no JSON object: \(error)"
            }
            var texts: [String] = []
            for name in [questionKey, answerKey] {
                guard let value = object[name] else { return "the key \"\(name)\" is missing" }
                guard case .text(let text) = value else { return "\"\(name)\" is no text" }
                guard wordCount(text) > 0 else { return "\"\(name)\" is empty" }
                texts.append(text)
            }
            pairs.append((texts[0], texts[1]))
            return nil
        }
        return (pairs, report)
    }
}

extension JSONValue {
    /// Reads a line that must hold an object.
    init(object line: ArraySlice<UInt8>) throws(JSONProblem) {
        self = try JSONValue(reading: line)
        guard case .object = self else { throw JSONProblem(reason: "another kind of value", position: 0, endsEarly: false) }
    }
}

/// The lines of a data file, with the bad ones counted and named.
enum DataLines {
    /// Gives each line that is not blank, with its number from 1, to `take`, which says what is wrong with it, if so.
    /// - Throws: where the file cannot be read, holds no good line, or more than max(10, 1 %) bad ones.
    static func read(
        path: String, kind: String, items: String, _ take: (ArraySlice<UInt8>, Int) -> String?
    ) throws(CorpusError) -> CorpusReport {
        guard let file = MappedFile(path: path) else {
            throw CorpusError(
                kind: .missing, path: path, description: "\(kind) \(path) cannot be read: \(String(cString: strerror(errno)))", report: CorpusReport())
        }
        var report = CorpusReport()
        var number = 0
        // A copy: lines are handed out as slices, and traces and corpora of this form are small.
        let bytes = Array(file.bytes)
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            number += 1
            let line = bytes[start..<end]
            start = end + 1
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            report.rows += 1
            guard let reason = take(line, number) else { continue }
            report.badRows += 1
            if report.firstBadRows.count < Corpus.badRowsKept { report.firstBadRows.append(BadRow(line: number, reason: reason)) }
        }
        let listed = report.firstBadRows.map { "\n  \(path):\($0.line): \($0.reason)" }.joined()
        let limit = max(10, report.rows / 100)
        if report.badRows > limit {
            throw CorpusError(
                kind: .badData, path: path,
                description: "\(kind) \(path): \(report.badRows) of \(report.rows) rows are bad, more than the \(limit) that are put up with\(listed)",
                report: report)
        }
        if report.rows == report.badRows {
            throw CorpusError(
                kind: .badData, path: path, description: "\(kind) \(path) holds no \(items): \(report.rows) rows, all of them bad\(listed)", report: report)
        }
        return report
    }
}
