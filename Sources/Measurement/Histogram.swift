import Workload

/// A histogram of time spans that keeps three significant digits from 1 ns to 13 days.
///
/// The layout is that of HdrHistogram (G. Tene, <https://hdrhistogram.org>) with a lowest discernible
/// value of 1 and 3 significant digits: 2048 linear buckets of 1 ns, then for each doubling 1024 buckets
/// of twice the width. Count, sum, minimum and maximum are exact whatever the buckets. Longer spans are
/// counted in the last bucket; negative ones, which a clock on another machine can cause, count as 0.
package struct Histogram: Sendable, Equatable {
    private static let subBucketBits = 11
    private static let subBucketCount = 1 << subBucketBits
    private static let subBucketHalf = subBucketCount / 2
    /// Spans from 2^`trackedBits` ns on share the last bucket.
    private static let trackedBits = 50

    /// Counts of the slots from `base` on. Only the blocks of `subBucketHalf` slots between the shortest
    /// and the longest span take memory: 8 KB for each doubling.
    private var counts: [UInt64] = []
    private var base = 0
    private var sum: UInt128 = 0
    /// Spans recorded.
    package private(set) var count: Int = 0
    private var smallest: Nanoseconds = .max
    private var largest: Nanoseconds = 0

    package init() {}

    package mutating func record(_ span: Nanoseconds) {
        let value = max(0, span)
        var index = Self.slot(of: value) &- base
        if index < 0 || index >= counts.count {
            makeRoom(from: index &+ base, to: index &+ base)
            index = Self.slot(of: value) &- base
        }
        counts[index] &+= 1
        count &+= 1
        sum &+= UInt128(truncatingIfNeeded: value)
        if value < smallest { smallest = value }
        if value > largest { largest = value }
    }

    /// Adds everything that `other` recorded, as if it had been recorded here.
    package mutating func merge(_ other: Histogram) {
        guard !other.isEmpty else { return }
        makeRoom(from: other.base, to: other.base + other.counts.count - 1)
        for index in other.counts.indices { counts[index + other.base - base] &+= other.counts[index] }
        count += other.count
        sum += other.sum
        smallest = min(smallest, other.smallest)
        largest = max(largest, other.largest)
    }

    package var isEmpty: Bool { count == 0 }
    /// The exact shortest span; nil where nothing was recorded.
    package var minimum: Nanoseconds? { isEmpty ? nil : smallest }
    /// The exact longest span; nil where nothing was recorded.
    package var maximum: Nanoseconds? { isEmpty ? nil : largest }
    /// The exact mean in nanoseconds; `.nan` where nothing was recorded.
    package var mean: Double { isEmpty ? .nan : Double(sum) / Double(count) }

    /// The value at a percentile in [0, 100], by nearest rank: the smallest recorded span such that at
    /// least `percentile` % of all spans are no longer, rounded up to the end of its bucket as
    /// HdrHistogram does, but never beyond the exact maximum. Nil where nothing was recorded.
    package func value(atPercentile percentile: Double) -> Nanoseconds? { values(atPercentiles: [percentile]).first }

    /// The values at many percentiles, which must ascend, in one go through the counts; none where nothing was recorded.
    package func values(atPercentiles percentiles: [Double]) -> [Nanoseconds] {
        guard !isEmpty else { return [] }
        var slot = 0
        var seen = counts[0]
        return percentiles.map { percentile in
            let rank = UInt64(Self.rank(ofPercentile: percentile, count: count))
            while seen < rank, slot + 1 < counts.count {
                slot += 1
                seen += counts[slot]
            }
            return min(Self.highestValue(inSlot: slot + base), largest)
        }
    }

    /// The share of spans that lie in buckets at or below the one of `span`; `.nan` where nothing was recorded.
    package func share(atMost span: Nanoseconds) -> Double {
        guard !isEmpty else { return .nan }
        var seen: UInt64 = 0
        for index in counts.indices.prefix(max(0, Self.slot(of: max(0, span)) - base + 1)) { seen += counts[index] }
        return Double(seen) / Double(count)
    }

    /// Nearest rank, from 1: ⌈percentile / 100 · count⌉. The percentile is first lowered by an ulp as in
    /// HdrHistogram's Java original, so that 99.9 % of 1000 is rank 999 although 99.9 is not exact.
    package static func rank(ofPercentile percentile: Double, count: Int) -> Int {
        let wanted = (percentile.nextDown * Double(count) / 100).rounded(.up)
        return min(count, max(1, Int(wanted)))
    }

    /// Extends the counts to whole blocks that hold the given slots.
    @inline(never)
    private mutating func makeRoom(from first: Int, to last: Int) {
        let block = Self.subBucketHalf
        let start = counts.isEmpty ? first / block * block : min(base, first / block * block)
        let end = max(counts.isEmpty ? 0 : base + counts.count, (last / block + 1) * block)
        guard start != base || end != base + counts.count else { return }
        var larger = [UInt64](repeating: 0, count: end - start)
        for index in counts.indices { larger[index + base - start] = counts[index] }
        counts = larger
        base = start
    }

    @inline(__always)
    private static func slot(of value: Nanoseconds) -> Int {
        let tracked = min(value, (1 << Nanoseconds(trackedBits)) - 1)
        let bucket = 64 - subBucketBits - (tracked | Nanoseconds(subBucketCount - 1)).leadingZeroBitCount
        let subBucket = Int(truncatingIfNeeded: tracked >> Nanoseconds(bucket))
        return bucket &* subBucketHalf &+ subBucket
    }

    private static func highestValue(inSlot slot: Int) -> Nanoseconds {
        guard slot >= subBucketCount else { return Nanoseconds(slot) }
        let bucket = slot / subBucketHalf - 1
        let subBucket = slot % subBucketHalf + subBucketHalf
        return (Nanoseconds(subBucket + 1) << Nanoseconds(bucket)) - 1
    }
}


