import Glibc

/// How texts stand in PostgreSQL, whose type `text` takes every character but NUL.
///
/// NUL is written as U+241B U+2400 (the pictures ␛␀), and U+241B itself twice, so that every text comes back as it
/// was and all without those two characters stand in the tables as they are.
enum PostgresText {
    /// U+241B SYMBOL FOR ESCAPE and U+2400 SYMBOL FOR NULL in UTF-8.
    private static let escape: [UInt8] = [0xE2, 0x90, 0x9B]
    private static let null: [UInt8] = [0xE2, 0x90, 0x80]

    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        // The string's own bytes, read within the closure.
        text.withUTF8 { utf8 in
            guard mayNeedEscape(utf8) else { return bytes.append(contentsOf: utf8) }
            var start = 0
            var index = 0
            while index < utf8.count {
                let byte = utf8[index]
                let isEscape = byte == 0xE2 && index + 2 < utf8.count && utf8[index + 1] == 0x90 && utf8[index + 2] == 0x9B
                if byte == 0 || isEscape {
                    bytes.append(contentsOf: utf8[start..<index])
                    bytes.append(contentsOf: escape + (byte == 0 ? null : escape))
                    index += byte == 0 ? 1 : 3
                    start = index
                } else {
                    index += 1
                }
            }
            bytes.append(contentsOf: utf8[start..<utf8.count])
        }
    }

    private static func mayNeedEscape(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        // The C library looks at many bytes at once.
        guard let first = utf8.baseAddress else { return false }
        return memchr(first, 0, utf8.count) != nil || memchr(first, 0xE2, utf8.count) != nil
    }

    /// An escape that nobody of ours wrote stays as it is.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(0xE2) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if index + 6 <= bytes.count, bytes[index..<index + 3].elementsEqual(escape) {
                let behind = bytes[index + 3..<index + 6]
                if behind.elementsEqual(null) || behind.elementsEqual(escape) {
                    plain.append(contentsOf: behind.elementsEqual(null) ? [0] : escape)
                    index += 6
                    continue
                }
            }
            plain.append(bytes[index])
            index += 1
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
