import Caching
import Pipeline
import SeededChance
import Testing
import Workload

@Suite struct IntakeTests {
    private func intake(
        policy: CachePolicy = .lru, coalesce: Bool = true, lookup: Bool = false, inFlight: Int = 100, bytes: Int = 1_000_000
    ) -> Intake<Script> {
        Intake(
            IntakeConfiguration(
                maxInFlight: inFlight, maxInFlightBytes: bytes,
                cache: CacheConfiguration(policy: policy, capacity: 10, coalesce: coalesce), storeLookup: lookup))
    }

    private func accepted(_ requested: Message, _ response: String = "an answer") -> Message {
        var message = requested
        message.kind = .answered
        message.outcome = .accepted
        message.score = 0.5
        message.payload.response = response
        return message
    }

    @Test func missIsRequestedAndFillsTheCacheForTheNext() throws {
        var intake = intake()
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        let request = try #require(published(&effects))
        #expect(request.kind == .requested)
        #expect(intake.inFlight == 1)

        intake.handle(.settled, about: accepted(request), at: seconds(1), into: &effects)
        #expect(effects.isEmpty)
        #expect(intake.inFlight == 0)
        #expect(intake.inFlightBytes == 0)

        intake.handle(.asked, about: ask(1), at: seconds(2), into: &effects)
        #expect(words(&effects) == ["answered 1 on validated-responses cache_hit 'an answer'"])
        #expect(intake.inFlight == 0)
    }

    @Test func equalQuestionsJoinAndAreAnsweredInTheOrderInWhichTheyCame() throws {
        var intake = intake(policy: .none)
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        let request = try #require(published(&effects))
        for question in 1...3 {
            intake.handle(.asked, about: ask(UInt64(question), at: seconds(Double(question))), at: seconds(Double(question)), into: &effects)
        }
        #expect(effects.isEmpty)
        #expect(intake.inFlight == 4)
        #expect(intake.followersWaiting == 3)

        intake.handle(.settled, about: accepted(request), at: seconds(5), into: &effects)
        #expect(
            words(&effects) == [
                "answered 1 on validated-responses coalesced 'an answer'",
                "answered 2 on validated-responses coalesced 'an answer'",
                "answered 3 on validated-responses coalesced 'an answer'",
            ])
        #expect(intake.inFlight == 0)
        #expect(intake.followersWaiting == 0)

