import Testing
import Workload

@testable import Provider

private let second: Nanoseconds = 1_000_000_000

private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Nanoseconds(seconds * 1e9)) }

/// A provider that answers after 1 s and refuses after 20 ms, unless a test wants more.
private func model(_ change: (inout ProviderConfiguration) -> Void = { _ in }) -> ProviderModel {
    var configuration = ProviderConfiguration(latency: .constant(second))
    change(&configuration)
    return ProviderModel(configuration, draws: Draws(seed: 5, repeat: 0))
}

extension ProviderModel {
    fileprivate mutating func ask(_ question: UInt64, at moment: Instant, call: Int = 0, generation: Int = 0) -> Reply {
        begin(question: question, generation: generation, call: call, at: moment)
    }
}

struct ProviderModelTests {
    @Test func anAnswerSaysEverythingAtOnce() {
        var model = model()
        let reply = model.begin(question: 3, generation: 1, call: 2, at: at(10), promptWords: 9)
        #expect(reply.status == 200 && reply.isAnswer && reply.holdsSlot)
        #expect(reply.completesAt == at(11))
        #expect(reply.retryAfter == -1)
        #expect(reply.promptTokens == 20)
        #expect(reply.completionTokens == model.completionTokens(question: 3, generation: 1))
        #expect(reply.quality == model.quality(question: 3, generation: 1))
        #expect(model.underWay == 1)
        model.finished(reply, at: at(11))
        #expect(model.underWay == 0)
    }

    @Test func callsBeyondTheConcurrencyLimitAreRefusedUntilOneFinishes() {
        var model = model { $0.concurrencyLimit = 2 }
        let first = model.ask(0, at: at(0))
        _ = model.ask(1, at: at(0))
        let refused = model.ask(2, at: at(0.5))
        #expect(refused.status == 503 && refused.retryAfter == -1 && !refused.holdsSlot)
        #expect(refused.completesAt == at(0.52))
        #expect(refused.promptTokens == 0 && refused.completionTokens == 0 && refused.quality.isNaN)
        model.finished(refused, at: refused.completesAt)
        #expect(model.ask(3, at: at(0.6)).status == 503)
        model.finished(first, at: at(1))
        #expect(model.ask(4, at: at(1)).status == 200)
    }

