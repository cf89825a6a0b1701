import Pipeline
import Workload

/// Whether a pipeline keeps up with what is asked of it. Where it does not, its latencies grow as long as the
/// run goes on: they are figures of the run's length and not of the pipeline.
package enum Saturation {
    /// Share of the questions by which a queue must grow before it counts: less is what chance leaves behind.
    private static let share = 0.01
    /// Where the slots are busy so much of the time, the queue behind them hardly ever empties, and no run of ordinary
    /// length tells how long it gets; at a load of exactly 1 it is without bound, and grows too slowly to be seen growing.
    private static let busy = 0.99
    /// Seconds of measured window below which growth cannot be seen in rows of one second.
    package static let shortestWindow = 4.0

    /// Why the runs, repeats of one scenario, show a pipeline that does not keep up; nil where they show none.
    /// - Parameter faults: whether the scenario's own faults make the provider refuse calls.
    package static func reason(_ repeats: [RunResult], faults: Bool) -> String? {
        func total(_ count: (RunTotals) -> Int) -> Int { repeats.reduce(0) { $0 + count($1.totals) } }
        let measured = total { $0.measured }
        guard measured > 0 else { return nil }
        func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

        let growth = Estimate(of: repeats.map(growth), confidence: 0.9)
        if growth.mean > share, !growth.hasInterval || growth.mean - growth.halfWidth > 0 {
            return "the queue grows by \(percent(growth.mean)) of the questions asked"
        }
        let rejected = total { $0.measuredCount(.rejected) }
        if rejected > 0 { return "intake is full and rejected \(rejected) of \(measured) questions" }
        let left = total { $0.inFlight }
        if Double(left) > share * Double(total { $0.asked }) { return "\(left) questions were still under way when the drain was over" }
        let refused = total { $0.measuredCount(.deadLetterOverload) + $0.measuredCount(.deadLetterQuota) }
        if !faults, Double(refused) > share * Double(measured) {
            return "the provider refuses: \(refused) of \(measured) questions were given up"
        }
        let utilisation = Estimate(of: repeats.map { $0.value("utilisation")?.double ?? .nan }).mean
        if utilisation >= busy { return "the LLM workers are busy \(percent(utilisation)) of the time" }
        return nil
    }

    /// What became of the questions under way in the second half of the measured window, over those asked in it. The
    /// first half is left out: there a pipeline that starts empty fills up, however well it keeps up later.
    static func growth(_ result: RunResult) -> Double {
        let second = 1_000_000_000.0
        let start = Double(result.totals.warmup.nanoseconds) / second
        let length = Double(result.totals.window) / second
        let (from, until) = (Int(start + length / 2), Int(start + length))
        guard length >= shortestWindow, from >= 1, until > from, until <= result.seconds.count else { return .nan }
        let asked = result.seconds[from..<until].reduce(0) { $0 + $1.asked }
        guard asked > 0 else { return .nan }
        return Double(result.seconds[until - 1].inFlight - result.seconds[from - 1].inFlight) / Double(asked)
    }
}
