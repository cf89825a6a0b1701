import Pipeline
import Workload

/// One key of the scenario format: the single source of what is parsed, of defaults and of the JSON Schema.
struct Key: Sendable {
    enum Presence: Sendable {
        case required
        /// May be missing, which means something of its own.
        case optional
        /// Missing means this YAML.
        case preset(String)
    }

    let name: String
    /// One sentence for editors and people.
    let about: String
    let type: ValueType
    let presence: Presence

    init(_ name: String, _ type: ValueType, _ presence: Presence, _ about: String) {
        self.name = name
        self.about = about
        self.type = type
        self.presence = presence
    }

    var isRequired: Bool {
        if case .required = presence { true } else { false }
    }
}

/// A word or a key of the contract that belongs to a later version: recognised, and refused by name.
struct Later: Sendable {
    let words: [String]

    init(_ words: String...) { self.words = words }

    static var none: Later { Later() }
    func contains(_ word: String) -> Bool { words.contains(word) }
}

/// What a key's value looks like.
indirect enum ValueType: Sendable {
    case text
    case boolean
    /// A whole number in the range; `or` names a word that stands for no number.
    case integer(ClosedRange<Int>, or: String? = nil)
    /// A whole number in the range, or a list of them.
    case integers(ClosedRange<Int>)
    /// Any 64-bit number from 0.
    case seed
    case number(NumberRange)
    /// `or` names a word that stands for no duration.
    case duration(ClosedRange<Nanoseconds>, or: String? = nil)
    case rate
    /// A rate that may be 0.
    case rateOrZero
    case size(ClosedRange<Int>)
    case word([String], later: Later = .none)
    /// A topic's name; `none` switches the role off where that is allowed.
    case topic(optional: Bool)
    /// A file to be read, relative to the scenario file (in `--set`: to the working folder).
    case file
    /// A column of a CSV file, by its name in the first row or its number from 1.
    case column
    case list(ValueType, minimum: Int)
    case block(Block)
    /// A mapping of HTTP statuses to error classes.
    case statusClasses
    /// A check such as `p95(latency) < 5s`.
    case check
    /// A whole number in the range, or a mapping that says until when.
    case repeats(ClosedRange<Int>, until: Block)
    /// A percentage above 0.
    case share
    /// A column of summary.csv that is a number.
    case metric
    /// A mapping of summary columns to how much worse they may become.
    case tolerances
    /// A mapping of dotted keys to lists of values.
    case sweep
}

extension ValueType {
    /// What `provider.classify` may make of a status.
    static let statusClassNames = ErrorClass.allCases.filter { $0 != .none }.map(\.rawValue)
}

/// Bounds of a number, each included or not.
struct NumberRange: Sendable {
    var minimum: Double
    var maximum: Double?
    var excludesMinimum = false

    static let probability = NumberRange(minimum: 0, maximum: 1)
    static let positive = NumberRange(minimum: 0, maximum: nil, excludesMinimum: true)
    static func from(_ minimum: Double, to maximum: Double? = nil) -> NumberRange { .init(minimum: minimum, maximum: maximum) }

    func contains(_ x: Double) -> Bool {
        (excludesMinimum ? x > minimum : x >= minimum) && maximum.map { x <= $0 } ?? true
    }

    var text: String {
        let from = "\(excludesMinimum ? "above" : "from") \(Self.trimmed(minimum))"
        return maximum.map { "\(from) to \(Self.trimmed($0))" } ?? (excludesMinimum ? from : "\(Self.trimmed(minimum)) or more")
    }

    static func trimmed(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\(x)" }
}

/// A mapping with known keys.
struct Block: Sendable {
    /// Keys that are allowed whatever is chosen.
    let keys: [Key]
    let choice: Choice?
    /// Keys of later versions.
    let later: Later
    /// How many of `keys` stand before those of the choice.
    let leading: Int
    /// Every key that the block may hold, whatever is chosen; the first of a name that several alternatives share.
    let allKeys: [Key]
    let allNames: Set<String>