    @Test func requestsPerMinuteAreATokenBucketWithRetryAfterInWholeSeconds() {
        var model = model { $0.requestsPerMinute = 30 }
        // The bucket holds a minute's requests.
        for question in 0..<30 { #expect(model.ask(UInt64(question), at: at(0)).status == 200) }
        let refused = model.ask(30, at: at(0.5))
        // One request every 2 s: 1.5 s are left, rounded up.
        #expect(refused.status == 429 && refused.retryAfter == 2 * second)
        #expect(model.ask(31, at: at(1.999)).retryAfter == second)
        #expect(model.ask(32, at: at(2)).status == 200)
        #expect(model.ask(33, at: at(2)).status == 429)
        // Refusals take nothing, and after a quiet minute the bucket is full again, not fuller.
        let admitted = (0..<40).count { model.ask(UInt64(100 + $0), at: at(200)).status == 200 }
        #expect(admitted == 30)
    }

    @Test func tokensPerMinuteAreABucketOfTokens() {
        var small = model { $0.tokensPerMinute = 60 }
        var model = model {
            $0.tokensPerMinute = 600
            $0.tokens = TokenLengths(median: 80, p99: 80)
        }
        // A call takes 20 tokens of prompt and 80 of answer.
        func ask(_ question: UInt64, _ moment: Double) -> Reply {
            model.begin(question: question, generation: 0, call: 0, at: at(moment), promptWords: 9)
        }
        for question in 0..<6 { #expect(ask(UInt64(question), 0).status == 200) }
        let refused = ask(6, 0.5)
        #expect(refused.status == 429 && refused.retryAfter == 10 * second && refused.promptTokens == 0)
        #expect(ask(7, 9.999).status == 429)
        #expect(ask(8, 10).status == 200)
        #expect(ask(9, 10).status == 429)
        // An answer longer than a minute's worth takes a full bucket.
        #expect(small.begin(question: 0, generation: 0, call: 0, at: at(0), promptWords: 900).status == 200)
        #expect(small.begin(question: 1, generation: 0, call: 0, at: at(30), promptWords: 900).retryAfter == 30 * second)
        #expect(small.begin(question: 1, generation: 0, call: 1, at: at(60), promptWords: 900).status == 200)
    }

    @Test func latencyGrowsWithLengthAndLoad() {
        var model = model {
            $0.load = LoadLatency(timeToFirstToken: second / 2, timePerToken: 10_000_000, slope: 0.1)
            $0.tokens = TokenLengths(median: 50, p99: 50)
        }
        let first = model.ask(0, at: at(0))
        #expect(first.completesAt == at(1))
        #expect(model.ask(1, at: at(0)).completesAt == at(1.05))
        #expect(model.ask(2, at: at(0)).completesAt == at(1.1))
        model.finished(first, at: at(1))
        #expect(model.ask(3, at: at(1)).completesAt == at(2.1))
    }

    @Test(arguments: [
        // What the provider has in mind, when it says so, what is waited from the moment the refusal is read.
        (RetryAfter.seconds, 2_400_000_000, 10.25, 0, 3.0), (.httpDate, 2_400_000_000, 10.25, 0, 2.73),
        (.httpDate, 10_000_000, 10.0, 0, 0.98), (.httpDate, 0, 10.0, 0, 0), (.absent, 2_400_000_000, 10, 0, -1e-9),
        (.growing, 2_400_000_000, 10, 0, 3), (.growing, 2_400_000_000, 10, 1, 5), (.growing, 2_400_000_000, 10, 3, 20),
        (.growing, 2_400_000_000, 10, 60, 3600), (.growing, 9_000_000_000_000, 10, 5, 9000),
    ] as [(RetryAfter, Nanoseconds, Double, Int, Double)])
    func refusalsWriteRetryAfterInTheirForm(form: RetryAfter, wait: Nanoseconds, moment: Double, failures: Int, waited: Double) {
        var silent = model { $0.retryAfter = form; $0.concurrencyLimit = 1 }
        var model = model {
            $0.retryAfter = form
            $0.faults = [Fault(kind: .overload, from: at(0), calls: 1, retryAfter: wait)]
        }
        let refused = model.ask(0, at: at(moment), call: failures + 2, generation: 2)
        #expect(refused.retryAfter == Nanoseconds((waited * 1e9).rounded()))
        // Where the provider has nothing in mind nothing is said.
        _ = silent.ask(0, at: at(0))
        #expect(silent.ask(1, at: at(0)).retryAfter == -1)
    }

    @Test(arguments: [1, 7, 59, 61, 3600, RequestRate.most])
    func aBucketNeverLosesAFraction(perMinute: Int) {
        var rate = RequestRate(perMinute: perMinute)
        // Waits of awkward lengths; whenever a request fits, it is taken.
        var admitted = 0
        var moment = Instant.zero
        while rate.wait(at: moment) == 0, admitted < 5000 {
            rate.take()
            admitted += 1
        }
        guard admitted == perMinute else { return }
        for _ in 0..<2000 {
            let wait = rate.wait(at: moment)
            #expect(wait > 0)
            if wait > 1 {
                var early = rate
                #expect(early.wait(at: moment + (wait - 1)) > 0)
            }
            moment = moment + wait
            #expect(rate.wait(at: moment) == 0)
            rate.take()
        }
        // 2,000 requests more took 2,000 times a minute's share, to the nanosecond.
        let exact = (2000 * 60 * second + Int64(perMinute) - 1) / Int64(perMinute)
        #expect(moment.nanoseconds == exact)
    }

    @Test func theQuotaOpensAgainWithTheNextWindow() {
        var model = model {
            $0.quota = CallQuota(calls: 3, per: 60 * second)
            $0.quotaStatus = 402
        }
        for question in 0..<3 { #expect(model.ask(UInt64(question), at: at(10)).status == 200) }
        let refused = model.ask(3, at: at(30.25))
        #expect(refused.status == 402 && refused.retryAfter == 30 * second)
        #expect(model.ask(4, at: at(59.999)).status == 402)
        #expect(model.ask(5, at: at(60)).status == 200)
    }

    @Test func refusalsCountAgainstNothing() {
        var model = model {
            $0.quota = CallQuota(calls: 2, per: 60 * second)
            $0.concurrencyLimit = 1
        }
        let first = model.ask(0, at: at(0))
        for question in 1..<10 { #expect(model.ask(UInt64(question), at: at(0.1)).status == 503) }
        model.finished(first, at: at(1))
        #expect(model.ask(10, at: at(1)).status == 200)
        #expect(model.ask(11, at: at(1)).status == 402)
    }

    @Test func faultWindowsComeFirstAndEndOnTime() {
        var model = model {
            $0.faults = [
                Fault(kind: .overload, from: at(10), until: at(20)),
                Fault(kind: .quota, from: at(15), until: at(40)),
                Fault(kind: .overload, from: at(50), until: at(60), retryAfter: 1_200_000_000),
            ]
            $0.overloadStatus = 529
            $0.quotaStatus = 429
        }
        #expect(model.ask(0, at: at(9.999)).status == 200)
        let overload = model.ask(1, at: at(10))
        #expect(overload.status == 529 && overload.retryAfter == -1 && overload.completesAt == at(10.02))
        // The first of the list decides where both are on.
        #expect(model.ask(2, at: at(16)).status == 529)
        let quota = model.ask(3, at: at(20))
        #expect(quota.status == 429 && quota.retryAfter == 20 * second)
        #expect(model.ask(4, at: at(39.5)).retryAfter == second)
        #expect(model.ask(5, at: at(40)).status == 200)
        #expect(model.ask(6, at: at(50)).retryAfter == 2 * second)
        #expect(model.ask(7, at: at(60)).status == 200)
    }

    @Test func faultsStrikeWithTheirProbabilityAndIndependently() {
        var model = model {
            $0.faults = [
                Fault(kind: .overload, from: at(0), until: at(100), probability: 0.6),
                Fault(kind: .quota, from: at(0), until: at(100), probability: 0.5),
            ]
        }
        var counts = [Int: Double]()
        for question in 0..<10_000 { counts[model.ask(UInt64(question), at: at(1)).status, default: 0] += 1 }
        #expect(abs(counts[503]! / 10_000 - 0.6) < 0.02)
        #expect(abs(counts[402]! / 10_000 - 0.2) < 0.02)
        #expect(abs(counts[200]! / 10_000 - 0.2) < 0.02)
    }

    @Test func faultsStrikeTheFirstCallsOnly() {
        var other = model { $0.faults = [Fault(kind: .error, from: at(0), calls: 1000, probability: 0.5)] }
        var model = model {
            $0.faults = [
                Fault(kind: .error, from: at(10), calls: 3),
                Fault(kind: .outage, from: at(10), until: at(20), calls: 5),
            ]
        }
        #expect(model.ask(0, at: at(9)).status == 200)
        // Each counts every call that it sees: of the second's five the first three are the first one's too.
        #expect((1...6).map { model.ask($0, at: at(11)).status } == [500, 500, 500, 0, 0, 200])
        let struck = (0..<2000).count { other.ask($0, at: at(1)).status == 500 }
        #expect(abs(struck - 500) < 60)
    }

    @Test func faultsStrikeSomeQuestionsOnly() {
        var model = model { $0.faults = [Fault(kind: .outage, from: at(0), questions: [3, 5, 8])] }
        #expect((0..<10).filter { model.ask($0, at: at(1)).status == 0 } == [3, 5, 8])
        let reply = model.ask(3, at: at(100), call: 7)
        #expect(reply.status == 0 && !reply.holdsSlot && reply.completesAt == at(100.02) && reply.retryAfter == -1)
    }

    @Test func slownessMultipliesLatencyAndRefusesNobody() {
        var model = model {
            $0.faults = [
                Fault(kind: .slow, from: at(10), until: at(20), factor: 2.5),
                Fault(kind: .slow, from: at(15), until: at(20), factor: 2),
                Fault(kind: .error, from: at(18), until: at(20)),
            ]
        }
        #expect(model.ask(0, at: at(9)).completesAt == at(10))
        #expect(model.ask(1, at: at(10)).completesAt == at(12.5))
        #expect(model.ask(2, at: at(15)).completesAt == at(20))
        #expect(model.ask(3, at: at(18)).completesAt == at(18.02))
        #expect(model.ask(4, at: at(20)).completesAt == at(21))
    }

    @Test func aQuotaFaultWithoutAnEndNamesNone() {
        var model = model { $0.faults = [Fault(kind: .quota, from: at(0), calls: 2)] }
        #expect(model.ask(0, at: at(1)).retryAfter == -1)
    }

    @Test func randomErrorsHoldTheirSlotAndComeWithTheirProbability() {
        var model = model { $0.errorProbability = 0.25 }
        var errors = 0
        for question in 0..<10_000 {
            let reply = model.ask(UInt64(question), at: at(1))
            if reply.status == 500 {
                errors += 1
                #expect(reply.holdsSlot && reply.completesAt == at(1.02) && reply.retryAfter == -1)
            }
        }
        #expect(abs(errors - 2500) < 200)
        #expect(model.underWay == 10_000)
    }

    @Test func luckBelongsToTheCallNotToTheOrder() {
        var one = model { $0.latency = .exponential(mean: second) }
        var other = one
        let a = one.ask(1, at: at(0))
        let b = one.ask(2, at: at(0))
        #expect(other.ask(2, at: at(0)) == b)
        #expect(other.ask(1, at: at(0)) == a)
        #expect(one.ask(1, at: at(0), call: 1).completesAt != a.completesAt)
        // A retry changes neither the answer's score nor its length, a new generation both.
        #expect(one.ask(1, at: at(0), call: 1).quality == a.quality)
        #expect(one.ask(1, at: at(0), call: 1, generation: 1).quality != a.quality)
    }

    @Test func answerLengthsHaveTheirMedian() {
        let model = model()
        let lengths = (0..<5000).map { model.completionTokens(question: UInt64($0), generation: 0) }.sorted()
        #expect((43...47).contains(lengths[2500]))
        #expect((260...340).contains(lengths[4950]))
    }

    @Test func impossibleConfigurationsNameTheirKey() {
        func problem(_ change: (inout ProviderConfiguration) -> Void) -> String? {
            var configuration = ProviderConfiguration(latency: .constant(1))
            change(&configuration)
            return configuration.problem?.key
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0.latency = .exponential(mean: -1) } == "latency")
        #expect(problem { $0.errorLatency = .constant(-1) } == "error_latency")
        #expect(problem { $0.concurrencyLimit = 0 } == "concurrency_limit")
        #expect(problem { $0.requestsPerMinute = 0 } == "requests_per_minute")
        #expect(problem { $0.tokensPerMinute = 0 } == "tokens_per_minute")
        #expect(problem { $0.load = LoadLatency(timeToFirstToken: 0, timePerToken: 1, slope: -1) } == "latency")
        #expect(problem { $0.quota = CallQuota(calls: 0, per: 1) } == "quota")
        #expect(problem { $0.errorProbability = 1.01 } == "error_probability")
        #expect(problem { $0.errorProbability = .nan } == "error_probability")
        #expect(problem { $0.quality.spread = 2 } == "quality")
        #expect(problem { $0.faults = [Fault(kind: .quota, from: at(2), until: at(2))] } == "faults[0]")
        #expect(problem { $0.faults = [Fault(kind: .error, from: at(2), calls: 0)] } == "faults[0]")
        #expect(problem { $0.faults = [Fault(kind: .error, from: at(2), questions: [2, 2])] } == "faults[0]")
        #expect(problem { $0.faults = [Fault(kind: .slow, from: at(2), factor: 0)] } == "faults[0]")
        #expect(problem { $0.quotaStatus = 200 } == "classify")
        #expect(problem { $0.price = Price(prompt: -1, completion: 0) } == "price")
        #expect(problem { $0.tokens = TokenLengths(median: 10, p99: 9) } == "tokens")
    }

    @Test func costsArePerMillionTokens() {
        let price = Price(prompt: 0.15, completion: 0.60)
        #expect(abs(price.cost(promptTokens: 2_000_000, completionTokens: 500_000) - 0.6) < 1e-12)
    }
}
