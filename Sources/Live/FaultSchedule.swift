import Scenarios
import Workload

/// What a scenario's live faults want done, moment by moment. Whoever runs the run carries it out.
struct FaultSchedule: Sendable {
    enum Action: Equatable, Sendable {
        case begin(LiveFault)
        /// The broker is up or fast again; a killed replica is to be started again.
        case end(LiveFault)
    }

    private var ahead: [(at: Instant, action: Action)]
    /// The last fault's end; nil where there are none.
    let lastEnd: Instant?

    init(_ faults: [LiveFault]) {
        // Of equal moments the ends come first: what ends now may begin anew.
        let ends = faults.map { (at: $0.until, action: Action.end($0)) }
        let begins = faults.map { (at: $0.from, action: Action.begin($0)) }
        ahead = (ends + begins).enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        lastEnd = faults.map(\.until).max()
    }

    /// Takes out what is due, in order.
    mutating func due(at now: Instant) -> [Action] {
        let count = ahead.prefix { $0.at <= now }.count
        defer { ahead.removeFirst(count) }
        return ahead[..<count].map(\.action)
    }

    /// Takes everything out, and gives the ends of what has begun: so that a run that ends early leaves nothing broken.
    mutating func cancel() -> [Action] {
        defer { ahead = [] }
        return ahead.map(\.action).filter { action in
            guard case .end(let fault) = action else { return false }
            return !ahead.contains { $0.action == .begin(fault) }
        }
    }
}
