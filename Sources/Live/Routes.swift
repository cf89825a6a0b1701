import Pipeline

/// Which topic carries which role, and the replicas' names.
package struct Routes: Sendable {
    package struct Topic: Sendable, Equatable {
        package let name: String
        package let partitions: Int
        /// Whether any service of the pipeline reads it.
        package let isRead: Bool
    }

    /// Each topic once, in the roles' order.
    package let topics: [Topic]
    private let topicOfRole: [Role: Int]

    package init(_ pipeline: PipelineConfiguration) {
        var names: [String] = []
        var read: Set<String> = []
        var topicOfRole: [Role: Int] = [:]
        for role in Role.allCases {
            // A role that the table does not mention has its default name; one that maps to nil is off.
            guard let name = pipeline.topics[role] ?? role.rawValue else { continue }
            if !names.contains(name) { names.append(name) }
            topicOfRole[role] = names.firstIndex(of: name)
            if role != .lowQualityResponses { read.insert(name) }
        }
        self.topicOfRole = topicOfRole
        topics = names.map { Topic(name: $0, partitions: pipeline.partitions, isRead: read.contains($0)) }
    }

    /// Index in `topics`; nil where the role is switched off.
    package func topic(of role: Role) -> Int? { topicOfRole[role] }

    /// The topics of some roles, each once.
    package func topics(of roles: [Role]) -> [Topic] {
        var found: [Topic] = []
        for role in roles {
            guard let index = topicOfRole[role], !found.contains(topics[index]) else { continue }
            found.append(topics[index])
        }
        return found
    }
}
