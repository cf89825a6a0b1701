import Foundation
import Testing
import Workload

@testable import LLMClient

@Suite struct RetryAfterHeaderTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of the standard's examples.
    static let example: Int64 = 784_111_777
    static let second: Nanoseconds = 1_000_000_000

    @Test(arguments: [
        ("0", 0), ("120", 120), ("007", 7), (" 5 ", 5), ("\t5\t", 5), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 37), ("Sun Nov  6 08:49:37 1994", 37), ("Sun Nov 16 08:49:37 1994", 37 + 10 * 86_400),
        ("sun, 06 nov 1994 08:49:37 gmt", 37), ("Mon, 07 Nov 1994 08:49:37 GMT", 37 + 86_400), ("Sun, 06 Nov 1994 08:48:59 GMT", 0),
        ("Fri, 06 Nov 1970 08:49:37 GMT", 0), ("Sat, 01 Jan 0000 00:00:00 GMT", 0),
        // A leap second is the next minute's first.
        ("Sun, 06 Nov 1994 08:49:60 GMT", 60),
    ] as [(String, Int64)])
    func waits(_ text: String, _ seconds: Int64) {
        #expect(RetryAfterHeader.wait(text, unixNanoseconds: (Self.example - 37) * Self.second) == seconds * Self.second)
    }

    @Test func aDateIsWaitedForToTheNanosecond() {
        let now = (Self.example - 2) * Self.second + 250_000_000
        #expect(RetryAfterHeader.wait("Sun, 06 Nov 1994 08:49:37 GMT", unixNanoseconds: now) == 1_750_000_000)
    }

    @Test(arguments: ["9999999999", "99999999999999999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
    func whatIsHugeIsAsLongAsAnythingIs(_ text: String) {
        #expect(RetryAfterHeader.wait(text, unixNanoseconds: Self.example * Self.second)! >= RetryAfterHeader.longest / Self.second * Self.second)
    }

    @Test(arguments: [
        "", " ", "-1", "-120", "+5", "1.5", "1e3", "0x10", "5 s", "5, 6", "soon", "NaN", "inf", "\u{0}", "５", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 94",
        "Xyz Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun Nov -6 08:49:37 1994", "1994-11-06T08:49:37Z",
        String(repeating: "9", count: 300),
    ])
    func whatTheStandardDoesNotAllowSaysNothing(_ text: String) {
        #expect(RetryAfterHeader.wait(text, unixNanoseconds: Self.example * Self.second) == nil)
    }

    @Test func yearsOfTwoDigitsAreNotMoreThanFiftyYearsAhead() {
        func year(_ digits: String, now: Int64) -> String? {
            HTTPDate.seconds(of: "Sunday, 06-Nov-\(digits) 08:49:37 GMT", now: now).map { String(HTTPDate.text(seconds: $0).split(separator: " ")[3]) }
        }
        #expect(year("94", now: Self.example) == "1994")
        #expect(year("44", now: Self.example) == "1944")
        #expect(year("44", now: 1_700_000_000) == "2044")
        #expect(year("73", now: 1_700_000_000) == "2073")
        #expect(year("74", now: 1_700_000_000) == "1974")
    }

    /// Against Foundation's calendar, over moments of eighty centuries.
    @Test func datesReadAndWriteAsFoundationDoes() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.calendar = Calendar(identifier: .gregorian)
        var stream = Draws(seed: 5, repeat: 0).stream(.jitter, question: 0)
        for _ in 0..<500 {
            let moment = Int64.random(in: 0...253_402_300_799, using: &stream)
            let date = Date(timeIntervalSince1970: Double(moment))
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            let fixed = formatter.string(from: date)
            #expect(HTTPDate.text(seconds: moment) == fixed)
            #expect(HTTPDate.seconds(of: fixed, now: moment) == moment)
            formatter.dateFormat = "EEEE, dd-MMM-yy HH:mm:ss 'GMT'"
            #expect(HTTPDate.seconds(of: formatter.string(from: date), now: moment) == moment)
            formatter.dateFormat = "EEE MMM d HH:mm:ss yyyy"
            #expect(HTTPDate.seconds(of: formatter.string(from: date), now: moment) == moment)
        }
    }
}
