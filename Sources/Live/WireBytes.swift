/// The bytes of one message, borrowed from whoever holds them.
///
/// Messages are read where the Kafka client left them, a dozen bytes here and there: a pointer, because a span could
/// not be kept in a reader without the language's experimental features. Every reading of it is checked against the bounds,
/// in release builds as well; what nobody checks is that the bytes are still there, so it must not outlive the closure or call
/// that lent them.
struct WireBytes {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        count = bytes.count
    }

    @inline(__always) subscript(place: Int) -> UInt8 {
        precondition(place >= 0 && place < count)
        return bytes[place]
    }

    /// The byte at a place, and 0 behind the end: no place in JSON takes that one.
    @inline(__always) func byte(at place: Int) -> UInt8 { place < count ? self[place] : 0 }

    @inline(__always) func hasWord(at place: Int) -> Bool { place <= count - 8 }

    /// Eight bytes, the first of them lowest.
    @inline(__always) func word(at place: Int) -> UInt64 {
        precondition(place >= 0 && place <= count - 8)
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// Sixteen bytes, the first of them lowest.
    @inline(__always) func vector(at place: Int) -> SIMD2<UInt64> {
        precondition(place >= 0 && place <= count - 16)
        return bytes.loadUnaligned(fromByteOffset: place, as: SIMD2<UInt64>.self)
    }

    /// A part, for functions that take a pointer and do not keep it.
    @inline(__always) func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: UInt8.self)[range])
    }
}

/// Finds the bytes that JSON strings must not hold plain: a quotation mark, a backslash or a control character.
enum WireScan {
    /// The first place from `start` on with such a byte, the count if none; and whether all bytes before it are ASCII.
    /// It may miss that they are, never that they are not.
    @inline(__always) static func firstSpecial(_ bytes: WireBytes, from start: Int) -> (place: Int, isASCII: Bool) {
        var place = start
        var seen = SIMD2<UInt64>(repeating: 0)
        while place <= bytes.count - 16 {
            let vector = bytes.vector(at: place)
            seen |= vector
            if let first = firstSpecial(in: vector) { return (place + first, isASCII(seen)) }
            place += 16
        }
        var rest: UInt8 = 0
        while place < bytes.count {
            let byte = bytes[place]
            if isSpecial(byte) { break }
            rest |= byte
            place += 1
        }
        return (place, isASCII(seen) && rest < 0x80)
    }

    @inline(__always) static func isSpecial(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    /// S. E. Anderson, "Bit Twiddling Hacks": a zero byte in a word, thrice. It may see one too many behind a true
    /// one, never one too few. Comparisons of vectors would say it shorter, were they compiled to such.
    @inline(__always) static func firstSpecial(in vector: SIMD2<UInt64>) -> Int? {
        let ones = SIMD2<UInt64>(repeating: 0x0101_0101_0101_0101)
        let quotes = vector ^ SIMD2(repeating: 0x2222_2222_2222_2222), slashes = vector ^ SIMD2(repeating: 0x5C5C_5C5C_5C5C_5C5C)
        let blanks = SIMD2<UInt64>(repeating: 0x2020_2020_2020_2020)
        let hits = (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((vector &- blanks) & ~vector)) & SIMD2(repeating: tops)
        if hits[0] | hits[1] == 0 { return nil }
        return hits[0] != 0 ? hits[0].trailingZeroBitCount / 8 : 8 + hits[1].trailingZeroBitCount / 8
    }

    /// Whether one of eight bytes is special.
    @inline(__always) static func hasSpecial(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ 0x2222_2222_2222_2222, slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
        return (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((word &- ones &* 0x20) & ~word)) & tops != 0
    }

    private static var tops: UInt64 { 0x8080_8080_8080_8080 }

    @inline(__always) private static func isASCII(_ vector: SIMD2<UInt64>) -> Bool { (vector[0] | vector[1]) & tops == 0 }
}

/// Eight decimal or hexadecimal digits in a machine word, first digit lowest: D. Lemire, "Quickly parsing eight
/// digits", 2018, and its reverse.
enum WireDigits {
    /// How many of the word's bytes are decimal digits before the first that is none.
    @inline(__always) static func count(_ word: UInt64) -> Int {
        let values = word ^ 0x3030_3030_3030_3030
        // Beyond nine, or not ASCII; a carry goes upwards only, where it does no harm.
        let others = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
        return others.trailingZeroBitCount / 8
    }

    /// The number that the first `count` digits make, 1 to 8.
    @inline(__always) static func value(_ word: UInt64, count: Int) -> UInt64 {
        // In front of the digits zeros: the others are shifted out.
        var value = (word & 0x0F0F_0F0F_0F0F_0F0F) << UInt64(truncatingIfNeeded: 64 - 8 * count)
        value = value &* 10 &+ value >> 8
        let even = (value & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let odd = (value >> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (even &+ odd) >> 32
    }

    /// 10 to the power of up to 15.
    @inline(__always) static func power(_ exponent: Int) -> UInt64 {
        (exponent & 1 != 0 ? 10 : 1) &* (exponent & 2 != 0 ? 100 : 1) &* (exponent & 4 != 0 ? 10_000 : 1) &* (exponent & 8 != 0 ? 100_000_000 : 1)
    }

    /// The digits, 0 to 9 each, of a number below 10⁸; zeros in front.
    @inline(__always) static func digits(of number: UInt64) -> UInt64 {
        let high = number / 10_000
        var word = high | (number &- high &* 10_000) << 32
        let hundreds = ((word &* 10_486) >> 20) & 0x0000_007F_0000_007F
        word = hundreds | (word &- hundreds &* 100) << 16
        let tens = ((word &* 103) >> 10) & 0x000F_000F_000F_000F
        return tens | (word &- tens &* 10) << 8
    }

    /// The values of eight lower-case hexadecimal digits; nil where one is none.
    @inline(__always) static func hexadecimal(_ word: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let letters = word >> 6 & ones
        let values = (word & (ones &* 0x0F)) &+ letters &* 9
        // Below 16, a letter from 10 on and only then, and nothing else in the byte.
        guard values & (ones &* 0xF0) == 0, (values &+ ones &* 6) >> 4 & ones == letters, ones &* 0x30 &+ values &+ letters &* 0x27 == word else { return nil }
        var value = values.byteSwapped
        value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
        value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
        return (value | value >> 16) & 0xFFFF_FFFF
    }

    /// 32 bits as eight lower-case hexadecimal digits.
    @inline(__always) static func hexadecimal(of number: UInt32) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var values = UInt64(number)
        values = (values | values << 16) & 0x0000_FFFF_0000_FFFF
        values = (values | values << 8) & 0x00FF_00FF_00FF_00FF
        values = ((values | values << 4) & (ones &* 0x0F)).byteSwapped
        return values &+ ones &* 0x30 &+ ((values &+ ones &* 6) >> 4 & ones) &* 0x27
    }
}
