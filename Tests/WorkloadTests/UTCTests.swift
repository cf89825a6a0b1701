import Foundation
import Testing

@testable import Workload

@Suite struct UTCTests {
    @Test func `known moments`() {
        #expect(UTC.text(unixNanoseconds: 0) == "1970-01-01T00:00:00.000Z")
        #expect(UTC.text(unixNanoseconds: 1_709_210_096_789_999_999) == "2024-02-29T12:34:56.789Z")
        #expect(UTC.text(unixNanoseconds: -1) == "1969-12-31T23:59:59.999Z")
        #expect(UTC.text(unixNanoseconds: .max) == "2262-04-11T23:47:16.854Z")
        #expect(UTC.text(unixNanoseconds: .min) == "1677-09-21T00:12:43.145Z")
    }

    @Test func `reads what it writes, and what Foundation writes`() throws {
        let foundation = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for step in 0..<3000 {
            // Whole milliseconds from 1680 to 2250, two months and odd milliseconds apart.
            let milliseconds = -9_151_488_000_000 + Int64(step) * 5_990_400_123
            let text = UTC.text(unixNanoseconds: milliseconds * 1_000_000)
            #expect(UTC.unixNanoseconds(of: Array(text.utf8)[...]) == milliseconds * 1_000_000)
            #expect(Date(timeIntervalSince1970: Double(milliseconds) / 1000 + 0.0001).formatted(foundation) == text)
        }
    }

    @Test(arguments: [
        ("2024-02-29T12:34:56Z", 1_709_210_096_000_000_000), ("2024-02-29 12:34:56", 1_709_210_096_000_000_000),
        ("2024-02-29T12:34:56.123456789Z", 1_709_210_096_123_456_789), ("2024-02-29T14:34:56+02:00", 1_709_210_096_000_000_000),
        ("2024-02-29t07:04:56.5-05:30", 1_709_210_096_500_000_000),
    ] as [(String, Int64)])
    func `forms that are read`(_ text: String, _ nanoseconds: Int64) {
        #expect(UTC.unixNanoseconds(of: Array(text.utf8)[...]) == nanoseconds)
    }

    @Test(arguments: [
        "", "2024", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z", "2024-02-29T12:34:56.Z", "2024-02-29T12:34:56.1234567890Z",
        "2024-02-29T12:34:56Zx", "2024-02-29T12:34:56+0200", "0000-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "２０２４-01-01T00:00:00Z",
    ])
    func `forms that are refused`(_ text: String) {
        #expect(UTC.unixNanoseconds(of: Array(text.utf8)[...]) == nil)
    }
}
