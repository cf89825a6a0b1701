import Testing

@testable import Workload

struct DrawsTests {
    /// Known answers of Random123 (tests/kat_vectors, philox2x64).
    @Test(arguments: [
        (7, [0, 0, 0], [0xb41d_a69f_bfef_c666, 0x511e_9ce1_a553_4056]),
        (7, [UInt64.max, .max, .max], [0xa469_6cc0_4462_015d, 0x7247_82da_e171_69e9]),
        (7, [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0], [0x98ed_1534_392b_f372, 0x6752_8b15_6888_2fd5]),
        (10, [0, 0, 0], [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]),
        (10, [UInt64.max, .max, .max], [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]),
        (10, [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0], [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]),
    ] as [(Int, [UInt64], [UInt64])])
    func philoxGivesItsKnownAnswers(rounds: Int, input: [UInt64], output: [UInt64]) {
        let (a, b) = Philox.block(input[0], input[1], key: input[2], rounds: rounds)
        #expect([a, b] == output)
    }

    @Test func everyArgumentMatters() {
        let draws = Draws(seed: 1, repeat: 0)
        let seen = [
            draws.bits(.latency, question: 5),
            draws.bits(.error, question: 5),
            draws.bits(.latency, question: 6),
            draws.bits(.latency, question: 5, generation: 1),
            draws.bits(.latency, question: 5, call: 1),
            draws.bits(.latency, question: 5, lane: 1),
            Draws(seed: 2, repeat: 0).bits(.latency, question: 5),
            Draws(seed: 1, repeat: 1).bits(.latency, question: 5),
            Draws(seed: 0, repeat: 1).bits(.latency, question: 5),
        ]
        #expect(Set(seen).count == seen.count)
        #expect(draws.bits(.latency, question: 5) == seen[0])
    }

    @Test func aStreamBeginsWithItsBits() {
        let draws = Draws(seed: 9, repeat: 3)
        var stream = draws.stream(.text, question: 77, generation: 2)
        let words = (0..<6).map { _ in stream.next() }
        #expect(words[0] == draws.bits(.text, question: 77, generation: 2))
        #expect(words[2] == draws.bits(.text, question: 77, generation: 2, lane: 1))
        #expect(Set(words).count == 6)
    }

    /// What a seed means must not change from version to version.
    @Test func seedsKeepTheirMeaning() {
        let draws = Draws(seed: 42, repeat: 0)
        #expect(draws.bits(.arrival, question: 0) == 7_569_609_643_773_048_985)
        #expect(draws.bits(.quality, question: 123_456_789, generation: 3, call: 2) == 14_714_056_724_665_855_135)
    }

    @Test func uniformNumbersKeepTheirRange() {
        #expect(UInt64.max.unitUniform < 1)
        #expect((0 as UInt64).unitUniform == 0)
        #expect(UInt64.max.openUniform < 1)
        #expect((0 as UInt64).openUniform > 0)
    }

    /// 64 cells, 64,000 draws: chi-square with 63 degrees of freedom is below 103.4 with probability
    /// 0.999 (for one fixed seed this is a fixed number, not a chance).
    @Test(arguments: [Draws.Purpose.arrival, .popularity, .latency, .quality])
    func successiveQuestionsAreUniform(purpose: Draws.Purpose) {
        let draws = Draws(seed: 7, repeat: 1)
        var cells = [Double](repeating: 0, count: 64)
        for question in 0..<64_000 { cells[Int(draws.uniform(purpose, question: UInt64(question)) * 64)] += 1 }
        let chiSquare = cells.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
        #expect(chiSquare < 103.4)
    }

    @Test func shufflesAreUniformOverAllOrders() {
        var counts: [[Int]: Int] = [:]
        for question in 0..<12_000 {
            var stream = Draws(seed: 3, repeat: 0).stream(.text, question: UInt64(question))
            var order = [0, 1, 2]
            stream.shuffle(&order)
            counts[order, default: 0] += 1
        }
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { abs($0 - 2000) < 150 })
    }
}
