import Foundation
import Synchronization
import Workload

/// The calls under way, and how each ends: what a transport tells of them becomes an answer or a failure, once.
final class OpenCalls: Sendable {
    private struct Call: Sendable {
        let completion: @Sendable (CallEnd) -> Void
        /// The reply's beginning, once it is there.
        var status = 0
        var retryAfter: Nanoseconds = -1
        var scenarioRetryAfter: Nanoseconds?
        var location: String?
        var reader: (any AnswerReader)?
        var errorBody: [UInt8] = []

        var isAnswer: Bool { (200..<300).contains(status) }
    }

    private struct State: Sendable {
        var calls: [Int: Call] = [:]
        var last = 0
    }

    private let state = Mutex(State())
    private let dialect: ServerDialect
    private let key: APIKey?

    init(dialect: ServerDialect, key: APIKey?) {
        self.dialect = dialect
        self.key = key
    }

    func begin(_ completion: @escaping @Sendable (CallEnd) -> Void) -> Int {
        state.withLock { state in
            state.last += 1
            state.calls[state.last] = Call(completion: completion)
            return state.last
        }
    }

    /// Ends a call, if nobody has before.
    func end(_ number: Int, _ end: CallEnd) {
        guard let call = state.withLock({ $0.calls.removeValue(forKey: number) }) else { return }
        var end = end
        if let key, case .failed(var failure) = end {
            failure.message = key.redacted(failure.message)
            end = .failed(failure)
        }
        call.completion(end)
    }

    /// Ends all, as cancelled.
    func endAll() {
        for number in state.withLock({ $0.calls.keys.sorted() }) { end(number, .failed(CallFailure(.cancelled))) }
    }

    // MARK: What transports tell

    func replyBegan(_ number: Int, status: Int, header: (String) -> String?) {
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        let wait = header("Retry-After").flatMap { RetryAfterHeader.wait($0, unixNanoseconds: now) }
        let exact = dialect.server.kind == .mock ? header(MockCall.retryAfterHeader).flatMap { Int64($0) } : nil
        let location = header("Location")
        let reader = dialect.reader(contentType: header("Content-Type"))
        state.withLock { state in
            state.calls[number]?.status = status
            state.calls[number]?.retryAfter = wait ?? -1
            state.calls[number]?.scenarioRetryAfter = exact.flatMap { $0 >= 0 ? $0 : nil }
            state.calls[number]?.location = location
            state.calls[number]?.reader = reader
        }
    }

    /// - Returns: whether more is wanted; else the call has ended.
    func received(_ number: Int, _ bytes: [UInt8]) -> Bool {
        var early: CallEnd?
        let isOpen = state.withLock { state in
            guard var call = state.calls.removeValue(forKey: number) else { return false }
            defer { state.calls[number] = call }
            guard call.isAnswer else {
                call.errorBody += bytes.prefix(ErrorBody.maximumBytes - call.errorBody.count)
                return true
            }
            do throws(AnswerProblem) {
                try call.reader?.append(bytes)
                if call.reader?.isComplete == true, let answer = try call.reader?.finish() { early = .answered(answer) }
            } catch {
                early = .failed(CallFailure(error))
            }
            return true
        }
        if let early { end(number, early) }
        return isOpen && early == nil
    }

    /// The reply is whole, or broke off for a reason.
    func finished(_ number: Int, problem: CallFailure?) {
        let outcome: CallEnd? = state.withLock { state in
            guard let call = state.calls[number] else { return nil }
            if call.status == 0 { return .failed(problem ?? CallFailure(.disconnected, message: "the connection ended without a reply")) }
            guard call.isAnswer else { return .failed(refusal(call)) }
            if var problem {
                if problem.reason == .disconnected { problem.reason = .truncated }
                return .failed(problem)
            }
            guard var reader = call.reader else { return .failed(CallFailure(.disconnected)) }
            do throws(AnswerProblem) { return .answered(try reader.finish()) } catch { return .failed(CallFailure(error)) }
        }
        if let outcome { end(number, outcome) }
    }

    private func refusal(_ call: Call) -> CallFailure {
        let body = ErrorBody(body: call.errorBody)
        var message = body.description
        if (300..<400).contains(call.status) { message = "redirected to \(call.location?.prefix(200) ?? "nowhere"), which is not followed: give that as provider.base_url" }
        var failure = CallFailure(.refused, status: call.status, retryAfter: call.retryAfter, isQuota: body.isQuota, message: message)
        failure.scenarioRetryAfter = call.scenarioRetryAfter
        return failure
    }
}

extension CallFailure {
    init(_ problem: AnswerProblem) {
        let message = problem.description
        self = switch problem {
        case .truncated: CallFailure(.truncated, message: message)
        case .malformed: CallFailure(.malformed, message: message)
        case .tooLong: CallFailure(.tooLong, message: message)
        case .refused(let body): CallFailure(.refused, status: body.status ?? 0, isQuota: body.isQuota, message: message)
        }
    }
}
