import Testing
import Workload

@Suite struct PartitionerTests {
    /// A question's partition is that of its key's digits, so simulated and live questions meet the same replica.
    @Test func aQuestionsPartitionIsThatOfItsDigits() {
        for (key, digits) in [(0, "0000000000000000"), (0xe205_e142_3c10_3793, "e205e1423c103793"), (.max, "ffffffffffffffff")] as [(UInt64, String)] {
            let bytes = Array(digits.utf8)
            let expected = bytes.withUnsafeBytes { Partitioner.partition(of: $0, count: 7) }
            #expect(Partitioner.partition(ofQuestionKey: key, count: 7) == Int(expected))
        }
    }

    @Test func partitionsAreEvenlyUsed() {
        var counts = Array(repeating: 0, count: 6)
        for item in 0..<60_000 { counts[Partitioner.partition(ofQuestionKey: QuestionKey.of("question \(item)"), count: 6)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 }, "\(counts)")
    }
}
