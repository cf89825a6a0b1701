import Foundation
import Measurement
import Reporting
import Scenarios
import Synchronization

extension RepeatSchedule {
    /// All that a shard has to run.
    init(_ file: ScenarioFile, shard: Shard) {
        self.init(
            points: (0..<file.points.count).filter { shard.has(point: $0) }, repeats: file.scenario.repeats, stopping: file.scenario.stopping)
    }
}

/// Repeats that threads work off side by side, and what they have done, for the one that puts it in order.
final class UnitQueue: Sendable {
    private struct State {
        var schedule: RepeatSchedule
        /// Finished parts by point, until they are handed out.
        var done: [Int: [Int: RunPart]] = [:]
        var finished = 0
        var open: Int
        var error: (any Error)?
    }

    private let state: Mutex<State>
    private let news = DispatchSemaphore(value: 0)

    /// - Parameter workers: threads that take units, each of which says `leave` at its end.
    init(_ schedule: RepeatSchedule, workers: Int) {
        state = Mutex(State(schedule: schedule, open: workers))
    }

    /// The next unit; nil where there is none left, or an error has ended the run.
    func take() -> RepeatSchedule.Unit? {
        state.withLock { state in
            guard state.error == nil else { return nil }
            return state.schedule.take()
        }
    }

    func finished(_ unit: RepeatSchedule.Unit, _ part: RunPart) {
        state.withLock { state in
            state.schedule.finished(unit, part.result)
            state.done[unit.point, default: [:]][unit.replication] = part
            state.finished += 1
        }
        news.signal()
    }

    /// The first error stands.
    func failed(_ error: any Error) { state.withLock { if $0.error == nil { $0.error = error } } }

    /// A worker takes no more.
    func leave() {
        state.withLock { $0.open -= 1 }
        news.signal()
    }

    /// Hands the parts that count out in the order of points and repeats, on the caller's thread, until all workers have left.
    /// - Parameters:
    ///   - look: called several times a second with how many units are done, and how many there will be at most.
    ///   - body: given each part.
    /// - Returns: whether all were handed out; those behind a gap are not.
    func drain(look: (_ done: Int, _ most: Int) -> Void, _ body: (RunPart) throws -> Void) throws -> Bool {
        let points = state.withLock { $0.schedule.points }
        var (position, replication) = (0, 0)
        /// Nil where the next in order is not finished yet.
        func next() -> RunPart? {
            state.withLock { state in
                while position < points.count, let wanted = state.schedule.wanted(ofPoint: points[position]), replication >= wanted {
                    // What is left of the point was run on a guess and does not count.
                    state.done[points[position]] = nil
                    (position, replication) = (position + 1, 0)
                }
                guard position < points.count, let part = state.done[points[position]]?.removeValue(forKey: replication) else { return nil }
                replication += 1
                return part
            }
        }
        while true {
            _ = news.wait(timeout: .now() + 0.1)
            let isOver = state.withLock { $0.open == 0 }
            while let part = next() {
                do { try body(part) } catch {
                    failed(error)
                    break
                }
            }
            let (done, most) = state.withLock { ($0.finished, $0.schedule.mostInAll) }
            look(done, most)
            guard isOver else { continue }
            if let error = state.withLock({ $0.error }) { throw error }
            return position == points.count
        }
    }
}
