import Workload

/// What a Flink job that judged a run's answers tells of itself.
package struct FlinkFigures: Sendable, Equatable, Codable {
    /// Answers that were taken, as the job's counter `responses_accepted` says; nil where it could not be read at the end.
    package var accepted: Int?
    /// Those that were sent back for another generation: `responses_regenerated`.
    package var regenerated: Int?
    /// How often the job was started again from a checkpoint.
    package var restarts: Int
    /// How far the job's watermark was behind the clock, in nanoseconds of scenario time, over the whole seconds of the measured window;
    /// nil where nobody looked.
    package var watermarkLag: WatermarkLag?

    package struct WatermarkLag: Sendable, Equatable, Codable {
        package let mean: Double
        package let most: Nanoseconds
    }

    package init(accepted: Int?, regenerated: Int?, restarts: Int) { (self.accepted, self.regenerated, self.restarts) = (accepted, regenerated, restarts) }
}

extension RunResult {
    /// The seconds of the run that lie in the measured window as a whole.
    var wholeSeconds: Range<Int> {
        let second: Nanoseconds = 1_000_000_000
        let from = Int((totals.warmup.nanoseconds + second - 1) / second)
        return from..<max(from, Int((totals.warmup.nanoseconds + totals.window) / second))
    }

    /// Takes what a job told of itself.
    /// - Parameter lags: how far the watermark was behind, at the last look in each second; nil where there was none.
    package mutating func add(_ figures: FlinkFigures, watermarkLags lags: [Nanoseconds?]) {
        watermarkLags = lags
        let seen = wholeSeconds.clamped(to: lags.indices).compactMap { lags[$0] }
        totals.flink = figures
        totals.flink!.watermarkLag = seen.max().map { .init(mean: Double(seen.reduce(0, +)) / Double(seen.count), most: $0) }
    }
}
