import LLMClient
import Pipeline
import Provider
import Workload

/// How a run's workers reach an LLM server, in place of the model inside the process.
struct LLMAccess: Sendable {
    let server: LLMServer
    let key: APIKey?
    /// Of the run's draws, which a mock server makes.
    let seed: UInt64
    let replication: Int
    let complaints = Complaints()

    /// Throws where the environment has no key that the scenario names.
    init(_ server: LLMServer, seed: UInt64, replication: Int) throws(APIKey.Problem) {
        self.server = server
        key = try APIKey(for: server)
        self.seed = seed
        self.replication = replication
    }
}

/// Why nobody can answer calls.
package struct LLMServerMissing: Error, CustomStringConvertible {
    package let description: String
}

extension LLMAccess {
    /// Throws where nobody listens at the server's address: better told before a run than by each of its calls.
    func findServer() throws(LLMServerMissing) {
        let connections = LLMConnections(server, key: nil, timeout: 1_000_000_000, connections: 1)
        defer { connections.close() }
        guard let why = connections.findServer() else { return }
        let remedy = server.kind == .mock ? "start it with crisol serve mock-llm, or leave provider.base_url out" : "start it, or change provider.base_url"
        throw LLMServerMissing(description: "no LLM server answers at \(server.baseURL): \(why); \(remedy)")
    }
}

/// One worker's calls to an LLM server. Belongs to its host's thread, which calls that ended wake.
///
/// A worker that goes leaves its calls: their questions' offsets are not committed, and whoever comes next asks again.
final class ServerCalls {
    typealias Work = OffsetTracker.Work

    /// A call that has ended, with what it was about.
    struct Ended {
        var question: Envelope<LiveTexts>
        let result: CallResult
        /// nil unless there is an answer.
        let text: String?
        let work: Work
    }

    private struct Letter: Sendable {
        let call: Int
        let end: CallEnd
        let at: Instant
    }

    private let access: LLMAccess
    private let clock: LiveClock
    private let connections: LLMConnections
    private let mailbox: Mailbox<Letter>
    private var underWay: [Int: (question: Envelope<LiveTexts>, startedAt: Instant, work: Work)] = [:]
    private var calls = 0

    /// - Parameters:
    ///   - concurrency: calls under way at most.
    ///   - wake: called from any thread when a call has ended, never after `close`.
    init(_ access: LLMAccess, clock: LiveClock, concurrency: Int, wake: @escaping @Sendable () -> Void) {
        self.access = access
        self.clock = clock
        connections = LLMConnections(access.server, key: access.key, timeout: clock.real(access.server.timeout), connections: concurrency)
        mailbox = Mailbox(wake: wake)
    }

    deinit { close() }

    /// Begins the call that a question wants.
    func begin(_ question: Envelope<LiveTexts>, on work: Work, at now: Instant) {
        calls += 1
        let call = calls
        underWay[call] = (question, now, work)
        let (mailbox, clock) = (mailbox, clock)
        connections.begin(CallRequest(prompt: access.server.prompt(for: question.payload.question), forMock: mockCall(question))) { end in
            mailbox.post(Letter(call: call, end: end, at: clock.now()))
        }
    }

    /// Who is no mock of ours learns nothing of the run.
    private func mockCall(_ question: Envelope<LiveTexts>) -> MockCall? {
        guard access.server.kind == .mock else { return nil }
        return MockCall(
            runStartedUnixNanoseconds: clock.startedAtUnix, seed: access.seed, replication: access.replication, question: question.question,
            generation: Int(question.generation), call: Int(question.calls), reference: question.payload.reference)
    }

    /// The calls that have ended since the last time.
    func takeEnded() -> [Ended] {
        mailbox.take().compactMap { letter in
            guard let call = underWay.removeValue(forKey: letter.call) else { return nil }
            return ended(call.question, letter.end, took: letter.at - call.startedAt, call.work)
        }
    }

    private func ended(_ question: Envelope<LiveTexts>, _ end: CallEnd, took: Nanoseconds, _ work: Work) -> Ended {
        switch end {
        case .answered(let answer):
            let result = CallResult(
                status: 200, promptTokens: UInt32(answer.promptTokens ?? Self.tokens(in: access.server.prompt(for: question.payload.question))),
                completionTokens: UInt32(answer.completionTokens ?? Self.tokens(in: answer.text)), duration: took)
            return Ended(question: question, result: result, text: answer.text, work: work)
        case .failed(let failure):
            access.complaints.note(failure)
            let wait = failure.scenarioRetryAfter ?? (failure.retryAfter < 0 ? -1 : clock.scenario(failure.retryAfter))
            let result = CallResult(
                status: UInt16(clamping: failure.status), retryAfter: wait, duration: took, saysQuota: failure.isQuota)
            return Ended(question: question, result: result, text: nil, work: work)
        }
    }

    /// For servers that do not count: as the mock counts a prompt's.
    private static func tokens(in text: String) -> Int {
        TokenLengths.prompt(words: text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }).count)
    }

    /// Leaves the calls under way; none may be begun afterwards.
    func close() {
        mailbox.close()
        connections.close()
        underWay.removeAll()
    }
}
