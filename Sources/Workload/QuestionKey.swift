import Foundation

/// A question's identity over all its asks: the hash of its normalised text.
///
/// Normalised means, in this order: Unicode NFC, full case folding, every run of white space (Unicode's
/// White_Space) one blank, none at the ends. The hash is XXH64 of the UTF-8 bytes with seed 0.
package enum QuestionKey {
    // Pointers are used during the call only: keys are made for millions of texts, and a copy of each would cost more than its hash.
    package static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { of(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// The key of a text given as valid UTF-8.
    package static func of(utf8 bytes: UnsafeRawBufferPointer) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 8) { scratch in
            if let count = normaliseLatin(bytes, into: scratch) {
                return XXHash64.hash(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            }
            var text = normalised(String(decoding: bytes, as: UTF8.self))
            return text.withUTF8 { XXHash64.hash(UnsafeRawBufferPointer($0)) }
        }
    }

    /// As printed everywhere: 16 lower-case hexadecimal digits.
    package static func printed(_ key: UInt64) -> String {
        let digits = String(key, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The text that is hashed.
    package static func normalised(_ text: String) -> String {
        // Below U+0300 there is nothing that NFC could change.
        let composed = text.unicodeScalars.allSatisfy { $0.value < 0x300 } ? text : text.precomposedStringWithCanonicalMapping
        var result = String.UnicodeScalarView()
        var pendingBlank = false
        for scalar in composed.unicodeScalars {
            if scalar.properties.isWhitespace {
                pendingBlank = !result.isEmpty
                continue
            }
            if pendingBlank {
                result.append(" ")
                pendingBlank = false
            }
            appendFolded(scalar, to: &result)
        }
        return String(result)
    }

    /// Appends a scalar's full case folding (Unicode, CaseFolding.txt), which the standard library does not
    /// offer: the lower case of its upper case, but for Cherokee, which folds to upper case. Lower case
    /// comes first as well, for that alone leads from capital sharp s to `ss`.
    static func appendFolded(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
        let properties = scalar.properties
        // The property is about the decomposed form; composed letters without a capital of their own,
        // such as U+01F0, fold to their parts though it says no.
        guard properties.changesWhenCaseFolded || properties.uppercaseMapping.unicodeScalars.count > 1 else {
            result.append(scalar)
            return
        }
        if (0x13A0...0x13FF).contains(scalar.value) || (0xAB70...0xABBF).contains(scalar.value) {
            result.append(contentsOf: properties.uppercaseMapping.unicodeScalars)
            return
        }
        for lower in properties.lowercaseMapping.unicodeScalars {
            for upper in lower.properties.uppercaseMapping.unicodeScalars {
                result.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
            }
        }
    }

    /// Normalises a text of ASCII, Latin-1's letters and signs (U+00A0 to U+00FF) and the usual quotation
    /// marks and dashes (U+2010 to U+2027) only, straight from bytes to bytes: `out` has room, as no folding
    /// among them is longer than its letter. Nil where the text holds anything else.
    private static func normaliseLatin(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 0
        var pendingBlank = false
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
                pendingBlank = count > 0
                continue
            }
            if byte < 0x80 {
                emitBlank()
                emit(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
                continue
            }
            guard at < bytes.count else { return nil }
            let second = bytes[at]
            switch (byte, second) {
            case (0xC2, 0xA0):
                pendingBlank = count > 0
                at += 1
                continue
            case (0xC2, 0xB5):
                // The micro sign folds to the Greek letter.
                emitBlank()
                emit(0xCE)
                emit(0xBC)
            case (0xC2, 0xA1...0xBF), (0xC3, 0xA0...0xBF), (0xC3, 0x97):
                emitBlank()
                emit(byte)
                emit(second)
            case (0xC3, 0x9F):
                emitBlank()
                emit(UInt8(ascii: "s"))
                emit(UInt8(ascii: "s"))
            case (0xC3, 0x80...0x9E):
                emitBlank()
                emit(byte)
                emit(second | 0x20)
            case (0xE2, 0x80):
                guard at + 1 < bytes.count, (0x90...0xA7).contains(bytes[at + 1]) else { return nil }
                emitBlank()
                emit(byte)
                emit(second)
                emit(bytes[at + 1])
                at += 1
            default:
                return nil
            }
            at += 1
        }
        return count

        func emit(_ byte: UInt8) {
            out[count] = byte
            count += 1
        }
        func emitBlank() {
            if pendingBlank { emit(0x20) }
            pendingBlank = false
        }
    }
}
