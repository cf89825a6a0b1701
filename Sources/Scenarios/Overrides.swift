/// Writes single keys into a scenario before it is validated, as `--set` and sweeps do.
enum Override {
    /// Writes `value` at a dotted path. Where the block there is a choice, alternatives that the new key
    /// excludes are dropped. False, with a diagnostic at the value's origin, where there is no such key.
    static func write(_ value: YAMLValue, at path: String, into root: inout YAMLValue, log: inout DiagnosticLog) -> Bool {
        let steps = self.steps(of: path)
        switch ScenarioKeys.root.target(of: steps) {
        case .key, .item: break
        case .unknown(let step, let before, let allowed):
            let name = (before + [step]).joined(separator: ".")
            let near = Validation.nearestPath(to: steps, failing: step, before: before, allowed: allowed)
            let list = allowed.isEmpty ? "\(before.joined(separator: ".")) has no keys" : allowed.joined(separator: ", ")
            log.report(value.origin, Hint.shown(name), "unknown key" + Hint.text(allowed: list, meant: near))
            return false
        case .later(let step, let before, let allowed):
            log.report(value.origin, (before + [step]).joined(separator: "."), "the key is not in this version" + Hint.text(allowed: allowed.joined(separator: ", ")))
            return false
        }
        guard let written = writing(value, steps[...], in: root, as: .block(ScenarioKeys.root)) else {
            log.report(value.origin, path, "there is nothing to write the key into: the value around it is of another kind, or the list is shorter")
            return false
        }
        root = written
        return true
    }

    /// A swept key is one step, though it has dots; before it may stand `zip`, and the group's number.
    private static func steps(of path: String) -> [String] {
        let steps = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard steps.first == "sweep", steps.count > 1 else { return steps }
        var before = 1
        if steps[1] == SweepGrid.zip {
            before = 2
            if steps.count > 2, Int(steps[2]) != nil { before = 3 }
        }
        let key = steps[before...].joined(separator: ".")
        return steps[..<before] + (key.isEmpty ? [] : [key])
    }

    private static func writing(_ value: YAMLValue, _ steps: ArraySlice<String>, in target: YAMLValue?, as type: ValueType) -> YAMLValue? {
        guard let step = steps.first else { return value }
        let rest = steps.dropFirst()
        if let itemType = itemType(of: type, at: target) {
            guard var items = target?.list, let index = Int(step), (0...items.count).contains(index) else { return nil }
            let old = index < items.count ? items[index] : nil
            guard let new = writing(value, rest, in: old, as: itemType) else { return nil }
            if index < items.count { items[index] = new } else { items.append(new) }
            return YAMLValue(.list(items), target!.origin)
        }
        var entries: [YAMLValue.Entry]
        if let target, !target.isNull {
            guard let present = target.entries else { return nil }
            entries = present
        } else {
            entries = []
        }
        var next = if case .sweep = type { ValueType.sweep } else { ValueType.text }
        if case .block(let block) = type {
            guard let key = block.key(named: step) else { return nil }
            next = key.type
            let scalar = rest.isEmpty ? value.scalar : nil
            entries.removeAll { $0.key != step && excluded($0.key, by: step, value: scalar, in: block) }
        }
        let index = entries.firstIndex { $0.key == step }
        guard let new = writing(value, rest, in: index.map { entries[$0].value }, as: next) else { return nil }
        if let index {
            entries[index].value = new
            entries[index].keyOrigin = value.origin
        } else {
            entries.append(.init(key: step, keyOrigin: value.origin, value: new))
        }
        return YAMLValue(.mapping(entries), target?.origin ?? value.origin)
    }

    /// What the items of a list are; nil where there is no list. Under `sweep` lists of groups look like others.
    private static func itemType(of type: ValueType, at target: YAMLValue?) -> ValueType? {
        switch type {
        case .list(let item, _): item
        case .sweep where target?.list != nil: .sweep
        default: nil
        }
    }

    /// Whether a key cannot stay in its block once another one has been written.
    private static func excluded(_ key: String, by written: String, value: String?, in block: Block) -> Bool {
        func holds(_ alternative: Block.Alternative, _ key: String) -> Bool { alternative.keys.contains { $0.name == key } }
        if block.keys.contains(where: { $0.name == key }) { return false }
        switch block.choice {
        case nil: return false
        case .named(let name, let alternatives):
            guard written == name.name, let chosen = alternatives.first(where: { $0.name == value }) else { return false }
            return alternatives.contains { holds($0, key) } && !holds(chosen, key)
        case .oneOf(let alternatives, _):
            guard let chosen = alternatives.first(where: { holds($0, written) }) else { return false }
            return alternatives.contains { holds($0, key) } && !holds(chosen, key)
        }
    }

    /// `defaults` under what is written: explicit keys win, and defaults that do not go with a choice
    /// that is written are left out.
    static func merged(_ written: YAMLValue?, over defaults: YAMLValue, as block: Block) -> YAMLValue {
        guard let written else { return defaults }
        guard let explicit = written.entries, let preset = defaults.entries else { return written }
        var entries = explicit
        for entry in preset {
            if let index = entries.firstIndex(where: { $0.key == entry.key }) {
                if case .block(let inner)? = block.key(named: entry.key)?.type {
                    entries[index].value = merged(entries[index].value, over: entry.value, as: inner)
                }
            } else if !explicit.contains(where: { excluded(entry.key, by: $0.key, value: $0.value.scalar, in: block) }) {
                entries.append(entry)
            }
        }
        return YAMLValue(.mapping(entries), written.origin)
    }
}
