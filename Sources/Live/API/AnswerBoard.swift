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
/// It is bounded: the oldest entry makes room for the newest. Behind it stands the store, which has every end.
final class AnswerBoard: Sendable {
    typealias Waiter = @Sendable (QueryState) -> Void

    /// What becomes of somebody's wish to ask under a name.
    enum Claim: Equatable {
        case new
        case known(QueryState)
        /// The name belongs to another question.
        case taken
    }

    private struct Entry {
        let key: UInt64
        var state: QueryState
    }

    private struct Board {
        var entries: [String: Entry] = [:]
        /// The entries' names from the oldest on, in a ring.
        var ring: [String] = []
        var next = 0
        var pending = 0
        var waiters: [String: [(number: UInt64, tell: Waiter)]] = [:]
        var lastNumber: UInt64 = 0
    }

    private let capacity: Int
    private let board = Mutex(Board())

    init(capacity: Int) { self.capacity = capacity }

    /// Puts a question up as pending, unless it is there already.
    func claim(_ questionID: String, key: UInt64) -> Claim {
        board.withLock { board in
            if let known = board.entries[questionID] { return known.key == key ? .known(known.state) : .taken }
            enter(questionID, Entry(key: key, state: .pending), &board)
            return .new
        }
    }

    /// Takes a question down that could not be asked after all.
    func withdraw(_ questionID: String) {
        board.withLock { board in
            guard board.entries[questionID]?.state.isPending == true else { return }
            board.entries[questionID] = nil
            board.pending -= 1
        }
    }

    /// Notes how a question ended, and tells those who wait for it. The first end counts.
    func end(_ questionID: String, key: UInt64, _ state: QueryState) {
        let waiters: [(number: UInt64, tell: Waiter)] = board.withLock { board in
            if let known = board.entries[questionID] {
                guard known.state.isPending else { return [] }
                board.entries[questionID]!.state = state
                board.pending -= 1
            } else {
                enter(questionID, Entry(key: key, state: state), &board)
            }
            return board.waiters.removeValue(forKey: questionID) ?? []
        }
        for waiter in waiters { waiter.tell(state) }
    }

    /// nil: not on the board, or no longer.
    func state(of questionID: String) -> QueryState? { board.withLock { $0.entries[questionID]?.state } }

    /// Calls back once when the question ends, on the thread that brings the end.
    /// - Returns: a number to call it off by; nil where the question has ended: ask for its state.
    func wait(for questionID: String, _ tell: @escaping Waiter) -> UInt64? {
        board.withLock { board in
            if let state = board.entries[questionID]?.state, !state.isPending { return nil }
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

    var pendingCount: Int { board.withLock { $0.pending } }

    private func enter(_ questionID: String, _ entry: Entry, _ board: inout Board) {
        if board.ring.count < capacity {
            board.ring.append(questionID)
        } else {
            if let old = board.entries.removeValue(forKey: board.ring[board.next]), old.state.isPending { board.pending -= 1 }
            board.ring[board.next] = questionID
            board.next = (board.next + 1) % capacity
        }
        board.entries[questionID] = entry
        if entry.state.isPending { board.pending += 1 }
    }
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
