/// The words of a text that is not all ASCII, exactly as Python sees them.
///
/// `\w` is `str.isalnum()` or the underscore: letters (general categories L…) and whatever has a numeric
/// type, such as ², ½ or 四; combining marks are not included, so they end a word, even one that lower
/// case makes: "İ" becomes "i" and a combining dot. Lower case is the full mapping of SpecialCasing.txt's
/// unconditional part, and Σ becomes ς at the end of a word (Unicode's Final_Sigma).
enum UnicodeWords {
    // Unsafe buffers come from the caller's own arrays and are good during the call only; their bounds are given with them.
    /// Writes the lower-cased words of `utf8`, with one separator for each other character; returns the length.
    static func write(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let twoByteTable = twoByteTable
        var position = 0
        var length = 0
        while position < utf8.count {
            let byte = utf8[position]
            if byte < 0x80 {
                bytes[length] = WordText.asciiWordByte(byte)
                length += 1
                position += 1
                continue
            }
            let scalar = decode(utf8, position)
            let entry = scalar.value < 0x800 ? twoByteTable[Int(scalar.value)] : special
            if entry != special {
                // A word's character as two bytes, or one separator.
                bytes[length] = UInt8(truncatingIfNeeded: entry)
                bytes[length + 1] = UInt8(truncatingIfNeeded: entry >> 8)
                length += entry == 0 ? 1 : 2
            } else if scalar == "Σ" {
                append(isFinal(utf8, position) ? "ς" : "σ", to: bytes, &length)
            } else {
                for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                    if isWord(lower) {
                        append(lower, to: bytes, &length)
                    } else {
                        bytes[length] = WordText.separator
                        length += 1
                    }
                }
            }
            position += WordText.width(ofCharacterStartingWith: byte)
        }
        return length
    }

    /// Python's `\w`.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "_" { return true }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return properties.numericType != nil
        }
    }

    /// The entry of `twoByteTable` for characters that it leaves to the general way.
    private static let special: UInt16 = .max

    /// For each character of at most two bytes (up to U+07FF: Latin, Greek, Cyrillic, Hebrew, Arabic): the
    /// two bytes of its lower case, the first one lowest, 0 if it is in no word, or `special`.
    private static let twoByteTable: [UInt16] = (0..<0x800).map { value in
        guard let scalar = Unicode.Scalar(UInt32(value)), scalar != "Σ" else { return special }
        let lower = Array(scalar.properties.lowercaseMapping.utf8)
        guard lower.count <= 2, scalar.properties.lowercaseMapping.unicodeScalars.count == 1 else { return special }
        guard lower.count == 2 else { return isWord(scalar) ? special : 0 }
        return isWord(scalar) ? UInt16(lower[0]) | UInt16(lower[1]) << 8 : 0
    }

    /// Whether the Σ at `position` ends a word: a cased letter comes before it and none after it, not
    /// counting characters that case ignores.
    private static func isFinal(_ utf8: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        var before = position
        var casedBefore = false
        while before > 0 {
            before -= 1
            while utf8[before] & 0xc0 == 0x80 { before -= 1 }
            let properties = decode(utf8, before).properties
            if properties.isCaseIgnorable { continue }
            casedBefore = properties.isCased
            break
        }
        guard casedBefore else { return false }
        var after = position + 2
        while after < utf8.count {
            let properties = decode(utf8, after).properties
            if !properties.isCaseIgnorable { return !properties.isCased }
            after += WordText.width(ofCharacterStartingWith: utf8[after])
        }
        return true
    }

    /// The character at `position`; a String's UTF-8 is always well formed.
    private static func decode(_ utf8: UnsafeBufferPointer<UInt8>, _ position: Int) -> Unicode.Scalar {
        let first = UInt32(utf8[position])
        let value: UInt32
        switch WordText.width(ofCharacterStartingWith: utf8[position]) {
        case 1: value = first
        case 2: value = (first & 0x1f) << 6 | continuation(utf8, position + 1)
        case 3: value = (first & 0x0f) << 12 | continuation(utf8, position + 1) << 6 | continuation(utf8, position + 2)
        default:
            value =
                (first & 0x07) << 18 | continuation(utf8, position + 1) << 12 | continuation(utf8, position + 2) << 6
                | continuation(utf8, position + 3)
        }
        return Unicode.Scalar(value)!
    }

    private static func continuation(_ utf8: UnsafeBufferPointer<UInt8>, _ position: Int) -> UInt32 {
        UInt32(utf8[position] & 0x3f)
    }

    private static func append(
        _ scalar: Unicode.Scalar, to bytes: UnsafeMutableBufferPointer<UInt8>, _ length: inout Int
    ) {
        for byte in UTF8.encode(scalar)! {
            bytes[length] = byte
            length += 1
        }
    }
}
