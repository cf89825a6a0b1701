import Workload

/// Holds a YAML value against the table of keys: reports what is wrong, and fills in what is missing.
struct Validation {
    var log: DiagnosticLog
    /// Whether a file that a key names is there.
    let fileExists: (String) -> FileState

    enum FileState { case there, missing, folder, unreadable }

    /// The value with every default filled in, in the table's order; nil where it cannot be used.
    mutating func validated(_ value: YAMLValue, as type: ValueType, path: String) -> YAMLValue? {
        if value.isNull {
            log.report(value.origin, path, "the key has no value" + Hint.text(allowed: Self.allowed(type)))
            return nil
        }
        switch type {
        case .block(let block): return validated(value, as: block, path: path)
        case .list(let item, let minimum): return validatedList(value, of: item, minimum: minimum, path: path)
        case .integers(let range) where value.list != nil:
            return validatedList(value, of: .integer(range), minimum: 1, path: path)
        case .statusClasses: return validatedStatuses(value, path: path)
        case .tolerances: return validatedTolerances(value, path: path)
        case .repeats(_, until: let block) where value.entries != nil: return validated(value, as: block, path: path)
        case .sweep: return value.entries == nil ? mismatch(value, "must be a mapping of keys to lists of values", type, path) : value
        default: break
        }
        guard case .scalar(let text, let plain) = value.content else {
            return mismatch(value, "must be \(Self.kind(type))", type, path)
        }
        return validatedScalar(value, text, plain: plain, as: type, path: path)
    }

    // MARK: - Scalars

    private mutating func validatedScalar(_ value: YAMLValue, _ text: String, plain: Bool, as type: ValueType, path: String) -> YAMLValue? {
        switch type {
        case .text:
            return value
        case .boolean:
            if plain, text == "true" || text == "false" { return value }
        case .repeats(let range, _):
            if plain, let number = Units.integer(text) {
                return range.contains(number) ? value : mismatch(value, "is out of range", type, path)
            }
        case .share:
            if StoppingRule.share(text) != nil { return value }
        case .metric:
            if MetricNames.figures.contains(text) { return value }
            return mismatch(value, "unknown metric", type, path, meant: MetricNames.nearest(to: text))
        case .integer(let range, let word):
            if let word, text == word { return value }
            if plain, let number = Units.integer(text) {
                return range.contains(number) ? value : mismatch(value, "is out of range", type, path)
            }
        case .integers(let range):
            if plain, let number = Units.integer(text) {
                return range.contains(number) ? value : mismatch(value, "is out of range", type, path)
            }
        case .seed:
            if plain, text.utf8.first != UInt8(ascii: "+"), UInt64(text) != nil { return value }
        case .number(let range):
            if plain, let number = Units.number(text) {
                return range.contains(number) ? value : mismatch(value, "is out of range", type, path)
            }
        case .duration(let range, let word):
            if let word, text == word { return value }
            if let span = Units.duration(text) {
                return range.contains(span) ? value : mismatch(value, "is out of range", type, path)
            }
            if Units.number(text) != nil { return mismatch(value, "a duration needs a unit", type, path, meant: "\(text)s") }
        case .rate:
            if let rate = Units.rate(text) {
                return rate >= 1e-6 && rate <= 1e9 ? value : mismatch(value, "is out of range", type, path)
            }
            if Units.number(text) != nil { return mismatch(value, "a rate needs a unit", type, path, meant: "\(text)/s") }
        case .rateOrZero:
            if let rate = Units.rate(text) {
                return rate == 0 || rate >= 1e-6 && rate <= 1e9 ? value : mismatch(value, "is out of range", type, path)
            }
            if Units.number(text) != nil { return mismatch(value, "a rate needs a unit", type, path, meant: "\(text)/s") }
        case .size(let range):
            if let size = Units.size(text) {
                return range.contains(size) ? value : mismatch(value, "is out of range", type, path)
            }
            if Units.number(text) != nil { return mismatch(value, "a size needs a unit", type, path, meant: "\(text)kB") }
        case .word(let words, let later):
            if words.contains(text) { return value }
            if later.contains(text) {
                log.report(value.origin, path, "\(text) is not in this version" + Hint.text(allowed: Self.allowed(type)))
                return nil
            }
            return mismatch(value, "unknown value", type, path, meant: Hint.nearest(to: text, in: words))
        case .topic(let optional):
            return validatedTopic(value, text, optional: optional, path: path)
        case .file:
            return validatedFile(value, text, path: path)
        case .column:
            // A plain whole number is the column's place, everything else its name.
            if plain, let number = Units.integer(text) { return number >= 1 ? value : mismatch(value, "is out of range", type, path) }
            if !text.isEmpty { return value }
        case .check:
            switch Check.parse(text) {
            case .success: return value
            case .failure(let problem):
                log.report(value.origin, path, problem.message)
                return nil
            }
        case .list, .block, .statusClasses, .tolerances, .sweep:
            preconditionFailure("\(path) is no scalar")
        }
        return mismatch(value, "must be \(Self.kind(type))", type, path)
    }