extension Histogram: Codable {
    private enum Key: String, CodingKey { case base, sum, smallest, largest, counts }

    package enum Flaw: Error { case malformed }

    /// Counts as a text of numbers, `*k` standing for `k` zeros: one value to the encoder in place of thousands.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var text = ""
        var zeros = 0
        for count in counts {
            if count == 0 {
                zeros += 1
                continue
            }
            if zeros > 0 { text += "*\(zeros) " }
            zeros = 0
            text += "\(count) "
        }
        if zeros > 0 { text += "*\(zeros) " }
        try container.encode(base, forKey: .base)
        try container.encode("\(sum)", forKey: .sum)
        try container.encode(smallest, forKey: .smallest)
        try container.encode(largest, forKey: .largest)
        try container.encode(text, forKey: .counts)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        base = try container.decode(Int.self, forKey: .base)
        smallest = try container.decode(Nanoseconds.self, forKey: .smallest)
        largest = try container.decode(Nanoseconds.self, forKey: .largest)
        guard let sum = UInt128(try container.decode(String.self, forKey: .sum)) else { throw Flaw.malformed }
        self.sum = sum
        // Byte by byte: splitting into substrings took most of the time that merging shards did.
        var isZeros = false
        var number: UInt64?
        for byte in try container.decode(String.self, forKey: .counts).utf8 {
            switch byte {
            case UInt8(ascii: "*") where !isZeros && number == nil: isZeros = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                guard !overflow, !carry else { throw Flaw.malformed }
                number = sum
            case UInt8(ascii: " "):
                guard let value = number else { throw Flaw.malformed }
                let room = Self.slots - counts.count
                if isZeros {
                    guard value > 0, value <= room else { throw Flaw.malformed }
                    counts += repeatElement(0, count: Int(value))
                } else {
                    guard room > 0 else { throw Flaw.malformed }
                    counts.append(value)
                    count = count.addingReportingOverflow(Int(clamping: value)).partialValue
                }
                (isZeros, number) = (false, nil)
            default: throw Flaw.malformed
            }
        }
        guard !isZeros, number == nil else { throw Flaw.malformed }
        guard base >= 0, base % Self.subBucketHalf == 0, counts.count % Self.subBucketHalf == 0, base + counts.count <= Self.slots else {
            throw Flaw.malformed
        }
    }

    /// All there can be.
    private static var slots: Int { (trackedBits - subBucketBits + 2) * subBucketHalf }
}
