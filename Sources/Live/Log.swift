import Glibc

/// What services say while they run: a JSON object a line on standard error, with `time` (UTC), `level`, `service`,
/// `text`, and where it is about one question `trace_id` and `message_id`.
package struct Log: Sendable {
    package enum Level: String, CaseIterable, Comparable, Sendable {
        /// Every message that is taken and sent.
        case debug
        /// What a service does as a whole.
        case info
        /// What an operator may want to mend.
        case warning
        /// What ends a service.
        case error

        package static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
        private var rank: Int { Self.allCases.firstIndex(of: self)! }
    }

    /// The lowest level that is written.
    let level: Level

    package init(level: Level) { self.level = level }

    func callAsFunction(
        _ level: Level, _ service: String, _ text: @autoclosure () -> String, about question: @autoclosure () -> (trace: String, message: String)? = nil
    ) {
        guard level >= self.level else { return }
        var writer = WireWriter(into: [])
        writer.begin()
        writer.field("time", unixNanoseconds: LiveClock.unixNow())
        writer.field("level", word: level.rawValue)
        writer.field("service", service)
        if let question = question() {
            writer.field("trace_id", question.trace)
            writer.field("message_id", question.message)
        }
        writer.field("text", text())
        writer.end()
        var line = writer.finish()
        line.append(0x0A)
        // One call a line, so that lines of several threads and processes do not mix. Where nobody can read it, that
        // is no reason to end.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
