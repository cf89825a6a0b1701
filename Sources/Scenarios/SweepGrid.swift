/// The points of a sweep: every combination of its axes' values, the first axis varying slowest.
///
/// An axis is one key with its values, or a group under `zip`: keys whose values go together, the first of each,
/// the second of each, and so on.
struct SweepGrid: Sendable {
    static let maximumPoints = 100_000
    /// The key below `sweep` that holds groups; no key of a scenario is called so.
    static let zip = "zip"
    /// Keys that belong to the run as a whole.
    static let unsweepable = ["name", "description", "seed", "repeats", "questions_csv", "sweep", "checks", "tolerance"]

    /// Keys that vary together: one, or a zipped group.
    struct Axis: Sendable {
        var keys: [SweptKey] = []
        /// How many values each of the keys has.
        var count: Int { keys.first?.values.count ?? 0 }
    }

    struct SweptKey: Sendable {
        let name: String
        let values: [YAMLValue]
        /// Where the key stands in the scenario, for messages.
        let path: String
        let origin: Origin
    }

    let axes: [Axis]
    /// In the file's order.
    let keys: [String]
    /// At least 1: without a sweep there is one point.
    let count: Int

    /// Nil, with diagnostics, where the sweep is wrong.
    init?(_ sweep: YAMLValue?, log: inout DiagnosticLog) {
        var reader = SweepReader(log: log)
        // What is no mapping is reported by the validation of the file.
        let axes = reader.axes(sweep?.entries ?? [])
        var count = 1
        for axis in axes {
            let (product, overflow) = count.multipliedReportingOverflow(by: axis.count)
            count = overflow ? .max : product
        }
        if let sweep {
            reader.compare(axes.flatMap(\.keys), in: sweep)
            if count > Self.maximumPoints {
                reader.report(sweep.origin, "sweep", "too many points" + Hint.text(seen: count == .max ? "more than can be counted" : "\(count)", allowed: "up to \(Self.maximumPoints)"))
            }
        }
        log = reader.log
        guard reader.isGood else { return nil }
        self.axes = axes
        self.count = count
        keys = axes.flatMap(\.keys).map(\.name)
    }

    func values(at point: Int) -> [(key: String, value: YAMLValue)] {
        var rest = point
        var values: [(key: String, value: YAMLValue)] = []
        for axis in axes.reversed() {
            let place = rest % axis.count
            for key in axis.keys.reversed() { values.append((key.name, key.values[place])) }
            rest /= axis.count
        }
        return values.reversed()
    }

    func texts(at point: Int) -> [(key: String, text: String)] { values(at: point).map { ($0.key, $0.value.flowText) } }
}
