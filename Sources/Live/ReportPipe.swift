import Foundation
import Glibc
import Synchronization
import Workload

/// The way from a service's process to the run that started it: frames on standard output.
///
/// Frames are gathered for a moment, so that a busy service does not write one by one; what a killed process had
/// gathered is lost with it.
package final class ReportPipe: Observer {
    private let gathered = Mutex<[UInt8]>([])
    private let isEnded = Atomic<Bool>(false)

    /// How long frames are gathered, in real nanoseconds.
    private static let patience: Int64 = 10_000_000

    package init() {
        let thread = Thread { [self] in
            while !isEnded.load(ordering: .relaxed) {
                LiveClock.sleep(Self.patience)
                flush()
            }
        }
        thread.name = "report"
        thread.start()
    }

    func note(_ observation: Observation, at now: Instant) { put(.observed(observation, at: now)) }

    package func ready(port: Int) { put(.ready(port: port)) }
    package func clockStarted(_ number: Int) { put(.clockStarted(number: number)) }

    /// The last word: nothing is written afterwards.
    package func end(failure: String?) {
        if let failure { put(.failed(failure)) }
        isEnded.store(true, ordering: .relaxed)
        flush()
    }

    private func put(_ frame: ReportFrame) { gathered.withLock { frame.encode(into: &$0) } }

    private func flush() {
        // Written under the lock, for frames must not be torn apart by another's.
        gathered.withLock { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count < 0 {
                    if errno == EINTR { continue }
                    // Nobody listens any more: the run is gone, and this process will be told so by its input.
                    break
                }
                rest = rest.dropFirst(count)
            }
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
