/// Reads the axes of a sweep, and reports what is wrong with them.
struct SweepReader {
    var log: DiagnosticLog
    private(set) var isGood = true

    init(log: DiagnosticLog) { self.log = log }

    mutating func report(_ origin: Origin, _ path: String, _ message: String) {
        log.report(origin, path, message)
        isGood = false
    }

    /// The good ones of a sweep's entries, in their order.
    mutating func axes(_ entries: [YAMLValue.Entry]) -> [SweepGrid.Axis] {
        var axes: [SweepGrid.Axis] = []
        for entry in entries {
            if entry.key == SweepGrid.zip {
                axes += groups(entry.value)
            } else if let key = key(entry, below: "sweep") {
                reportRepeated(.init(keys: [key]))
                axes.append(.init(keys: [key]))
            }
        }
        return axes
    }

    /// Finds keys that are swept twice, or of which one holds another.
    mutating func compare(_ keys: [SweepGrid.SweptKey], in sweep: YAMLValue) {
        for (index, key) in keys.enumerated() {
            for other in keys[..<index] {
                if other.name == key.name {
                    report(key.origin, key.path, "the key is swept already, as \(other.path)\(Self.place(other.origin)): keep one of them")
                } else if other.name.hasPrefix(key.name + ".") || key.name.hasPrefix(other.name + ".") {
                    report(sweep.origin, key.path, "the key overlaps with \(other.name): sweep one of them")
                }
            }
        }
    }

    // MARK: - Groups

    /// What stands under `zip`: a group, or a list of groups.
    private mutating func groups(_ value: YAMLValue) -> [SweepGrid.Axis] {
        let path = "sweep.\(SweepGrid.zip)"
        guard let items = value.list else { return group(value, path: path).map { [$0] } ?? [] }
        if items.isEmpty { report(value.origin, path, "there is no group of keys" + Hint.text(seen: value.shown, allowed: Self.groupForm)) }
        return items.enumerated().compactMap { group($1, path: "\(path).\($0)") }
    }

    private static let groupForm = "such as {pipeline.workers.llm: [1, 2, 4], pipeline.partitions: [2, 4, 8]}, or a list of such groups"

    private mutating func group(_ value: YAMLValue, path: String) -> SweepGrid.Axis? {
        guard let entries = value.entries, !entries.isEmpty else {
            report(value.origin, path, "must be a mapping of keys to lists of as many values each" + Hint.text(seen: value.shown, allowed: Self.groupForm))
            return nil
        }
        let keys = entries.compactMap { key($0, below: path) }
        guard let first = keys.first, keys.count == entries.count else { return nil }
        var isEven = true
        for key in keys.dropFirst() where key.values.count != first.values.count {
            report(
                key.origin, key.path,
                "keys that vary together must have equally many values: here \(key.values.count), and \(first.values.count) for \(first.name)\(Self.place(first.origin))")
            isEven = false
        }
        guard isEven else { return nil }
        let axis = SweepGrid.Axis(keys: keys)
        reportRepeated(axis)
        return axis
    }

    /// ` on line 7`, where an origin has a line.
    private static func place(_ origin: Origin) -> String {
        switch origin {
        case .file(let line, _), .sweep(_, let line, _): " on line \(line)"
        case .option(let option): " in \(option)"
        case .profile, .preset: ""
        }
    }

    // MARK: - Keys

    /// A swept key with its values, which know for which key they stand; nil where it is wrong.
    private mutating func key(_ entry: YAMLValue.Entry, below block: String) -> SweepGrid.SweptKey? {
        let path = "\(block).\(Hint.shown(entry.key))"
        guard isKnown(entry, path: path) else { return nil }
        guard let items = entry.value.list else {
            report(entry.value.origin, path, "must be a list of values" + Hint.text(seen: entry.value.shown, allowed: "such as [1, 2, 3]"))
            return nil
        }
        guard !items.isEmpty else {
            report(entry.value.origin, path, "the list must not be empty: a sweep over no values has no points")
            return nil
        }
        let values = items.map { item in
            item.relocated { origin in
                if case .file(let line, let column) = origin { return .sweep(key: entry.key, line: line, column: column) }
                return origin
            }
        }
        return .init(name: entry.key, values: values, path: path, origin: entry.keyOrigin)
    }

    private mutating func isKnown(_ entry: YAMLValue.Entry, path: String) -> Bool {
        let steps = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if let first = steps.first, SweepGrid.unsweepable.contains(first) {
            let remedy = first == "seed" ? ": repeats give other luck" : ""
            report(entry.keyOrigin, path, "the key belongs to the run as a whole and cannot be swept" + remedy)
            return false
        }
        switch ScenarioKeys.root.target(of: steps) {
        case .key, .item: return true
        case .unknown(let step, let before, let allowed):
            let near = Hint.nearest(to: entry.key, in: [SweepGrid.zip]) ?? Validation.nearestPath(to: steps, failing: step, before: before, allowed: allowed)
            report(entry.keyOrigin, path, "unknown key" + Hint.text(seen: Hint.shown(entry.key), allowed: "a dotted key such as pipeline.cache.policy", meant: near))
            return false
        case .later(let step, let before, _):
            report(entry.keyOrigin, path, "\((before + [step]).joined(separator: ".")) is not in this version")
            return false
        }
    }

    /// A point must not come twice: of one key no value, of a group no row of values. A list too long to be
    /// compared with itself is compared with its beginning.
    private mutating func reportRepeated(_ axis: SweepGrid.Axis) {
        for index in 0..<axis.count {
            guard (0..<min(index, 1000)).contains(where: { earlier in axis.keys.allSatisfy { $0.values[earlier] == $0.values[index] } }) else { continue }
            let first = axis.keys[0]
            let what = axis.keys.count == 1 ? "the value is in the list twice" : "the group has this row of values twice"
            report(first.values[index].written, "\(first.path).\(index)", what + Hint.text(seen: axis.keys.map(\.values[index].shown).joined(separator: ", ")))
        }
    }
}

extension YAMLValue {
    /// Where the value stands, whatever it is swept for.
    fileprivate var written: Origin {
        if case .sweep(_, let line, let column) = origin { .file(line: line, column: column) } else { origin }
    }
}
