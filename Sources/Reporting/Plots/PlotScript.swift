import Measurement

/// One gnuplot script: stands alone beside the CSVs and draws one SVG.
struct PlotScript {
    /// Of the files: `latency` is latency.gp and latency.svg.
    let name: String
    /// Above the picture in the report.
    let title: String
    /// What is to be seen, for the report and for those who cannot see it.
    let caption: String
    let body: String

    /// Distinct for colour-blind readers and on paper (M. Okabe and K. Ito, "Color Universal Design", 2008).
    static let palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A8A8A"]

    /// The script as a file. Sizes are in pixels of the undistorted picture.
    func text(width: Int = 960, height: Int) -> String {
        let colours = Self.palette.enumerated().map { "set linetype \($0 + 1) lc rgb \"\($1)\" lw 2 pt \([7, 5, 9, 13, 11, 4, 6, 8][$0]) ps 0.7" }
        return """
            # \(Markup.plain(title)). Draws \(name).svg, here or from the run's folder: gnuplot plots/\(name).gp
            reset
            if (strstrt(GPVAL_PWD."//", "/plots//") == 0) { cd "plots"; away = 1 }
            set terminal svg size \(width),\(height) dynamic enhanced background "#ffffff" font "sans-serif,15"
            set output "\(name).svg"
            set encoding utf8
            set datafile separator comma
            set datafile columnheaders
            set datafile missing NaN
            \(colours.joined(separator: "\n"))
            set border 3 lc rgb "#555555"
            set tics nomirror out textcolor rgb "#222222"
            set grid y lc rgb "#dddddd" lt 1 lw 1
            set key top left reverse Left samplen 2 spacing 1.1 textcolor rgb "#222222"
            set style fill solid 0.9 noborder

            """ + body + """
            set output
            if (exists("away")) { cd ".."; undefine away }

            """
    }
}

/// Pieces of scripts that several pictures share.
enum Plot {
    /// The unit in which a column is drawn, and what its values are multiplied by.
    static func scale(of column: String, upTo largest: Double) -> (unit: String, factor: Double) {
        switch SummaryColumn.named(column)?.unit {
        case .ratio: ("%", 100)
        case .milliseconds: timeScale(milliseconds: largest)
        case .perSecond: ("1/s", 1)
        default: ("", 1)
        }
    }

    static func timeScale(milliseconds largest: Double) -> (unit: String, factor: Double) {
        switch largest {
        case ..<2000: ("ms", 1)
        case ..<300_000: ("s", 1e-3)
        default: ("min", 1 / 60_000)
        }
    }

    static func titled(_ title: String, unit: String) -> String { unit.isEmpty ? title : "\(title) [\(unit)]" }

    /// Picks rows of a CSV. A condition in `using` would have gnuplot take all rows apart, in each curve anew, which with a
    /// thousand points takes longer than to simulate them.
    /// - Parameter rows: below the header, from 0; at least one.
    static func every(_ rows: Range<Int>) -> String { "every ::\(rows.lowerBound)::\(rows.upperBound - 1)" }

    /// The step of about four tics from 0 to the largest value: 1, 2 or 5 times a power of ten.
    static func step(upTo largest: Double) -> Double {
        guard largest > 0, largest.isFinite else { return 1 }
        var power = 1.0
        while power * 10 <= largest / 4 { power *= 10 }
        while power > largest / 4 { power /= 10 }
        return [1, 2, 5].map { $0 * power }.first { $0 >= largest / 4 } ?? power * 10
    }

    /// Heads a panel: the title left, the key right of it, both above the drawing.
    static func head(_ title: String) -> String {
        "set label 99 \(Markup.gnuplot(title)) at graph 0, graph 1 offset 0, char 0.9 left font \",15\" textcolor rgb \"#222222\"\n"
    }
    /// Where `head` wants the key.
    static let keyAbove = "set key at graph 1, graph 1.02 right bottom horizontal Right noreverse samplen 1.5 font \",13\""

    /// A plain decimal for a script, without any unit.
    static func number(_ value: Double) -> String { value.description }
}
