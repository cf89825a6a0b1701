import Measurement
import Pipeline
import Scenarios
import Testing
import Workload

@testable import Simulation

/// Machines that lie: each tells the invariants of something that must not happen.
@Suite struct InvariantsTests {
    typealias Question = Envelope<SimulatedTexts>

    private func pipeline() throws -> PipelineConfiguration {
        try ScenarioFile.load(
            text: """
                name: invariants
                questions: 1
                pipeline:
                  cache: {policy: lru, ttl: 10s}
                  score: {threshold: 0.5, max_regenerations: 1, on_exhausted: accept_best, evaluate: sampled}
                  retry: {overload: {backoff: fixed, delay: 1s, max_retries: 2}}
                traffic: {arrivals: {process: constant, rate: 1/s}}
                """
        ).scenario.pipeline
    }

    private func question(_ number: UInt64, key: UInt64 = 1) -> Question {
        Question(question: number, key: key, payload: SimulatedTexts(item: 0), intendedAt: .zero)
    }

    /// Answers a question's first call with `score`.
    private func answer(_ question: Question, _ score: Double, _ invariants: inout Invariants) {
        invariants.sees(.call, about: question, at: .zero)
        invariants.replied(question, isAnswer: true)
        invariants.scored(question, score)
    }

    private func decided(_ question: Question, _ kind: Kind, _ outcome: Outcome, score: Double = .nan, _ errorClass: ErrorClass = .none) -> Question {
        var question = question
        (question.kind, question.outcome, question.score, question.errorClass) = (kind, outcome, score, errorClass)
        return question
    }

    private func broken(_ invariants: Invariants) -> [String] { invariants.violations.list.map(\.rule) }

    @Test func givingUpEarlyIsSeen() throws {
        var invariants = Invariants(pipeline: try pipeline())
        invariants.asked(0)
        answer(question(0), 0.3, &invariants)
        invariants.sees(.publish(.validatedResponses), about: decided(question(0), .validated, .acceptedBestEffort, score: 0.3), at: .zero)
        #expect(broken(invariants) == ["nothing is given up early"])

        invariants = Invariants(pipeline: try pipeline())
        invariants.asked(0)
        invariants.sees(.call, about: question(0), at: .zero)
        invariants.replied(question(0), isAnswer: false)
        invariants.sees(.publish(.deadLetters), about: decided(question(0), .deadLettered, .deadLetterOverload, .overload), at: .zero)
        #expect(broken(invariants) == ["nothing is given up early"])
    }

    @Test func theWrongAnswerIsSeen() throws {
        var invariants = Invariants(pipeline: try pipeline())
        invariants.asked(0)
        answer(question(0), 0.3, &invariants)
        var second = question(0)
        second.calls = 1
        answer(second, 0.2, &invariants)
        invariants.sees(.publish(.validatedResponses), about: decided(second, .validated, .acceptedBestEffort, score: 0.2), at: .zero)
        #expect(broken(invariants) == ["the answer that is kept is as its policy says"])
    }

    @Test(arguments: [(0, 9, true), (0, 10, false), (1, 5, false)])
    func staleAndInventedHitsAreSeen(key: UInt64, second: Int64, isRight: Bool) throws {
        var invariants = Invariants(pipeline: try pipeline())
        invariants.asked(0)
        answer(question(0, key: 0), 0.7, &invariants)
        invariants.sees(.publish(.validatedResponses), about: decided(question(0, key: 0), .answered, .accepted, score: 0.7), at: .zero)
        invariants.asked(1)
        invariants.sees(
            .publish(.validatedResponses), about: decided(question(1, key: key), .answered, .cacheHit, score: 0.7),
            at: Instant(nanoseconds: second * 1_000_000_000))
        #expect(broken(invariants) == (isRight ? [] : ["a cache hit is an answer that was put in and lives"]))
    }

    private func ledger(asked: Int = 0, inFlight: Int = 0, _ outcomes: [Outcome] = []) throws -> RunTotals {
        var totals = try simulate(emptyRun).totals
        totals.asked = asked
        totals.inFlight = inFlight
        for outcome in outcomes { totals.outcomes[Outcome.allCases.firstIndex(of: outcome)!] += 1 }
        return totals
    }

    /// A run in which nobody asks.
    private let emptyRun = """
        name: empty
        duration: 1s
        traffic: {arrivals: {process: stages, stages: [{rate: 0/s, for: 1h}, {rate: 1/s, for: 1s}]}}
        """

