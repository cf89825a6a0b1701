import Foundation
import Glibc
import Synchronization

/// A process that this one started: its standard input and output are pipes, its standard error is ours or a file.
///
/// Belongs to one thread. posix_spawn and not Foundation's Process, which would hand on every open file: sockets of
/// the embedded broker among them. The pointers below are the argument vectors that posix_spawn copies.
final class ChildProcess {
    let id: pid_t
    private let input: Int32
    private let output: Int32
    private var status: Int32?

    /// How it ended.
    enum End: Equatable {
        case exited(code: Int32)
        case signalled(Int32)
    }

    /// - Parameters:
    ///   - environment: `NAME=value`, beside this process's own.
    ///   - errors: a file to which its standard error is added, in place of ours.
    init(executable: String, arguments: [String], environment: [String] = [], errors: String? = nil) throws(HostFailure) {
        let started = try Self.starting.withLock { _ throws(HostFailure) in
            try Self.start(executable, arguments, environment, errors)
        }
        (id, input, output) = started
    }

    /// One at a time: a process that is started meanwhile would inherit the pipes of another.
    private static let starting = Mutex(())

    private static func start(
        _ executable: String, _ arguments: [String], _ environment: [String], _ errors: String?
    ) throws(HostFailure) -> (id: pid_t, input: Int32, output: Int32) {
        func pipe() throws(HostFailure) -> (read: Int32, write: Int32) {
            var ends: [Int32] = [0, 0]
            guard Glibc.pipe(&ends) == 0 else { throw HostFailure(description: "no pipe for a service: \(reason(errno))") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
        let (childIn, parentOut) = try pipe()
        let (parentIn, childOut) = try pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childIn, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, childOut, STDOUT_FILENO)
        if let errors { posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C is for the run, which ends its services in order.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var vector: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        vector.append(nil)
        // Of a name that is there twice the first counts.
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        for (name, value) in ProcessInfo.processInfo.environment { variables.append(strdup("\(name)=\(value)")) }
        variables.append(nil)
        defer { for text in vector + variables { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, executable, &actions, &attributes, vector, variables)
        close(childIn)
        close(childOut)
        guard code == 0 else {
            close(parentOut)
            close(parentIn)
            throw HostFailure(description: "cannot start \(executable): \(reason(code))")
        }
        return (id, parentOut, parentIn)
    }

    deinit {
        if status == nil { signal(SIGKILL) }
        _ = waitForEnd()
        close(input)
        close(output)
    }

    /// Sends a line to its standard input; whoever has ended reads no more.
    func tell(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// What it wrote to its standard output since, waiting for it so long: nil at the end.
    func read(timeoutMilliseconds: Int32) -> [UInt8]? {
        var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, timeoutMilliseconds) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(output, &bytes, bytes.count)
        if count < 0 { return errno == EINTR ? [] : nil }
        return count == 0 ? nil : Array(bytes[..<count])
    }

    func signal(_ number: Int32) {
        // Once it was waited for, the number may be another's.
        guard status == nil else { return }
        kill(id, number)
    }

    /// Waits for its end.
    func waitForEnd() -> End {
        var status = status ?? 0
        if self.status == nil {
            while waitpid(id, &status, 0) < 0 && errno == EINTR {}
            self.status = status
        }
        let signalNumber = status & 0x7F
        return signalNumber == 0 ? .exited(code: (status >> 8) & 0xFF) : .signalled(signalNumber)
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
