/// Percent-encoding (RFC 3986, section 2.1).
package enum PercentCoding {
    /// nil where a `%` is not followed by two hexadecimal digits, or where the decoded bytes are no UTF-8.
    package static func decoded(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool) -> String? {
        var plain: [UInt8] = []
        var digits = 0
        var value: UInt8 = 0
        for byte in bytes {
            if digits > 0 {
                guard let digit = hexadecimal(byte) else { return nil }
                value = value << 4 | digit
                digits -= 1
                if digits == 0 { plain.append(value) }
            } else if byte == UInt8(ascii: "%") {
                (digits, value) = (2, 0)
            } else {
                plain.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return digits == 0 ? String(validating: plain, as: UTF8.self) : nil
    }

    /// A text as one part of a path: all but RFC 3986's unreserved characters encoded.
    package static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
