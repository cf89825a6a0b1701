/// Where a value of a scenario was written.
package enum Origin: Equatable, Sendable {
    /// In the scenario file; both numbers count from 1, columns in Unicode scalars.
    case file(line: Int, column: Int)
    /// On the command line: `--set 2` is the second `--set`.
    case option(String)
    /// In the file, as one of the values over which `key` is swept.
    case sweep(key: String, line: Int, column: Int)
    /// Filled in from `pipeline.profile`.
    case profile(String)
    /// Filled in from the table of keys.
    case preset
}

/// One thing that is wrong with a scenario, and what to change.
package struct Diagnostic: Equatable, Sendable {
    package var file: String
    package var origin: Origin
    /// Dotted key path; empty where the file as a whole is meant.
    package var path: String
    package var message: String
    /// 64 for an option that cannot be read, 65 for bad content, 66 for an input file that is not there.
    package var exitCode: Int32 = 65

    /// `FILE:LINE:COLUMN: key.path: message`, or `--set N: key.path: message`.
    package var text: String {
        let subject = path.isEmpty ? "" : "\(path): "
        switch origin {
        case .file(let line, let column): return "\(file):\(line):\(column): \(subject)\(message)"
        case .sweep(let key, let line, let column):
            let swept = path == key ? "sweep of \(key): " : "sweep of \(key), \(subject)"
            return "\(file):\(line):\(column): \(swept)\(message)"
        case .option(let option): return "\(option): \(subject)\(message)"
        case .profile, .preset: return "\(file): \(subject)\(message)"
        }
    }
}

/// Everything that is wrong with one scenario file, in the order of the file.
package struct ScenarioError: Error, Equatable, Sendable, CustomStringConvertible {
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    /// The highest that applies: 64 wrong usage, 65 bad scenario, 66 a file is missing.
    package var exitCode: Int32 { diagnostics.map(\.exitCode).max() ?? 65 }
    /// One line per diagnostic.
    package var description: String { diagnostics.map(\.text).joined(separator: "\n") }
}

/// Collects diagnostics while a file is read on; stops growing at a number that nobody would read.
struct DiagnosticLog {
    static let limit = 100

    let file: String
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var dropped = 0
    private var texts: Set<String> = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { diagnostics.isEmpty }

    mutating func report(_ origin: Origin, _ path: String, _ message: String, exitCode: Int32 = 65) {
        add(Diagnostic(file: file, origin: origin, path: path, message: message, exitCode: exitCode))
    }

    /// Adds it unless the same text stands already (points of a sweep share most of their keys).
    mutating func add(_ diagnostic: Diagnostic) {
        guard texts.insert(diagnostic.text).inserted else { return }
        if diagnostics.count < Self.limit { diagnostics.append(diagnostic) } else { dropped += 1 }
    }

    /// Counts what another log did not keep.
    mutating func addDropped(of other: DiagnosticLog) { dropped += other.dropped }

    func contains(_ diagnostic: Diagnostic) -> Bool { texts.contains(diagnostic.text) }

    /// The error to throw, in the order of the file: command line last.
    func error() -> ScenarioError {
        func rank(_ d: Diagnostic) -> (Int, Int, Int) {
            switch d.origin {
            case .file(let line, let column), .sweep(_, let line, let column): (0, line, column)
            case .profile, .preset: (1, 0, 0)
            case .option: (2, 0, 0)
            }
        }
        var sorted = diagnostics.enumerated().sorted { a, b in
            let (ra, rb) = (rank(a.element), rank(b.element))
            return ra == rb ? a.offset < b.offset : ra < rb
        }.map(\.element)
        if dropped > 0 {
            sorted.append(Diagnostic(file: file, origin: .preset, path: "", message: "and \(dropped) more errors"))
        }
        return ScenarioError(sorted)
    }
}

/// The hints that end a message: what was seen, what is allowed, what was probably meant.
enum Hint {
    /// ` (seen: 3; allowed: 0 to 1; did you mean x?)`, with the parts that are given.
    static func text(seen: String? = nil, allowed: String? = nil, meant: String? = nil) -> String {
        var parts: [String] = []
        if let seen { parts.append("seen: \(seen)") }
        if let allowed { parts.append("allowed: \(allowed)") }
        if let meant { parts.append("did you mean \(meant)?") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }

    /// The candidate with the fewest edits, where that is few enough to be a slip; the first of equals.
    static func nearest(to word: String, in candidates: [String]) -> String? {
        guard word.utf8.count <= 80 else { return nil }
        let limit = max(1, word.utf8.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in candidates where candidate != word {
            let distance = edits(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
            if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.word
    }

    /// Optimal string alignment distance: insertions, deletions, substitutions, swapped neighbours.
    static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    /// A value as it is shown in a message: one line, not endless.
    static func shown(_ text: String) -> String {
        if text.isEmpty { return "nothing" }
        var line = ""
        for scalar in text.unicodeScalars.prefix(61) {
            line.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return text.unicodeScalars.count > 60 ? String(line.dropLast()) + "…" : line
    }
}
