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
    /// The end of its standard input that is written to; −1: there is none.
    private var input: Int32 = -1

    /// - Parameters:
    ///   - environment: in place of this process's own.
    ///   - hasInput: whether it reads what `tell` says; otherwise its standard input is empty.
    ///   - output: file for standard output; `errors`: for standard error.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, hasInput: Bool = false, output: String = "/dev/null",
        errors: String = "/dev/null"
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var ends: [Int32] = [-1, -1]
        if hasInput {
            // No other program that is started meanwhile may hold them open.
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE) }
            posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
            input = ends[1]
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        defer { if hasInput { close(ends[0]) } }
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

    /// Runs a program to its end.
    package static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        let code = try Command(program, arguments, output: output.path, errors: errors.path).wait()
        func text(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
        return (code, try text(output), try text(errors))
    }

    deinit {
        endInput()
        end()
    }

    /// Writes to its standard input.
    package func tell(_ text: String) {
        precondition(input >= 0, "the program was started without an input")
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(input, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }

    /// Its standard input ends here.
    package func endInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Ends it, whatever it is doing.
    package func end() {
        guard isRunning else { return }
        kill(processIdentifier, SIGKILL)
        _ = wait()
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
