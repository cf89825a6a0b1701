import Workload

/// Writes JSON to bytes of its own, which a writer that is used again keeps. Names are the project's own plain words and are
/// written as they stand.
///
/// A pointer to memory of its own, freed with it, because an array is asked at each of some hundred little pieces
/// a message whether it is the only one and has room. Nothing is written before `reserve` has made room for it.
package struct WireWriter: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity = 512
    private(set) package var count = 0
    /// Where the latest object begins.
    private var object = 0
    /// The digits of the latest double, which often stands there again: scores do.
    private var double: (bits: UInt64, place: Int, count: Int) = (0, 0, 0)
    /// The latest day of a time, and how its texts begin.
    private var day: (number: Int64, first: UInt64, rest: UInt64) = (.min, 0, 0)

    package init() { start = .allocate(byteCount: capacity, alignment: 16) }

    deinit { start.deallocate() }

    /// Forgets what was written, not its room.
    package mutating func removeAll() {
        count = 0
        double.count = 0
    }

    /// What was written, during the call.
    package borrowing func withUnsafeBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    package var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: start, count: count)) }

    /// Begins an object; each field then begins with a comma, the first of which `end` makes a brace.
    mutating func begin() { object = count }

    mutating func end() {
        reserve(2)
        if count == object { put(byte: 0x7B) } else { start.storeBytes(of: 0x7B, toByteOffset: object, as: UInt8.self) }
        put(byte: 0x7D)
    }

    /// What stands around and between objects.
    mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        put(text)
    }

    // MARK: Fields

    @inline(__always) mutating func field(_ name: StaticString, _ value: String) {
        open(name)
        string(value)
    }

    /// A value that needs no escapes.
    @inline(__always) mutating func field(_ name: StaticString, word: String) {
        open(name)
        put(byte: 0x22)
        put(plain: word)
        put(byte: 0x22)
    }

    @inline(__always) mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        open(name)
        if value < 0 { put(byte: 0x2D) }
        put(UInt64(value.magnitude))
    }

    /// The shortest digits that read back as the same double; nothing at all where it is not finite.
    @inline(__always) mutating func field(_ name: StaticString, _ value: Double) {
        guard value.isFinite else { return }
        open(name)
        put(value)
    }

    /// Nanoseconds as a decimal number of a larger unit, exactly: `places` digits behind the point, none where they are zeros.
    @inline(__always) mutating func field(_ name: StaticString, nanoseconds: Int64, places: Int) {
        open(name)
        put(nanoseconds: nanoseconds, places: places)
    }

    /// A 64-bit key as everywhere: 16 lower-case hexadecimal digits.
    @inline(__always) mutating func field(_ name: StaticString, hexadecimal value: UInt64) {
        open(name)
        put(byte: 0x22)
        put(word: WireDigits.hexadecimal(of: UInt32(truncatingIfNeeded: value >> 32)), 8)
        put(word: WireDigits.hexadecimal(of: UInt32(truncatingIfNeeded: value)), 8)
        put(byte: 0x22)
    }

    /// A moment as ISO 8601 text in UTC.
    @inline(__always) mutating func field(_ name: StaticString, unixNanoseconds: Int64) {
        open(name)
        put(unixNanoseconds: unixNanoseconds)
    }

    /// Parts joined by full stops; only the first may need escapes.
    @inline(__always) mutating func field(_ name: StaticString, _ first: String, _ word: String, _ second: UInt64, _ third: UInt64) {
        open(name)
        string(first)
        // In place of the closing mark.
        count -= 1
        put(byte: 0x2E)
        put(plain: word)
        put(byte: 0x2E)
        put(second)
        put(byte: 0x2E)
        put(third)
        put(byte: 0x22)
    }

    // MARK: Pieces

    /// Room that `open` leaves behind a name, and `put(plain:)` and `string` behind a text: enough for any value of fixed size.
    private static let slack = 80

    private mutating func reserve(_ room: Int) {
        if room > capacity - count { grow(room) }
    }

    @inline(never) private mutating func grow(_ room: Int) {
        capacity = max(count + room, 2 * capacity)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }

    @inline(__always) private mutating func open(_ name: StaticString) {
        reserve(name.utf8CodeUnitCount + 4 + Self.slack)
        put(pair: 0x222C)
        put(name)
        put(pair: 0x3A22)
    }

    @inline(__always) private mutating func put(byte: UInt8) {
        start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Two bytes, the lower one first.
    @inline(__always) private mutating func put(pair: UInt16) {
        start.storeBytes(of: pair.littleEndian, toByteOffset: count, as: UInt16.self)
        count += 2
    }

    /// The lowest `length` bytes, lowest first. Eight are written, and what is too much is written over.
    @inline(__always) private mutating func put(word: UInt64, _ length: Int) {
        start.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
        count += length
    }

    @inline(__always) private mutating func put(_ text: StaticString) {
        (start + count).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    private mutating func put(plain text: String) {
        var text = text
        text.withUTF8 { text in
            reserve(text.count + Self.slack)
            guard let first = text.baseAddress else { return }
            (start + count).copyMemory(from: first, byteCount: text.count)
            count += text.count
        }
    }

    private mutating func put(_ value: UInt64) {
        if value < 10 { return put(byte: 0x30 | UInt8(truncatingIfNeeded: value)) }
        let ascii: UInt64 = 0x3030_3030_3030_3030
        if value < 100_000_000 {
            let digits = WireDigits.digits(of: value), zeros = digits.trailingZeroBitCount / 8
            return put(word: (digits | ascii) >> UInt64(truncatingIfNeeded: 8 * zeros), 8 - zeros)
        }
        let high = value / 100_000_000
        put(high)
        put(word: WireDigits.digits(of: value &- high &* 100_000_000) | ascii, 8)
    }

    private mutating func put(_ value: Double) {
        if double.count > 0, double.bits == value.bitPattern {
            (start + count).copyMemory(from: start + double.place, byteCount: double.count)
            count += double.count
            return
        }
        let place = count
        put(plain: value.description)
        double = (value.bitPattern, place, count - place)
    }

    private mutating func put(nanoseconds: Int64, places: Int) {
        let unit: UInt64 = places == 9 ? 1_000_000_000 : 1_000_000
        if nanoseconds < 0 { put(byte: 0x2D) }
        let whole = nanoseconds.magnitude / unit
        put(whole)
        let rest = nanoseconds.magnitude &- whole &* unit
        guard rest > 0 else { return }
        put(byte: 0x2E)
        let ascii: UInt64 = 0x3030_3030_3030_3030
        let (eight, ninth) = places == 9 ? rest.quotientAndRemainder(dividingBy: 10) : (rest * 100, 0)
        let digits = WireDigits.digits(of: eight)
        put(word: digits | ascii, ninth > 0 ? 8 : 8 - digits.leadingZeroBitCount / 8)
        if ninth > 0 { put(byte: 0x30 | UInt8(truncatingIfNeeded: ninth)) }
    }

    private mutating func put(unixNanoseconds: Int64) {
        let nanosecondsInDay: Int64 = 86_400_000_000_000
        let number = unixNanoseconds >= 0 ? unixNanoseconds / nanosecondsInDay : (unixNanoseconds + 1) / nanosecondsInDay - 1
        if number != day.number { begin(day: number, unixNanoseconds) }
        put(byte: 0x22)
        put(word: day.first, 8)
        put(word: day.rest, 3)
        let milliseconds = UInt64(truncatingIfNeeded: unixNanoseconds &- number &* nanosecondsInDay) / 1_000_000
        let seconds = milliseconds / 1000, minutes = seconds / 60, hours = minutes / 60
        let digits = WireDigits.digits(of: hours &* 1_000_000 &+ minutes % 60 &* 10_000 &+ seconds % 60 &* 100)
        put(word: digits & 0xFFFF | (digits >> 16 & 0xFFFF) << 24 | (digits >> 32 & 0xFFFF) << 48 | 0x3030_3A30_303A_3030, 8)
        let fraction = WireDigits.digits(of: milliseconds % 1000) >> 40
        put(word: fraction << 8 | 0x225A_3030_302E, 6)
    }

    @inline(never) private mutating func begin(day number: Int64, _ unixNanoseconds: Int64) {
        var text: [UInt8] = []
        UTC.append(unixNanoseconds: unixNanoseconds, to: &text)
        text.withUnsafeBytes {
            let bytes = WireBytes($0)
            // `2025-01-31T`, and of the second word three bytes.
            day = (number, bytes.word(at: 0), bytes.word(at: 8))
        }
    }

    // MARK: Strings

    /// A string between its marks, with the escapes that it needs.
    private mutating func string(_ value: String) {
        put(byte: 0x22)
        var value = value
        value.withUTF8 { text in
            let bytes = WireBytes(UnsafeRawBufferPointer(text))
            reserve(bytes.count + Self.slack)
            var place = 0
            // Sixteen bytes are copied and then looked at; what behind a special one was too much is written over.
            while place <= bytes.count - 16 {
                let vector = bytes.vector(at: place)
                start.storeBytes(of: vector, toByteOffset: count, as: SIMD2<UInt64>.self)
                let plain = WireScan.firstSpecial(in: vector) ?? 16
                count += plain
                place += plain
                guard plain < 16 else { continue }
                escape(bytes[place])
                place += 1
                reserve(bytes.count - place + Self.slack)
            }
            while place < bytes.count {
                if bytes.hasWord(at: place), !WireScan.hasSpecial(bytes.word(at: place)) {
                    put(word: bytes.word(at: place), 8)
                    place += 8
                    continue
                }
                let byte = bytes[place]
                place += 1
                if WireScan.isSpecial(byte) {
                    escape(byte)
                    reserve(bytes.count - place + Self.slack)
                } else {
                    put(byte: byte)
                }
            }
        }
        put(byte: 0x22)
    }

    /// At most six bytes.
    @inline(never) private mutating func escape(_ byte: UInt8) {
        put(byte: 0x5C)
        switch byte {
        case 0x22, 0x5C: put(byte: byte)
        case 0x08: put(byte: 0x62)
        case 0x09: put(byte: 0x74)
        case 0x0A: put(byte: 0x6E)
        case 0x0C: put(byte: 0x66)
        case 0x0D: put(byte: 0x72)
        default:
            put("u00")
            put(word: WireDigits.hexadecimal(of: UInt32(byte)) >> 48, 2)
        }
    }
}
