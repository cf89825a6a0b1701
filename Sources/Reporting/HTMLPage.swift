/// What all pages have in common: one file each, that needs no other.
enum HTMLPage {
    /// - Parameters:
    ///   - title: plain text.
    ///   - body: HTML.
    static func text(title: String, style: String, body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Markup.escaped(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <main>
        \(body)</main>
        </body>
        </html>

        """
    }

    /// A picture's own element, to stand in a page among others: gnuplot numbers the ids of every picture alike. Empty where the text
    /// holds none.
    static func element(of svg: String, name: String) -> String {
        guard let start = svg.range(of: "<svg") else { return "" }
        var element = String(svg[start.lowerBound...])
        for (sign, end) in [("id='", "id='\(name)-"), ("id=\"", "id=\"\(name)-"), ("href='#", "href='#\(name)-"), ("href=\"#", "href=\"#\(name)-"), ("url(#", "url(#\(name)-")] {
            element = element.replacing(sign, with: end)
        }
        return element
    }
}
