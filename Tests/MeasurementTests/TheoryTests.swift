import Testing

@testable import Measurement

@Suite struct QueueingTheoryTests {
    /// Values of the tables in Gross, Shortle, Thompson, Harris, "Fundamentals of Queueing Theory", and by hand.
    @Test func erlangCMeetsKnownValues() {
        #expect(abs(QueueingTheory.erlangC(servers: 1, offered: 0.7) - 0.7) < 1e-15)
        // Two servers: C = 2ρ²/(1 + ρ).
        #expect(abs(QueueingTheory.erlangC(servers: 2, offered: 1.5) - 2 * 0.75 * 0.75 / 1.75) < 1e-15)
        #expect(QueueingTheory.erlangC(servers: 3, offered: 3) == 1)
        #expect(QueueingTheory.erlangC(servers: 5, offered: 0) == 0)
        // Large systems neither overflow nor lose their digits.
        #expect((0..<1).contains(QueueingTheory.erlangC(servers: 100_000, offered: 99_900)))
    }

    @Test func waitsMeetEachOther() {
        let one = QueueingTheory.meanWait(servers: 1, offered: 0.8, meanService: 10)
        #expect(abs(one - 40) < 1e-12)
        #expect(abs(QueueingTheory.meanWait(utilisation: 0.8, meanService: 10, serviceVariance: 100) - one) < 1e-12)
        #expect(abs(QueueingTheory.meanWait(utilisation: 0.8, meanService: 10, serviceVariance: 0) - one / 2) < 1e-12)
        #expect(QueueingTheory.meanWait(servers: 2, offered: 2, meanService: 1) == .infinity)
    }
}

@Suite struct CheApproximationTests {
    @Test func uniformRequestsHitInProportionToCapacity() {
        let uniform = Array(repeating: 1.0 / 1000, count: 1000)
        for policy in [CheApproximation.Policy.lru, .fifo, .perfectLFU] {
            let ratio = CheApproximation.hitRatio(of: policy, capacity: 250, probabilities: uniform)
            #expect(abs(ratio - 0.25) < 1e-6, "\(policy): \(ratio)")
        }
    }

    @Test func policiesStandInTheirOrder() {
        let weights = (1...5000).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        let zipf = weights.map { $0 / total }
        var last = 0.0
        for capacity in [10, 100, 1000, 5000] {
            let fifo = CheApproximation.hitRatio(of: .fifo, capacity: capacity, probabilities: zipf)
            let lru = CheApproximation.hitRatio(of: .lru, capacity: capacity, probabilities: zipf)
            let best = CheApproximation.hitRatio(of: .perfectLFU, capacity: capacity, probabilities: zipf)
            #expect(fifo <= lru + 1e-9 && lru <= best + 1e-9)
            #expect(lru > last)
            last = lru
        }
        #expect(CheApproximation.hitRatio(of: .lru, capacity: 0, probabilities: zipf) == 0)
    }

    @Test func aLifetimeBoundsWhatACacheOfAnySizeCanDo() {
        let uniform = Array(repeating: 0.01, count: 100)
        // Each item is asked for every 100 requests; an entry lives 100 requests: half of the requests hit.
        #expect(abs(CheApproximation.hitRatio(of: .lru, capacity: 100, probabilities: uniform, lifetime: 100) - 0.5) < 1e-9)
    }
}
