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

    /// A gnuplot string literal. In single quotes, because within double ones gnuplot runs what stands
    /// between backticks as a command; enhanced text's own signs lose their meaning.
    static func gnuplot(_ text: String) -> String {
        var literal = "'"
        for scalar in plain(text).unicodeScalars {
            switch scalar {
            case "'": literal += "''"
            case "\\", "_", "^", "{", "}", "@", "&", "~": literal += "\\\(scalar)"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "'"
    }

    /// The same for the label of a tic, which gnuplot takes for a format.
    static func gnuplotTic(_ text: String) -> String { gnuplot(text).replacing("%", with: "%%") }

    /// One line without control characters, which could end a comment or break an SVG.
    static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
    }

    /// C0, DEL, C1, the line and paragraph separators, and what XML 1.0 forbids beside them.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}
