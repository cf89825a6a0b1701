// What must hold in every simulated run, checked from outside the machines: from effects and moments
// alone, with its own counts, so that a machine cannot vouch for itself.

import Measurement
import Pipeline
import Workload

/// A rule that a run broke.
package struct Violation: Error, Equatable, CustomStringConvertible {
    package let rule: String
    package let detail: String

    package var description: String { "\(rule): \(detail)" }
}

/// The rules that were broken so far.
struct Violations {
    private(set) var list: [Violation] = []

    mutating func require(_ holds: Bool, _ rule: String, _ detail: @autoclosure () -> String) {
        // The first few say what is wrong; a broken rule tends to break for every question.
        if !holds, list.count < 20 { list.append(Violation(rule: rule, detail: detail())) }
    }
}

struct Invariants {
    private struct Life {
        var waitsUntil = Instant.zero
        var isWaiting = false
        var isCalling = false
        var calls = 0
        /// Requests that a breaker refused, and whether the latest attempt failed or was refused.
        var refusals = 0
        var isRetrying = false
        var answers = 0
        /// Retries by class since the last answer, and over the life.
        var retries: (overload: Int, quota: Int, error: Int) = (0, 0, 0)
        var totalRetries = 0
        /// What the latest reply asked to wait; negative where it said nothing.
        var retryAfter: Nanoseconds = -1
        /// Whether it has reached intake, and the bytes of text that it holds there.
        var isInside = false
        var bytes = 0
        var lastScore = Double.nan
        var bestScore = Double.nan
    }

    /// What the cache was last given for a key.
    private struct Fill {
        var at: Instant
        var score: Double
    }

    /// How a question with calls of its own failed last for a key.
    private struct Failure {
        var at: Instant
        var outcome: Outcome
    }

    private let pipeline: PipelineConfiguration
    private var lives: [UInt64: Life] = [:]
    private var settled: Set<UInt64> = []
    private var fills: [UInt64: Fill] = [:]
    private var failures: [UInt64: Failure] = [:]
    /// The question in flight that others with the same key join, where they do.
    private var leaders: [UInt64: UInt64] = [:]
    private var outcomes: [Outcome: Int] = [:]
    private var asked = 0
    /// Questions behind intake's door, and their bytes.
    private var inside = 0
    private var insideBytes = 0
    private var callsUnderWay = 0
    private var guards: GuardInvariants
    private var lastMoment = Instant.zero
    private(set) var violations = Violations()

    init(pipeline: PipelineConfiguration) {
        self.pipeline = pipeline
        guards = GuardInvariants(pipeline)
    }

    mutating func moved(to now: Instant) {
        violations.require(now >= lastMoment, "time never goes backwards", "\(now.nanoseconds) ns after \(lastMoment.nanoseconds) ns")
        lastMoment = now
        // Whoever is turned away or answered at the door is gone by now.
        let intake = pipeline.intake
        violations.require(
            inside <= intake.maxInFlight, "every queue within its bound", "\(inside) questions in flight, max_in_flight is \(intake.maxInFlight)")
        violations.require(
            insideBytes <= intake.maxInFlightBytes, "every queue within its bound",
            "\(insideBytes) bytes in flight, max_in_flight_bytes is \(intake.maxInFlightBytes)")
    }

    mutating func asked(_ question: UInt64) {
        violations.require(lives[question] == nil && !settled.contains(question), "a question is asked once", "q \(question)")
        lives[question] = Life()
        asked += 1
    }

    mutating func reachesIntake(_ message: Envelope<SimulatedTexts>) {
        let question = message.question
        violations.require(lives[question]?.isInside == false, "a question is asked once", "q \(question) reached intake again, or was never asked")
        lives[question]?.isInside = true
        lives[question]?.bytes = Int(message.bytes)
        inside += 1
        insideBytes += Int(message.bytes)
    }

    /// Intake has found no answer at hand: where equal questions are joined, this is the only one of its key.
    private mutating func leads(_ message: Envelope<SimulatedTexts>) {
        guard pipeline.intake.cache.coalesce else { return }
        let question = message.question
        let leader = leaders[message.key] ?? question
        violations.require(leader == question, "equal questions in flight are joined", "q \(question) goes on beside q \(leader)")
        leaders[message.key] = leader
    }

    mutating func sees(_ effect: Effect, about question: Envelope<SimulatedTexts>, by worker: Int = 0, at now: Instant) {
        switch effect {
        case .publish: published(question, by: worker, at: now)
        case .lookUp: leads(question)
        case .call: called(question, by: worker, at: now)
        case .wait: waits(question, at: now)
        case .score, .store: break
        }
    }

