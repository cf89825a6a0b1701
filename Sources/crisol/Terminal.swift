import Foundation
import Glibc
import Synchronization

/// Standard error for people, and what the terminal can show.
enum Terminal {
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// NO_COLOR (no-color.org): set and not empty means no colours.
    static var wantsColour: Bool {
        outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }
    /// Columns of the terminal behind standard output; 80 where it is none.
    static var width: Int {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// One line on standard error that is written over while a run goes on; nothing where that is no terminal.
final class ProgressLine {
    private let isShown = Terminal.errorIsTerminal
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
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text().prefix(79))".utf8))
    }

    /// Takes the line away.
    func clear() {
        guard isOpen else { return }
        isOpen = false
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}

/// Whether somebody asked the run to end. Global, because a signal handler captures nothing.
private let interruptionIsAsked = Atomic<Bool>(false)

/// Ctrl-C and SIGTERM: the first asks the run to end and keep what it has, the second ends the process.
enum Interruption {
    static var isAsked: Bool { interruptionIsAsked.load(ordering: .relaxed) }

    static func watch() {
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { number in
                // Both calls are async-signal-safe: an atomic store, and signal(2).
                interruptionIsAsked.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
        // A closed pipe (`crisol run … | head`) must not end a run before its files are written.
        signal(SIGPIPE, SIG_IGN)
    }
}
