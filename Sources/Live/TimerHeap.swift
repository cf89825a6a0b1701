import Workload

/// What is to happen when, earliest first; of equal moments, what was put in first.
struct TimerHeap<Value: Sendable>: Sendable {
    private struct Timer: Sendable {
        let at: Instant
        let sequence: UInt64
        let value: Value

        func isBefore(_ other: Timer) -> Bool { at != other.at ? at < other.at : sequence < other.sequence }
    }
    private var timers: [Timer] = []
    private var sequence: UInt64 = 0

    var next: Instant { timers.first?.at ?? .never }
    var count: Int { timers.count }

    mutating func add(_ value: Value, at moment: Instant) {
        timers.append(Timer(at: moment, sequence: sequence, value: value))
        sequence += 1
        var child = timers.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard timers[child].isBefore(timers[parent]) else { break }
            timers.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest out, if its moment has come.
    mutating func due(at now: Instant) -> Value? {
        guard let first = timers.first, first.at <= now else { return nil }
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        var parent = 0
        while true {
            var earliest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < timers.count {
                if timers[child].isBefore(timers[earliest]) { earliest = child }
            }
            if earliest == parent { break }
            timers.swapAt(parent, earliest)
            parent = earliest
        }
        return first.value
    }
}
