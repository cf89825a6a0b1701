/// Which of a corpus's items are asked for how often.
@usableFromInline package enum PopularityModel: Equatable, Sendable {
    /// Item of rank k (from 1) with probability in proportion to k^−exponent.
    case zipf(exponent: Double)
    case uniform
    /// One after the other, from the start again after the last.
    case sequential

    /// What makes these parameters impossible; nil where they are sound.
    @usableFromInline package var problem: String? {
        guard case .zipf(let exponent) = self else { return nil }
        return exponent >= 0 && exponent <= 100 ? nil : "the exponent must be from 0 to 100, not \(exponent)"
    }

    /// Probability of each item, for theory (Che's approximation and the like).
    @usableFromInline package func probabilities(count: Int) -> [Double] {
        guard case .zipf(let exponent) = self else { return Array(repeating: 1 / Double(count), count: count) }
        var weights = (1...count).map { ExactMath.pow(Double($0), -exponent) }
        // Smallest first, so that little is lost in the sum.
        let sum = weights.reversed().reduce(0, +)
        for i in weights.indices { weights[i] /= sum }
        return weights
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
///
/// Source: A. J. Walker's alias method with M. D. Vose's linear-time table ("A Linear Algorithm for
/// Generating Random Numbers with a Given Distribution", IEEE TSE 17, 1991).
@usableFromInline package struct Popularity: Sendable {
    @usableFromInline
    enum Kind: UInt8, Sendable { case alias, uniform, sequential }

    @usableFromInline let kind: Kind
    @usableFromInline let draws: Draws
    @usableFromInline let count: UInt64
    /// Per cell: probability of keeping the cell's own item, in 2⁻³², above; its alias below.
    @usableFromInline let table: [UInt64]

    private let drift: PopularityDrift?
    /// With drift: the item that holds each rank now, and when that changes next.
    private var ranking: [UInt32] = []
    @usableFromInline var nextChange = Instant.never
    private var changes: UInt64 = 0

    /// `count` is from 1 to 2³² − 1; the model's `problem` must be nil.
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
            kind = .alias
            table = Self.aliasTable(model.probabilities(count: count))
        case .zipf, .uniform:
            kind = .uniform
            table = []
        case .sequential:
            kind = .sequential
            table = []
        }
    }

    /// The item that the question with this index asks for at its arrival. Times must not go back.
    @inlinable
    package mutating func item(ofQuestion index: UInt64, at now: Instant) -> Int {
        let rank = item(ofQuestion: index)
        return nextChange == .never ? rank : holder(of: rank, at: now)
    }

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
    package func item(ofQuestion index: UInt64) -> Int {
        switch kind {
        case .alias:
            // High word: a fair cell. Low word: a fair coin, independent of it.
            let (cell, coin) = draws.bits(.popularity, question: index).multipliedFullWidth(by: count)
            let entry = table[Int(cell)]
            return coin >> 32 < entry >> 32 ? Int(cell) : Int(entry & 0xFFFF_FFFF)
        case .uniform:
            return Int(draws.bits(.popularity, question: index).multipliedFullWidth(by: count).high)
        case .sequential:
            return Int(index % count)
        }
    }

    private static func aliasTable(_ probabilities: consuming [Double]) -> [UInt64] {
        let count = probabilities.count
        // In place: for ten million items a copy would be 80 MB.
        var share = consume probabilities
        for i in 0..<count { share[i] *= Double(count) }
        // One array holds both stacks: cells with less than their share grow from the front, the
        // others from the back.
        var stack = [UInt32](repeating: 0, count: count)
        var small = 0
        var large = count
        for i in 0..<count {
            if share[i] < 1 {
                stack[small] = UInt32(i)
                small += 1
            } else {
                large -= 1
                stack[large] = UInt32(i)
            }
        }
        var table = [UInt64](repeating: 0, count: count)
        while small > 0, large < count {
            small -= 1
            let poor = Int(stack[small])
            let rich = Int(stack[large])
            table[poor] = UInt64(share[poor] * 0x1p32) << 32 | UInt64(rich)
            share[rich] -= 1 - share[poor]
            if share[rich] < 1 {
                large += 1
                stack[small] = UInt32(rich)
                small += 1
            }
        }
        // What is left has its full share, up to rounding: its own item either way.
        for i in 0..<small { table[Int(stack[i])] = UInt64(stack[i]) }
        for i in large..<count { table[Int(stack[i])] = UInt64(stack[i]) }
        return table
    }
}
