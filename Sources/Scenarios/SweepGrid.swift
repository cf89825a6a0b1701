/// The grid of a sweep: every combination of the swept keys' values, the first key varying slowest.
struct SweepGrid: Sendable {
    static let maximumPoints = 100_000
    /// Keys that belong to the run as a whole.
    static let unsweepable = ["name", "description", "seed", "repeats", "questions_csv", "sweep", "checks", "tolerance"]

    let keys: [String]
    let lists: [[YAMLValue]]
    /// At least 1: without a sweep there is one point.
    let count: Int

    /// Nil, with diagnostics, where the sweep is wrong.
    init?(_ sweep: YAMLValue?, log: inout DiagnosticLog) {
        var keys: [String] = []
        var lists: [[YAMLValue]] = []
        var count = 1
        var isGood = true
        var isTooLarge = false
        // What is no mapping is reported by the validation of the file.
        for entry in sweep?.entries ?? [] {
            let path = "sweep.\(Hint.shown(entry.key))"
            if !Self.isKnown(entry, path: path, log: &log) { isGood = false; continue }
            guard let items = entry.value.list else {
                log.report(entry.value.origin, path, "must be a list of values" + Hint.text(seen: entry.value.shown, allowed: "such as [1, 2, 3]"))
                isGood = false
                continue
            }
            guard !items.isEmpty else {
                log.report(entry.value.origin, path, "the list must not be empty: a sweep over no values has no points")
                isGood = false
                continue
            }
            for index in items.indices where items[..<min(index, 1000)].contains(items[index]) {
                log.report(items[index].origin, "\(path).\(index)", "the value is in the list twice" + Hint.text(seen: items[index].shown))
                isGood = false
            }
            keys.append(entry.key)
            lists.append(items.map { item in
                item.relocated { origin in
                    if case .file(let line, let column) = origin { return .sweep(key: entry.key, line: line, column: column) }
                    return origin
                }
            })
            let (product, overflow) = count.multipliedReportingOverflow(by: items.count)
            count = overflow ? .max : product
            if count > Self.maximumPoints { isTooLarge = true }
        }
        for (index, key) in keys.enumerated() {
            for other in keys[..<index] where other.hasPrefix(key + ".") || key.hasPrefix(other + ".") {
                log.report(sweep!.origin, "sweep.\(key)", "the key overlaps with \(other): sweep one of them")
                isGood = false
            }
        }
        if isTooLarge {
            log.report(sweep!.origin, "sweep", "too many points" + Hint.text(seen: count == .max ? "more than can be counted" : "\(count)", allowed: "up to \(Self.maximumPoints)"))
            isGood = false
        }
        guard isGood else { return nil }
        (self.keys, self.lists, self.count) = (keys, lists, count)
    }

    private static func isKnown(_ entry: YAMLValue.Entry, path: String, log: inout DiagnosticLog) -> Bool {
        let steps = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if let first = steps.first, unsweepable.contains(first) {
            let remedy = first == "seed" ? ": repeats give other luck" : ""
            log.report(entry.keyOrigin, path, "the key belongs to the run as a whole and cannot be swept" + remedy)
            return false
        }
        switch ScenarioKeys.root.target(of: steps) {
        case .key, .item: return true
        case .unknown(let step, let before, let allowed):
            let near = Validation.nearestPath(to: steps, failing: step, before: before, allowed: allowed)
            log.report(entry.keyOrigin, path, "unknown key" + Hint.text(seen: Hint.shown(entry.key), allowed: "a dotted key such as pipeline.cache.policy", meant: near))
            return false
        case .later(let step, let before, _):
            log.report(entry.keyOrigin, path, "\((before + [step]).joined(separator: ".")) is not in this version")
            return false
        }
    }

    func values(at point: Int) -> [(key: String, value: YAMLValue)] {
        var rest = point
        var values: [(key: String, value: YAMLValue)] = []
        for index in keys.indices.reversed() {
            values.append((keys[index], lists[index][rest % lists[index].count]))
            rest /= lists[index].count
        }
        return values.reversed()
    }

    func texts(at point: Int) -> [(key: String, text: String)] { values(at: point).map { ($0.key, $0.value.flowText) } }
}
