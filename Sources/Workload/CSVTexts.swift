import Glibc

/// The questions and answers of a corpus file in the layout of the Yahoo! Answers data: class index,
/// question title, question content, best answer; no header.
///
/// The question is the title and, where there is one, the content. Line breaks stand in the file as
/// the two characters `\n`; `<br />` and `&#xd;`, left over from web pages, become white space.
final class CSVTexts: Sendable {
    private struct Item: Sendable {
        /// Where the title begins.
        var start: Int
        /// Ends and beginnings of the fields that are kept, as distances from `start`.
        var titleEnd: UInt32
        var contentStart: UInt32
        var contentEnd: UInt32
        var answerStart: UInt32
        var answerEnd: UInt32
    }

    private let file: MappedFile
    private let items: [Item]
    let keys: [UInt64]
    let questionWords: [UInt16]
    let report: CorpusReport

    static func load(path: String, format: CSVFormat) throws(CorpusError) -> CSVTexts {
        guard let file = MappedFile(path: path) else {
            throw CorpusError(
                kind: .missing, path: path,
                description: "corpus \(path) cannot be read: \(String(cString: strerror(errno)))", report: CorpusReport())
        }
        let texts = switch format {
        case .yahooAnswers: CSVTexts(file)
        }
        let report = texts.report
        let limit = max(10, report.rows / 100)
        if report.badRows > limit {
            throw CorpusError(
                kind: .badData, path: path,
                description: """
                    corpus \(path): \(report.badRows) of \(report.rows) rows are bad, more than the \(limit) that are put up with
                    """ + listed(report.firstBadRows, path: path), report: report)
        }
        if texts.items.isEmpty {
            throw CorpusError(
                kind: .badData, path: path,
                description: "corpus \(path) holds no question: "
                    + (report.rows == 0 ? "it is empty" : report.rows == 1 ? "its only row is bad" : "all of its \(report.rows) rows are bad")
                    + listed(report.firstBadRows, path: path), report: report)
        }
        return texts
    }

    private static func listed(_ rows: [BadRow], path: String) -> String {
        rows.map { "\n  \(path):\($0.line): \($0.reason)" }.joined()
    }

    private init(_ file: MappedFile) {
        var items: [Item] = []
        var keys: [UInt64] = []
        var words: [UInt16] = []
        var report = CorpusReport()
        var rows = CSVRows(file.bytes)
        var scratch: [UInt8] = []

        func note(_ line: Int, _ reason: String) {
            report.badRows += 1
            if report.firstBadRows.count < Corpus.badRowsKept { report.firstBadRows.append(BadRow(line: line, reason: reason)) }
        }

        reading: while true {
            switch rows.next() {
            case .end: break reading
            case .bad(let row):
                report.rows += 1
                note(row.line, row.reason)
            case .good(let line):
                report.rows += 1
                let fields = rows.fields
                if let reason = Self.problem(fields, file.bytes) {
                    note(line, reason)
                    continue
                }
                let start = fields[1].start
                let item = Item(
                    start: start, titleEnd: UInt32(fields[1].end - start),
                    contentStart: UInt32(fields[2].start - start), contentEnd: UInt32(fields[2].end - start),
                    answerStart: UInt32(fields[3].start - start), answerEnd: UInt32(fields[3].end - start))
                Self.decodeQuestion(item, file.bytes, into: &scratch)
                let questionWords = scratch.withUnsafeBytes { wordCount($0) }
                if questionWords == 0 {
                    note(line, "the question (fields 2 and 3) is empty")
                    continue
                }
                let key = scratch.withUnsafeBytes { QuestionKey.of(utf8: $0) }
                if Self.isBlank(file.bytes, fields[3]) {
                    note(line, "the answer (field 4) is empty")
                    continue
                }
                items.append(item)
                keys.append(key)
                words.append(UInt16(clamping: questionWords))
            }
        }
        self.file = file
        self.items = items
        self.keys = keys
        self.questionWords = words
        self.report = report
    }

