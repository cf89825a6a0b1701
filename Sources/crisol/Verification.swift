import Reporting
import Synchronization

/// Numbered scenarios shared out in batches among threads, and what they came to, told in the order of the
/// numbers however many threads there are.
final class Verification: Sendable {
    /// Few enough that threads end together, enough that they seldom meet here.
    private static let batch: UInt64 = 32

    private struct State {
        let progress = ProgressLine()
        /// The first number that nobody has taken yet.
        var next: UInt64
        var done: UInt64 = 0
        var broken: UInt64 = 0
        /// The batch whose findings are to be told next, and those of later ones, by their first number.
        var nextTold: UInt64
        var untold: [UInt64: (findings: [String], end: UInt64)] = [:]
        var failure: OutputError?

        /// Tells what is next in order; where `toTheEnd`, over the gaps that an interrupted run leaves.
        mutating func tell(toTheEnd: Bool = false) {
            while failure == nil, let first = toTheEnd ? untold.keys.min() : nextTold, let batch = untold.removeValue(forKey: first) {
                nextTold = batch.end
                if !batch.findings.isEmpty { progress.clear() }
                do throws(OutputError) {
                    for finding in batch.findings { try Terminal.show(finding) }
                } catch {
                    failure = error
                }
            }
        }
    }

    private let end: UInt64
    private let count: UInt64
    private let state: Mutex<State>

    /// The numbers from `first` on, `count` of them.
    init(first: UInt64, count: UInt64) {
        self.count = count
        end = first + count
        state = Mutex(State(next: first, nextTold: first))
    }

    /// The next batch of numbers; nil where all have been taken.
    func take() -> Range<UInt64>? {
        state.withLock { state in
            guard state.next < end else { return nil }
            let numbers = state.next..<state.next + min(Self.batch, end - state.next)
            state.next = numbers.upperBound
            return numbers
        }
    }

    func isDone(broken: Bool) {
        state.withLock { state in
            state.done += 1
            if broken { state.broken += 1 }
            state.progress.show("\(state.done) of \(count) scenarios, \(state.broken) broken")
        }
    }

    /// Gives back what there is to tell of a batch; false where nothing can be told any more.
    func give(_ findings: [String], of numbers: Range<UInt64>) -> Bool {
        state.withLock { state in
            state.untold[numbers.lowerBound] = (findings, numbers.upperBound)
            state.tell()
            return state.failure == nil
        }
    }

    /// Says something to people at once.
    func say(_ text: String) {
        state.withLock { state in
            state.progress.clear()
            Terminal.say(text)
        }
    }

    /// Tells what is left, once no thread is at work any more; the scenarios that were simulated, and the broken ones.
    func finish() throws(OutputError) -> (done: UInt64, broken: UInt64) {
        let (done, broken, failure) = state.withLock { state in
            state.tell(toTheEnd: true)
            state.progress.clear()
            return (state.done, state.broken, state.failure)
        }
        if let failure { throw failure }
        return (done, broken)
    }
}
