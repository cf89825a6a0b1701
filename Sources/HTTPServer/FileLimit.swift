import Glibc
import Synchronization

/// How many files this process may have open, of which each connection is one.
enum FileLimit {
    private static let wanted = Mutex<UInt64>(256)

    /// Asks for room for so many more, as far as the hard limit lets it: the soft one is often 1024.
    static func raise(for connections: Int) {
        wanted.withLock { wanted in
            wanted += UInt64(connections)
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else { return }
            limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }
}
