/// Which of a corpus's items are asked for how often.
@usableFromInline package enum PopularityModel: Equatable, Sendable {
    /// Item of rank k (from 1) with probability in proportion to k^−exponent.
    case zipf(exponent: Double)
    case uniform
    /// One after the other, from the start again after the last.
    case sequential
    /// As recorded: each request of the trace for the item with its prompt's number.
    case trace(TraceSource)

    /// What makes these parameters impossible; nil where they are sound.
    @usableFromInline package var problem: String? {
        guard case .zipf(let exponent) = self else { return nil }
        return exponent >= 0 && exponent <= 100 ? nil : "the exponent must be from 0 to 100, not \(exponent)"
    }

    /// Probability of each item, for theory (Che's approximation and the like).
    @usableFromInline package func probabilities(count: Int) -> [Double] {
        if case .trace(let source) = self { return Self.shares(of: source, count: count) }
        guard case .zipf(let exponent) = self else { return Array(repeating: 1 / Double(count), count: count) }
        var weights = (1...count).map { ExactMath.pow(Double($0), -exponent) }
        // Smallest first, so that little is lost in the sum.
        let sum = weights.reversed().reduce(0, +)
        for i in weights.indices { weights[i] /= sum }
        return weights
    }

    /// Of a trace's requests, by prompt; all 0 where it cannot be read.
    private static func shares(of source: TraceSource, count: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: count)
        guard let trace = try? Trace.load(source), trace.distinctPrompts <= count else { return shares }
        for prompt in trace.prompts { shares[Int(prompt)] += 1 / Double(trace.prompts.count) }
        return shares
    }
}

/// How the ranking changes as time goes: at every multiple of `every`, share · items / 2 pairs of ranks, drawn at
/// random, exchange their items. So about that share of the items gets another rank, whatever rank it had, and what
/// was asked often may be asked rarely from then on.
@usableFromInline package struct PopularityDrift: Equatable, Sendable {
    package var every: Nanoseconds
    package var share: Double

    package init(every: Nanoseconds, share: Double) {
        self.every = every
        self.share = share
    }

    /// Pairs exchanged at a time, at least one.
    package func pairs(of count: Int) -> Int { max(1, Int((share * Double(count) / 2).rounded())) }

    /// What makes these parameters impossible; nil where they are sound.
    package var problem: String? {
        if every < 1_000_000_000 || every > Distribution.longest { return "the ranking changes every 1s to 36 years" }
        return share > 0 && share <= 1 ? nil : "the share must be above 0 and at most 1, not \(share)"
    }
}

/// Draws items in constant time. Without drift, or before it sets in, item 0 is the most popular one.
@usableFromInline package struct Popularity: Sendable {
    @usableFromInline
    enum Kind: UInt8, Sendable { case zipf, uniform, sequential, trace }

    @usableFromInline var kind: Kind
    @usableFromInline let draws: Draws
    @usableFromInline let count: UInt64
    /// Of one rank where the kind is another.
    @usableFromInline let ranks: ZipfRanks
    /// trace: the item of each request.
    @usableFromInline var recorded: [UInt32] = []

    private let drift: PopularityDrift?
    /// With drift: the item that holds each rank now, and when that changes next.
    private var ranking: [UInt32] = []
    @usableFromInline var nextChange = Instant.never
    private var changes: UInt64 = 0

    /// Reads the file that the model names, if it names one. As for the rest, see `init`.
    /// - Throws: also where the trace does not say what was asked, or asks for more than there is.
    package init(reading model: PopularityModel, count: Int, draws: Draws, drift: PopularityDrift? = nil) throws(CorpusError) {
        guard case .trace(let source) = model else {
            self.init(model, count: count, draws: draws, drift: drift)
            return
        }
        let trace = try Trace.load(source)
        if let problem = trace.problem(ofPromptsAmong: count) {
            throw CorpusError(kind: .badData, path: source.path, description: "traffic.popularity: \(source.path): \(problem)", report: trace.report)
        }
        self.init(.sequential, count: count, draws: draws)
        kind = .trace
        recorded = trace.prompts
    }

    /// `count` is from 1 to 2³² − 1; the model's `problem` must be nil; a trace needs `init(reading:…)`.
    @usableFromInline package init(_ model: PopularityModel, count: Int, draws: Draws, drift: PopularityDrift? = nil) {
        precondition(count > 0 && count < 1 << 32, "a corpus has from 1 to 2^32 - 1 items")
        precondition(model.problem == nil, "a popularity model is checked before it is drawn from")
        self.draws = draws
        self.count = UInt64(count)
        self.drift = drift
        if let drift {
            precondition(drift.problem == nil, "a drift is checked before it is run")
            ranking = (0..<UInt32(count)).map { $0 }
            nextChange = .zero + drift.every
        }
        switch model {
        case .zipf(let exponent) where exponent > 0:
            kind = .zipf
            ranks = ZipfRanks(exponent: exponent, count: count)
        case .zipf, .uniform:
            kind = .uniform
            ranks = ZipfRanks(exponent: 1, count: 1)
        case .sequential:
            kind = .sequential
            ranks = ZipfRanks(exponent: 1, count: 1)
        case .trace: preconditionFailure("a trace's file has to be read")
        }
    }

    /// The item that the question with this index asks for at its arrival. Times must not go back.
    @inlinable
    package mutating func item(ofQuestion index: UInt64, at now: Instant) -> Int { item(ofRank: rank(ofQuestion: index), at: now) }

    /// The item that has this rank, from 0, now. Times must not go back.
    @inlinable
    package mutating func item(ofRank rank: Int, at now: Instant) -> Int { nextChange == .never ? rank : holder(of: rank, at: now) }

    @usableFromInline
    mutating func holder(of rank: Int, at now: Instant) -> Int {
        while let drift, nextChange <= now {
            // The popularity's own draws have no call number; the n-th change has 1.
            var stream = draws.stream(.popularity, question: changes, call: 1)
            for _ in 0..<drift.pairs(of: ranking.count) { ranking.swapAt(stream.below(ranking.count), stream.below(ranking.count)) }
            changes += 1
            nextChange = nextChange + drift.every
        }
        return Int(ranking[rank])
    }

    /// The item that the question with this index asks for while nothing has drifted.
    @inlinable
    package func item(ofQuestion index: UInt64) -> Int { rank(ofQuestion: index) }

    /// The rank, from 0, that the question with this index asks for: its item while nothing has drifted.
    @inlinable
    package func rank(ofQuestion index: UInt64) -> Int {
        switch kind {
        case .zipf:
            var lane = 0
            while true {
                let (a, b) = draws.block(.popularity, question: index, lane: lane)
                if let rank = ranks.rank(a, b) { return rank }
                lane &+= 1
            }
        case .uniform:
            return Int(draws.bits(.popularity, question: index).multipliedFullWidth(by: count).high)
        case .sequential:
            return Int(index % count)
        case .trace:
            // There are no more questions than requests.
            return Int(recorded[Int(index)])
        }
    }
}
