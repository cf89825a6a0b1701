import Workload

/// How many messages wait at a stage of the pipeline, or are worked on there, over the time since the warm-up's end.
package struct StageLoad: Sendable {
    /// What was counted from the warm-up's end up to a moment.
    package struct Counted: Sendable, Equatable, Codable, BitwiseCopyable {
        /// Messages at the stage, integrated over time, in nanoseconds.
        package fileprivate(set) var held: Int128 = 0
        /// The most that were there together for any time at all.
        package fileprivate(set) var most = 0
        /// Messages that left it.
        package fileprivate(set) var taken = 0

        /// Messages at the stage on average over a span of that length; `.nan` over none.
        package func mean(over window: Nanoseconds) -> Double { window > 0 ? Double(held) / Double(window) : .nan }

        /// How long a message was there on average, by Little's law: the time spent there by all of them over those that
        /// left (J. D. C. Little, "A Proof for the Queuing Formula L = λW", Operations Research 9, 1961).
        package var meanTime: Double { taken > 0 ? Double(held) / Double(taken) : .nan }
    }

    private let start: Instant
    private var depth = 0
    private var countedTo: Instant
    private var counted = Counted()
    /// What had been counted when the latest of the arrivals came that were known of; any may be the last.
    private var closed = Counted()
    private var closedTo: Instant

    init(from start: Instant) {
        self.start = start
        countedTo = start
        closedTo = start
    }

    /// So many are there from now on; `taken` of them have just left.
    /// - Parameter arrival: when the latest question arrived. Asked for here, not told at each arrival, since most of them
    ///   change nothing at the stages.
    @inline(__always)
    mutating func set(_ newDepth: Int, taken: Int, at now: Instant, after arrival: Instant) {
        if arrival > closedTo { close(at: arrival) }
        advance(to: now)
        depth = newDepth
        if now >= start { counted.taken &+= taken }
    }

    @inline(__always)
    mutating func change(_ change: Int, at now: Instant, after arrival: Instant) { set(depth &+ change, taken: 0, at: now, after: arrival) }

    /// Somebody who tells only when it is over: one message was there from a moment on.
    mutating func held(from begin: Instant, to end: Instant, after arrival: Instant) {
        if arrival > closedTo { close(at: arrival) }
        if end > start { counted.held &+= Int128(max(0, end - max(begin, start))) }
    }

    /// What was counted up to the last arrival.
    mutating func finish(at arrival: Instant) -> Counted {
        if arrival > closedTo { close(at: arrival) }
        return closed
    }

    private mutating func close(at arrival: Instant) {
        advance(to: arrival)
        closed = counted
        closedTo = arrival
    }

    /// Live, threads may tell slightly out of order: what comes late counts from where others have counted to.
    @inline(__always)
    private mutating func advance(to now: Instant) {
        guard now > countedTo else { return }
        if depth > 0 {
            counted.held &+= Int128(depth) &* Int128(now - countedTo)
            counted.most = max(counted.most, depth)
        }
        countedTo = now
    }
}
