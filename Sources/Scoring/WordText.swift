/// Rewrites a text as lower-case words in UTF-8, so that all that is left to do is to split at zero bytes.
///
/// Follows Python 3: lower case as by `str.lower()`, and a character belongs to a word if `\w` matches it.
/// Characters newer than a Unicode version are not letters to it, so Python and Swift may differ there.
enum WordText {
    /// The byte that stands for each byte of ASCII, and each character beyond, that is in no word.
    static let separator: UInt8 = 0
    /// So many separators follow the text at least: it can be read 64 bytes at a time, and words eight.
    static let padding = 64 + 8

    /// Writes the words of `text` to the front of `bytes`, which grows as needed, and returns their length.
    static func write(_ text: String, into bytes: inout [UInt8]) -> Int {
        var text = text
        return text.withUTF8 { utf8 in
            // Lower case is at most 3 bytes for 2 (such as U+0130 and U+023A).
            let room = utf8.count + utf8.count / 2 + padding
            precondition(room < UInt32.max, "a text of \(utf8.count) bytes is too long to score")
            if bytes.count < room {
                bytes.append(contentsOf: repeatElement(separator, count: room - bytes.count))
            }
            return bytes.withUnsafeMutableBufferPointer { bytes in
                var length = utf8.count
                if !writeASCII(utf8, to: bytes) { length = UnicodeWords.write(utf8, to: bytes) }
                for index in length..<length + padding { bytes[index] = separator }
                return length
            }
        }
    }

    /// How many bytes a character of UTF-8 has.
    @inline(__always)
    static func width(ofCharacterStartingWith byte: UInt8) -> Int {
        1 + (byte >= 0xc0 ? 1 : 0) + (byte >= 0xe0 ? 1 : 0) + (byte >= 0xf0 ? 1 : 0)
    }

    /// The lower case of an ASCII letter, digit or underscore; otherwise `separator`. Free of branches, so
    /// that loops over it become vector instructions.
    @inline(__always)
    static func asciiWordByte(_ byte: UInt8) -> UInt8 {
        let lower = byte &+ (byte &- 0x41 < 26 ? 0x20 : 0)
        let isWord = lower &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5f
        return isWord ? lower : separator
    }

    /// Writes the words if the text is all ASCII; says whether it was.
    // Pointers, for here every byte of every text passes; both stand for arrays of the caller's, `bytes` with room for all of `utf8`.
    private static func writeASCII(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard let source = utf8.baseAddress, let target = bytes.baseAddress else { return true }
        var seen: UInt8 = 0
        for index in 0..<utf8.count {
            let byte = source[index]
            seen |= byte
            target[index] = asciiWordByte(byte)
        }
        return seen < 0x80
    }
}
