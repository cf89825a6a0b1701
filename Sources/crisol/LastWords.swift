import Glibc

/// What standard error is told should the process be ended by a trap: an index out of range, a
/// precondition, an overflow. Without it nobody knows which of a thousand scenarios it was.
enum LastWords {
    private static let longest = 512
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE]

    // Unsafe and global, for a signal handler captures nothing and may not allocate. One thread writes
    // them, before it can trap; the handler, on that thread, reads them.
    nonisolated(unsafe) private static let text = UnsafeMutablePointer<UInt8>.allocate(capacity: longest)
    nonisolated(unsafe) private static var length = 0
    /// What each signal did before, by its number.
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

    /// Watches over the process from now on; to be called once, before the first `are`.
    static func watch() {
        are("")
        for number in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                _ = write(STDERR_FILENO, LastWords.text, LastWords.length)
                // The instruction that trapped is met again, and then the signal does what it did before.
                _ = sigaction(number, LastWords.before + Int(number), nil)
            }
            sigaction(number, &action, before + Int(number))
        }
    }

    /// Sets the words; cut after 512 bytes.
    static func are(_ words: String) {
        length = 0
        for byte in words.utf8.prefix(longest) {
            text[length] = byte
            length += 1
        }
    }
}
