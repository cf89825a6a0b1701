import Foundation
import Measurement
import Reporting

/// Runs a scenario's points with their repeats, side by side where they are simulated, and hands what they come to to the
/// run's output in order.
struct PointRunner {
    let settings: UnitSettings
    let schedule: RepeatSchedule
    /// Threads; live runs, which share the machine's processors among their own services, take one.
    let jobs: Int
    let output: RunOutput
    private let progress = ProgressLine()

    init(_ settings: UnitSettings, shard: Shard, jobs: Int, output: RunOutput) {
        self.settings = settings
        schedule = RepeatSchedule(settings.file, shard: shard)
        self.jobs = settings.mode == .live ? 1 : max(1, min(jobs, schedule.mostInAll))
        self.output = output
    }

    /// - Returns: why the run as a whole is not to be used, where it ended early.
    func runAll() throws -> [String] {
        defer { progress.clear() }
        let (done, most, isWhole) = jobs == 1 ? try runAlone() : try runAbreast()
        return !isWhole || Interruption.isAsked ? ["the run was interrupted: \(done) of \(most) repeats were run"] : []
    }

    private typealias Ending = (done: Int, most: Int, isWhole: Bool)

    private func runAlone() throws -> Ending {
        var runner = UnitRunner(settings, corpora: CorpusShelf(), progress: progress)
        var pace = Pace(of: settings.file.scenario.name)
        var schedule = schedule
        var done = 0
        while let unit = schedule.take() {
            progress.show(pace.text(done: done, of: schedule.mostInAll))
            guard let part = try runner.run(unit) else { return (done, schedule.mostInAll, false) }
            schedule.finished(unit, part.result)
            try output.add(part, rowsFrom: settings.parts)
            if !Interruption.isAsked || part.result.invalid.isEmpty { done += 1 }
            if Interruption.isAsked { return (done, schedule.mostInAll, false) }
        }
        return (done, schedule.mostInAll, true)
    }

    private func runAbreast() throws -> Ending {
        let queue = UnitQueue(schedule, workers: jobs)
        let (settings, corpora) = (settings, CorpusShelf())
        for number in 0..<jobs {
            let thread = Thread {
                defer { queue.leave() }
                var runner = UnitRunner(settings, corpora: corpora, progress: ProgressLine())
                while let unit = queue.take() {
                    do {
                        guard let part = try runner.run(unit) else { return }
                        queue.finished(unit, part)
                    } catch {
                        return queue.failed(error)
                    }
                }
            }
            thread.name = "runner \(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
        var pace = Pace(of: settings.file.scenario.name)
        var (whole, most) = (0, schedule.mostInAll)
        let isWhole = try queue.drain(look: {
            most = $1
            progress.show(pace.text(done: $0, of: $1))
        }) { part in
            try output.add(part, rowsFrom: settings.parts)
            if !Interruption.isAsked || part.result.invalid.isEmpty { whole += 1 }
        }
        return (whole, most, isWhole)
    }
}

/// How far a run has come, and how long the rest will take if it goes on like that.
private struct Pace {
    private let name: String
    /// The first look: what was done before, by a run that was killed, took no time of this one's.
    private var began: (at: Date, done: Int)?

    init(of name: String) { self.name = name }

    mutating func text(done: Int, of total: Int) -> String {
        let now = Date()
        let began = began ?? (now, done)
        self.began = began
        let text = "\(name): \(min(done + 1, total)) of \(total)"
        guard done > began.done else { return text }
        let left = now.timeIntervalSince(began.at) / Double(done - began.done) * Double(total - done)
        return left < 1 ? text : "\(text), \(Self.text(seconds: Int(left.rounded(.up)))) left"
    }

    private static func text(seconds: Int) -> String {
        seconds < 60 ? "\(seconds) s" : seconds < 3600 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
}