    private mutating func published(_ message: Envelope<SimulatedTexts>, by worker: Int, at now: Instant) {
        let question = message.question
        switch message.kind {
        case .requested, .regenerationRequested:
            leads(message)
            let waitsUntil = lives[question]?.waitsUntil ?? .zero
            violations.require(now >= waitsUntil, "no retry before its time", "q \(question) at \(now.nanoseconds) ns, due \(waitsUntil.nanoseconds) ns")
            lives[question]?.isWaiting = false
            if message.kind == .regenerationRequested, let life = lives[question] {
                violations.require(
                    life.answers <= pipeline.acceptance.maxRegenerations, "no generation over its limit",
                    "q \(question) asks for answer \(life.answers + 1), at most \(pipeline.acceptance.maxRegenerations + 1)")
                lives[question]?.retries = (0, 0, 0)
            }
        case .answered, .failed: ends(message, at: now)
        case .validated, .deadLettered: isDecided(message, at: now)
        case .callFailed: failed(message, by: worker, at: now)
        case .asked, .responded, .belowThreshold: break
        }
        if message.outcome == .accepted, message.kind == .validated {
            violations.require(
                message.score >= pipeline.acceptance.threshold, "accepted means at or above the threshold",
                "q \(question) scored \(message.score)")
        }
    }

    /// A call failed, or a breaker refused it.
    private mutating func failed(_ message: Envelope<SimulatedTexts>, by worker: Int, at now: Instant) {
        let question = message.question
        guard var life = lives[question] else {
            return violations.require(false, "only questions in flight fail", "q \(question)")
        }
        if message.isRefused {
            violations.require(!life.isCalling && !life.isWaiting && now >= life.waitsUntil, "no retry before its time", "q \(question) was refused at \(now.nanoseconds) ns")
            violations.require(Int(message.calls) == life.calls, "calls are counted", "q \(question) says \(message.calls), seen \(life.calls)")
            guards.refused(question, wait: message.retryAfter, isRetry: life.isRetrying, by: worker, at: now, &violations)
            life.refusals += 1
            life.isRetrying = true
            life.retryAfter = message.retryAfter
            lives[question] = life
        } else if mayRetry(life, after: message.errorClass) {
            guards.decided(question, isDenied: message.isOutOfBudget, by: worker, at: now, &violations)
        }
    }

    private func mayRetry(_ life: Life, after errorClass: ErrorClass) -> Bool {
        let total = life.totalRetries + max(0, life.answers - 1)
        if let most = pipeline.retry.maxTotalRetries, total >= most { return false }
        return switch errorClass {
        case .none, .final: false
        case .overload: life.retries.overload < pipeline.retry.overload.maxRetries
        case .quota: life.retries.quota < pipeline.retry.quota.maxRetries
        case .error: life.retries.error < pipeline.retry.error.maxRetries
        }
    }

    private mutating func called(_ message: Envelope<SimulatedTexts>, by worker: Int, at now: Instant) {
        let question = message.question
        guard let life = lives[question] else {
            return violations.require(false, "only questions in flight are called for", "q \(question)")
        }
        violations.require(!life.isCalling, "one call at a time for a question", "q \(question)")
        violations.require(!life.isWaiting && now >= life.waitsUntil, "no retry before its time", "q \(question) at \(now.nanoseconds) ns, due \(life.waitsUntil.nanoseconds) ns")
        violations.require(
            life.answers <= pipeline.acceptance.maxRegenerations, "no generation over its limit",
            "q \(question), answer \(life.answers + 1)")
        violations.require(Int(message.calls) == life.calls, "calls are counted", "q \(question) says \(message.calls), seen \(life.calls)")
        guards.called(question, isRetry: life.isRetrying, by: worker, at: now, &violations)
        lives[question]?.isCalling = true
        lives[question]?.calls += 1
        callsUnderWay += 1
        let slots = pipeline.llmWorkers * pipeline.concurrency
        violations.require(callsUnderWay <= slots, "every queue within its bound", "\(callsUnderWay) calls under way, workers have \(slots) slots")
    }

    /// `isFailure`: what a breaker takes for one.
    mutating func replied(
        _ message: Envelope<SimulatedTexts>, isAnswer: Bool, isFailure: Bool = false, retryAfter: Nanoseconds = -1, by worker: Int = 0,
        at now: Instant = .zero
    ) {
        callsUnderWay -= 1
        guards.replied(message.question, isFailure: isFailure, by: worker, at: now)
        lives[message.question]?.isCalling = false
        lives[message.question]?.isRetrying = !isAnswer
        lives[message.question]?.retryAfter = retryAfter
        if isAnswer { lives[message.question]?.answers += 1 }
    }

    mutating func scored(_ message: Envelope<SimulatedTexts>, _ score: Double) {
        guard let life = lives[message.question] else { return }
        lives[message.question]?.lastScore = score
        lives[message.question]?.bestScore = life.bestScore.isNaN ? score : max(life.bestScore, score)
    }

