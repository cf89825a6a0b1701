/// All the chance of one repeat: each draw is a function of (seed, repeat, purpose, question index,
/// generation, call) and of nothing else.
///
/// So the points of a sweep meet the same traffic and the same luck however many calls they make,
/// repeats differ, and the order in which draws are made never matters.
///
/// A counter of Philox is laid out as
///
///     word 0   question (64 bits)
///     word 1   purpose (8) | generation (16) | call (16) | lane (24)
///
/// and seed and repeat make its key.
@usableFromInline package struct Draws: Sendable, BitwiseCopyable, Equatable {
    /// What a draw decides. Raw values are part of what a seed means: never renumber them.
    @usableFromInline package enum Purpose: UInt8, CaseIterable, Sendable, BitwiseCopyable {
        case arrival = 0
        case popularity = 1
        case latency = 2
        case errorLatency = 3
        case error = 4
        case fault = 5
        case quality = 6
        case text = 7
        case tokens = 8
        case jitter = 9
        case retryAfter = 10
        case corpus = 11
        case alias = 12
        case randomScenario = 13
    }

    @usableFromInline let key: UInt64

    /// `repeat` counts a point's replications from 0.
    @usableFromInline package init(seed: UInt64, repeat: Int) {
        // Philox itself mixes the two, so that neighbouring seeds and repeats have unrelated keys.
        key = Philox.block(seed, UInt64(bitPattern: Int64(`repeat`)), key: 0x4372_6973_6F6C_2121).0
    }

    @inlinable @inline(__always)
    static func word1(_ purpose: Purpose, _ generation: Int, _ call: Int, _ lane: Int) -> UInt64 {
        UInt64(purpose.rawValue) << 56
            | UInt64(UInt16(truncatingIfNeeded: generation)) << 40
            | UInt64(UInt16(truncatingIfNeeded: call)) << 24
            | UInt64(truncatingIfNeeded: lane) & 0xFF_FFFF
    }

    /// Twice 64 fair bits. `lane` tells apart several draws that share everything else.
    @inlinable @inline(__always)
    package func block(
        _ purpose: Purpose, question: UInt64, generation: Int = 0, call: Int = 0, lane: Int = 0
    ) -> (UInt64, UInt64) {
        Philox.block(question, Self.word1(purpose, generation, call, lane), key: key)
    }

    /// 64 fair bits: the first of the block's two words.
    @inlinable
    package func bits(
        _ purpose: Purpose, question: UInt64, generation: Int = 0, call: Int = 0, lane: Int = 0
    ) -> UInt64 {
        block(purpose, question: question, generation: generation, call: call, lane: lane).0
    }

    /// Uniform on [0, 1) with 53 bits.
    @inlinable
    package func uniform(
        _ purpose: Purpose, question: UInt64, generation: Int = 0, call: Int = 0, lane: Int = 0
    ) -> Double {
        bits(purpose, question: question, generation: generation, call: call, lane: lane).unitUniform
    }

    /// A sequence of numbers for one event that needs several. Its words begin with those of lane
    /// `lane`, so a purpose uses either `bits` or `stream` for the same event, not both.
    @inlinable
    package func stream(
        _ purpose: Purpose, question: UInt64, generation: Int = 0, call: Int = 0, lane: Int = 0
    ) -> DrawStream {
        DrawStream(key: key, question: question, word1: Self.word1(purpose, generation, call, lane))
    }
}

/// The numbers that one event draws, in order. At most 2²⁴ blocks of two.
@usableFromInline package struct DrawStream: RandomNumberGenerator, Sendable, BitwiseCopyable {
    @usableFromInline let key: UInt64
    @usableFromInline let question: UInt64
    @usableFromInline var word1: UInt64
    @usableFromInline var spare: UInt64 = 0
    @usableFromInline var hasSpare = false

    @inlinable
    init(key: UInt64, question: UInt64, word1: UInt64) {
        self.key = key
        self.question = question
        self.word1 = word1
    }

    @inlinable
    package mutating func next() -> UInt64 {
        if hasSpare {
            hasSpare = false
            return spare
        }
        let (a, b) = Philox.block(question, word1, key: key)
        word1 &+= 1
        spare = b
        hasSpare = true
        return a
    }

    /// Uniform on [0, 1) with 53 bits.
    @inlinable package mutating func uniform() -> Double { next().unitUniform }
    /// Uniform on (0, 1) with 52 bits: never an end, as quantile functions need.
    @inlinable package mutating func openUniform() -> Double { next().openUniform }

    /// Uniform on the whole numbers from 0 to `bound` − 1, to within bound/2⁶⁴.
    @inlinable
    package mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Puts elements into a random order (R. A. Fisher and F. Yates; D. E. Knuth, TAOCP 2, 3.4.2 P). Swift's
    /// own `shuffle(using:)` may change with the library's version; this one stays.
    @usableFromInline package mutating func shuffle<Element>(_ elements: inout [Element]) {
        var left = elements.count
        while left > 1 {
            let chosen = below(left)
            left -= 1
            elements.swapAt(chosen, left)
        }
    }
}

extension UInt64 {
    /// The upper 53 bits as a number in [0, 1).
    @inlinable package var unitUniform: Double { Double(self >> 11) * 0x1p-53 }
    /// The upper 52 bits as a number in (0, 1): the middles of 2⁵² equal cells.
    @inlinable package var openUniform: Double { (Double(self >> 12) + 0.5) * 0x1p-52 }
}
