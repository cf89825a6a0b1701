/// Question keys as the tables have them, and as they are printed everywhere: 16 lower-case hexadecimal digits.
enum KeyText {
    static func of(_ key: UInt64) -> String {
        // Written in place: every row has one.
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: key >> UInt64(60 - 4 * place)) & 0xF
                digits[place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return 16
        }
    }

    /// 0 for what is none, which only another program can have written.
    static func value(_ text: String) -> UInt64 { UInt64(text, radix: 16) ?? 0 }
}
