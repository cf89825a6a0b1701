import Workload

/// What is to happen when, earliest first; of equal moments, what was put in first.
///
/// The heap orders moments and the places of values; the values themselves, which are whole messages, stay where they
/// were put until they are taken out.
struct TimerHeap<Value: Sendable>: Sendable {
    private struct Timer: BitwiseCopyable {
        let at: Instant
        let sequence: UInt64
        let place: Int

        @inline(__always) func isBefore(_ other: Timer) -> Bool { at != other.at ? at < other.at : sequence < other.sequence }
    }
    private var timers: [Timer] = []
    private var values: [Value?] = []
    private var freePlaces: [Int] = []
    private var sequence: UInt64 = 0

    var next: Instant { timers.first?.at ?? .never }
    var count: Int { timers.count }

    mutating func add(_ value: Value, at moment: Instant) {
        let place: Int
        if let free = freePlaces.popLast() {
            place = free
            values[place] = value
        } else {
            place = values.count
            values.append(value)
        }
        let timer = Timer(at: moment, sequence: sequence, place: place)
        sequence += 1
        var child = timers.count
        timers.append(timer)
        while child > 0 {
            let parent = (child - 1) / 2
            guard timer.isBefore(timers[parent]) else { break }
            timers[child] = timers[parent]
            child = parent
        }
        timers[child] = timer
    }

    /// Takes the earliest out, if its moment has come.
    mutating func due(at now: Instant) -> Value? {
        guard let first = timers.first, first.at <= now else { return nil }
        let last = timers.removeLast()
        if !timers.isEmpty {
            var parent = 0
            while true {
                var child = 2 * parent + 1
                guard child < timers.count else { break }
                if child + 1 < timers.count, timers[child + 1].isBefore(timers[child]) { child += 1 }
                guard timers[child].isBefore(last) else { break }
                timers[parent] = timers[child]
                parent = child
            }
            timers[parent] = last
        }
        freePlaces.append(first.place)
        return values[first.place].take()
    }
}
