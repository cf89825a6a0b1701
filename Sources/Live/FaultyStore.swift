import Scenarios
import Storage
import Workload

/// A store that is away while a fault says so.
///
/// It goes by the run's clock, so that every process of a run that knows the scenario sees the same fault.
final class FaultyStore: Store {
    private let store: any Store
    private let downtime: StoreDowntime

    init(_ store: any Store, _ downtime: StoreDowntime) {
        self.store = store
        self.downtime = downtime
    }

    func recordResults(_ batch: [StoredResult]) throws(StoreError) -> [Recorded] {
        try downtime.check("record results")
        return try store.recordResults(batch)
    }
    func recordFailures(_ batch: [StoredFailure]) throws(StoreError) -> [Recorded] {
        try downtime.check("record failures")
        return try store.recordFailures(batch)
    }
    func lookUp(_ key: UInt64) throws(StoreError) -> StoredResult? {
        try downtime.check("look up an answer")
        return try store.lookUp(key)
    }
    func result(of questionID: String) throws(StoreError) -> StoredResult? {
        try downtime.check("look up a result")
        return try store.result(of: questionID)
    }
    func failure(of questionID: String) throws(StoreError) -> StoredFailure? {
        try downtime.check("look up a failure")
        return try store.failure(of: questionID)
    }
    func latest(_ count: Int) throws(StoreError) -> [StoredResult] {
        try downtime.check("read the newest results")
        return try store.latest(count)
    }
    func delay(_ batch: [DelayedMessage]) throws(StoreError) {
        try downtime.check("keep delayed messages")
        try store.delay(batch)
    }
    func delayed(for service: String) throws(StoreError) -> [DelayedMessage] {
        try downtime.check("read delayed messages")
        return try store.delayed(for: service)
    }
    func forget(_ messageIDs: [String]) throws(StoreError) {
        try downtime.check("forget delayed messages")
        try store.forget(messageIDs)
    }
    func metrics() throws(StoreError) -> StoreMetrics {
        try downtime.check("read its metrics")
        return try store.metrics()
    }
    func close() { store.close() }
}

/// When the store is to be away.
struct StoreDowntime: Sendable {
    let windows: [(from: Instant, until: Instant)]
    let clock: LiveClock

    /// Nil where no fault is about the store.
    init?(_ faults: [LiveFault], clock: LiveClock) {
        windows = faults.filter { $0.kind == .storeDown }.map { ($0.from, $0.until) }
        self.clock = clock
        if windows.isEmpty { return nil }
    }

    func check(_ action: String) throws(StoreError) {
        let now = clock.now()
        guard windows.contains(where: { $0.from <= now && now < $0.until }) else { return }
        throw StoreError(reason: .serverMissing, path: "of the run", action: action, detail: "the fault store_down")
    }
}
