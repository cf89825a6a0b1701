import Measurement
import Synchronization
import Workload

/// Whether the load was the scenario's: questions were sent when they were to be sent, and as many a second.
///
/// A generator that falls behind sends less while the pipeline is slow, just when it matters, and the latencies
/// look better than they are (coordinated omission, G. Tene). Latency starts at the intended moment here, which tells
/// of the delay; but a load that was not reached is not the one that was asked for, and the run's figures are not to be used.
final class ScheduleGuard: Sendable {
    /// How much later than intended 99 % of the questions may be sent, in real time.
    static let longestDelay: Nanoseconds = 10_000_000
    /// The share of the asked rate that must be reached.
    static let lowestShare = 0.99

    private let lastIntended = Atomic<Int64>(0)
    private let lastSent = Atomic<Int64>(0)

    /// A question has been handed to the broker or the server. Both in scenario time; called from any thread.
    func sent(intendedAt: Instant, at now: Instant) {
        lastIntended.max(intendedAt.nanoseconds, ordering: .relaxed)
        lastSent.max(now.nanoseconds, ordering: .relaxed)
    }

    /// Why the run is not to be used; empty where it is.
    ///
    /// - Parameters:
    ///   - delays: of each question, in real nanoseconds.
    ///   - sent: questions that were sent.
    func reasons(delays: Histogram, sent: Int) -> [String] {
        var reasons: [String] = []
        let delay = delays.value(atPercentile: 99) ?? 0
        if delay > Self.longestDelay {
            let late = delay < 100_000_000 ? "\(Double(delay / 100_000) / 10) ms" : "\(delay / 1_000_000) ms"
            reasons.append(
                "the traffic source was \(late) late at the 99th percentile (limit \(Self.longestDelay / 1_000_000) ms): lower the rate or time_scale, or give the machine less to do")
        }
        let (intended, last) = (lastIntended.load(ordering: .relaxed), lastSent.load(ordering: .relaxed))
        // As many questions in more time: over the same time fewer would have been sent.
        let share = last > intended && last > 0 ? Double(intended) / Double(last) : 1
        if share < Self.lowestShare {
            func rate(_ span: Int64) -> String { "\((Double(sent) * 1e11 / Double(max(1, span))).rounded() / 100)/s" }
            reasons.append(
                "the traffic source reached \((share * 1000).rounded() / 10) % of the rate that was asked for (\(rate(last)) of \(rate(intended)); at least 99 %): lower the rate or time_scale, or give the machine less to do")
        }
        return reasons
    }
}
