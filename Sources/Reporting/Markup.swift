/// Text made safe for what it is put into.
enum Markup {
    /// For HTML and XML, element content and quoted attributes alike. Characters that XML 1.0 forbids
    /// become U+FFFD; line breaks in attributes survive as references.
    static func escaped(_ text: String) -> String {
        var safe = ""
        safe.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            case "\n": safe += "&#10;"
            case "\t": safe += "&#9;"
            case "\r": safe += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: safe += "\u{FFFD}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// For a cell of a Markdown table, where text may also be read as HTML.
    static func markdown(_ text: String) -> String {
        var safe = ""
        for character in text {
            switch character {
            case "|", "\\", "`", "*", "_", "[", "]", "#": safe += "\\\(character)"
            case "<": safe += "&lt;"
            case "&": safe += "&amp;"
            case "\n", "\r\n", "\r": safe += " "
            default: safe.append(character)
            }
        }
        return safe
    }

    /// A JSON string literal, quotes included.
    static func json(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    /// A gnuplot string literal in double quotes; enhanced text's own signs lose their meaning.
    static func gnuplot(_ text: String) -> String {
        var literal = "\""
        for character in text {
            switch character {
            case "\\": literal += "\\\\\\\\"
            case "\"": literal += "\\\""
            case "_", "^", "{", "}", "@", "&", "~": literal += "\\\\\(character)"
            case "\n", "\r\n", "\r": literal += " "
            default: literal.append(character)
            }
        }
        return literal + "\""
    }
}
