import Measurement
import Pipeline
import Workload

/// What a report says in plain sentences, before any picture.
enum Findings {
    /// The verdict and what led to it.
    static func verdict(_ report: Report) -> String {
        let checks = report.points.flatMap(\.checks) + report.overallChecks
        let held = checks.count { $0.passed }
        return switch report.verdict {
        case .passed where checks.isEmpty: "Passed: every question is accounted for. The scenario has no checks."
        case .passed: "Passed: every question is accounted for, and \(checks.count == 1 ? "the check holds" : "all \(checks.count) checks hold")."
        case .failed: "Failed: \(checks.count - held) of \(checks.count) checks did not hold."
        case .invalid: "Invalid: these figures are not to be used."
        case .violated: "Violated: questions or invariants are not accounted for. This is a bug; please report it."
        }
    }

    static func sentences(_ report: Report) -> [String] {
        guard let first = report.points.first else { return [] }
        return WorkersThatPay(report).sentences + (SweepFindings(report)?.sentences() ?? ofPoint(first))
    }

    // MARK: One point

    /// What one point's figures mean, from what everybody asks first to details.
    static func ofPoint(_ point: PointResult) -> [String] {
        [
            fate(point), passing(point), cache(point), latency(point), parts(point), regenerations(point), errors(point),
            guards(point), retryAfter(point), deadLetters(point), cost(point),
        ].compactMap { $0 }
    }

    private static func fate(_ point: PointResult) -> String {
        let asked = point.perRepeat("asked")
        let outcomes = Outcome.allCases.filter(\.isAnswered).map { point.values($0.rawValue) }
        let share = Estimate(of: point.values("asked").enumerated().map { number, asked in outcomes.reduce(0) { $0 + $1[number] } / asked })
        let span = point.repeats.map { Double($0.totals.end.nanoseconds) / 1e6 }.max() ?? 0
        let runs = point.repeats.count > 1 ? " in each of \(point.repeats.count) repeats (counts are means of a repeat), " : " "
        var text = "\(Figure.count(asked)) questions were asked\(runs)within \(Figure.milliseconds(span)) of scenario time, the drain included; "
        text += "\(Figure.text(share, of: "answered_ratio")) were answered"
        let dead = Outcome.allCases.filter(\.isDeadLetter).reduce(0) { $0 + point.perRepeat($1.rawValue) }
        if dead > 0 { text += ", \(Figure.count(dead)) given up" }
        let rejected = point.perRepeat("rejected")
        if rejected > 0 { text += ", \(Figure.count(rejected)) rejected at intake" }
        let inFlight = point.perRepeat("in_flight")
        if inFlight > 0 { text += ", \(Figure.count(inFlight)) still in flight when the drain was over" }
        let lost = point.perRepeat("lost")
        return text + (lost == 0 ? ", none lost." : ", \(Figure.count(lost)) lost.")
    }

    private static func passing(_ point: PointResult) -> String? {
        let scored = point.perRepeat("scored")
        guard scored > 0 else { return nil }
        let threshold = point.repeats[0].totals.threshold
        return "Of \(Figure.plural(scored, "scored question", "scored questions")), "
            + "\(figure(point, "first_pass_ratio")) passed the threshold of \(threshold) with the first answer and "
            + "\(figure(point, "final_pass_ratio")) in the end (mean score \(figure(point, "mean_first_score")) at first, "
            + "\(figure(point, "mean_final_score")) finally)."
    }

    private static func cache(_ point: PointResult) -> String? {
        let without = point.mean("answered_without_call_ratio")
        guard without > 0 else { return nil }
        var kinds: [String] = []
        for (name, what) in [("cache_hit", "from the cache"), ("store_hit", "from the store"), ("coalesced", "joined to an equal question in flight")] {
            let count = point.repeats.reduce(0) { $0 + $1.totals.measuredCount(Outcome(rawValue: name)!) }
            let measured = point.perRepeat("measured") * Double(point.repeats.count)
            if count > 0 { kinds.append("\(Figure.percent(Double(count) / measured)) \(what)") }
        }
        return "\(figure(point, "answered_without_call_ratio")) of the questions needed no LLM call of their own (\(kinds.joined(separator: ", "))); "
            + "over all questions that makes \(figure(point, "calls_per_question")) calls a question."
    }

    private static func latency(_ point: PointResult) -> String? {
        guard !point.mean("latency_p50_ms").isNaN else { return nil }
        var text = "Half of the answers were there within \(figure(point, "latency_p50_ms")), 95 % within \(figure(point, "latency_p95_ms")), "
            + "99 % within \(figure(point, "latency_p99_ms"))"
        let generated = point.mean("generated_latency_p50_ms")
        if !generated.isNaN, point.mean("answered_without_call_ratio") > 0 {
            text += "; those that had to be generated took \(figure(point, "generated_latency_p50_ms")) in the median and "
                + "\(figure(point, "generated_latency_p99_ms")) at the 99th percentile"
        }
        return text + "."
    }

