/// The partition of a key, as Kafka's own clients in Java choose it: murmur2 of the key's bytes.
///
/// Every client of the pipeline, in whatever language, then puts equal keys in the same partition, and
/// a producer knows the partition before it sends.
/// Source: org.apache.kafka.common.utils.Utils.murmur2 (A. Appleby's MurmurHash2, seed 0x9747b28c).
package enum Partitioner {
    package static func partition(of key: UnsafeRawBufferPointer, count: Int) -> Int32 {
        Int32(Int(murmur2(key) & 0x7fff_ffff) % count)
    }

    /// The partition of a question, whose Kafka key is the question key's digits.
    package static func partition(ofQuestionKey key: UInt64, count: Int) -> Int {
        QuestionKey.withDigits(of: key) { Int(partition(of: $0, count: count)) }
    }

    package static func murmur2(_ data: UnsafeRawBufferPointer) -> UInt32 {
        let m: UInt32 = 0x5bd1_e995
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: data.count)
        var at = 0
        while at + 4 <= data.count {
            var k = UInt32(littleEndian: data.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            k = k &* m
            h = h &* m
            h ^= k
            at += 4
        }
        let rest = data.count - at
        if rest >= 3 { h ^= UInt32(data[at + 2]) << 16 }
        if rest >= 2 { h ^= UInt32(data[at + 1]) << 8 }
        if rest >= 1 {
            h ^= UInt32(data[at])
            h = h &* m
        }
        h ^= h >> 13
        h = h &* m
        h ^= h >> 15
        return h
    }
}

extension QuestionKey {
    /// A question's key as text: 16 lower-case hexadecimal digits, in memory that is good during `body` only
    /// (hence a pointer, and no allocation for each message).
    package static func withDigits<R>(of key: UInt64, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var digits = (UInt64(0), UInt64(0))
        return try withUnsafeMutableBytes(of: &digits) { bytes in
            for place in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: key >> UInt64(60 - 4 * place)) & 0xF
                bytes[place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return try body(UnsafeRawBufferPointer(bytes))
        }
    }
}
