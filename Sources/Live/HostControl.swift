import Dispatch
import Synchronization

/// How a host is told to end, and tells how it ended.
final class HostControl: Sendable {
    enum End: Sendable, Equatable {
        case stopped
        case crashed
        case failed(String)
    }

    private let stopping = Atomic<Bool>(false)
    /// Steps that the host may still take before it crashes; negative: any number.
    private let steps = Atomic<Int>(-1)
    private let killed = Atomic<Bool>(false)
    private let end = Mutex<End?>(nil)
    private let ready = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// Asks for an orderly end.
    func stop() { stopping.store(true, ordering: .relaxed) }
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Makes the host crash after so many more steps of work.
    func crash(afterSteps count: Int = 0) { steps.store(count, ordering: .relaxed) }

    /// Whether a process is to be killed: what it does by itself counts no steps here.
    var isToCrash: Bool { isKilled || steps.load(ordering: .relaxed) >= 0 }

    /// The run's start that the host goes by, as `LiveClock.starts` counts them; 0: none yet.
    let clockStart = Atomic<Int>(0)

    /// Called by the host before each effect, and before each turn that has effects behind it: how many steps there
    /// are depends on the work that comes, not on how long the host was idle.
    func step() throws(Crash) {
        try stepWhileWaiting()
        let left = steps.load(ordering: .relaxed)
        if left < 0 { return }
        if left == 0 { throw Crash() }
        steps.store(left - 1, ordering: .relaxed)
    }

    /// Makes the host crash at its next breath, whether it has work or not.
    func kill() { killed.store(true, ordering: .relaxed) }

    var isKilled: Bool { killed.load(ordering: .relaxed) }

    /// Called by a host that has nothing to do.
    func stepWhileWaiting() throws(Crash) {
        if isKilled { throw Crash() }
    }

    var ended: End? { end.withLock { $0 } }

    func reportReady() { ready.signal() }
    func report(_ outcome: End) {
        end.withLock { $0 = outcome }
        ready.signal()
        finished.signal()
    }

    /// Waits until the host reads its topics, or has failed.
    func waitUntilReady() {
        ready.wait()
        ready.signal()
    }
    func waitUntilFinished() {
        finished.wait()
        finished.signal()
    }
}

/// A simulated sudden death: the host drops everything, commits nothing, says farewell to nobody.
struct Crash: Error {}

/// A reason for which a host cannot go on.
package struct HostFailure: Error, CustomStringConvertible {
    package let description: String
}
