import Glibc
import Synchronization
import Workload

/// Scenario time in a live run: the monotonic clock's distance from the run's start, times the scale.
///
/// The run starts when its services are ready: until `start()` times are provisional.
package final class LiveClock: Sendable {
    private let started: Atomic<Int64>
    private let startedUnix: Atomic<Int64>
    private let startCount = Atomic<Int>(0)
    /// Scenario nanoseconds in a real one.
    package let scale: Double

    package init(scale: Double) {
        self.scale = scale
        started = Atomic(Self.monotonic())
        startedUnix = Atomic(Self.read(CLOCK_REALTIME))
    }

    /// The clock of a run that another process began, by the wall clock that both have.
    package init(scale: Double, startedAtUnix: Int64) {
        self.scale = scale
        let elapsed = Self.read(CLOCK_REALTIME).subtractingReportingOverflow(startedAtUnix).partialValue
        started = Atomic(Self.monotonic().subtractingReportingOverflow(elapsed).partialValue)
        startedUnix = Atomic(startedAtUnix)
    }

    /// Makes this moment the run's start, or one that is so many real nanoseconds ahead.
    package func start(in delay: Nanoseconds = 0) {
        start(at: Self.monotonic() + delay, unix: Self.read(CLOCK_REALTIME) + delay)
    }

    /// Takes over the start that another process of this machine has set: the monotonic clock is the same for all.
    package func start(at monotonic: Int64, unix: Int64) {
        startedUnix.store(unix, ordering: .relaxed)
        started.store(monotonic, ordering: .relaxed)
        startCount.add(1, ordering: .releasing)
    }

    /// How often the start was set.
    package var starts: Int { startCount.load(ordering: .acquiring) }

    /// The run's start on the monotonic clock, and on the wall clock since 1970.
    package var startedAt: Int64 { started.load(ordering: .relaxed) }
    package var startedAtUnix: Int64 { startedUnix.load(ordering: .relaxed) }

    package func now() -> Instant {
        Instant(nanoseconds: scenario(Self.monotonic() - startedAt))
    }

    /// The moment on the monotonic clock. A moment that no clock reaches is far in the future.
    package func monotonic(of moment: Instant) -> Int64 {
        let real = real(moment.nanoseconds)
        return real > .max / 2 ? .max / 2 : startedAt + real
    }

    /// The scenario time of a moment on the monotonic clock.
    package func moment(monotonic: Int64) -> Instant { Instant(nanoseconds: scenario(monotonic - startedAt)) }

    package func real(_ span: Nanoseconds) -> Nanoseconds {
        scale == 1 ? span : Nanoseconds(min(Double(span) / scale, 0x1p62))
    }
    package func scenario(_ realSpan: Nanoseconds) -> Nanoseconds {
        scale == 1 ? realSpan : Nanoseconds(Double(realSpan) * scale)
    }

    package static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }
    /// Nanoseconds since 1970 on the wall clock.
    static func unixNow() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package static func sleep(_ nanoseconds: Nanoseconds) {
        guard nanoseconds > 0 else { return }
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        nanosleep(&time, nil)
    }
}
