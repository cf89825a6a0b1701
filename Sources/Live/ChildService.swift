import Foundation
import Glibc

/// One replica of a service in a process of its own: how to start it, and a thread that listens to it.
struct ChildService: Sendable {
    /// Such as `llm-worker.1`.
    let name: String
    let executable: String
    /// For `crisol serve`.
    let arguments: [String]
    /// Beside this process's own; what other users of the machine must not see.
    let environment: [String]
    let clock: LiveClock
    let observer: any Observer
    /// Told the port on which it listens, once it is ready.
    let onReady: @Sendable (Int) -> Void
    /// Where it listened before it died: those who ask it know no other port. 0: any free one will do.
    var portBefore: @Sendable () -> Int = { 0 }

    /// How long it may take to end in order before it is killed.
    private static let patience: Int64 = 20_000_000_000

    func launch() -> HostControl {
        let control = HostControl()
        let thread = Thread { run(control) }
        thread.name = name
        thread.start()
        return control
    }

    private func run(_ control: HostControl) {
        do {
            var arguments = arguments
            let starts = clock.starts
            // A replica that comes later begins with the run's clock.
            if starts > 0 { arguments += ["--run-started", "\(clock.startedAt),\(clock.startedAtUnix)"] }
            if case let port = portBefore(), port > 0 { arguments += ["--port", "\(port)"] }
            control.clockStart.store(starts, ordering: .releasing)
            let process = try ChildProcess(executable: executable, arguments: arguments, environment: environment)
            control.report(try listen(to: process, control))
        } catch {
            control.report(.failed("\(name): \(error)"))
        }
    }

    private func listen(to process: ChildProcess, _ control: HostControl) throws -> HostControl.End {
        var frames = ReportFrame.Reader()
        var told = control.clockStart.load(ordering: .relaxed)
        var failure: String?
        var killAt: Int64?
        var wasKilled = false
        while let bytes = process.read(timeoutMilliseconds: 10) {
            frames.append(bytes)
            while let frame = try frames.next() {
                switch frame {
                case .ready(let port):
                    onReady(port)
                    control.reportReady()
                case .clockStarted(let number): control.clockStart.store(number, ordering: .releasing)
                case .observed(let observation, let now): observer.note(observation, at: now)
                case .failed(let reason): failure = reason
                }
            }
            if clock.starts > told {
                told = clock.starts
                process.tell("start \(clock.startedAt) \(clock.startedAtUnix) \(told)")
            }
            if control.isToCrash, !wasKilled {
                wasKilled = true
                process.signal(SIGKILL)
            }
            if control.isStopping {
                if killAt == nil {
                    killAt = LiveClock.monotonic() + Self.patience
                    process.tell("stop")
                } else if let moment = killAt, LiveClock.monotonic() > moment {
                    failure = "\(name) did not end within \(Self.patience / 1_000_000_000) s"
                    process.signal(SIGKILL)
                }
            }
        }
        let end = process.waitForEnd()
        if let failure { return .failed(failure) }
        switch end {
        case .exited(code: 0): return .stopped
        case .signalled(SIGKILL) where wasKilled: return .crashed
        case .exited(let code): return .failed("\(name) ended with exit code \(code)")
        case .signalled(let number): return .failed("\(name) was ended by signal \(number)")
        }
    }
}