    /// The parts of a generated answer's latency with their shares, largest first.
    static func partShares(_ point: PointResult) -> [(name: String, share: Double, milliseconds: Double)] {
        let parts = [
            ("provider", "the provider"), ("queue", "queues"), ("backoff", "backoff"), ("scoring", "scoring"), ("storage", "the store"),
        ].map { key, name in (name, point.mean("generated_\(key)_mean_ms")) }
        let whole = parts.reduce(0) { $0 + $1.1 }
        guard whole > 0 else { return [] }
        return parts.map { (name: $0.0, share: $0.1 / whole, milliseconds: $0.1) }.sorted { $0.share > $1.share }
    }

    private static func parts(_ point: PointResult) -> String? {
        let shares = partShares(point).filter { $0.share >= 0.0005 }
        guard let largest = shares.first else { return nil }
        let rest = shares.dropFirst().map { "\($0.name) \(Figure.percent($0.share))" }
        return "A generated answer took \(figure(point, "generated_latency_mean_ms")) on average. Most of it, \(Figure.percent(largest.share)), went into \(largest.name)"
            + (rest.isEmpty ? "." : "; then \(rest.joined(separator: ", ")).")
    }

    private static func regenerations(_ point: PointResult) -> String? {
        guard point.perRepeat("regenerated") > 0 else { return nil }
        return "\(figure(point, "regeneration_rate")) of the scored questions were generated again, \(Figure.plural(point.perRepeat("extra_generations"), "extra generation", "extra generations")) in all: "
            + "that raised their score by \(figure(point, "score_gain_regenerated")) on average, \(figure(point, "score_gain")) over all scored questions."
    }

    private static func errors(_ point: PointResult) -> String? {
        let kinds = [("overload_errors", "overload"), ("quota_errors", "quota"), ("other_errors", "other reasons")]
            .map { (point.perRepeat($0.0), $0.1) }.filter { $0.0 > 0 }
        let failed = kinds.reduce(0) { $0 + $1.0 }
        guard failed > 0 else { return nil }
        return "\(Figure.percent(failed / point.perRepeat("calls"))) of \(Figure.count(point.perRepeat("calls"))) calls failed ("
            + kinds.map { "\(Figure.count($0.0)) for \($0.1)" }.joined(separator: ", ")
            + "); \(Figure.plural(point.perRepeat("retries"), "call was a retry", "calls were retries")), and "
            + "\(Figure.plural(point.perRepeat("retries_needed_then_successful"), "question was", "questions were")) answered because of them."
    }

    private static func guards(_ point: PointResult) -> String? {
        let (refused, denied) = (point.perRepeat("breaker_refusals"), point.perRepeat("budget_refusals"))
        var parts: [String] = []
        if refused > 0 { parts.append("the circuit breaker refused \(Figure.plural(refused, "call", "calls")) without making \(refused == 1 ? "it" : "them")") }
        if denied > 0 { parts.append("the retry budget had nothing left for \(Figure.plural(denied, "retry", "retries"))") }
        return parts.isEmpty ? nil : capitalised(parts.joined(separator: ", and ")) + "."
    }

    private static func retryAfter(_ point: PointResult) -> String? {
        let waits = point.perRepeat("retry_after_waits")
        guard waits > 0 else { return nil }
        let short = point.perRepeat("retry_after_cut_short")
        return "Where the provider said Retry-After, \(figure(point, "retry_after_slept_mean_ms")) were waited of "
            + "\(figure(point, "retry_after_asked_mean_ms")) asked, on average over \(Figure.plural(waits, "wait", "waits"))"
            + (short > 0 ? "; \(Figure.count(short)) of them ended too early." : ", none too short.")
    }

    private static func deadLetters(_ point: PointResult) -> String? {
        let kinds = Outcome.allCases.filter(\.isDeadLetter).map { (point.perRepeat($0.rawValue), String($0.rawValue.dropFirst("dead_letter_".count))) }
            .filter { $0.0 > 0 }
        guard !kinds.isEmpty else { return nil }
        let all = kinds.reduce(0) { $0 + $1.0 }
        return "\(Figure.plural(all, "question", "questions")) (\(Figure.percent(all / point.perRepeat("asked")))) ended as dead letters: "
            + kinds.map { "\(Figure.count($0.0)) by \($0.1)" }.joined(separator: ", ") + "."
    }

    private static func cost(_ point: PointResult) -> String? {
        let cost = point.estimate("cost")
        guard !cost.mean.isNaN else { return nil }
        return "The calls cost \(Figure.text(cost, of: "cost")) for \(Figure.count(point.mean("prompt_tokens").rounded())) prompt and "
            + "\(Figure.count(point.mean("completion_tokens").rounded())) completion tokens, \(figure(point, "cost_per_1000_questions")) per thousand questions."
    }

    // MARK: Words

    private static func figure(_ point: PointResult, _ column: String) -> String { Figure.text(point.estimate(column), of: column) }
    static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