    /// The pipeline has done with a question: not before it had to, and with the answer that it should keep.
    private mutating func isDecided(_ message: Envelope<SimulatedTexts>, at now: Instant) {
        let question = message.question
        guard let life = lives[question] else { return }
        if life.calls == 0, life.refusals == 0 {
            // A follower has no calls of its own, and shares what was decided for its leader.
            let failure = failures[message.key]
            return violations.require(
                pipeline.intake.cache.coalesce && failure?.at == now && failure?.outcome == message.outcome,
                "a follower shares its leader's fate", "q \(question): \(message.outcome), not \(failure.map { "\($0.outcome)" } ?? "a failure")")
        }
        let total = life.totalRetries + max(0, life.answers - 1)
        let isBounded = pipeline.retry.maxTotalRetries.map { total >= $0 } ?? false
        let isUsedUp =
            switch message.errorClass {
            case .none: message.outcome == .accepted || life.answers > pipeline.acceptance.maxRegenerations
            case .overload: life.retries.overload >= pipeline.retry.overload.maxRetries
            case .quota: life.retries.quota >= pipeline.retry.quota.maxRetries
            case .error: life.retries.error >= pipeline.retry.error.maxRetries
            case .final: true
            }
        violations.require(isUsedUp || isBounded || message.isOutOfBudget, "nothing is given up early", "q \(question): \(message.outcome) after \(life.answers) answers, \(life.totalRetries) retries")
        guard message.kind == .validated else { return }
        let keepsBest = message.outcome == .acceptedBestEffort && pipeline.acceptance.onExhausted == .acceptBest
        let kept = keepsBest ? life.bestScore : life.lastScore
        violations.require(message.score == kept, "the answer that is kept is as its policy says", "q \(question): \(message.outcome) with \(message.score), not \(kept)")
    }

    /// What the cache gives is what it was given last, and not for longer than it lives.
    private mutating func followsTheCache(_ message: Envelope<SimulatedTexts>, at now: Instant) {
        switch message.outcome {
        case .accepted, .acceptedBestEffort, .storeHit:
            fills[message.key] = Fill(at: now, score: message.score)
        case .cacheHit:
            let fill = fills[message.key]
            let lifetime = pipeline.intake.cache.ttl ?? .max
            violations.require(
                fill.map { $0.score == message.score && now - $0.at < lifetime } ?? false, "a cache hit is an answer that was put in and lives",
                "q \(message.question) at \(now.nanoseconds) ns with \(message.score): \(fill.map { "put in at \($0.at.nanoseconds) ns with \($0.score)" } ?? "never put in")")
        case .coalesced:
            let fill = fills[message.key]
            violations.require(
                pipeline.intake.cache.coalesce && fill?.at == now && fill?.score == message.score, "a follower shares its leader's fate",
                "q \(message.question) at \(now.nanoseconds) ns with \(message.score)")
        case .pending, .deadLetterScore, .deadLetterOverload, .deadLetterQuota, .deadLetterError, .rejected: break
        }
    }

    private mutating func waits(_ message: Envelope<SimulatedTexts>, at now: Instant) {
        let question = message.question
        guard var life = lives[question] else {
            return violations.require(false, "only questions in flight wait", "q \(question)")
        }
        let policy: RetryPolicy
        let retry: Int
        switch message.errorClass {
        case .overload:
            (policy, retry) = (pipeline.retry.overload, life.retries.overload)
            life.retries.overload += 1
        case .quota:
            (policy, retry) = (pipeline.retry.quota, life.retries.quota)
            life.retries.quota += 1
        case .error:
            (policy, retry) = (pipeline.retry.error, life.retries.error)
            life.retries.error += 1
        case .none, .final:
            return violations.require(false, "only overload, quota and error are retried", "q \(question): \(message.errorClass)")
        }
        violations.require(
            message.retryAfter == life.retryAfter, "Retry-After is obeyed", "q \(question) heard \(message.retryAfter) ns, it was \(life.retryAfter) ns")
        life.totalRetries += 1
        life.isWaiting = true
        life.waitsUntil = message.notBefore
        lives[question] = life
        violations.require(retry < policy.maxRetries, "no retry over its limit", "q \(question), \(message.errorClass) retry \(retry + 1) of \(policy.maxRetries)")
        if let most = pipeline.retry.maxTotalRetries {
            violations.require(
                life.totalRetries + max(0, life.answers - 1) <= most, "no retry over its limit",
                "q \(question), \(life.totalRetries) retries and \(life.answers - 1) regenerations, max_total_retries is \(most)")
        }
        let delay = message.notBefore - now
        switch policy.honorRetryAfter {
        case .ignored where !message.isRefused: break
        case .ignored, .atLeast, .instead:
            violations.require(delay >= message.retryAfter, "Retry-After is obeyed", "q \(question) waits \(delay) ns of \(message.retryAfter) ns")
        }
        let (least, most) = Self.bounds(policy, retry: retry)
        let isAsked = (policy.honorRetryAfter != .ignored || message.isRefused) && delay == message.retryAfter
            && (policy.honorRetryAfter == .instead && !message.isRefused || delay >= least)
        violations.require(
            isAsked || (delay >= least && delay <= most), "a backoff is as its policy says",
            "q \(question) waits \(delay) ns, retry \(retry), \(least) to \(most) ns")
    }

