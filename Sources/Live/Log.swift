import Glibc

/// What services say while they run: a JSON object a line on standard error, with `time` (UTC), `level`, `service`,
/// `text`, and where it is about one question `trace_id` and `message_id`. A run keeps all of it, whatever the level, in
/// a file too, as long as it is short: `crisol trace` tells a question's life from that.
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

    /// The lowest level that goes to standard error.
    package let level: Level
    /// What keeps all levels.
    let file: File?

    package init(level: Level, file: File? = nil) {
        self.level = level
        self.file = file
    }

    /// A file to which all services of a run, in whatever process, append their lines.
    package final class File: Sendable {
        package let path: String
        private let descriptor: Int32

        package init(path: String) throws(HostFailure) {
            self.path = path
            descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw HostFailure(description: "\(path): the log cannot be opened: \(String(cString: strerror(errno)))") }
        }

        deinit { close(descriptor) }

        fileprivate func append(_ line: [UInt8]) { Log.write(line, to: descriptor) }
    }

    func callAsFunction(
        _ level: Level, _ service: String, _ text: @autoclosure () -> String, about question: @autoclosure () -> (trace: String, message: String)? = nil
    ) {
        guard level >= self.level || file != nil else { return }
        var writer = WireWriter()
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
        writer.append("\n")
        let line = writer.bytes
        if level >= self.level { Self.write(line, to: STDERR_FILENO) }
        file?.append(line)
    }

    /// One call a line, so that lines of several threads and processes do not mix. Where it cannot be written, that is no
    /// reason to end.
    private static func write(_ line: [UInt8], to descriptor: Int32) {
        _ = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
