import LLMClient
import Synchronization

/// What a real LLM server has said against calls, each once with its count: a wrong key or a wrong name is told there.
final class Complaints: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private static let most = 8

    func note(_ failure: CallFailure) {
        counts.withLock { counts in
            let text = failure.description
            // Those beyond are counted together.
            counts[counts.count < Self.most || counts[text] != nil ? text : "and others", default: 0] += 1
        }
    }

    /// The commonest first.
    var lines: [String] {
        counts.withLock { $0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) × \($0.key)" }
    }
}