    private mutating func validatedTopic(_ value: YAMLValue, _ name: String, optional: Bool, path: String) -> YAMLValue? {
        if name == "none" {
            return optional ? value : mismatch(value, "this role cannot be switched off", .topic(optional: false), path)
        }
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        return isLegal && (1...249).contains(name.utf8.count) && name != "." && name != ".."
            ? value : mismatch(value, "is no topic name", .topic(optional: optional), path)
    }

    private mutating func validatedFile(_ value: YAMLValue, _ text: String, path: String) -> YAMLValue? {
        guard !text.isEmpty, !text.utf8.contains(0) else { return mismatch(value, "must be the path of a file", .file, path) }
        // A swept path is a cell of points.csv, where gnuplot understands neither.
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\"" }) else {
            return mismatch(value, "a path must not hold control characters or double quotes", .file, path)
        }
        switch fileExists(text) {
        case .there: return value
        case .missing: log.report(value.origin, path, "there is no such file" + Hint.text(seen: Hint.shown(text)) + Self.whereToFind(path), exitCode: 66)
        case .folder: log.report(value.origin, path, "is a folder, not a file" + Hint.text(seen: Hint.shown(text)), exitCode: 66)
        case .unreadable: log.report(value.origin, path, "the file cannot be read" + Hint.text(seen: Hint.shown(text)), exitCode: 66)
        }
        return nil
    }

    /// Traces are too large to come with Crisol.
    private static func whereToFind(_ path: String) -> String {
        path == "traffic.arrivals.file"
            ? "; give yours with --set traffic.arrivals.file=PATH, or get a public one: azure-llm from github.com/Azure/AzurePublicDataset (AzureLLMInferenceTrace_conv.csv), mooncake from github.com/kvcache-ai/Mooncake (conversation_trace.jsonl)"
            : ""
    }

    // MARK: - Lists and mappings

    private mutating func validatedList(_ value: YAMLValue, of item: ValueType, minimum: Int, path: String) -> YAMLValue? {
        guard let items = value.list else { return mismatch(value, "must be a list", .list(item, minimum: minimum), path) }
        guard items.count >= minimum else { return mismatch(value, "the list must not be empty", .list(item, minimum: minimum), path) }
        var result: [YAMLValue] = []
        for (index, element) in items.enumerated() {
            if let good = validated(element, as: item, path: "\(path).\(index)") { result.append(good) }
        }
        return result.count == items.count ? YAMLValue(.list(result), value.origin) : nil
    }

    private mutating func validatedStatuses(_ value: YAMLValue, path: String) -> YAMLValue? {
        guard let entries = value.entries else { return mismatch(value, "must be a mapping", .statusClasses, path) }
        var good = true
        for entry in entries {
            let entryPath = "\(path).\(Hint.shown(entry.key))"
            if Int(entry.key).map({ (400...599).contains($0) && String($0) == entry.key }) != true {
                log.report(entry.keyOrigin, entryPath, "the key must be an HTTP status" + Hint.text(seen: Hint.shown(entry.key), allowed: "400 to 599"))
                good = false
            }
            if validated(entry.value, as: .word(ValueType.statusClassNames), path: entryPath) == nil { good = false }
        }
        return good ? value : nil
    }

    private mutating func validatedTolerances(_ value: YAMLValue, path: String) -> YAMLValue? {
        guard let entries = value.entries else { return mismatch(value, "must be a mapping of columns to amounts", .tolerances, path) }
        var good = true
        for entry in entries {
            let entryPath = "\(path).\(Hint.shown(entry.key))"
            let column = entry.key
            guard MetricNames.figures.contains(column) else {
                let near = Hint.nearest(to: column, in: MetricNames.figures)
                log.report(entry.keyOrigin, entryPath, "unknown metric" + Hint.text(seen: Hint.shown(column), allowed: "a column of summary.csv that is a number", meant: near))
                good = false
                continue
            }
            if let text = entry.value.scalar, Tolerance.amount(text, of: column) != nil { continue }
            log.report(entry.value.origin, entryPath, "must be how much worse the column may become" + Hint.text(seen: entry.value.shown, allowed: Tolerance.form(of: column)))
            good = false
        }
        return good ? value : nil
    }

    private mutating func validated(_ value: YAMLValue, as block: Block, path: String) -> YAMLValue? {
        guard let entries = value.entries else { return mismatch(value, "must be a mapping of keys", .block(block), path) }
        var result: [YAMLValue.Entry] = []
        var allowed: [Key]
        /// Whether the choice could not be read: then nothing is said about keys that depend on it.
        var isOpen = false
        /// The key that decides the choice has been looked at already.
        var decided: (name: String, value: YAMLValue?)?

        switch block.choice {
        case nil: allowed = block.keys
        case .named(let key, let alternatives):
            let chosen = validated(key, in: value, path: path)
            decided = (key.name, chosen)
            let alternative = alternatives.first { $0.name == chosen?.scalar }
            isOpen = alternative == nil
            allowed = block.ordered([key] + (alternative?.keys ?? alternatives.flatMap(\.keys)))
            // Nothing is known about the keys that go with an alternative of a later version.
            if case .word(_, let later) = key.type, let word = value[key.name]?.scalar, later.contains(word) { break }
            reportUnknown(entries, block, allowed: allowed, chosen: isOpen ? nil : (key.name, chosen?.scalar ?? ""), path: path)
        case .oneOf(let alternatives, let preset):
            let written = alternatives.filter { alternative in alternative.keys.contains { value[$0.name] != nil } }
            if let preset, written.isEmpty, !entries.contains(where: { block.later.contains($0.key) }) {
                guard entries.isEmpty else { reportUnknown(entries, block, allowed: block.allKeys, chosen: nil, path: path); return nil }
                return validated(Self.preset(preset), as: block, path: path)
            }
            reportUnknown(entries, block, allowed: block.allKeys, chosen: nil, path: path)
            let names = alternatives.map(\.name)
            if written.count > 1 {
                let names = written.map { alternative in alternative.keys.first { value[$0.name] != nil }!.name }
                let last = entries.last { entry in names.contains(entry.key) }!
                log.report(last.keyOrigin, path, "\(Self.listed(names, "and")) exclude each other: keep one of them")
            } else if written.isEmpty, preset == nil {
                log.report(value.origin, path, "\(Self.listed(names, "or")) is missing: one of them is required")
            } else if let only = written.first, value[only.name] == nil {
                let stray = entries.first { entry in only.keys.contains { $0.name == entry.key } }!
                log.report(stray.keyOrigin, path.isEmpty ? stray.key : "\(path).\(stray.key)", "the key belongs to \(only.name), which is missing")
            }
            isOpen = written.count != 1 || value[written[0].name] == nil
            allowed = block.ordered(isOpen ? alternatives.flatMap(\.keys) : written[0].keys)
        }
        if block.choice == nil { reportUnknown(entries, block, allowed: allowed, chosen: nil, path: path) }

        var seen: Set<String> = []
        for key in allowed where seen.insert(key.name).inserted {
            let isOwn = block.keys.contains { $0.name == key.name }
            if isOpen, !isOwn, value[key.name] == nil { continue }
            let good = decided?.name == key.name ? decided!.value : validated(key, in: value, path: path)
            if let good { result.append(.init(key: key.name, keyOrigin: good.origin, value: good)) }
        }
        // A partial mapping still lets the checks that compare keys look at the good ones.
        return YAMLValue(.mapping(result), value.origin)
    }

    /// The key's value in its mapping, or its default; nil where it is wrong or may be missing.
    private mutating func validated(_ key: Key, in mapping: YAMLValue, path: String) -> YAMLValue? {
        let keyPath = path.isEmpty ? key.name : "\(path).\(key.name)"
        if let value = mapping[key.name] { return validated(value, as: key.type, path: keyPath) }
        switch key.presence {
        case .required:
            log.report(mapping.origin, keyPath, "the key is missing" + Hint.text(allowed: Self.allowed(key.type)))
            return nil
        case .optional: return nil
        case .preset(let yaml):
            let preset = Self.preset(yaml)
            // The table's own scalars are good (a test holds them against their types); blocks are filled in.
            if case .scalar = preset.content { return preset }
            return validated(preset, as: key.type, path: keyPath)
        }
    }

    private mutating func reportUnknown(_ entries: [YAMLValue.Entry], _ block: Block, allowed: [Key], chosen: (key: String, value: String)?, path: String) {
        for entry in entries where !allowed.contains(where: { $0.name == entry.key }) {
            var seen: Set<String> = []
            let names = allowed.map(\.name).filter { seen.insert($0).inserted }
            let keyPath = path.isEmpty ? Hint.shown(entry.key) : "\(path).\(Hint.shown(entry.key))"
            let list = names.joined(separator: ", ")
            if block.later.contains(entry.key) {
                log.report(entry.keyOrigin, keyPath, "the key is not in this version" + Hint.text(allowed: list))
            } else if let chosen, block.key(named: entry.key) != nil {
                log.report(entry.keyOrigin, keyPath, "the key does not go with \(chosen.key): \(chosen.value)" + Hint.text(allowed: list))
            } else {
                let near = Hint.nearest(to: entry.key, in: names) ?? Self.elsewhere(entry.key)
                log.report(entry.keyOrigin, keyPath, "unknown key" + Hint.text(allowed: list, meant: near))
            }
        }
    }

    // MARK: - Messages

    private mutating func mismatch(_ value: YAMLValue, _ problem: String, _ type: ValueType, _ path: String, meant: String? = nil) -> YAMLValue? {
        let shown: String
        if case .scalar(let text, plain: false) = value.content { shown = "\"\(Hint.shown(text))\"" } else { shown = value.shown }
        log.report(value.origin, path, problem + Hint.text(seen: shown, allowed: Self.allowed(type), meant: meant))
        return nil
    }

    private static let presets = allPresets()

    static func preset(_ yaml: String) -> YAMLValue {
        presets[yaml] ?? { preconditionFailure("\(yaml) is not among the table's defaults") }()
    }

    /// Every default of the table, parsed once.
    private static func allPresets() -> [String: YAMLValue] {
        var texts: Set<String> = []
        func collect(_ block: Block) {
            if case .oneOf(_, let preset?) = block.choice { texts.insert(preset) }
            for key in block.everyKey {
                if case .preset(let yaml) = key.presence { texts.insert(yaml) }
                switch key.type {
                case .block(let inner), .list(.block(let inner), _): collect(inner)
                default: break
                }
            }
        }
        collect(ScenarioKeys.root)
        var values: [String: YAMLValue] = [:]
        for yaml in texts {
            var log = DiagnosticLog(file: "")
            guard let value = YAMLReader.read(file: Array(yaml.utf8), log: &log) else {
                preconditionFailure("the default \(yaml) is not valid YAML: \(log.error())")
            }
            values[yaml] = value.relocated { _ in .preset }
        }
        return values
    }

    static let paths = ScenarioKeys.root.paths()

    /// Where a key of this name stands, if it is known in another place.
    static func elsewhere(_ key: String) -> String? {
        paths.first { $0 == key || $0.hasSuffix(".\(key)") }?.replacing(".0.", with: ".N.")
    }

    /// What a dotted key that leads nowhere was probably meant to be.
    static func nearestPath(to path: [String], failing step: String, before: [String], allowed: [String]) -> String? {
        if let near = Hint.nearest(to: step, in: allowed) {
            let whole = (before + [near] + path.dropFirst(before.count + 1))
            if case .key = ScenarioKeys.root.target(of: whole) { return whole.joined(separator: ".") }
            return (before + [near]).joined(separator: ".")
        }
        return elsewhere(step) ?? Hint.nearest(to: path.joined(separator: "."), in: paths)
    }

    static func listed(_ names: [String], _ word: String) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " \(word) \(names.last!)"
    }

    static func kind(_ type: ValueType) -> String {
        switch type {
        case .text: "a text"
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .repeats: "a whole number or a mapping"
        case .share: "a percentage"
        case .metric: "a column"
        case .integers: "a whole number or a list of them"
        case .seed: "a whole number"
        case .number: "a number"
        case .duration: "a duration"
        case .rate, .rateOrZero: "a rate"
        case .size: "a size"
        case .word: "one word"
        case .topic: "a topic name"
        case .file: "the path of a file"
        case .column: "a column"
        case .list: "a list"
        case .block, .statusClasses, .tolerances, .sweep: "a mapping"
        case .check: "a check"
        }
    }

    /// The values that a message lists as allowed.
    static func allowed(_ type: ValueType) -> String? {
        func or(_ word: String?, _ text: String) -> String { word.map { "\(text), or \($0)" } ?? text }
        switch type {
        case .text: return "a text"
        case .boolean: return "true, false"
        case .integer(let range, let word): return or(word, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        case .repeats(let range, _): return "a whole number from \(range.lowerBound) to \(range.upperBound), or a mapping such as {until: 2%, of: latency_p95_ms, max: 50}"
        case .share: return "a percentage above 0% up to 100%, such as 2%"
        case .metric: return "a column of summary.csv that is a number"
        case .integers(let range): return "a whole number from \(range.lowerBound) to \(range.upperBound), or a list of them"
        case .seed: return "a whole number from 0 to \(UInt64.max)"
        case .number(let range): return "a number \(range.text)"
        case .duration(let range, let word):
            let bound = range.lowerBound > 1 ? " from \(Units.text(of: range.lowerBound)) to 3650d" : range.lowerBound > 0 ? " above 0s up to 3650d" : " from 0s to 3650d"
            return or(word, "\(Units.durationForm),\(bound)")
        case .rate: return "\(Units.rateForm), from 0.000001/s to 1000000000/s"
        case .rateOrZero: return "\(Units.rateForm), 0/s or from 0.000001/s to 1000000000/s"
        case .size: return "\(Units.sizeForm), above 0B"
        case .word(let words, _): return words.joined(separator: ", ")
        case .topic(let optional): return "1 to 249 letters, digits, dots, dashes and underscores\(optional ? ", or none" : "")"
        case .file: return "the path of a file"
        case .column: return "a column's name in the file's first row, or its number from 1"
        case .list(let item, _): return allowed(item).map { "a list of: \($0)" } ?? "a list"
        case .block(let block): return "a mapping with " + block.allKeys.map(\.name).joined(separator: ", ")
        case .statusClasses: return "a mapping such as {503: overload, 429: overload, 402: quota}"
        case .check: return "a check such as p95(latency) < 5s"
        case .tolerances: return "a mapping such as {latency_p95_ms: 5%, hit_ratio: 0.01}"
        case .sweep: return "a mapping such as {pipeline.cache.policy: [lru, fifo]}"
        }
    }
}
