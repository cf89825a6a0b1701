import Workload

/// One second of a run: a row of timeseries.csv.
package struct SecondRow: Sendable, Equatable, Codable, BitwiseCopyable {
    /// By intended arrival.
    package var asked = 0
    package var answered = 0
    package var failed = 0
    package var cacheHits = 0
    package var generations = 0
    package var regenerations = 0
    package var overloadErrors = 0
    package var quotaErrors = 0
    package var retries = 0
    /// At the second's end: asked so far less settled so far.
    package var inFlight = 0
    /// At the second's end.
    package var llmQueue = 0
    /// At the second's end: waits begun so far less waits ended so far.
    package var waitingRetries = 0
    /// Scores given in this second.
    package var scores = ScoreSum()
    /// Exact, by nearest rank, of the questions answered in this second; −1 where there were none.
    package var latencyP50: Nanoseconds = -1
    package var latencyP99: Nanoseconds = -1

    package init() {}
}

/// The rows of all seconds while a run goes on.
///
/// In simulation time only goes forward. Live, several threads report, and an event may come after one
/// of a later second: it is still counted in the second that it belongs to, for all rows are kept; only
/// its latency goes into the percentiles of the second that is open then.
struct Timeline: Sendable {
    /// Events after this many seconds (46 days) are counted in the last row.
    static let maximumSeconds = 4_000_000
    private static let second: Nanoseconds = 1_000_000_000

    private(set) var rows: [SecondRow] = [SecondRow()]
    /// The second whose latencies are being collected, and when it begins.
    private var open = 0
    private var openFrom: Nanoseconds = 0
    /// The open second's row; what `rows` has in its place is out of date.
    private var current = SecondRow()
    private var latencies: [Nanoseconds] = []
    /// The last report of each second that had one; carried on into those that had none.
    private var queueReports: [(second: Int, depth: Int)] = []

    /// Changes the row for a moment.
    @inline(__always)
    private mutating func count(at now: Instant, _ change: (inout SecondRow) -> Void) {
        let second = self.second(of: now)
        if second == open { change(&current) } else { change(&rows[second]) }
    }

    /// The index of the row for a moment; opens rows as needed.
    @inline(__always)
    private mutating func second(of now: Instant) -> Int {
        let offset = now.nanoseconds &- openFrom
        if offset >= 0 && offset < Self.second { return open }
        return otherSecond(of: now)
    }

    @inline(never)
    private mutating func otherSecond(of now: Instant) -> Int {
        let second = min(Self.maximumSeconds - 1, Int(max(0, now.nanoseconds) / Self.second))
        if second > open {
            close()
            while rows.count <= second { rows.append(SecondRow()) }
            open = second
            openFrom = Nanoseconds(second) * Self.second
            current = rows[second]
        }
        return second
    }

    @inline(__always) mutating func asked(at now: Instant) { count(at: now) { $0.asked &+= 1 } }
    @inline(__always) mutating func failed(at now: Instant) { count(at: now) { $0.failed &+= 1 } }
    @inline(__always) mutating func retried(at now: Instant) { count(at: now) { $0.retries &+= 1 } }
    @inline(__always) mutating func scored(_ score: Double, at now: Instant) { count(at: now) { $0.scores.add(score) } }
    @inline(__always) mutating func waits(_ change: Int, at now: Instant) { count(at: now) { $0.waitingRetries &+= change } }
    @inline(__always) mutating func overloadError(at now: Instant) { count(at: now) { $0.overloadErrors &+= 1 } }
    @inline(__always) mutating func quotaError(at now: Instant) { count(at: now) { $0.quotaErrors &+= 1 } }

    @inline(__always)
    mutating func answered(latency: Nanoseconds, isCacheHit: Bool, at now: Instant) {
        count(at: now) {
            $0.answered &+= 1
            if isCacheHit { $0.cacheHits &+= 1 }
        }
        latencies.append(latency)
    }

    @inline(__always)
    mutating func generated(isRegeneration: Bool, at now: Instant) {
        count(at: now) {
            $0.generations &+= 1
            if isRegeneration { $0.regenerations &+= 1 }
        }
    }

    mutating func llmQueue(_ depth: Int, at now: Instant) {
        let index = second(of: now)
        if let last = queueReports.last, last.second >= index {
            if last.second == index { queueReports[queueReports.count - 1].depth = depth }
        } else {
            queueReports.append((index, depth))
        }
    }

    /// The rows up to the end of the run, with levels filled in.
    mutating func finish(at end: Instant) -> [SecondRow] {
        _ = second(of: end)
        close()
        var inFlight = 0, waiting = 0, depth = 0, report = 0
        for second in rows.indices {
            inFlight += rows[second].asked - rows[second].answered - rows[second].failed
            // While the run goes on a row holds the change of the number of waits, not their number.
            waiting += rows[second].waitingRetries
            while report < queueReports.count, queueReports[report].second <= second {
                depth = queueReports[report].depth
                report += 1
            }
            rows[second].inFlight = inFlight
            rows[second].waitingRetries = waiting
            rows[second].llmQueue = depth
        }
        return rows
    }

    /// Puts the open second's row into its place.
    private mutating func close() {
        closeLatencies()
        rows[open] = current
    }

    private mutating func closeLatencies() {
        guard !latencies.isEmpty else { return }
        let count = latencies.count
        let median = Histogram.rank(ofPercentile: 50, count: count) - 1
        let tail = Histogram.rank(ofPercentile: 99, count: count) - 1
        current.latencyP99 = latencies.element(ofRank: tail, within: 0..<count)
        current.latencyP50 = latencies.element(ofRank: median, within: 0..<(tail + 1))
        latencies.removeAll(keepingCapacity: true)
    }
}

extension [Nanoseconds] {
    /// The element that sorting would put at `rank`, and everything smaller before it
    /// (C. A. R. Hoare, "Algorithm 65: Find", 1961; the pivot is a median of three).
    mutating func element(ofRank rank: Int, within range: Range<Int>) -> Nanoseconds {
        var low = range.lowerBound
        var high = range.upperBound - 1
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < self[low] { swapAt(middle, low) }
            if self[high] < self[low] { swapAt(high, low) }
            if self[high] < self[middle] { swapAt(high, middle) }
            let pivot = self[middle]
            var left = low, right = high
            while left <= right {
                while self[left] < pivot { left += 1 }
                while pivot < self[right] { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if rank <= right { high = right } else if rank >= left { low = left } else { break }
        }
        return self[rank]
    }
}