    @Test func lostCreditsAreSeen() throws {
        var invariants = Invariants(pipeline: try pipeline())
        invariants.ended(isDrained: true, creditsInUse: 1, ledger: try ledger())
        #expect(broken(invariants) == ["every credit comes back"])
    }

    /// A ledger that says less or other than what happened.
    @Test func aLedgerThatLiesIsSeen() throws {
        func broken(_ ledger: RunTotals) throws -> [String] {
            var invariants = Invariants(pipeline: try pipeline())
            invariants.asked(0)
            answer(question(0), 0.7, &invariants)
            invariants.sees(.publish(.validatedResponses), about: decided(question(0), .answered, .accepted, score: 0.7), at: .zero)
            invariants.ended(isDrained: true, creditsInUse: 0, ledger: ledger)
            return self.broken(invariants)
        }
        #expect(try broken(ledger(asked: 1, [.accepted])) == [])
        let lie = "the ledger counts what happens"
        #expect(try broken(ledger(asked: 2, [.accepted])) == [lie])
        #expect(try broken(ledger(asked: 1, inFlight: 1, [.accepted])) == [lie])
        #expect(try broken(ledger(asked: 1, [.acceptedBestEffort])) == [lie, lie])
    }

    @Test func aDoorThatIsTooWideOrTooNarrowIsSeen() throws {
        var pipeline = try pipeline()
        pipeline.intake.maxInFlight = 1
        var invariants = Invariants(pipeline: pipeline)
        for number: UInt64 in 0..<2 {
            invariants.asked(number)
            invariants.reachesIntake(question(number, key: number))
        }
        invariants.moved(to: .zero)
        #expect(broken(invariants) == ["every queue within its bound"])

        pipeline.intake.maxInFlight = 2
        pipeline.intake.maxInFlightBytes = 10
        for (bytes, expected) in [(UInt32(5), ["nobody is turned away while there is room"]), (6, [])] {
            invariants = Invariants(pipeline: pipeline)
            for number: UInt64 in 0..<2 {
                invariants.asked(number)
                var asker = question(number, key: number)
                asker.bytes = bytes
                invariants.reachesIntake(asker)
            }
            invariants.sees(.publish(.deadLetters), about: decided(question(1), .failed, .rejected), at: .zero)
            invariants.moved(to: .zero)
            #expect(broken(invariants) == expected)
        }
    }

    /// Two equal questions in flight, and a follower that ends otherwise than its leader.
    @Test func questionsThatAreNotJoinedAreSeen() throws {
        var invariants = Invariants(pipeline: try pipeline())
        for number: UInt64 in 0..<2 {
            invariants.asked(number)
            var request = question(number)
            request.kind = .requested
            invariants.sees(.publish(.llmRequests), about: request, at: .zero)
        }
        #expect(broken(invariants) == ["equal questions in flight are joined"])

        for (outcome, score, kind) in [(Outcome.coalesced, 0.7, Kind.answered), (.coalesced, 0.6, .answered), (.deadLetterScore, .nan, .deadLettered)] {
            invariants = Invariants(pipeline: try pipeline())
            for number: UInt64 in 0..<2 { invariants.asked(number) }
            answer(question(0), 0.7, &invariants)
            invariants.sees(.publish(.validatedResponses), about: decided(question(0), .answered, .accepted, score: 0.7), at: .zero)
            invariants.sees(.publish(.validatedResponses), about: decided(question(1), kind, outcome, score: score), at: .zero)
            #expect(broken(invariants) == (score == 0.7 ? [] : ["a follower shares its leader's fate"]))
        }
    }

    /// The wait is right for the Retry-After that the message names; the provider had said another.
    @Test func aRetryAfterThatWasMisheardIsSeen() throws {
        var invariants = Invariants(pipeline: try pipeline())
        invariants.asked(0)
        invariants.sees(.call, about: question(0), at: .zero)
        invariants.replied(question(0), isAnswer: false, retryAfter: 5_000_000_000)
        var waiting = question(0)
        (waiting.errorClass, waiting.notBefore) = (.overload, Instant(nanoseconds: 1_000_000_000))
        invariants.sees(.wait, about: waiting, at: .zero)
        #expect(broken(invariants) == ["Retry-After is obeyed"])
    }
}
