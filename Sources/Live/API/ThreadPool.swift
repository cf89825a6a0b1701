import Foundation

/// Threads for work that would hold an event loop up, each with a state of its own: memory that is used again and
/// belongs to one thread at a time.
///
/// What is to be done waits in one queue of limited length and is begun in its order. The threads live until `close`.
final class ThreadPool<State: ~Copyable>: @unchecked Sendable {
    // Unchecked: `jobs`, `first` and `isClosed` are touched with `condition` locked only; states stay on their threads.

    typealias Job = @Sendable (inout State) -> Void

    /// Jobs that may wait.
    let capacity: Int
    private let condition = NSCondition()
    private var jobs: [Job] = []
    /// Where the next one stands; what is before it has been begun.
    private var first = 0
    private var isClosed = false

    /// - Parameter makeState: called on each thread, with the thread's number from 0 on.
    init(_ name: String, threads: Int, capacity: Int, makeState: @escaping @Sendable (Int) -> State) {
        precondition(threads > 0 && capacity > 0, "a pool has threads, and room for work")
        self.capacity = capacity
        for number in 0..<threads {
            let thread = Thread { [self] in
                var state = makeState(number)
                while let job = next() { job(&state) }
            }
            thread.name = "\(name).\(number)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Takes all of them, or none where there is no room for all; returns whether it has.
    func perform(_ more: [Job]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, jobs.count - first + more.count <= capacity else { return false }
        if first > capacity {
            jobs.removeSubrange(..<first)
            first = 0
        }
        jobs += more
        if more.count == 1 { condition.signal() } else { condition.broadcast() }
        return true
    }

    /// Drops what waits. Threads end when they are done with what they are at.
    func close() {
        condition.lock()
        isClosed = true
        let dropped = jobs
        (jobs, first) = ([], 0)
        condition.broadcast()
        condition.unlock()
        // Freed here and not under the lock: whoever waited for one of them may answer for it.
        _ = dropped
    }

    private func next() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while first == jobs.count, !isClosed {
            jobs.removeAll(keepingCapacity: true)
            first = 0
            condition.wait()
        }
        guard !isClosed else { return nil }
        let job = jobs[first]
        first += 1
        return job
    }
}
