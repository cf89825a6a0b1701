/// The scenario format as a JSON Schema (draft 2020-12), for editors.
///
/// Made of the same table that scenarios are checked with, so the two agree about keys, defaults and
/// words. What only the whole scenario can tell (a warm-up longer than the run) is left to `crisol check`.
package enum JSONSchema {
    /// The schema as JSON text, ending in a line break.
    package static var text: String {
        var schema: [(String, YAMLValue)] = [
            ("$schema", string("https://json-schema.org/draft/2020-12/schema")),
            ("title", string("Crisol scenario")),
            ("description", string("What Crisol simulates or runs live: traffic, pipeline, provider, faults, sweep, checks and tolerances.")),
        ]
        schema += members(of: ScenarioKeys.root)
        return object(schema).json + "\n"
    }

    // MARK: - Blocks

    private static func members(of block: Block) -> [(String, YAMLValue)] {
        switch block.choice {
        case nil:
            return plain(block.keys)
        case .oneOf(let alternatives, let preset):
            var result = plain(block.allKeys, optional: Set(alternatives.flatMap(\.keys).map(\.name)))
            var branches = alternatives.map { object([("required", list([string($0.name)]))]) }
            if preset != nil {
                branches.append(object([("not", object([("anyOf", list(branches))]))]))
            }
            result.append(("oneOf", list(branches)))
            let companions = alternatives.flatMap { alternative in
                alternative.keys.dropFirst().map { ($0.name, list([string(alternative.name)])) }
            }
            if !companions.isEmpty { result.append(("dependentRequired", object(companions))) }
            return result
        case .named(let key, let alternatives):
            let branches = alternatives.map { alternative in
                let isDefault = if case .preset(let word) = key.presence { word == alternative.name } else { false }
                let chosen = object([
                    ("const", string(alternative.name)), ("description", string(key.about)),
                ])
                let keys = block.ordered(alternative.keys)
                var required = keys.filter(\.isRequired).map(\.name)
                if !isDefault { required.insert(key.name, at: 0) }
                var members: [(String, YAMLValue)] = [
                    ("properties", object([(key.name, chosen)] + keys.map { ($0.name, schema(of: $0)) }))
                ]
                if !required.isEmpty { members.append(("required", list(required.map(string)))) }
                members.append(("additionalProperties", .plain("false")))
                return object(members)
            }
            return [("type", string("object")), ("oneOf", list(branches))]
        }
    }

    private static func plain(_ keys: [Key], optional: Set<String> = []) -> [(String, YAMLValue)] {
        let required = keys.filter { $0.isRequired && !optional.contains($0.name) }.map(\.name)
        var result: [(String, YAMLValue)] = [
            ("type", string("object")), ("properties", object(keys.map { ($0.name, schema(of: $0)) })),
        ]
        if !required.isEmpty { result.append(("required", list(required.map(string)))) }
        result.append(("additionalProperties", .plain("false")))
        return result
    }

    private static func schema(of key: Key) -> YAMLValue {
        var members: [(String, YAMLValue)] = [("description", string(key.about))]
        members += self.members(of: key.type)
        if case .preset(let yaml) = key.presence { members.append(("default", Validation.preset(yaml))) }
        return object(members)
    }

    // MARK: - Values

    private static func members(of type: ValueType) -> [(String, YAMLValue)] {
        switch type {
        case .text: return [("type", string("string"))]
        case .file: return [("type", string("string")), ("minLength", .plain("1"))]
        case .column:
            return [("anyOf", list([object([("type", string("string")), ("minLength", .plain("1"))]), object([("type", string("integer")), ("minimum", .plain("1"))])]))]
        case .boolean: return [("type", string("boolean"))]
        case .integer(let range, let word):
            return or(word, [("type", string("integer")), ("minimum", .plain("\(range.lowerBound)")), ("maximum", .plain("\(range.upperBound)"))])
        case .repeats(let range, until: let block):
            return [("anyOf", list([object(members(of: ValueType.integer(range))), object(members(of: block))]))]
        case .share: return [("type", string("string")), ("pattern", string("^[0-9]+([.][0-9]+)?%$"))]
        case .metric: return [("enum", list(MetricNames.figures.map(string)))]
        case .integers(let range):
            return [("anyOf", list([ValueType.integer(range), .list(.integer(range), minimum: 1)].map { object(members(of: $0)) }))]
        case .seed: return [("type", string("integer")), ("minimum", .plain("0")), ("maximum", .plain("\(UInt64.max)"))]
        case .number(let range):
            var members = [("type", string("number")), (range.excludesMinimum ? "exclusiveMinimum" : "minimum", .plain(NumberRange.trimmed(range.minimum)))]
            if let maximum = range.maximum { members.append(("maximum", .plain(NumberRange.trimmed(maximum)))) }
            return members
        case .duration(_, let word): return or(word, pattern(Units.durationUnits.map(\.name), separator: "", form: Units.durationForm))
        case .rate, .rateOrZero: return pattern(Units.rateUnits.map(\.name), separator: "/", form: Units.rateForm)
        case .size: return pattern(Units.sizeUnits.map(\.name), separator: "", form: Units.sizeForm)
        case .word(let words, _):
            // YAML reads true and false as booleans, so they are words of that type here.
            return [("enum", list(words.map { $0 == "true" || $0 == "false" ? .plain($0) : string($0) }))]
        case .topic: return [("type", string("string")), ("pattern", string("^[a-zA-Z0-9._-]{1,249}$"))]
        case .check:
            return [("type", string("string")), ("examples", list(["p95(latency) < 5s", "hit_ratio > 30%", "lost == 0"].map(string)))]
        case .list(let item, let minimum):
            var members = [("type", string("array")), ("items", object(self.members(of: item)))]
            if minimum > 0 { members.append(("minItems", .plain("\(minimum)"))) }
            return members
        case .block(let block): return members(of: block)
        case .statusClasses:
            return [
                ("type", string("object")),
                ("patternProperties", object([("^[45][0-9][0-9]$", object([("enum", list(ValueType.statusClassNames.map(string)))]))])),
                ("additionalProperties", .plain("false")),
            ]
        case .tolerances:
            let share = object([("type", string("string")), ("pattern", string("^[0-9]+([.][0-9]+)?(%|\(Units.durationUnits.map(\.name).joined(separator: "|")))$"))])
            return [
                ("type", string("object")),
                ("propertyNames", object([("enum", list(MetricNames.figures.map(string)))])),
                ("additionalProperties", object([("anyOf", list([object([("type", string("number")), ("minimum", .plain("0"))]), share]))])),
            ]
        case .sweep:
            let group = sweptKeys(unique: false) + [("minProperties", .plain("1"))]
            let groups = object([("type", string("array")), ("minItems", .plain("1")), ("items", object(group))])
            let zip = object([
                ("description", string("Keys that vary together: lists of equal length, of which a point takes the first values, the second, and so on. Several such groups: a list of them.")),
                ("anyOf", list([object(group), groups])),
            ])
            return sweptKeys(unique: true, but: SweepGrid.zip) + [("properties", object([(SweepGrid.zip, zip)]))]
        }
    }

    /// A mapping of dotted keys to lists, and of another key that is described elsewhere.
    private static func sweptKeys(unique: Bool, but other: String? = nil) -> [(String, YAMLValue)] {
        let keys = ScenarioKeys.root.paths().filter { path in !SweepGrid.unsweepable.contains { path == $0 || path.hasPrefix("\($0).") } && !path.contains(".0.") } + (other.map { [$0] } ?? [])
        var values = [("type", string("array")), ("minItems", .plain("1"))]
        if unique { values.append(("uniqueItems", .plain("true"))) }
        return [
            ("type", string("object")),
            ("propertyNames", object([("anyOf", list([object([("enum", list(keys.map(string)))]), object([("pattern", string("[.][0-9]+"))])]))])),
            ("additionalProperties", object(values)),
        ]
    }

    private static func pattern(_ units: [String], separator: String, form: String) -> [(String, YAMLValue)] {
        [
            ("type", string("string")),
            ("pattern", string("^[0-9]+([.][0-9]+)?\(separator)(\(units.joined(separator: "|")))$")),
            ("$comment", string(form)),
        ]
    }

    private static func or(_ word: String?, _ members: [(String, YAMLValue)]) -> [(String, YAMLValue)] {
        guard let word else { return members }
        return [("anyOf", list([object(members), object([("const", string(word))])]))]
    }

    private static func string(_ text: String) -> YAMLValue { YAMLValue(.scalar(text, plain: false), .preset) }
    private static func list(_ items: [YAMLValue]) -> YAMLValue { YAMLValue(.list(items), .preset) }
    private static func object(_ members: [(String, YAMLValue)]) -> YAMLValue {
        YAMLValue(.mapping(members.map { .init(key: $0.0, keyOrigin: .preset, value: $0.1) }), .preset)
    }
}
