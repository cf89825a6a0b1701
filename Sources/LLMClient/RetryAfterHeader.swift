import Workload

/// The header Retry-After (RFC 9110, 10.2.3): a number of seconds, or a date.
package enum RetryAfterHeader {
    /// The longest wait that is believed: 36 years, beyond which a run's clock does not go. Longer ones count as this.
    package static let longest: Nanoseconds = Distribution.longest

    /// What the header asks to wait from `now` on: 0 for a date that has passed, nil where it says nothing that
    /// the standard allows (a negative number, a fraction, garbage).
    /// - Parameter unixNanoseconds: the wall clock now, of which a date is a distance.
    package static func wait(_ text: String, unixNanoseconds now: Int64) -> Nanoseconds? {
        guard text.utf8.count <= 256 else { return nil }
        let digits = text.utf8.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
        if !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            var seconds: Int64 = 0
            for digit in digits { seconds = min(seconds * 10 + Int64(digit - 0x30), longest / 1_000_000_000) }
            return seconds * 1_000_000_000
        }
        guard let moment = HTTPDate.seconds(of: text, now: now / 1_000_000_000) else { return nil }
        // A year has four digits, so seconds times 10⁹ might not fit: the distance is taken in seconds first.
        let whole = moment - now / 1_000_000_000
        if whole > longest / 1_000_000_000 { return longest }
        return whole < 0 ? 0 : max(0, whole * 1_000_000_000 - now % 1_000_000_000)
    }
}
