import KafkaClient
import Pipeline
import Synchronization

/// Reads which questions were asked and how they end into the board, for as long as its process lives, so that each
/// replica can tell of questions that others took in. It commits nothing: a new process reads all of it again, and so
/// knows what its predecessor knew.
final class BoardReader: Sendable {
    typealias Caught = @Sendable (KafkaProblem?) -> Void

    private let context: LiveContext
    private let board: AnswerBoard
    private let waiting = Mutex<[Caught]>([])

    init(_ context: LiveContext, _ board: AnswerBoard) {
        self.context = context
        self.board = board
    }

    /// Calls back, on the reader's thread, when the board knows every question that the broker holds now.
    func catchUp(_ then: @escaping Caught) { waiting.withLock { $0.append(then) } }

    /// The thread's life.
    func run(group: String, _ control: HostControl) {
        do {
            let consumer = try context.consumer(
                group: group, roles: [.questions, .validatedResponses, .deadLetters], membership: .fixed(replica: 0, of: 1))
            try consumer.awaitMessages()
            readEarlierQuestions(consumer, control)
            control.reportReady()
            var catching: (askers: [Caught], target: [PartitionOffset])?
            while !control.isStopping {
                catching = catching ?? beginToCatchUp(consumer)
                if let (askers, target) = catching, has(consumer, reached: target) {
                    for asker in askers { asker(nil) }
                    catching = nil
                }
                read(consumer)
                for problem in consumer.takeProblems() where problem.reason != .passing && problem.reason != .serverMissing { throw problem }
            }
            consumer.close()
            control.report(.stopped)
        } catch {
            control.report(.failed("the storage API's reader of questions and their ends: \(error)"))
        }
    }

    /// Those who ask by now, and what the board must know for them; nil where nobody asks.
    private func beginToCatchUp(_ consumer: Consumer) -> (askers: [Caught], target: [PartitionOffset])? {
        let askers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !askers.isEmpty else { return nil }
        switch ends(of: consumer) {
        case .success(let target): return (askers, target)
        case .failure(let problem):
            for asker in askers { asker(problem) }
            return nil
        }
    }

    /// Questions before ends, so that none is put up as pending whose end the board has seen and forgotten.
    private func readEarlierQuestions(_ consumer: Consumer, _ control: HostControl) {
        guard let topic = questions else { return }
        let ends = consumer.position.filter { $0.topic != topic.name }
        consumer.pause(ends)
        while !control.isStopping {
            // A broker that is away is waited for.
            guard case .success(let target) = self.ends(of: consumer) else {
                LiveClock.sleep(10_000_000)
                continue
            }
            while !control.isStopping, !has(consumer, reached: target) { read(consumer) }
            break
        }
        consumer.resume(ends)
    }

    private var questions: Routes.Topic? { context.routes.topic(of: .questions).map { context.routes.topics[$0] } }

    /// Where the questions' partitions end now; those without any message are left out.
    private func ends(of consumer: Consumer) -> Result<[PartitionOffset], KafkaProblem> {
        guard let topic = questions else { return .success([]) }
        var ends: [PartitionOffset] = []
        for partition in 0..<Int32(topic.partitions) {
            switch consumer.watermarks(topic: topic.name, partition: partition) {
            case .success(let (low, high)): if low < high { ends.append(PartitionOffset(topic: topic.name, partition: partition, offset: high)) }
            case .failure(let problem): return .failure(problem)
            }
        }
        return .success(ends)
    }

    private func has(_ consumer: Consumer, reached target: [PartitionOffset]) -> Bool {
        let position = consumer.position
        return target.allSatisfy { end in position.contains { $0.topic == end.topic && $0.partition == end.partition && $0.offset >= end.offset } }
    }

    private func read(_ consumer: Consumer) {
        consumer.consumeBatch(max: 1000, timeoutMilliseconds: 10) { record in
            if let front = WireFront(record.value), !Self.tells(front.kind) { return }
            // What cannot be read is counted by the services that it is meant for.
            guard let message = try? context.wire.decode(record.value, defaultKind: isQuestions(record, consumer) ? .asked : nil) else { return }
            if message.kind == .asked {
                board.asked(message.payload.questionID, key: message.key)
            } else if let state = QueryState(message) {
                board.end(message.payload.questionID, key: message.key, state)
            }
        }
    }

    private static func tells(_ kind: Kind) -> Bool { kind == .asked || kind == .answered || kind == .failed }

    private func isQuestions(_ record: Record, _ consumer: Consumer) -> Bool { consumer.topics[record.topic] == questions?.name }
}
