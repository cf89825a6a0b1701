import Foundation
import Glibc
import Reporting
import Synchronization

/// Standard output for results, standard error for people, and what the terminal can show.
enum Terminal {
    /// Writes a line to standard error. Where nobody can read it, that is no reason to end.
    static func say(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

    /// Writes to standard output. A reader that has enough (`crisol run … | head`) is no error, a full disk is.
    static func show(_ text: String) throws(OutputError) {
        let code = write(text, to: STDOUT_FILENO)
        if code != 0 && code != EPIPE { throw OutputError(path: "standard output", what: "cannot be written", errno: code) }
    }

    /// Writes all of a text to a descriptor; the errno where that fails, else 0.
    fileprivate static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let result = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if result < 0 && errno != EINTR { return errno }
                written += max(0, result)
            }
            return 0
        }
    }

    /// Opens /dev/null for every standard stream that the caller closed: a result file must not take its
    /// number and then receive what was meant for people.
    static func openClosedStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 { _ = open("/dev/null", O_RDWR) }
    }

    /// Whether standard error can take a line back.
    static var errorCanBeRewritten: Bool { isatty(STDERR_FILENO) == 1 && !isDumb }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// NO_COLOR (no-color.org): set and not empty means no colours.
    static var wantsColour: Bool {
        outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty && !isDumb
    }
    private static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }

    /// Columns of the terminal behind a stream; 80 where it is none.
    static func width(of stream: Int32 = STDOUT_FILENO) -> Int {
        var size = winsize()
        guard isatty(stream) == 1, ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// One line on standard error that is written over while a run goes on; nothing where that is no terminal.
final class ProgressLine {
    private let isShown = Terminal.errorCanBeRewritten
    private var lastShown: Int64 = 0
    private var isOpen = false

    /// Shows `text` at most ten times a second.
    func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let nanoseconds = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        guard nanoseconds - lastShown > 100_000_000 else { return }
        lastShown = nanoseconds
        isOpen = true
        let room = min(79, max(1, Terminal.width(of: STDERR_FILENO) - 1))
        _ = Terminal.write("\r\u{1B}[K\(text().prefix(room))", to: STDERR_FILENO)
    }

    /// Takes the line away.
    func clear() {
        guard isOpen else { return }
        isOpen = false
        _ = Terminal.write("\r\u{1B}[K", to: STDERR_FILENO)
    }
}

/// Whether somebody asked the run to end. Global, because a signal handler captures nothing.
private let interruptionIsAsked = Atomic<Bool>(false)

/// Ctrl-C and SIGTERM: the first asks the run to end and keep what it has, the second ends the process.
enum Interruption {
    static var isAsked: Bool { interruptionIsAsked.load(ordering: .relaxed) }

    static func watch() {
        // A parent that starts the run from a thread with blocked signals hands its mask on.
        var both = sigset_t()
        sigemptyset(&both)
        sigaddset(&both, SIGINT)
        sigaddset(&both, SIGTERM)
        defer { pthread_sigmask(SIG_UNBLOCK, &both, nil) }
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { number in
                // Both calls are async-signal-safe: an atomic store, and signal(2).
                interruptionIsAsked.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
        // A closed pipe (`crisol run … | head`) must not end a run before its files are written.
        signal(SIGPIPE, SIG_IGN)
        // A file at its limit (`ulimit -f`) is an error of the write, with the file's name.
        signal(SIGXFSZ, SIG_IGN)
    }
}
