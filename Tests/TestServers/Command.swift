import Foundation
import Glibc

/// A program that a test runs as a process of its own, with files for what it writes.
///
/// Foundation's Process learns of the end from a socket, and a pipe's end from everybody who holds it: programs that
/// other tests start meanwhile inherit both, and one that goes on keeps a test waiting for another's end. Here the kernel
/// is asked. The pointers below are the argument vectors that posix_spawn copies.
package final class Command {
    package let processIdentifier: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - environment: in place of this process's own.
    ///   - output: file for standard output; `errors`: for standard error. Standard input is empty.
    package init(_ program: String, _ arguments: [String], environment: [String: String]? = nil, output: String, errors: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (descriptor, path) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        // Test threads block signals that programs are sent.
        var attributes = posix_spawnattr_t(), none = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        let vectors = [[program] + arguments, variables].map { texts in texts.map { strdup($0) } + [nil] }
        defer { for text in vectors.joined() { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, program, &actions, &attributes, vectors[0], vectors[1])
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT) }
        processIdentifier = id
    }

    deinit {
        if status == nil {
            kill(processIdentifier, SIGKILL)
            _ = wait()
        }
    }

    package var isRunning: Bool {
        guard status == nil else { return false }
        var status: Int32 = 0
        guard waitpid(processIdentifier, &status, WNOHANG) == processIdentifier else { return true }
        self.status = status
        return false
    }

    /// Waits for its end: the exit code, or 128 and the signal's number.
    package func wait() -> Int32 {
        if status == nil {
            var status: Int32 = 0
            while waitpid(processIdentifier, &status, 0) < 0 && errno == EINTR {}
            self.status = status
        }
        let signal = status! & 0x7F
        return signal == 0 ? (status! >> 8) & 0xFF : 128 + signal
    }
}
