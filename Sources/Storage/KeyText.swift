/// Question keys as the tables have them, and as they are printed everywhere: 16 lower-case hexadecimal digits.
enum KeyText {
    static func of(_ key: UInt64) -> String {
        // Written in place: every row has one.
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 { digits[place] = digit(place, of: key) }
            return 16
        }
    }

    static func append(_ key: UInt64, to bytes: inout [UInt8]) {
        for place in 0..<16 { bytes.append(digit(place, of: key)) }
    }

    private static func digit(_ place: Int, of key: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: key >> UInt64(60 - 4 * place)) & 0xF
        return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }

    /// 0 for what is none, which only another program can have written.
    static func value(_ text: String) -> UInt64 { UInt64(text, radix: 16) ?? 0 }

    /// The same of text in UTF-8.
    static func value(_ digits: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard digits.count == 16 else { return 0 }
        var key: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: key = key << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: key = key << 4 | UInt64(digit - 0x57)
            default: return 0
            }
        }
        return key
    }
}
