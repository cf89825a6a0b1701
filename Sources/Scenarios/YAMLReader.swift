import Yams

/// Reads YAML text into `YAMLValue`, within bounds that keep a hostile or broken file harmless.
///
/// The parser underneath recurses once per level and expands aliases where they stand, so files are
/// bounded in bytes, in brackets and indentation (which bound the depth), and in expanded values.
struct YAMLReader {
    static let maximumBytes = 1 << 20
    static let maximumBrackets = 1000
    static let maximumIndentation = 200
    static let maximumValues = 250_000

    private var log: DiagnosticLog
    private var valuesLeft = YAMLReader.maximumValues
    private let originOf: (Int, Int) -> Origin

    /// Reads the file's bytes. What is wrong with the YAML itself goes to the log; nil where nothing can be used.
    static func read(file bytes: [UInt8], log: inout DiagnosticLog) -> YAMLValue? {
        guard bytes.count <= maximumBytes else {
            log.report(.file(line: 1, column: 1), "", "the file is too large for a scenario" + Hint.text(seen: "\(bytes.count) bytes", allowed: "up to \(maximumBytes) bytes"))
            return nil
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let text = String(validating: bytes[start...], as: UTF8.self) else {
            let line = firstInvalidLine(of: bytes)
            log.report(.file(line: line, column: 1), "", "the file is not UTF-8 text: save it in that encoding")
            return nil
        }
        return read(text, log: &log) { .file(line: $0, column: $1) }
    }

    /// Reads the value of an option such as `--set`.
    static func read(option text: String, name: String, path: String, log: inout DiagnosticLog) -> YAMLValue? {
        guard !text.utf8.allSatisfy({ $0 == 0x20 }) else { return .plain("", .option(name)) }
        return read(text, path: path, log: &log) { _, _ in .option(name) }
    }

    private static func read(_ text: String, path: String = "", log: inout DiagnosticLog, originOf: @escaping (Int, Int) -> Origin) -> YAMLValue? {
        if let (line, problem) = tooDeep(text) {
            log.report(originOf(line, 1), path, problem)
            return nil
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text, .default, .default, .utf8)
        } catch {
            let (line, column, problem) = describe(error)
            log.report(originOf(line, column), path, "not valid YAML: \(problem)")
            return nil
        }
        guard let node else {
            log.report(originOf(1, 1), path, "the file is empty: a scenario has at least name, duration or questions, and traffic")
            return nil
        }
        var reader = YAMLReader(log: log, originOf: originOf)
        let value = reader.convert(node, path: path)
        if reader.valuesLeft < 0 {
            reader.log.report(originOf(1, 1), path, "the file's aliases expand to more than \(maximumValues) values")
        }
        log = reader.log
        return reader.valuesLeft < 0 ? nil : value
    }

    private init(log: DiagnosticLog, originOf: @escaping (Int, Int) -> Origin) {
        self.log = log
        self.originOf = originOf
    }

    // MARK: - Conversion

    private func origin(_ node: Node) -> Origin {
        originOf(node.mark?.line ?? 1, node.mark?.column ?? 1)
    }

    private mutating func convert(_ node: Node, path: String) -> YAMLValue {
        valuesLeft -= 1
        let here = origin(node)
        guard valuesLeft >= 0 else { return .plain("", here) }
        switch node {
        case .scalar(let scalar):
            return YAMLValue(.scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any), here)
        case .sequence(let sequence):
            var items: [YAMLValue] = []
            for (index, item) in sequence.enumerated() {
                items.append(convert(item, path: path.isEmpty ? "\(index)" : "\(path).\(index)"))
                if valuesLeft < 0 { break }
            }
            return YAMLValue(.list(items), here)
        case .mapping(let mapping):
            return YAMLValue(.mapping(entries(of: mapping, path: path)), here)
        }
    }

    private mutating func entries(of mapping: Node.Mapping, path: String) -> [YAMLValue.Entry] {
        var entries: [YAMLValue.Entry] = []
        var places: [String: Origin] = [:]
        var merged: [YAMLValue] = []
        for (keyNode, valueNode) in mapping {
            if valuesLeft < 0 { break }
            let keyOrigin = origin(keyNode)
            guard case .scalar(let scalar) = keyNode else {
                log.report(keyOrigin, path, "a key must be a word, not a list or a mapping")
                continue
            }
            let key = scalar.string
            let keyPath = path.isEmpty ? Hint.shown(key) : "\(path).\(Hint.shown(key))"
            let value = convert(valueNode, path: keyPath)
            if key == "<<", scalar.style == .plain {
                merged += value.list ?? [value]
                continue
            }
            if let first = places[key] {
                var where_ = ""
                if case .file(let line, _) = first { where_ = " (first on line \(line))" }
                log.report(keyOrigin, keyPath, "the key is given twice\(where_)")
                continue
            }
            places[key] = keyOrigin
            entries.append(.init(key: key, keyOrigin: keyOrigin, value: value))
        }
        for source in merged {
            guard let more = source.entries else {
                log.report(source.origin, path, "a merge (<<) takes a mapping" + Hint.text(seen: source.shown))
                continue
            }
            for entry in more where places[entry.key] == nil {
                places[entry.key] = entry.keyOrigin
                entries.append(entry)
            }
        }
        return entries
    }

    // MARK: - Bounds and errors

    /// The first line that could nest deeper than a scenario ever needs.
    private static func tooDeep(_ text: String) -> (line: Int, problem: String)? {
        var line = 1, indentation = 0, isIndented = true, brackets = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): (line, indentation, isIndented) = (line + 1, 0, true)
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                if isIndented {
                    indentation += 1
                    if indentation > maximumIndentation {
                        return (line, "the line is indented too deep" + Hint.text(allowed: "up to \(maximumIndentation) columns"))
                    }
                }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                isIndented = false
                brackets += 1
                if brackets > maximumBrackets {
                    return (line, "too many opening brackets for a scenario" + Hint.text(allowed: "up to \(maximumBrackets) of [ and {"))
                }
            default: isIndented = false
            }
        }
        return nil
    }

    private static func firstInvalidLine(of bytes: [UInt8]) -> Int {
        var line = 1
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }

    private static func describe(_ error: any Error) -> (line: Int, column: Int, problem: String) {
        guard let error = error as? YamlError else { return (1, 1, "\(error)") }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let said = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
            let tab = said.contains("cannot start any token") ? "; use spaces instead of tabs, and quotes around @ and `" : ""
            return (mark.line, mark.column, said + tab)
        case .reader(let problem, let offset, _, let yaml):
            guard let offset else { return (1, 1, problem) }
            let before = yaml.prefix(offset)
            let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
            let column = (before.split(separator: "\n", omittingEmptySubsequences: false).last?.unicodeScalars.count ?? 0) + 1
            return (line, column, problem)
        default: return (1, 1, "\(error)")
        }
    }
}
