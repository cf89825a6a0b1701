import Pipeline
import Synchronization

/// How a question stands for the one who asked it.
enum QueryState: Sendable, Equatable {
    case pending
    case found(FoundAnswer)
    case failed(FailedQuestion)

    var isPending: Bool { self == .pending }
}

struct FoundAnswer: Sendable, Equatable {
    enum Source: String, Sendable { case cache, store, pipeline }
    let questionID: String
    let key: UInt64
    let answer: String
    /// `.nan` where nothing was scored.
    let score: Double
    let outcome: String
    let source: Source

    static func == (a: FoundAnswer, b: FoundAnswer) -> Bool {
        a.questionID == b.questionID && a.key == b.key && a.answer == b.answer
            && (a.score == b.score || a.score.isNaN && b.score.isNaN) && a.outcome == b.outcome && a.source == b.source
    }
}

struct FailedQuestion: Sendable, Equatable {
    let questionID: String
    let key: UInt64
    let outcome: String
    let message: String
}

/// The latest questions and their ends, and who waits for them.
///
/// It is bounded: of what is pending, and of the ends, the oldest entry makes room for the newest. Behind it stands the
/// store, which has every end.
final class AnswerBoard: Sendable {
    typealias Waiter = @Sendable (QueryState) -> Void

    /// What becomes of somebody's wish to ask under a name.
    enum Claim: Equatable {
        case new
        case known(QueryState)
        /// The name belongs to another question.
        case taken
    }

    private struct End {
        let key: UInt64
        let state: QueryState
    }

    private struct Board {
        /// Keys of questions that have not ended.
        var pending: Latest<UInt64>
        var ends: Latest<End>
        var waiters: [String: [(number: UInt64, tell: Waiter)]] = [:]
        var lastNumber: UInt64 = 0

        func state(of name: String) -> QueryState? { ends[name]?.state ?? (pending[name] == nil ? nil : .pending) }
        func key(of name: String) -> UInt64? { pending[name] ?? ends[name]?.key }
    }

    private let board: Mutex<Board>

    /// - Parameter capacity: of pending questions, and as many of ends.
    init(capacity: Int) { board = Mutex(Board(pending: Latest(capacity: capacity), ends: Latest(capacity: capacity))) }

    /// Puts a question up as pending, unless it is there already.
    func claim(_ questionID: String, key: UInt64) -> Claim {
        board.withLock { board in
            if let known = board.key(of: questionID) { return known == key ? .known(board.state(of: questionID)!) : .taken }
            board.pending.insert(key, as: questionID)
            return .new
        }
    }

    /// Notes that a question was asked, here or elsewhere.
    func asked(_ questionID: String, key: UInt64) { _ = claim(questionID, key: key) }

    /// Takes a question down that could not be asked after all.
    func withdraw(_ questionID: String) {
        board.withLock { $0.pending.remove(questionID) }
    }

    /// Notes how a question ended, and tells those who wait for it. The first end counts.
    func end(_ questionID: String, key: UInt64, _ state: QueryState) {
        let waiters: [(number: UInt64, tell: Waiter)] = board.withLock { board in
            guard board.ends[questionID] == nil else { return [] }
            board.pending.remove(questionID)
            board.ends.insert(End(key: key, state: state), as: questionID)
            return board.waiters.removeValue(forKey: questionID) ?? []
        }
        for waiter in waiters { waiter.tell(state) }
    }

    /// nil: not on the board, or no longer.
    func state(of questionID: String) -> QueryState? { board.withLock { $0.state(of: questionID) } }

    /// Calls back once when the question ends, on the thread that brings the end.
    /// - Returns: a number to call it off by; nil where the question has ended: ask for its state.
    func wait(for questionID: String, _ tell: @escaping Waiter) -> UInt64? {
        board.withLock { board in
            if board.ends[questionID] != nil { return nil }
            board.lastNumber += 1
            board.waiters[questionID, default: []].append((board.lastNumber, tell))
            return board.lastNumber
        }
    }

    func stopWaiting(for questionID: String, _ number: UInt64) {
        board.withLock { board in
            board.waiters[questionID]?.removeAll { $0.number == number }
            if board.waiters[questionID]?.isEmpty == true { board.waiters[questionID] = nil }
        }
    }

    /// Tells all who wait that there is nothing yet: for the end of the service.
    func releaseAll() {
        let waiters = board.withLock { board in
            defer { board.waiters = [:] }
            return board.waiters.values.flatMap { $0 }
        }
        for waiter in waiters { waiter.tell(.pending) }
    }

    var pendingCount: Int { board.withLock { $0.pending.count } }
}

/// The latest values by name: a new one takes the oldest one's place.
private struct Latest<Value> {
    private let capacity: Int
    private var values: [String: (value: Value, place: Int)] = [:]
    /// Names from the oldest on, in a ring. One that was removed keeps its place until its turn comes.
    private var ring: [String] = []
    private var next = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { values.count }

    subscript(name: String) -> Value? { values[name]?.value }

    mutating func insert(_ value: Value, as name: String) {
        if ring.count < capacity {
            ring.append(name)
        } else {
            if values[ring[next]]?.place == next { values[ring[next]] = nil }
            ring[next] = name
        }
        values[name] = (value, next)
        next = (next + 1) % capacity
    }

    mutating func remove(_ name: String) { values[name] = nil }
}

extension QueryState {
    /// How a question ended, as its last message says; nil for any other message.
    init?(_ message: Envelope<LiveTexts>) {
        let texts = message.payload
        switch message.kind {
        case .answered:
            self = .found(FoundAnswer(
                questionID: texts.questionID, key: message.key, answer: texts.response, score: message.score,
                outcome: message.outcome.rawValue, source: .pipeline))
        case .failed:
            let said = Wire.errorMessage(of: message)
            self = .failed(FailedQuestion(
                questionID: texts.questionID, key: message.key, outcome: message.outcome.rawValue,
                message: message.outcome == .rejected ? "too many questions are in flight; ask again later" : said.isEmpty ? Wire.scoreMessage(of: message) : said))
        case .asked, .requested, .regenerationRequested, .responded, .callFailed, .validated, .belowThreshold, .deadLettered:
            return nil
        }
    }
}
