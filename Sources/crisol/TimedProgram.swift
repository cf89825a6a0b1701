import Foundation
import Glibc
import Reporting

/// A program that is started with arguments, waited for and timed; what it prints goes to a file.
///
/// By posix_spawn and wait4, which alone tells the processor time of one child. The pointers are the argument vector that
/// posix_spawn copies.
struct TimedProgram {
    /// As the user gave it.
    let given: String
    private let executable: String
    private let leading: [String]

    struct Ending {
        enum Kind: Equatable {
            case exited(Int32)
            case signalled(Int32)
        }

        let kind: Kind
        let time: RunTimes.Time
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
        let exitCode: Int32
    }

    /// - Parameter given: a program's path or name, or a command: a program with arguments, separated by spaces.
    init(_ given: String) throws(Problem) {
        self.given = given
        let words = FileManager.default.fileExists(atPath: given) ? [given] : given.split(separator: " ").map(String.init)
        guard let name = words.first else { throw Problem(description: "a program to run is missing (seen: nothing)", exitCode: 64) }
        leading = Array(words.dropFirst())
        let folders = name.contains("/") ? [""] : (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/" }
        let candidates = (name.contains("/") ? [] : [name]) + folders.map { $0 + name }
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw Problem(description: "\(name): there is no such program", exitCode: 66)
        }
        var status = stat()
        guard stat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw Problem(description: "\(found): is no program", exitCode: 64) }
        guard access(found, X_OK) == 0 else { throw Problem(description: "\(found): is a file that cannot be executed: give the path of the program", exitCode: 64) }
        executable = found.contains("/") ? found : "./\(found)"
    }

    /// How long a program that was asked to end may take over it.
    private static let patience: TimeInterval = 20

    /// Runs it to its end. Ctrl-C is handed on: the program is in a group of its own, so that it meets it once.
    func run(_ arguments: [String], output: String) throws(Problem) -> Ending {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var vector: [UnsafeMutablePointer<CChar>?] = ([executable] + leading + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in vector + variables { free(text) } }
        var id: pid_t = 0
        let began = Self.monotonic()
        let code = posix_spawn(&id, executable, &actions, &attributes, &vector, &variables)
        guard code == 0 else { throw Problem(description: "\(given): cannot be started: \(String(cString: strerror(code)))", exitCode: code == ENOENT ? 66 : 64) }
        var status: Int32 = 0
        var usage = rusage()
        var isTold = false
        var limit = Double.infinity
        while true {
            let ended = wait4(id, &status, WNOHANG, &usage)
            if ended == id { break }
            if ended < 0, errno != EINTR { throw Problem(description: "\(given): cannot be waited for: \(String(cString: strerror(errno)))", exitCode: 70) }
            if Interruption.isAsked, !isTold {
                isTold = true
                kill(id, SIGINT)
                limit = Self.monotonic() + Self.patience
            }
            if Self.monotonic() > limit {
                kill(-id, SIGKILL)
                limit = .infinity
            }
            usleep(2000)
        }
        let wall = Self.monotonic() - began
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let signalNumber = status & 0x7F
        return Ending(
            kind: signalNumber == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signalNumber),
            time: .init(wallSeconds: wall, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime)))
    }

    private static func monotonic() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
