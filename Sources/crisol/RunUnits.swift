import Foundation
import Reporting
import Synchronization

/// What is to be run: repeats of points, numbered in the order in which the results show them.
struct RunUnits: Sendable {
    struct Unit: Sendable {
        let number: Int
        let point: Int
        let replication: Int
    }

    /// The shard's points.
    let points: [Int]
    /// Of each point.
    let repeats: Int

    init(points count: Int, repeats: Int, shard: Shard) {
        points = (0..<count).filter { shard.has(point: $0) }
        self.repeats = repeats
    }

    var count: Int { points.count * repeats }
    subscript(number: Int) -> Unit { Unit(number: number, point: points[number / repeats], replication: number % repeats) }
}

/// Units that threads work off side by side, and what they have done, for the one that puts it in order.
final class UnitQueue: Sendable {
    private struct State {
        var next = 0
        var done: [Int: RunPart] = [:]
        var open: Int
        var error: (any Error)?
    }

    private let units: RunUnits
    private let state: Mutex<State>
    private let news = DispatchSemaphore(value: 0)

    /// - Parameter workers: threads that take units, each of which says `leave` at its end.
    init(_ units: RunUnits, workers: Int) {
        self.units = units
        state = Mutex(State(open: workers))
    }

    /// The next unit; nil where there is none left, or an error has ended the run.
    func take() -> RunUnits.Unit? {
        state.withLock { state in
            guard state.error == nil, state.next < units.count else { return nil }
            defer { state.next += 1 }
            return units[state.next]
        }
    }

    func finished(_ unit: RunUnits.Unit, _ part: RunPart) {
        state.withLock { $0.done[unit.number] = part }
        news.signal()
    }

    /// The first error stands.
    func failed(_ error: any Error) { state.withLock { if $0.error == nil { $0.error = error } } }

    /// A worker takes no more.
    func leave() {
        state.withLock { $0.open -= 1 }
        news.signal()
    }

    /// Hands the parts out in the order of their units, on the caller's thread, until all workers have left.
    /// - Parameters:
    ///   - look: called several times a second.
    ///   - body: given each part.
    /// - Returns: how many parts were handed out; those behind a gap are not.
    func drain(look: (_ done: Int) -> Void, _ body: (RunPart) throws -> Void) throws -> Int {
        var next = 0
        while true {
            _ = news.wait(timeout: .now() + 0.1)
            let isOver = state.withLock { $0.open == 0 }
            while let part = state.withLock({ $0.done.removeValue(forKey: next) }) {
                do { try body(part) } catch {
                    failed(error)
                    break
                }
                next += 1
            }
            look(state.withLock { next + $0.done.count })
            guard isOver else { continue }
            if let error = state.withLock({ $0.error }) { throw error }
            return next
        }
    }
}
