/// How a live run hosts its services.
package struct LiveSettings: Equatable, Sendable {
    /// How replicas share a service's partitions.
    package enum Sharing: String, CaseIterable, Sendable {
        case auto
        /// Each has its own from the start: nobody waits, and nobody takes over.
        case fixed
        /// As members of a consumer group: when one goes, the others take over.
        case group
    }

    /// Whether each replica is a process of its own.
    package var processes = false
    /// Processes by service.
    package var replicas: [String: Int] = [:]
    package var sharing = Sharing.auto

    package init(processes: Bool = false, replicas: [String: Int] = [:], sharing: Sharing = .auto) {
        self.processes = processes
        self.replicas = replicas
        self.sharing = sharing
    }

    /// Processes of one service.
    package func replicas(of service: String) -> Int { replicas[service] ?? 1 }

    /// Whether the replicas of a service are a consumer group. A single one has nobody to share with.
    package func isGroup(_ service: String) -> Bool {
        switch sharing {
        case .auto: replicas(of: service) > 1
        case .fixed: false
        case .group: true
        }
    }
}
