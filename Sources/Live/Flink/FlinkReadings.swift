import Measurement
import Workload

/// What a job's metrics tell over a run. Its counters are part of its checkpoints, and go on from them.
struct FlinkReadings: Sendable {
    /// The metrics' names in Flink: operator and metric.
    enum Metric: String, CaseIterable {
        /// When the TaskManager read the others, in milliseconds since 1970.
        case readAt = "decisions.read_at"
        case watermarkLag = "Source__llm-responses.watermarkLag"
    }

    /// The counters when the job had ended; nil before, and where they could not be read.
    private(set) var accepted: Int?
    private(set) var regenerated: Int?
    private(set) var restarts = 0
    private var latest = 0.0
    /// How far the watermark was behind the clock, in scenario time.
    private(set) var lags: [(at: Instant, lag: Nanoseconds)] = []

    /// Before its first watermark a subtask tells a lag since the beginning of time.
    private static let longestLag: Nanoseconds = 30 * 24 * 3600 * 1_000_000_000

    mutating func end(_ accumulators: [String: Int]?) {
        (accepted, regenerated) = (accumulators?["responses_accepted"], accumulators?["responses_regenerated"])
    }

    /// - Parameter readAt: as the metric says; what was read before or then has been taken.
    mutating func take(watermarkLag: Nanoseconds, readAt: Double, at moment: Instant) {
        guard readAt > latest else { return }
        latest = readAt
        if (0...Self.longestLag).contains(watermarkLag) { lags.append((moment, watermarkLag)) }
    }

    mutating func restarted(_ times: Int = 1) { restarts += times }
}
