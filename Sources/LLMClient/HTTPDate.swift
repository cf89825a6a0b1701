import Workload

/// Dates of HTTP headers (RFC 9110, 5.6.7), in whole seconds since 1970.
package enum HTTPDate {
    /// Reads any of the three forms that a recipient must understand:
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
    ///
    /// - Parameter now: seconds since 1970; a year of two digits that would lie more than 50 years ahead is the
    ///   latest past one with those digits.
    /// - Returns: nil where the text is none of them. The day's name is not held against the date.
    package static func seconds(of text: String, now: Int64) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true).map { Array($0.utf8) }
        func date(_ day: [UInt8], _ month: [UInt8], _ year: Int64?, _ time: [UInt8]) -> Int64? {
            guard let day = number(day, 1...2), let month = months.firstIndex(of: lowercased(month)), let year,
                let clock = secondsOfDay(time), day >= 1, day <= CivilDate.daysIn(Int64(month) + 1, of: year)
            else { return nil }
            return CivilDate.dayNumber(year, Int64(month) + 1, day) * 86_400 + clock
        }
        switch parts.count {
        case 6:  // IMF-fixdate
            guard isDayName(parts[0], of: 3, comma: true), parts[1].count == 2, parts[3].count == 4, lowercased(parts[5]) == Array("gmt".utf8) else { return nil }
            return date(parts[1], parts[2], number(parts[3], 4...4), parts[4])
        case 4:  // RFC 850
            let fields = parts[1].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(Array.init)
            guard isDayName(parts[0], of: nil, comma: true), fields.count == 3, fields[0].count == 2, lowercased(parts[3]) == Array("gmt".utf8),
                let twoDigits = number(fields[2], 2...2)
            else { return nil }
            return date(fields[0], fields[1], fullYear(twoDigits, now: now), parts[2])
        case 5:  // asctime
            guard isDayName(parts[0], of: 3, comma: false) else { return nil }
            return date(parts[2], parts[1], number(parts[4], 4...4), parts[3])
        default: return nil
        }
    }

    /// The form that is written: IMF-fixdate.
    package static func text(seconds: Int64) -> String {
        let days = CivilDate.floorDivide(seconds, 86_400)
        let inDay = seconds - days * 86_400
        let (year, month, day) = CivilDate.date(ofDay: days)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        // 1970-01-01 was a Thursday.
        let name = dayNames[Int(((days % 7) + 7 + 3) % 7)]
        let monthName = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Int(month) - 1]
        let digits = String(year)
        let fourDigits = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(name), \(two(day)) \(monthName) \(fourDigits) \(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60)) GMT"
    }

    private static let months = "jan feb mar apr may jun jul aug sep oct nov dec".split(separator: " ").map { Array($0.utf8) }
    private static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let fullDayNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map { Array($0.utf8) }

    private static func lowercased(_ bytes: [UInt8]) -> [UInt8] { bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }

    private static func isDayName(_ word: [UInt8], of letters: Int?, comma: Bool) -> Bool {
        var name = lowercased(word)
        if comma { guard name.popLast() == UInt8(ascii: ",") else { return false } }
        return fullDayNames.contains { full in letters.map { Array(full.prefix($0)) == name } ?? (full == name) }
    }

    private static func number(_ digits: [UInt8], _ count: ClosedRange<Int>) -> Int64? {
        guard count.contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func secondsOfDay(_ text: [UInt8]) -> Int64? {
        let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(Array.init)
        guard fields.count == 3, let hour = number(fields[0], 2...2), let minute = number(fields[1], 2...2), let second = number(fields[2], 2...2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func fullYear(_ twoDigits: Int64, now: Int64) -> Int64 {
        let thisYear = CivilDate.date(ofDay: CivilDate.floorDivide(min(max(now, -1 << 40), 1 << 40), 86_400)).year
        let year = thisYear - thisYear % 100 + twoDigits
        return year > thisYear + 50 ? year - 100 : year
    }
}
