import Glibc
import Workload

/// Waits for the intended moments of an open loop.
enum Pacing {
    /// How long before the moment the sleep ends at most: more than a sleep is late by as a rule.
    private static let longestSpin: Nanoseconds = 100_000
    /// After so long the caller looks around, at the latest.
    static let longestSleep: Nanoseconds = 10_000_000

    /// Lets the calling thread run before others where the system permits it (root): a machine that is busy with the
    /// pipeline must not make the traffic late.
    static func takePrecedence() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10) }

    /// Sleeps until shortly before a moment on the monotonic clock, then spins.
    ///
    /// - Parameters:
    ///   - gap: the time since the moment before: spinning may take a tenth of it. At high rates the processors belong
    ///     to the pipeline, and a sleep's lateness of some ten microseconds is told as schedule delay.
    ///   - meanwhile: called before each sleep; tells how long it may last at most.
    /// - Returns: false where the run is being stopped.
    static func wait(until moment: Int64, gap: Nanoseconds, isStopping: () -> Bool, meanwhile: () throws -> Nanoseconds) rethrows -> Bool {
        let spin = min(longestSpin, gap / 10)
        while true {
            let left = moment - LiveClock.monotonic()
            if left <= 0 { return !isStopping() }
            guard left > 2 * spin else { continue }
            if isStopping() { return false }
            let longest = try meanwhile()
            LiveClock.sleep(min(moment - LiveClock.monotonic() - spin, longest))
        }
    }
}
