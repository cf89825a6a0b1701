import Testing

@testable import Reporting

@Suite struct HostileTextTests {
    /// Within double quotes gnuplot would run what stands between backticks.
    @Test func gnuplotRunsNoCommands() {
        #expect(Markup.gnuplot("`id` $(id)") == "'`id` $(id)'")
        #expect(Markup.gnuplot("a'; system('id') #") == "'a''; system(''id'') #'")
        #expect(Markup.gnuplot("a\nsystem('id')\u{1B}\r\n") == "'a system(''id'')   '")
        #expect(Markup.gnuplot("\\_^{}@&~") == "'\\\\\\_\\^\\{\\}\\@\\&\\~'")
        #expect(Markup.gnuplotTic("5%s") == "'5%%s'")
        let script = PlotScript(name: "x", title: "a\nsystem('id')\u{2028}!id", caption: "", body: "plot x\n").text(height: 100)
        #expect(script.hasPrefix("# a system('id') !id. Draws x.svg"))
    }

    @Test func longNamesKeepTheirEnds() {
        #expect(ClosingTable.shortened("abcdefghij", 5) == "ab…ij")
        #expect(ClosingTable.label(["lru", "some/long/path.csv", "4"], 20) == "lru, some/l…h.csv, 4")
        #expect(ClosingTable.label(["lru", "4"], 20) == "lru, 4")
        #expect(ClosingTable.columns("日本é") == 5)
        #expect(ClosingTable.columns(ClosingTable.fitted("日本語日本語", 6)) <= 6)
    }
}
