import Glibc

/// A sequence of requests for keys, each key by its number: 4 bytes a request, whatever the keys look like.
///
/// The input is read once, in pieces, so that it may be a pipe and larger than memory; keys are told apart
/// by 64 bits of hash (XXH64), which two of ten million keys share with a probability of 3 in a million.
package struct KeyTrace: Sendable {
    /// The requests; keys are numbered from 0 in order of their first one.
    package private(set) var keys: [UInt32] = []
    /// Requests per key.
    package private(set) var counts: [Int] = []
    /// The probabilities behind generated requests, most popular first; nil for a trace that was read.
    package let popularity: [Double]?

    private var numbers: [UInt64: UInt32] = [:]

    /// Where in each row of comma-separated values the key is; nil: the whole line is the key.
    package enum Column: Equatable, Sendable {
        /// By the name in the first row.
        case named(String)
        /// By position from 1; all rows are data.
        case number(Int)
    }

    /// Independent draws from Zipf's law.
    package static func zipf(exponent: Double, keys count: Int, requests: Int, seed: UInt64) -> KeyTrace {
        let model = PopularityModel.zipf(exponent: exponent)
        let popularity = Popularity(model, count: count, draws: Draws(seed: seed, repeat: 0))
        var trace = KeyTrace(popularity: model.probabilities(count: count))
        var numbers = [UInt32](repeating: .max, count: count)
        trace.keys.reserveCapacity(requests)
        for request in 0..<UInt64(requests) {
            let item = popularity.item(ofQuestion: request)
            if numbers[item] == .max {
                numbers[item] = UInt32(trace.counts.count)
                trace.counts.append(0)
            }
            trace.counts[Int(numbers[item])] += 1
            trace.keys.append(numbers[item])
        }
        return trace
    }

    /// Reads a file, or standard input where the path is `-`. Empty lines are skipped.
    package static func read(_ path: String, column: Column? = nil) throws(KeyTraceError) -> KeyTrace {
        var trace = KeyTrace(popularity: nil)
        var lines = try TraceLines(path)
        var place: Int?
        if case .number(let number) = column { place = number - 1 }
        while try lines.next(quoted: column != nil) {
            // The pointer is the row's, and is used up before the next row is read.
            let found: Result<UInt64?, KeyTraceError> = lines.row.withUnsafeBytes { bytes in
                guard let column else { return .success(XXHash64.hash(bytes)) }
                var rows = CSVRows(bytes)
                switch rows.next() {
                case .end: return .success(nil)
                case .bad(let row): return .failure(lines.error(row.reason))
                case .good: break
                }
                guard let index = place else {
                    guard case .named(let name) = column else { return .success(nil) }
                    let names = rows.fields.map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
                    place = names.firstIndex(of: name)
                    if place != nil { return .success(nil) }
                    return .failure(lines.error("there is no column \(name) (columns: \(names.joined(separator: ", ")))"))
                }
                guard index < rows.fields.count else {
                    return .failure(lines.error("the row has \(rows.fields.count) fields, and the key is in field \(index + 1)"))
                }
                let field = rows.fields[index]
                return .success(XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[field.start..<field.end])))
            }
            guard let hash = try found.get() else { continue }
            guard trace.keys.count < 1 << 32 - 2 else { throw lines.error("a trace has at most 2^32 - 2 requests") }
            trace.append(hash)
        }
        guard !trace.keys.isEmpty else { throw KeyTraceError(description: "\(lines.name): there is no request in it", exitCode: 65) }
        trace.numbers = [:]
        return trace
    }

    private init(popularity: [Double]?) { self.popularity = popularity }

    private mutating func append(_ hash: UInt64) {
        var number = UInt32(counts.count)
        if let known = numbers[hash] {
            number = known
        } else {
            numbers[hash] = number
            counts.append(0)
        }
        counts[Int(number)] += 1
        keys.append(number)
    }
}

/// Why a trace could not be read: what to change, and the exit code that goes with it.
package struct KeyTraceError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// 65: bad data. 66: no such file, or it cannot be read.
    package let exitCode: Int32
}

/// The lines of a file or of standard input, read in pieces.
private struct TraceLines: ~Copyable {
    private static let longestRow = 1 << 20

    let name: String
    /// The line that was read last, or the lines that a quoted field joins.
    private(set) var row: [UInt8] = []

    private let path: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var at = 0
    private var end = 0
    private var line = 0
    private var rowStart = 0

    init(_ path: String) throws(KeyTraceError) {
        self.path = path
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
            throw KeyTraceError(description: "\(path): \(reason)", exitCode: 66)
        }
    }

    deinit { if path != "-" { close(descriptor) } }

    func error(_ reason: String) -> KeyTraceError {
        KeyTraceError(description: "\(name):\(rowStart): \(reason)", exitCode: 65)
    }

    /// Reads the next row that is not empty; false at the end.
    mutating func next(quoted: Bool) throws(KeyTraceError) -> Bool {
        row.removeAll(keepingCapacity: true)
        rowStart = line + 1
        while try appendLine() {
            line += 1
            let isOpen = quoted && row.count { $0 == UInt8(ascii: "\"") } % 2 == 1
            if isOpen {
                row.append(UInt8(ascii: "\n"))
            } else {
                if row.last == UInt8(ascii: "\r") { row.removeLast() }
                if !row.isEmpty { return true }
                rowStart = line + 1
            }
            if row.count > Self.longestRow { throw error("the row is longer than \(Self.longestRow) bytes (is a quote never closed?)") }
        }
        if !row.isEmpty { throw error("a quote is opened and never closed") }
        return false
    }

    /// Adds what is left of the current line to `row`; false where there is none.
    private mutating func appendLine() throws(KeyTraceError) -> Bool {
        var isFound = false
        while true {
            if at == end {
                try fill()
                if end == 0 { return isFound }
            }
            isFound = true
            let start = at
            while at < end, buffer[at] != UInt8(ascii: "\n") { at += 1 }
            row.append(contentsOf: buffer[start..<at])
            if at < end {
                at += 1
                return true
            }
            if row.count > Self.longestRow { throw error("the line is longer than \(Self.longestRow) bytes") }
        }
    }

    private mutating func fill() throws(KeyTraceError) {
        at = 0
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                end = count
                return
            }
            end = 0
            if errno == EINTR { continue }
            throw KeyTraceError(description: "\(name): \(String(cString: strerror(errno)))", exitCode: 66)
        }
    }
}
