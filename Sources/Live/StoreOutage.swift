import Storage

/// A store that is away for a while: since when, and when it is tried again.
///
/// The waits between two attempts double from 20 ms to 1 s, so that a restart costs little and a long absence
/// is not spent knocking.
struct StoreOutage {
    /// The store's own words at the latest attempt; nil while it is there.
    private(set) var error: StoreError?
    /// The next attempt, on the monotonic clock.
    private(set) var nextAttempt: Int64 = 0
    private var wait: Int64 = 0

    private static let shortestWait: Int64 = 20_000_000
    private static let longestWait: Int64 = 1_000_000_000

    var isOn: Bool { error != nil }

    func mayTry(at now: Int64) -> Bool { error == nil || now >= nextAttempt }

    mutating func failed(_ error: StoreError, at now: Int64) {
        self.error = error
        wait = min(max(2 * wait, Self.shortestWait), Self.longestWait)
        nextAttempt = now + wait
    }

    mutating func ended() {
        error = nil
        wait = 0
    }

    /// Does something with a store, again and again while it is away.
    /// - Parameter limit: how long at most, in nanoseconds; then the error is thrown.
    /// - Returns: nil when `isStopping` said so meanwhile.
    static func waitOut<Value>(
        atMost limit: Int64 = .max, unless isStopping: () -> Bool = { false }, _ body: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        var outage = StoreOutage()
        let began = LiveClock.monotonic()
        while true {
            do throws(StoreError) {
                return try body()
            } catch {
                let now = LiveClock.monotonic()
                guard error.isPassing, now - began < limit else { throw error }
                outage.failed(error, at: now)
            }
            while LiveClock.monotonic() < outage.nextAttempt {
                if isStopping() { return nil }
                LiveClock.sleep(5_000_000)
            }
        }
    }
}