    init(_ keys: [Key], choice: Choice? = nil, later: Later = .none, leading: Int = 0) {
        self.keys = keys
        self.choice = choice
        self.later = later
        self.leading = leading
        var names: Set<String> = []
        allKeys = Self.everyKey(keys, choice, leading).filter { names.insert($0.name).inserted }
        allNames = names
    }

    /// Some keys of a block exclude each other.
    enum Choice: Sendable {
        /// The value of one key says which others apply: `process: poisson` takes `rate`.
        case named(Key, [Alternative])
        /// Exactly one alternative is there, known by its name being a key: `csv: …` or `builtin: true`.
        /// The first alternative's preset holds where none is written; without a preset one is required.
        case oneOf([Alternative], preset: String?)
    }

    struct Alternative: Sendable {
        let name: String
        let keys: [Key]

        init(_ name: String, _ keys: [Key]) {
            self.name = name
            self.keys = keys
        }
    }

    /// As `allKeys`, with all of a name that several alternatives share.
    var everyKey: [Key] { Self.everyKey(keys, choice, leading) }

    private static func everyKey(_ keys: [Key], _ choice: Choice?, _ leading: Int) -> [Key] {
        let chosen: [Key] = switch choice {
        case nil: []
        case .named(let key, let alternatives): [key] + alternatives.flatMap(\.keys)
        case .oneOf(let alternatives, _): alternatives.flatMap(\.keys)
        }
        return Array(keys[..<leading] + chosen + keys[leading...])
    }

    /// The block's own keys with those of the choice in their place.
    func ordered(_ chosen: [Key]) -> [Key] { Array(keys[..<leading] + chosen + keys[leading...]) }

    func key(named name: String) -> Key? { allNames.contains(name) ? allKeys.first { $0.name == name } : nil }
}

extension Block {
    /// What a dotted path leads to.
    enum Target {
        case key(Key, parent: Block)
        /// An item of a list or an entry of a mapping with free keys.
        case item(ValueType)
        /// The step that fails, the path before it, and the names that would do there.
        case unknown(step: String, before: [String], allowed: [String])
        case later(step: String, before: [String], allowed: [String])
    }

    /// Follows a path from this block, as the root.
    func target(of path: [String]) -> Target {
        var type = ValueType.block(self)
        var result: Target?
        for (index, step) in path.enumerated() {
            let before = Array(path[..<index])
            switch type {
            case .block(let block), .repeats(_, until: let block):
                let names = block.allKeys.map(\.name)
                if block.later.contains(step) { return .later(step: step, before: before, allowed: names) }
                guard let key = block.key(named: step) else { return .unknown(step: step, before: before, allowed: names) }
                type = key.type
                result = .key(key, parent: block)
            case .list(let item, _):
                guard let number = Int(step), number >= 0 else {
                    return .unknown(step: step, before: before, allowed: ["an item's number from 0"])
                }
                type = item
                result = .item(item)
            case .statusClasses:
                type = .word(ValueType.statusClassNames)
                result = .item(type)
            case .tolerances:
                guard MetricNames.figures.contains(step) else { return .unknown(step: step, before: before, allowed: MetricNames.figures) }
                // The column decides what its value may be, so the mapping is what is validated.
                return .item(.tolerances)
            case .sweep:
                // Swept keys are dotted themselves: the rest of the path is one key.
                return .item(.sweep)
            default:
                return .unknown(step: step, before: before, allowed: [])
            }
        }
        return result ?? .unknown(step: "", before: [], allowed: allKeys.map(\.name))
    }

    /// Dotted paths of all keys below, blocks and values, in the table's order; list items stand as `0`.
    func paths(below prefix: String = "") -> [String] {
        allKeys.flatMap { key -> [String] in
            let path = prefix + key.name
            switch key.type {
            case .block(let block), .repeats(_, until: let block): return [path] + block.paths(below: path + ".")
            case .list(.block(let block), _): return [path] + block.paths(below: path + ".0.")
            default: return [path]
            }
        }
    }
}
