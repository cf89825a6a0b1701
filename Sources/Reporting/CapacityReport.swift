import Measurement
import Scenarios

/// What a search for the capacity has found: a table of what was tried, the answer in a sentence, what gives way
/// first, and a CSV.
package struct CapacityReport {
    private let capacity: Capacity
    private let key: SearchKey
    private let level: ServiceLevel
    private let bounds: ClosedRange<Double>
    /// What theory says of a value's load; asked for one value only.
    private let explanation: Explanation?
    private let scenario: Scenario?

    /// - Parameter explained: a value's scenario and what to expect of it, for the value that is the answer.
    package init(
        _ capacity: Capacity, key: SearchKey, level: ServiceLevel, bounds: ClosedRange<Double>,
        explained: (Double) throws -> (Scenario, Explanation)
    ) rethrows {
        (self.capacity, self.key, self.level, self.bounds) = (capacity, key, level, bounds)
        let told = try Self.answer(capacity, key, level).map { try explained($0) }
        (scenario, explanation) = (told?.0, told?.1)
    }

    /// Whether some value within the bounds is shown to meet the objective.
    package var isMet: Bool { capacity.met != nil }

    /// The rate where the means cross the limit, or the smallest number shown to do; nil where nothing meets the objective.
    private static func answer(_ capacity: Capacity, _ key: SearchKey, _ level: ServiceLevel) -> Double? {
        guard let met = capacity.met else { return nil }
        guard key.kind == .rate else { return met.value }
        return max(met.value, capacity.estimate(level.checks) ?? met.value)
    }
    private var answer: Double? { Self.answer(capacity, key, level) }

    // MARK: Table and CSV

    package var text: String { "\(table)\n\(sentences.joined(separator: "\n"))\n" }

    /// One line per value that was tried.
    var table: String {
        var lines = [[key.path] + level.checks.map { subject($0) } + ["utilisation", "repeats", "verdict"]]
        for probe in capacity.probes {
            let figures = level.checks.indices.map { index in
                probe.figures.indices.contains(index) ? Figure.text(probe.figures[index], of: level.checks[index].column) : "–"
            }
            let verdict = probe.reason.isEmpty || (probe.verdict != .saturated && level.checks.count == 1 && !probe.reason.hasPrefix("no data"))
                ? probe.verdict.rawValue : "\(probe.verdict.rawValue): \(probe.reason)"
            lines.append([key.text(probe.value)] + figures + [Figure.percent(probe.utilisation), "\(probe.repeats)", verdict])
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max()! }
        return lines.map { line in
            let cells = zip(line, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
            return (cells.dropLast() + [line.last!]).joined(separator: "  ") + "\n"
        }.joined()
    }

    /// One row per value that was tried and check; of a saturated one no figure.
    package var csv: String {
        var bytes = Array("key,value,check,column,mean,half_width,confidence,utilisation,repeats,verdict,reason\n".utf8)
        for probe in capacity.probes {
            for (index, check) in level.checks.enumerated() {
                let figure = probe.figures.indices.contains(index) ? probe.figures[index] : nil
                bytes.cell(key.path)
                bytes.comma()
                bytes.cell(probe.value)
                for text in [check.text, check.column] {
                    bytes.comma()
                    bytes.cell(text)
                }
                for number in [figure?.mean ?? .nan, figure?.halfWidth ?? .nan, figure?.confidence ?? .nan, probe.utilisation] {
                    bytes.comma()
                    bytes.cell(number)
                }
                bytes.comma()
                bytes.cell(probe.repeats)
                for text in [probe.verdict.rawValue, probe.reason] {
                    bytes.comma()
                    bytes.cell(text)
                }
                bytes.endRow()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the CSV to a file.
    package func write(to path: String) throws(OutputError) { try OutputFile.write(csv, to: path) }

    /// `p95(latency)` of `p95(latency) < 5s`.
    private func subject(_ check: Check) -> String { check.function.map { "\($0)(\(check.metric))" } ?? check.metric }

    // MARK: Sentences

    private var objective: String { level.checks.map(\.text).joined(separator: " and ") }

    /// The answer, its confidence, what gives way first, and what to be careful about.
    package var sentences: [String] {
        let error = Figure.percent(level.error)
        let confidence = "Each verdict is wrong with a probability of at most \(error), all looks at it taken together; the figures' intervals are as wide as that takes."
        return [key.kind == .rate ? rateSentence : countSentence, confidence] + bottleneck + cautions
    }

    private func met(_ probe: CapacityProbe) -> String {
        switch probe.verdict {
        case .meets: "met"
        case .misses: "missed"
        case .saturated: "the pipeline is saturated (\(probe.reason))"
        case .undecided: "not decided with \(probe.repeats) repeats"
        }
    }

    private var rateSentence: String {
        guard let holds = capacity.met, let answer else { return nothing }
        guard let missed = capacity.missed else {
            let last = capacity.probes.last!
            let end = last.verdict == .meets ? "the highest rate that was tried: the capacity may be higher (--to)" : "and at \(key.text(last.value)), the highest rate that was tried, it is \(met(last)) (--to, --repeats)"
            return "\(objective) is met up to \(key.text(holds.value)), \(end)."
        }
        return "\(objective) is met up to \(answerText(answer)), between \(key.text(holds.value)) and \(key.text(missed.value)): at the one it is shown to be met, at the other "
            + (missed.verdict == .saturated ? met(missed) : "shown to be missed") + "."
    }

    private var countSentence: String {
        guard let holds = capacity.met else { return nothing }
        let head = "\(objective) needs \(key.path) = \(key.text(holds.value))"
        guard let fewer = capacity.probes.last(where: { $0.value < holds.value }) else {
            return "\(head), the smallest number that was tried\(holds.value > 1 ? " (--from)" : "")."
        }
        let with = key.text(fewer.value)
        switch fewer.verdict {
        case .undecided: return "\(head): with it the objective is met; with \(with) it is \(met(fewer)), so fewer may do (--max-repeats)."
        case .meets, .misses, .saturated: return "\(head): with it the objective is met, with \(with) \(fewer.verdict == .saturated ? "" : "it is ")\(met(fewer))."
        }
    }

    private var nothing: String {
        let easiest = key.kind == .rate ? capacity.probes.first! : capacity.probes.last!
        let range = "\(key.path) from \(key.text(bounds.lowerBound)) to \(key.text(bounds.upperBound))"
        return "Nothing is shown to meet \(objective) with \(range): even at \(key.text(easiest.value)) "
            + (easiest.verdict == .saturated ? "" : "it is ") + met(easiest) + "."
    }

    private func answerText(_ answer: Double) -> String {
        guard key.kind == .rate else { return "\(key.path) = \(key.text(answer))" }
        // Probes have five digits: where four would leave their interval, the answer has as many.
        let short = SearchKey.rounded(answer, digits: 4)
        let isWithin = short >= capacity.met?.value ?? 0 && short <= capacity.missed?.value ?? .infinity
        return key.text(isWithin ? short : SearchKey.rounded(answer, digits: 5))
    }

    private var bottleneck: [String] {
        guard let answer, let explanation, let first = explanation.bottleneck else { return [] }
        let at = answerText(answer)
        guard first.peak < 1 else {
            return [
                "In the long run \(first.name) should give way below \(at), with \(Figure.percent(first.peak)) taken up there: that the pipeline keeps up is the doing of questions that join "
                    + "equal ones under way, of what a quota allows at once, or of a run too short to tell. Try a longer duration.",
            ]
        }
        return ["First to give way at \(at): \(first.name), \(Figure.percent(first.peak)) taken up (\(Figure.significant(first.demand)) of \(Figure.count(first.limit)) \(first.unit))."]
    }

    /// Near saturation a queue takes long to forget how it began. The relaxation time of M/M/c is
    /// 1/(√(cμ) − √λ)². Source: P. M. Morse, "Queues, Inventories and Maintenance", 1958.
    private var cautions: [String] {
        guard let scenario, let explanation else { return [] }
        let end = Double(scenario.arrivalsEnd) / 1e9
        let warmup = min(end, Double(scenario.warmup) / 1e9)
        let window = end - warmup
        var notes: [String] = []
        if window < Saturation.shortestWindow {
            notes.append("The run is too short to see a queue grow: only \(Figure.milliseconds(window * 1e3)) are measured. Set a longer duration.")
        }
        guard let workers = explanation.resources.first(where: { $0.name == Explanation.workersName }), workers.peak < 1 else { return notes }
        let slots = workers.limit / workers.busiest
        let rest = 1 - workers.peak.squareRoot()
        let settles = explanation.meanCallMilliseconds / 1e3 / (slots * rest * rest)
        if warmup < 3 * settles, window < 100 * settles {
            notes.append(
                "The run may be too short to tell: with its LLM workers \(Figure.percent(workers.peak)) busy the queue's relaxation time is \(Figure.milliseconds(settles * 1e3)), the warm-up lasts \(Figure.milliseconds(warmup * 1e3)) "
                    + "and \(Figure.milliseconds(window * 1e3)) are measured. Set warmup to three, or duration to a hundred times as much.")
        }
        return notes
    }
}
