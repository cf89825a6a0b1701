// Intake: the pipeline's door. It answers from the cache, joins equal questions in flight, asks the
// store where the scenario wants it, and admits the rest while there are credits.
//
// Only intake refuses work: behind it the services never block each other, because they form a loop
// (judge → worker → judge) that would deadlock. So what is in flight is bounded here and nowhere else.

import Caching
import Workload

/// An answer as the cache keeps it.
@usableFromInline package struct CachedAnswer<P: Payload>: Sendable {
    @usableFromInline package let payload: P
    @usableFromInline package let score: Double

    @inlinable package init(payload: P, score: Double) {
        self.payload = payload
        self.score = score
    }
}

@usableFromInline package struct Intake<P: Payload>: ~Copyable, Sendable {
    @usableFromInline package enum Message: Sendable, BitwiseCopyable {
        /// Somebody asked. Where no effect follows, the question joined an equal one, and intake keeps it.
        case asked
        /// The store was asked for the key; where `found`, the payload's response is the stored one.
        case lookedUp(found: Bool)
        /// A question came to its end: kinds `answered` and `failed`, own ones and others.
        case settled
    }

    /// A question in flight.
    @usableFromInline struct Ticket: Sendable {
        @usableFromInline var question: UInt64
        @usableFromInline var key: UInt64
        @usableFromInline var bytes: UInt32
        @usableFromInline var isLeader: Bool
        /// The leader's first follower, a follower's next one, a free ticket's next free one; `none` at the end.
        @usableFromInline var next: UInt32
        /// The leader's last follower, so that followers are answered in the order in which they came.
        @usableFromInline var last: UInt32

        @inlinable init(question: UInt64, key: UInt64, bytes: UInt32, isLeader: Bool) {
            self.question = question
            self.key = key
            self.bytes = bytes
            self.isLeader = isLeader
            next = .max
            last = .max
        }
    }

    @usableFromInline let configuration: IntakeConfiguration
    @usableFromInline var cache: AnswerCache<CachedAnswer<P>>
    @usableFromInline var tickets: [Ticket] = []
    /// By ticket: a follower waiting for its leader; nil for a leader, and for a follower on its way to the
    /// store. Apart from the tickets, which are a tenth of the size and touched for every question.
    @usableFromInline var waiting: [Envelope<P>?] = []
    @usableFromInline var firstFree: UInt32 = .max
    /// The ticket of the question in flight that others with the same key join.
    @usableFromInline var leaders = LeaderTable()
    /// Questions in flight and their bytes: the credits in use.
    @usableFromInline package internal(set) var inFlight = 0
    @usableFromInline package internal(set) var inFlightBytes = 0
    /// Followers that wait for a leader in flight.
    @usableFromInline package internal(set) var followersWaiting = 0

    @usableFromInline package init(_ configuration: IntakeConfiguration) {
        self.configuration = configuration
        cache = AnswerCache(
            policy: configuration.cache.policy, capacity: configuration.cache.capacity,
            ttlNanoseconds: configuration.cache.ttl)
    }

    @inlinable @inline(__always)
    package mutating func handle(
        _ message: Message, about question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>
    ) {
        switch message {
        case .asked: asked(&question, at: now, into: &effects)
        case .lookedUp(let found):
            if found { foundInStore(&question, at: now, into: &effects) } else { request(&question, into: &effects) }
        case .settled: settled(question, at: now, into: &effects)
        }
    }

    // What a runtime may ask and tell beside the messages, where questions come in another way too: see `SharedIntake`.
    @inlinable package mutating func cachedAnswer(to key: UInt64, at now: Instant) -> CachedAnswer<P>? {
        cache.value(for: key, at: now.nanoseconds)
    }
    @inlinable package mutating func keep(_ answer: CachedAnswer<P>, for key: UInt64, at now: Instant) {
        cache.insert(answer, for: key, at: now.nanoseconds)
    }

    // What a runtime that knows the next questions may say, so that their memory is there in time: see `AnswerCache`.
    @inlinable @inline(__always)
    package func prefetch(asking key: UInt64) {
        cache.prefetch(key)
        leaders.prefetch(key)
    }
    @inlinable @inline(__always) package func prefetchAnswer(_ key: UInt64) { cache.prefetchEntry(key) }
    @inlinable @inline(__always) package func prefetchNeighbours(_ key: UInt64) { cache.prefetchNeighbours(key) }
    @inlinable @inline(__always)
    package func prefetch(settling key: UInt64) {
        cache.prefetch(key)
        cache.prefetchVictim()
        leaders.prefetch(key)
    }

    /// Followers that wait for a leader in flight, in the order of their tickets.
    @inlinable package func forEachFollowerWaiting(_ body: (Envelope<P>) -> Void) {
        for case let follower? in waiting { body(follower) }
    }

    @inlinable mutating func asked(_ question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>) {
        if let cached = cache.value(for: question.key, at: now.nanoseconds) {
            question.payload.adoptResponse(of: cached.payload)
            question.score = cached.score
            return answer(&question, .cacheHit, into: &effects)
        }
        guard inFlight < configuration.maxInFlight,
            inFlightBytes + Int(question.bytes) <= configuration.maxInFlightBytes
        else {
            question.kind = .failed
            question.outcome = .rejected
            effects.append(.publish(.deadLetters))
            return
        }
        if configuration.cache.coalesce, let leader = leaders.ticket(of: question.key) {
            return join(leader, question)
        }
        question.ticket = takeTicket(for: question, isLeader: true)
        if configuration.cache.coalesce { leaders.insert(question.ticket, for: question.key) }
        if configuration.storeLookup {
            effects.append(.lookUp)
        } else {
            request(&question, into: &effects)
        }
    }

    @inlinable func request(_ question: inout Envelope<P>, into effects: inout EffectBuffer<P>) {
        question.kind = .requested
        effects.append(.publish(.llmRequests))
    }

    @inlinable func answer(_ question: inout Envelope<P>, _ outcome: Outcome, into effects: inout EffectBuffer<P>) {
        question.kind = .answered
        question.outcome = outcome
        effects.append(.publish(.validatedResponses))
    }

    @inlinable mutating func foundInStore(_ question: inout Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>) {
        cache.insert(CachedAnswer(payload: question.payload, score: question.score), for: question.key, at: now.nanoseconds)
        answer(&question, .storeHit, into: &effects)
        release(question, leaderFailed: false, into: &effects)
    }

    @inlinable mutating func settled(_ question: Envelope<P>, at now: Instant, into effects: inout EffectBuffer<P>) {
        switch question.outcome {
        case .accepted, .acceptedBestEffort:
            cache.insert(
                CachedAnswer(payload: question.payload, score: question.score), for: question.key, at: now.nanoseconds)
            release(question, leaderFailed: false, into: &effects)
        case .deadLetterScore, .deadLetterOverload, .deadLetterQuota, .deadLetterError:
            release(question, leaderFailed: true, into: &effects)
        case .cacheHit, .storeHit, .coalesced, .rejected:
            break  // intake's own words come back on the topic; it has drawn the consequences already
        case .pending:
            preconditionFailure("a settled question has an outcome")
        }
    }

    /// Gives the question's credit back and lets its followers share its fate.
    @inlinable mutating func release(_ settled: Envelope<P>, leaderFailed: Bool, into effects: inout EffectBuffer<P>) {
        let ticket = settled.ticket
        // A message that was delivered twice, or that an intake before a crash had admitted.
        guard ticket < tickets.count, tickets[Int(ticket)].question == settled.question else { return }
        var follower: UInt32 = .max
        if tickets[Int(ticket)].isLeader {
            follower = tickets[Int(ticket)].next
            if configuration.cache.coalesce { leaders.remove(settled.key) }
        }
        free(ticket)
        while follower != .max {
            let next = tickets[Int(follower)].next
            guard var question = waiting[Int(follower)] else {
                preconditionFailure("a ticket in a list of followers has no question")
            }
            question.ticket = follower
            followersWaiting -= 1
            if leaderFailed {
                // The failure has to be recorded first; the credit comes back with `failed`.
                waiting[Int(follower)] = nil
                tickets[Int(follower)].next = .max
                question.kind = .deadLettered
                question.outcome = settled.outcome
                question.errorClass = settled.errorClass
                question.status = settled.status
                effects.append(.publish(.deadLetters), about: question)
            } else {
                question.payload.adoptResponse(of: settled.payload)
                question.score = settled.score
                question.kind = .answered
                question.outcome = .coalesced
                effects.append(.publish(.validatedResponses), about: question)
                free(follower)
            }
            follower = next
        }
    }

    @inlinable mutating func join(_ leader: UInt32, _ question: Envelope<P>) {
        let ticket = takeTicket(for: question, isLeader: false)
        waiting[Int(ticket)] = question
        followersWaiting += 1
        let last = tickets[Int(leader)].last
        if last == .max {
            tickets[Int(leader)].next = ticket
        } else {
            tickets[Int(last)].next = ticket
        }
        tickets[Int(leader)].last = ticket
    }

    @inlinable mutating func takeTicket(for question: Envelope<P>, isLeader: Bool) -> UInt32 {
        inFlight += 1
        inFlightBytes += Int(question.bytes)
        let ticket = Ticket(
            question: question.question, key: question.key, bytes: question.bytes, isLeader: isLeader)
        guard firstFree != .max else {
            tickets.append(ticket)
            waiting.append(nil)
            return UInt32(tickets.count - 1)
        }
        let slot = firstFree
        firstFree = tickets[Int(slot)].next
        tickets[Int(slot)] = ticket
        return slot
    }

    @inlinable mutating func free(_ ticket: UInt32) {
        inFlight -= 1
        inFlightBytes -= Int(tickets[Int(ticket)].bytes)
        tickets[Int(ticket)].question = .max
        if !tickets[Int(ticket)].isLeader { waiting[Int(ticket)] = nil }
        tickets[Int(ticket)].next = firstFree
        firstFree = ticket
    }
}
