import Glibc
import Synchronization

/// Numbers that were measured, each as likely as any other: the distribution of the user's own data.
///
/// Quantiles are those of type 1 in R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages",
/// The American Statistician 50, 1996: the inverse of the empirical distribution function. So what is drawn
/// is always a number that was measured, and mean and variance are those of the file, not estimates of others.
@usableFromInline package struct EmpiricalDistribution: Equatable, Sendable {
    /// In ascending order; at least one.
    @usableFromInline package let values: [Double]
    @usableFromInline package let mean: Double
    /// Of the distribution itself: the mean square of the distances from its mean.
    @usableFromInline package let variance: Double

    /// `values` in any order; at least one, all finite.
    package init(_ values: [Double]) {
        precondition(!values.isEmpty, "a distribution needs a value")
        let sorted = values.sorted()
        self.values = sorted
        let count = Double(sorted.count)
        let mean = sorted.reduce(0, +) / count
        self.mean = mean
        variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    }

    /// The least value x with a share of at least `p` of the values at or below it; `p` from 0 to 1.
    @inlinable
    package func quantile(_ p: Double) -> Double {
        let rank = Int((p * Double(values.count)).rounded(.up))
        return values[min(max(rank, 1), values.count) - 1]
    }
}

/// A column of a CSV file that a distribution is taken from.
package struct EmpiricalSource: Hashable, Sendable {
    /// What the column's numbers are.
    package enum Quantity: Hashable, Sendable {
        /// Spans of so many nanoseconds.
        case spans(unit: Nanoseconds)
        /// Scores in [0, 1].
        case scores
    }

    package var path: String
    /// A name in the file's first row, or the column's number from 1.
    package var column: String
    package var quantity: Quantity

    package init(path: String, column: String, quantity: Quantity) {
        self.path = path
        self.column = column
        self.quantity = quantity
    }
}

extension EmpiricalDistribution {
    /// More rows are refused: a sample of them says the same, and values are kept in memory.
    package static let mostRows = 10_000_000
    private static let badCellsNamed = 5

    /// What was read so far: the points and repeats of a run share it.
    private static let known = Mutex<[EmpiricalSource: EmpiricalDistribution]>([:])

    /// Reads a column. Spans come back as nanoseconds. The file must not change while the process lives.
    ///
    /// Fields are comma-separated (RFC 4180). Where the column is named, the first row is the header; where it is
    /// numbered, the first row is one if its cell there is no number. Every other row must hold a number in the
    /// column: a measurement that is silently left out would make another distribution.
    package static func load(_ source: EmpiricalSource) throws(CorpusError) -> EmpiricalDistribution {
        if let known = known.withLock({ $0[source] }) { return known }
        let distribution = EmpiricalDistribution(try read(source, atMost: mostRows))
        known.withLock { $0[source] = distribution }
        return distribution
    }

    static func read(_ source: EmpiricalSource, atMost mostRows: Int) throws(CorpusError) -> [Double] {
        let path = source.path
        func error(_ kind: CorpusError.Kind, _ text: String) -> CorpusError {
            CorpusError(kind: kind, path: path, description: text, report: CorpusReport())
        }
        guard let file = MappedFile(path: path) else {
            throw error(.missing, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        var rows = CSVRows(file.bytes)
        var values: [Double] = []
        var bad: [String] = []
        var badCount = 0
        var column = source.number.map { $0 - 1 }
        var isFirst = true
        reading: while true {
            switch rows.next() {
            case .end: break reading
            case .bad(let row):
                badCount += 1
                if bad.count < badCellsNamed { bad.append("\(path):\(row.line): \(row.reason)") }
                isFirst = false
            case .good(let line):
                defer { isFirst = false }
                guard let place = column else {
                    let names = rows.fields.map { text($0, file) }
                    column = names.firstIndex(of: source.column)
                    if column == nil {
                        throw error(.badData, "\(path):\(line): the first row has no column '\(source.column)' (it has: \(names.prefix(20).joined(separator: ", ")))")
                    }
                    continue
                }
                guard place < rows.fields.count else {
                    badCount += 1
                    if bad.count < badCellsNamed {
                        bad.append("\(path):\(line):\(rows.fields.last.map { position($0.end, file) } ?? 1): the row has \(rows.fields.count) fields, no field \(place + 1)")
                    }
                    continue
                }
                let field = rows.fields[place]
                let cell = text(field, file)
                guard let number = number(cell) else {
                    if isFirst, source.number != nil, !cell.isEmpty { continue }
                    badCount += 1
                    if bad.count < badCellsNamed {
                        bad.append("\(path):\(line):\(position(field.start, file)): field \(place + 1) is \(cell.isEmpty ? "empty" : "'\(cell.prefix(40))'"), not a number")
                    }
                    continue
                }
                if let reason = source.quantity.problem(number) {
                    badCount += 1
                    if bad.count < badCellsNamed {
                        bad.append("\(path):\(line):\(position(field.start, file)): field \(place + 1) is \(cell.prefix(40)): \(reason)")
                    }
                    continue
                }
                values.append(source.quantity.value(number))
                if values.count > mostRows {
                    throw error(.badData, "\(path) has more than \(mostRows) rows: take a random sample of them")
                }
            }
        }
        if badCount > 0 {
            let more = badCount > bad.count ? "\nand \(badCount - bad.count) more" : ""
            throw error(.badData, bad.joined(separator: "\n") + more)
        }
        if values.isEmpty { throw error(.badData, "\(path) holds no number\(isFirst ? ": it is empty" : "")") }
        return values
    }

    private static func text(_ field: CSVField, _ file: MappedFile) -> String {
        var (start, end) = (field.start, field.end)
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while start < end, isBlank(file.bytes[start]) { start += 1 }
        while end > start, isBlank(file.bytes[end - 1]) { end -= 1 }
        return String(decoding: file.bytes[start..<end], as: UTF8.self)
    }

    /// The byte's place in its line, from 1.
    private static func position(_ byte: Int, _ file: MappedFile) -> Int {
        var start = byte
        while start > 0, file.bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return byte - start + 1
    }

    /// A decimal number, with an exponent or without; nil for what else Swift would read (nan, inf, hexadecimal).
    private static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"): true
            default: false
            }
        }), let number = Double(text), number.isFinite else { return nil }
        return number
    }
}

extension EmpiricalSource {
    /// The column's number from 1; nil where it is a name.
    fileprivate var number: Int? { Int(column).flatMap { $0 > 0 ? $0 : nil } }
}

extension EmpiricalSource.Quantity {
    fileprivate func problem(_ number: Double) -> String? {
        switch self {
        case .spans(let unit):
            if number < 0 { return "a time must not be negative" }
            return number * Double(unit) > Double(Distribution.longest) ? "a time must not be above 36 years" : nil
        case .scores: return number < 0 || number > 1 ? "a score lies from 0 to 1" : nil
        }
    }

    fileprivate func value(_ number: Double) -> Double {
        switch self {
        case .spans(let unit): Double(Distribution.wholeNanoseconds(number * Double(unit)))
        case .scores: number
        }
    }
}
