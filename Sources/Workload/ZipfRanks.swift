/// Draws ranks k from 1 on with probability in proportion to k^−exponent, in constant time and a few kilobytes
/// however many ranks there are.
///
/// By rejection: the ranks are cut into groups whose last rank lies at most 1/32 above the first, so their
/// probabilities hardly differ. A group is drawn as if all of its ranks were as likely as its first one, by
/// A. J. Walker's alias method with M. D. Vose's table (IEEE TSE 17, 1991); then a rank within it, all equally; and
/// the rank k is kept with probability (k/first)^−exponent, or else all is drawn anew. Nearly always that is sure
/// without computing the power (J. von Neumann's method with a squeeze: L. Devroye, "Non-Uniform Random Variate
/// Generation", 1986, II.3). So the distribution is exact and nothing has a size in proportion to the ranks: an
/// alias table of all of them would be read at a random place for each draw, which the processor's caches dread.
@usableFromInline
struct ZipfRanks: Sendable {
    /// What decides between the two groups of a cell: its own with probability `keep`/2³², else `alias`.
    @usableFromInline
    struct Cell: Sendable, BitwiseCopyable {
        @usableFromInline let keep: UInt32
        @usableFromInline let alias: UInt32
    }

    @usableFromInline
    struct Group: Sendable, BitwiseCopyable {
        /// The first rank, counted from 0.
        @usableFromInline let start: UInt32
        @usableFromInline let count: UInt32
        /// Luck up to this keeps every rank of the group, in 2⁻⁶⁴.
        @usableFromInline let sure: UInt64
    }

    @usableFromInline let cells: [Cell]
    @usableFromInline let groups: [Group]
    private let exponent: Double

    /// `count` is from 1 to 2³² − 1, `exponent` above 0.
    init(exponent: Double, count: Int) {
        var groups: [Group] = []
        var weights: [Double] = []
        var first = 1
        while first <= count {
            let end = min(first + max(1, first / 32), count + 1)
            let least = ExactMath.pow(Double(end - 1) / Double(first), -exponent)
            // A little less than the least, since luck is compared with rounded numbers.
            let sure = end - first == 1 ? UInt64.max : UInt64(least * (1 - 0x1p-40) * 0x1p64)
            groups.append(Group(start: UInt32(first - 1), count: UInt32(end - first), sure: sure))
            weights.append(Double(end - first) * ExactMath.pow(Double(first), -exponent))
            first = end
        }
        self.groups = groups
        self.exponent = exponent
        // Smallest first, so that little is lost in the sum.
        let sum = weights.reversed().reduce(0, +)
        cells = Self.aliasTable(weights.map { $0 / sum })
    }

    /// The rank, from 0, that two words of chance lead to; nil where they are to be drawn anew.
    @inlinable @inline(__always)
    func rank(_ a: UInt64, _ b: UInt64) -> Int? {
        // High word: a fair cell. Low word: a fair coin, independent of it.
        let (cell, coin) = a.multipliedFullWidth(by: UInt64(truncatingIfNeeded: cells.count))
        let entry = cells[Int(truncatingIfNeeded: cell)]
        let chosen = UInt32(truncatingIfNeeded: coin &>> 32) < entry.keep ? UInt32(truncatingIfNeeded: cell) : entry.alias
        let group = groups[Int(chosen)]
        let (offset, luck) = b.multipliedFullWidth(by: UInt64(group.count))
        let rank = Int(group.start) &+ Int(truncatingIfNeeded: offset)
        return luck <= group.sure || isKept(rank, of: group, luck) ? rank : nil
    }

    @usableFromInline
    func isKept(_ rank: Int, of group: Group, _ luck: UInt64) -> Bool {
        luck.unitUniform < ExactMath.pow(Double(rank + 1) / Double(group.start + 1), -exponent)
    }

    private static func aliasTable(_ probabilities: [Double]) -> [Cell] {
        let count = probabilities.count
        var share = probabilities.map { $0 * Double(count) }
        var small = share.indices.filter { share[$0] < 1 }
        var large = share.indices.filter { share[$0] >= 1 }
        // What is never taken in hand has its full share, up to rounding: its own group either way.
        var table = (0..<count).map { Cell(keep: 0, alias: UInt32($0)) }
        while let poor = small.last, let rich = large.last {
            small.removeLast()
            table[poor] = Cell(keep: UInt32(share[poor] * 0x1p32), alias: UInt32(rich))
            share[rich] -= 1 - share[poor]
            if share[rich] < 1 {
                large.removeLast()
                small.append(rich)
            }
        }
        return table
    }
}