    /// The shortest and the longest backoff that the policy allows for a retry, by its definition.
    private static func bounds(_ policy: RetryPolicy, retry: Int) -> (Nanoseconds, Nanoseconds) {
        let plain: Nanoseconds
        var (base, cap): (Nanoseconds, Nanoseconds)
        switch policy.backoff {
        case .fixed(let delay): (plain, base, cap) = (delay, delay, delay)
        case .steps(let delays):
            plain = delays[min(retry, delays.count - 1)]
            (base, cap) = (delays[0], delays.max() ?? 0)
        case .exponential(let start, let factor, let most):
            var power = Double(start)
            for _ in 0..<retry { power = min(power * factor, 1e18) }
            plain = min(most, Nanoseconds(power))
            (base, cap) = (start, most)
        }
        return switch policy.jitter {
        case .none: (plain, plain)
        case .full: (0, plain)
        case .equal: (plain / 2, plain)
        case .decorrelated: (min(base, cap), cap)
        }
    }

    private mutating func ends(_ message: Envelope<SimulatedTexts>, at now: Instant) {
        let question = message.question
        followsTheCache(message, at: now)
        violations.require(!settled.contains(question), "no question is answered twice", "q \(question): \(message.outcome)")
        guard let life = lives.removeValue(forKey: question) else {
            return violations.require(false, "only questions that were asked are answered", "q \(question): \(message.outcome)")
        }
        settled.insert(question)
        outcomes[message.outcome, default: 0] += 1
        if message.outcome == .rejected {
            violations.require(
                inside > pipeline.intake.maxInFlight || insideBytes > pipeline.intake.maxInFlightBytes, "nobody is turned away while there is room",
                "q \(question), with \(inside - 1) questions of \(insideBytes - life.bytes) bytes in flight")
        }
        if message.outcome.isDeadLetter, life.calls + life.refusals > 0 { failures[message.key] = Failure(at: now, outcome: message.outcome) }
        if leaders[message.key] == question { leaders[message.key] = nil }
        if life.isInside {
            inside -= 1
            insideBytes -= life.bytes
        }
        violations.require(!life.isCalling && !life.isWaiting, "a question ends when nothing of it is under way", "q \(question)")
        switch message.outcome {
        case .accepted, .acceptedBestEffort:
            violations.require(life.answers > 0, "a scored outcome had an answer", "q \(question): \(message.outcome)")
        case .deadLetterScore:
            // A follower shares its leader's fate without a call of its own.
            violations.require(
                life.answers > 0 || life.calls == 0, "a scored outcome had an answer", "q \(question): \(message.outcome)")
        case .cacheHit, .storeHit, .coalesced, .rejected:
            violations.require(life.calls == 0, "hits cost no call", "q \(question): \(message.outcome), \(life.calls) calls")
        case .pending:
            violations.require(false, "a question ends with an outcome", "q \(question)")
        case .deadLetterOverload, .deadLetterQuota, .deadLetterError: break
        }
    }

    /// Checks what must hold when nothing more can happen, and that the ledger says what was seen here.
    mutating func ended(isDrained: Bool, creditsInUse: Int, ledger: RunTotals) {
        moved(to: lastMoment)
        if isDrained {
            violations.require(creditsInUse == 0, "every credit comes back", "\(creditsInUse) of nobody")
            violations.require(
                lives.isEmpty, "the backlog drains",
                "\(lives.count) questions have no outcome and nothing of them is under way, e.g. q \(lives.keys.min() ?? 0)")
        }
        violations.require(ledger.asked == asked, "the ledger counts what happens", "\(ledger.asked) asked, seen \(asked)")
        violations.require(ledger.inFlight == lives.count, "the ledger counts what happens", "\(ledger.inFlight) in flight, seen \(lives.count)")
        for outcome in Outcome.allCases {
            let seen = outcomes[outcome] ?? 0
            violations.require(ledger.count(outcome) == seen, "the ledger counts what happens", "\(ledger.count(outcome)) \(outcome.rawValue), seen \(seen)")
        }
    }
}
