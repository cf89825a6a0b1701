import Foundation
import KafkaClient
import Pipeline
import Workload

/// A thread that sends questions into the pipeline on behalf of threads that must not block, and tells each asker when
/// the broker holds the question.
final class QuestionDesk: @unchecked Sendable {
    // Unchecked: `mailbox` and `isClosing` are touched with `condition` locked only, all else on the thread.

    typealias Asker = @Sendable (KafkaProblem?) -> Void

    private static let longestQueue = 10_000
    private let context: LiveContext
    private let topic: Routes.Topic
    private let condition = NSCondition()
    private let finished = DispatchSemaphore(value: 0)
    private var mailbox: [(question: Envelope<LiveTexts>, asker: Asker)] = []
    private var isClosing = false

    init(_ context: LiveContext) throws {
        guard let topic = context.routes.topic(of: .questions) else {
            throw HostFailure(description: "the storage API needs a topic for the role questions")
        }
        self.context = context
        self.topic = context.routes.topics[topic]
        // What cannot be sent yet waits here, so that the questions' topic is never overfull.
        let producer = try Producer(
            bootstrapServers: context.bootstrapServers, profile: context.profile, retention: context.retention, overCap: .hold)
        let held = Held(producer)
        let thread = Thread { [self] in
            run(held.producer)
            finished.signal()
        }
        thread.name = "question desk"
        thread.start()
    }

    /// Carries the producer to the thread that owns it from then on. Unchecked for that: it is handed over, not shared.
    private struct Held: @unchecked Sendable {
        let producer: Producer
        init(_ producer: Producer) { self.producer = producer }
    }

    /// Sends a question. The asker is told on the desk's thread: nil when the broker holds it.
    /// - Returns: false where too many wait already; the asker is not told then.
    func ask(_ question: Envelope<LiveTexts>, _ asker: @escaping Asker) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard mailbox.count < Self.longestQueue, !isClosing else { return false }
        mailbox.append((question, asker))
        condition.signal()
        return true
    }

    /// Sends what was asked before, and ends.
    func close() {
        condition.lock()
        isClosing = true
        condition.signal()
        condition.unlock()
        finished.wait()
        finished.signal()
    }

    private var isEnding: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isClosing
    }

    private func run(_ producer: Producer) {
        let topic = producer.topic(topic.name, partitions: topic.partitions)
        var askers: [UInt64: Asker] = [:]
        var lastToken: UInt64 = 0
        var outgoing = WireWriter()
        func deliver(_ delivery: Producer.Delivery) { askers.removeValue(forKey: delivery.token)?(delivery.problem) }
        while true {
            condition.lock()
            while mailbox.isEmpty, askers.isEmpty, !isClosing { condition.wait() }
            let questions = mailbox
            mailbox = []
            let isLast = isClosing
            condition.unlock()
            for (question, asker) in questions {
                context.wire.encode(question, at: context.clock.now(), into: &outgoing)
                lastToken += 1
                askers[lastToken] = asker
                send: while true {
                    switch QuestionKey.withDigits(of: question.key, { key in
                        outgoing.withUnsafeBytes { producer.send(topic: topic, key: key, value: $0, token: lastToken) }
                    }) {
                    case .queued: break send
                    case .full:
                        // At the end nobody is left to make room; the asker's own time limit speaks for us.
                        if isEnding { break send }
                        producer.poll(timeoutMilliseconds: 1, deliver)
                    case .refused(let problem):
                        askers.removeValue(forKey: lastToken)?(problem)
                        break send
                    }
                }
            }
            if isLast { break }
            producer.poll(timeoutMilliseconds: askers.isEmpty ? 0 : 1, deliver)
        }
        _ = producer.flush(timeoutMilliseconds: 2000, deliver)
    }
}