        // The key is free again.
        intake.handle(.asked, about: ask(9), at: seconds(6), into: &effects)
        #expect(words(&effects) == ["requested 9 on llm-requests"])
    }

    @Test func followersTakeTheLeadersFailureAndAreRecorded() throws {
        var intake = intake()
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        var failed = try #require(published(&effects))
        intake.handle(.asked, about: ask(1), at: .zero, into: &effects)
        failed.kind = .failed
        failed.outcome = .deadLetterQuota
        failed.errorClass = .quota
        intake.handle(.settled, about: failed, at: seconds(1), into: &effects)
        #expect(intake.inFlight == 1, "the follower holds its credit until its failure is recorded")
        var follower = try #require(published(&effects))
        #expect(follower.kind == .deadLettered)
        #expect(follower.outcome == .deadLetterQuota)
        #expect(follower.question == 1)
        follower.kind = .failed
        intake.handle(.settled, about: follower, at: seconds(1), into: &effects)
        #expect(effects.isEmpty)
        #expect(intake.inFlight == 0)
    }

    @Test func withoutCoalescingEqualQuestionsGoTheirOwnWay() throws {
        var intake = intake(policy: .none, coalesce: false)
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        intake.handle(.asked, about: ask(1), at: .zero, into: &effects)
        #expect(words(&effects) == ["requested 0 on llm-requests", "requested 1 on llm-requests"])
    }

    @Test func beyondTheCreditsAQuestionIsRejectedWhetherNewOrEqual() throws {
        var intake = intake(inFlight: 2)
        var effects = Effects()
        intake.handle(.asked, about: ask(0, key: 1), at: .zero, into: &effects)
        let first = try #require(published(&effects))
        intake.handle(.asked, about: ask(1, key: 1), at: .zero, into: &effects)
        intake.handle(.asked, about: ask(2, key: 2), at: .zero, into: &effects)
        intake.handle(.asked, about: ask(3, key: 1), at: .zero, into: &effects)
        #expect(words(&effects) == ["failed 2 on dead-letters rejected", "failed 3 on dead-letters rejected"])
        intake.handle(.settled, about: accepted(first), at: .zero, into: &effects)
        effects.removeAll()
        // A hit needs no credit; credits are free again.
        intake.handle(.asked, about: ask(4, key: 1), at: .zero, into: &effects)
        intake.handle(.asked, about: ask(5, key: 2), at: .zero, into: &effects)
        #expect(
            words(&effects) == ["answered 4 on validated-responses cache_hit 'an answer'", "requested 5 on llm-requests"])
    }

    @Test func bytesInFlightAreBoundedToo() throws {
        var intake = intake(bytes: 250)
        var effects = Effects()
        for question in 0..<3 { intake.handle(.asked, about: ask(UInt64(question), key: UInt64(question)), at: .zero, into: &effects) }
        #expect(
            words(&effects) == [
                "requested 0 on llm-requests", "requested 1 on llm-requests", "failed 2 on dead-letters rejected",
            ])
    }

    @Test func theStoreIsAskedBeforeTheLLMWhereTheScenarioWantsIt() throws {
        var intake = intake(lookup: true)
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        #expect(effects.count == 1)
        #expect(effects[0].effect == .lookUp)
        var question = effects[0].message
        effects.removeAll()
        intake.handle(.asked, about: ask(1), at: .zero, into: &effects)
        question.payload.response = "stored"
        question.score = 0.9
        intake.handle(.lookedUp(found: true), about: question, at: seconds(1), into: &effects)
        #expect(
            words(&effects) == [
                "answered 0 on validated-responses store_hit 'stored'", "answered 1 on validated-responses coalesced 'stored'",
            ])
        #expect(intake.inFlight == 0)
        intake.handle(.asked, about: ask(2), at: seconds(2), into: &effects)
        #expect(words(&effects) == ["answered 2 on validated-responses cache_hit 'stored'"])

        intake.handle(.asked, about: ask(3, key: 8), at: seconds(2), into: &effects)
        let other = effects[0].message
        effects.removeAll()
        intake.handle(.lookedUp(found: false), about: other, at: seconds(3), into: &effects)
        #expect(words(&effects) == ["requested 3 on llm-requests"])
    }

    @Test func entriesExpireFromInsertionOn() throws {
        var intake = Intake<Script>(
            IntakeConfiguration(
                maxInFlight: 9, maxInFlightBytes: 9999,
                cache: CacheConfiguration(policy: .lru, capacity: 4, ttl: 10_000_000_000), storeLookup: false))
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        let request = try #require(published(&effects))
        intake.handle(.settled, about: accepted(request), at: seconds(1), into: &effects)
        intake.handle(.asked, about: ask(1), at: seconds(10), into: &effects)
        #expect(words(&effects) == ["answered 1 on validated-responses cache_hit 'an answer'"])
        intake.handle(.asked, about: ask(2), at: seconds(11.5), into: &effects)
        #expect(words(&effects) == ["requested 2 on llm-requests"], "the hit at 10 s must not have renewed the entry")
    }

    @Test func whatIsDeliveredTwiceChangesNothing() throws {
        var intake = intake(policy: .none)
        var effects = Effects()
        intake.handle(.asked, about: ask(0), at: .zero, into: &effects)
        let first = try #require(published(&effects))
        intake.handle(.settled, about: accepted(first), at: .zero, into: &effects)
        intake.handle(.asked, about: ask(1), at: .zero, into: &effects)
        effects.removeAll()
        // Question 1 has question 0's ticket now; the late copy must not free it.
        intake.handle(.settled, about: accepted(first), at: .zero, into: &effects)
        #expect(effects.isEmpty)
        #expect(intake.inFlight == 1)
        // A question that an intake before a crash had admitted.
        var stranger = ask(77, key: 99)
        stranger.ticket = 5_000
        intake.handle(.settled, about: accepted(stranger), at: .zero, into: &effects)
        #expect(intake.inFlight == 1)
    }

    /// Credits and followers over random conversations: nothing leaks, nobody is forgotten.
    @Test(arguments: 0..<20) func creditsBalanceOverRandomConversations(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var intake = intake(policy: seed % 2 == 0 ? .lru : .none, coalesce: seed % 3 != 0, inFlight: 20)
        var effects = Effects()
        var underWay: [Message] = []
        var ended: [UInt64: Int] = [:]
        func collect() {
            for index in 0..<effects.count {
                guard case .publish = effects[index].effect else { continue }
                let message = effects[index].message
                switch message.kind {
                case .requested, .deadLettered: underWay.append(message)
                case .answered, .failed: ended[message.question, default: 0] += 1
                default: Issue.record("intake does not send \(message.kind)")
                }
            }
            effects.removeAll()
        }
        func end(_ index: Int) {
            var message = underWay.remove(at: index)
            if message.outcome == .pending { message.outcome = random.next() % 3 == 0 ? .deadLetterOverload : .accepted }
            message.kind = message.outcome.isAnswered ? .answered : .failed
            ended[message.question, default: 0] += 1
            intake.handle(.settled, about: message, at: .zero, into: &effects)
            collect()
        }
        for question in 0..<2_000 {
            intake.handle(.asked, about: ask(UInt64(question), key: random.next() % 12), at: .zero, into: &effects)
            collect()
            #expect(intake.inFlight <= 20)
            while !underWay.isEmpty, random.next() % 3 == 0 { end(Int(random.next() % UInt64(underWay.count))) }
        }
        while !underWay.isEmpty { end(underWay.count - 1) }
        #expect(intake.inFlight == 0)
        #expect(intake.inFlightBytes == 0)
        #expect(intake.followersWaiting == 0)
        #expect(ended.count == 2_000)
        #expect(ended.values.allSatisfy { $0 == 1 })
    }
}
