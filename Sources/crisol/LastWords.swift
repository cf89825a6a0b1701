import Glibc

/// What standard error is told should the process be ended by a trap: an index out of range, a
/// precondition, an overflow. Without it nobody knows which of a thousand scenarios it was.
enum LastWords {
    private static let longest = 512
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE]
    /// Threads that can have words of their own.
    static let speakers = 256

    // Unsafe and global, for a signal handler captures nothing and may not allocate. A speaker's entries are
    // written by its own thread, before it can trap; the handler runs on the thread that trapped, and goes by
    // its number. Another's number may change meanwhile, but never to this one.
    nonisolated(unsafe) private static let text = UnsafeMutablePointer<UInt8>.allocate(capacity: speakers * longest)
    nonisolated(unsafe) private static let lengths = UnsafeMutablePointer<Int>.allocate(capacity: speakers)
    /// The thread of each speaker; 0 where nobody has spoken yet.
    nonisolated(unsafe) private static let threads = UnsafeMutablePointer<pthread_t>.allocate(capacity: speakers)
    /// What each signal did before, by its number.
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

    /// Watches over the process from now on; to be called once, before the first `are`.
    static func watch() {
        lengths.initialize(repeating: 0, count: speakers)
        threads.initialize(repeating: 0, count: speakers)
        text.initialize(repeating: 0, count: speakers * longest)
        for number in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                let mine = pthread_self()
                for speaker in 0..<LastWords.speakers where LastWords.threads[speaker] == mine {
                    _ = write(STDERR_FILENO, LastWords.text + speaker * LastWords.longest, LastWords.lengths[speaker])
                }
                // The instruction that trapped is met again, and then the signal does what it did before.
                _ = sigaction(number, LastWords.before + Int(number), nil)
            }
            sigaction(number, &action, before + Int(number))
        }
    }

    /// Sets the calling thread's words; cut after 512 bytes. A speaker speaks on one thread at a time.
    static func are(_ words: String, speaker: Int = 0) {
        precondition(speaker >= 0 && speaker < speakers, "there are \(speakers) speakers")
        threads[speaker] = pthread_self()
        lengths[speaker] = 0
        for byte in words.utf8.prefix(longest) {
            text[speaker * longest + lengths[speaker]] = byte
            lengths[speaker] += 1
        }
    }
}