    func question(_ item: Int) -> String {
        var bytes: [UInt8] = []
        Self.decodeQuestion(items[item], file.bytes, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func reference(_ item: Int) -> String {
        var bytes: [UInt8] = []
        Self.decodeAnswer(items[item], file.bytes, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    // Pointers here are the mapped file's own or a buffer's during one call; none is kept.
    private static func problem(_ fields: [CSVField], _ bytes: UnsafeRawBufferPointer) -> String? {
        guard fields.count == 4 else {
            return "\(fields.count) field\(fields.count == 1 ? "" : "s") instead of 4 (class index, question title, question content, best answer)"
        }
        let classIndex = bytes[fields[0].start..<fields[0].end]
        guard !classIndex.isEmpty, classIndex.count <= 9, classIndex.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            let seen = String(decoding: classIndex.prefix(20), as: UTF8.self)
            return "the class index (field 1) is '\(seen)', not a whole number"
        }
        for (field, name) in zip(fields[1...], ["question title (field 2)", "question content (field 3)", "answer (field 4)"]) {
            let text = UnsafeRawBufferPointer(rebasing: bytes[field.start..<field.end])
            if text.contains(where: { $0 >= 0x80 }), String(validating: text, as: UTF8.self) == nil {
                return "the \(name) is not valid UTF-8"
            }
        }
        return nil
    }

    private static func decodeQuestion(_ item: Item, _ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) {
        out.removeAll(keepingCapacity: true)
        append(bytes, item.start, item.start + Int(item.titleEnd), to: &out)
        if item.contentEnd > item.contentStart {
            out.append(UInt8(ascii: " "))
            append(bytes, item.start + Int(item.contentStart), item.start + Int(item.contentEnd), to: &out)
        }
        trim(&out)
    }

    private static func decodeAnswer(_ item: Item, _ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) {
        out.removeAll(keepingCapacity: true)
        append(bytes, item.start + Int(item.answerStart), item.start + Int(item.answerEnd), to: &out)
        trim(&out)
    }

    /// Undoes the file's quoting and the data set's own escapes.
    static func append(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, to out: inout [UInt8]) {
        var at = start
        while at < end {
            let run = at
            while at < end, !isSpecial(bytes[at]) { at += 1 }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[run..<at]))
            guard at < end else { return }
            let (byte, length) = unescaped(bytes, at, end)
            out.append(byte)
            at += length
        }
    }

    /// Whether nothing but white space is left of a field once it is decoded.
    private static func isBlank(_ bytes: UnsafeRawBufferPointer, _ field: CSVField) -> Bool {
        var at = field.start
        while at < field.end {
            let (byte, length) = isSpecial(bytes[at]) ? unescaped(bytes, at, field.end) : (bytes[at], 1)
            if !isBlank(byte) { return false }
            at += length
        }
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    /// Whether the byte may begin something to be undone.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&")
    }

    /// What the special byte at `at` stands for, and how many bytes it takes up.
    private static func unescaped(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ end: Int) -> (byte: UInt8, length: Int) {
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "\"") where at + 1 < end && bytes[at + 1] == byte: return (byte, 2)
        case UInt8(ascii: "\\") where at + 1 < end && bytes[at + 1] == UInt8(ascii: "n"): return (UInt8(ascii: "\n"), 2)
        case UInt8(ascii: "<"), UInt8(ascii: "&"):
            if let length = remnant(bytes, at, end) { return (UInt8(ascii: " "), length) }
            return (byte, 1)
        default: return (byte, 1)
        }
    }

    /// Length of the line break left over from a web page that stands at `at`; nil where there is none.
    private static func remnant(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ end: Int) -> Int? {
        let remnants: [StaticString] = ["<br>", "<br/>", "<br />", "&#xd;", "&#xa;", "&#13;", "&#10;"]
        for remnant in remnants where at + remnant.utf8CodeUnitCount <= end {
            let same = (0..<remnant.utf8CodeUnitCount).allSatisfy { i in
                let seen = bytes[at + i]
                return (seen >= 0x41 && seen <= 0x5A ? seen | 0x20 : seen) == remnant.utf8Start[i]
            }
            if same { return remnant.utf8CodeUnitCount }
        }
        return nil
    }

    static func trim(_ text: inout [UInt8]) {
        while let last = text.last, isBlank(last) { text.removeLast() }
        text.removeFirst(text.prefix(while: { isBlank($0) }).count)
    }
}
