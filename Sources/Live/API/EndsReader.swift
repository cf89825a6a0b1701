import KafkaClient
import Pipeline

/// Reads how questions end into the board, for as long as its process lives. It commits nothing: a new process reads
/// the ends again, and so knows what its predecessor knew.
enum EndsReader {
    static func run(_ context: LiveContext, group: String, _ board: AnswerBoard, _ control: HostControl) {
        do {
            let consumer = try context.consumer(group: group, roles: [.validatedResponses, .deadLetters], membership: .fixed(replica: 0, of: 1))
            try consumer.awaitMessages()
            control.reportReady()
            var bytes: [UInt8] = []
            while !control.isStopping {
                consumer.consumeBatch(max: 1000, timeoutMilliseconds: 10) { record in
                    bytes.removeAll(keepingCapacity: true)
                    bytes.append(contentsOf: record.value)
                    // What cannot be read is counted by the services that it is meant for.
                    guard let message = try? context.wire.decode(bytes), let state = QueryState(message) else { return }
                    board.end(message.payload.questionID, key: message.key, state)
                }
                for problem in consumer.takeProblems() where problem.reason != .passing && problem.reason != .serverMissing { throw problem }
            }
            consumer.close()
            control.report(.stopped)
        } catch {
            control.report(.failed("the storage API's reader of ends: \(error)"))
        }
    }
}
