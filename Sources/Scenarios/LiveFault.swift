import Workload

/// A disturbance of what a live run has beside the provider: its broker, its store, its services. Simulation has none
/// of them and leaves it out.
package struct LiveFault: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// The embedded broker drops its connections and takes no new ones; its messages stay.
        case brokerDown
        /// Every answer of the embedded broker takes at least so long.
        case brokerSlow(roundTrip: Nanoseconds)
        /// Whatever a service asks of the store is refused.
        case storeDown
        /// A replica dies without a farewell.
        case kill(Service, replica: Int)
    }

    package var kind: Kind
    package var from: Instant
    /// The first moment after it; of a kill, when the replica is started again.
    package var until: Instant
    /// Its number in the scenario's list of faults.
    package var place: Int

    package init(_ kind: Kind, from: Instant, until: Instant, place: Int = 0) {
        self.kind = kind
        self.from = from
        self.until = until
        self.place = place
    }

    /// The names that `inject` takes.
    static let words = ["broker_down", "broker_slow", "store_down", "kill"]

    /// As `inject` says it.
    package var name: String {
        switch kind {
        case .brokerDown: "broker_down"
        case .brokerSlow: "broker_slow"
        case .storeDown: "store_down"
        case .kill: "kill"
        }
    }

    /// For people: `kill llm-worker.1`.
    package var title: String {
        if case .kill(let service, let replica) = kind { "kill \(service.rawValue).\(replica)" } else { name }
    }
}
