/// A span of scenario time in nanoseconds.
@usableFromInline package typealias Nanoseconds = Int64

/// A moment of scenario time: nanoseconds since the run began.
///
/// In simulation it is virtual; live it is the monotonic clock's distance from the run's start times
/// the scenario's `time_scale`. Integer, so that equal moments are equal and order never depends on
/// rounding.
@usableFromInline
package struct Instant: Comparable, Hashable, Codable, Sendable, BitwiseCopyable {
    @usableFromInline package var nanoseconds: Int64

    @inlinable package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The run's start.
    @inlinable package static var zero: Instant { Instant(nanoseconds: 0) }
    /// After every moment that a run can reach.
    @inlinable package static var never: Instant { Instant(nanoseconds: .max) }

    @inlinable package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable package static func == (a: Instant, b: Instant) -> Bool { a.nanoseconds == b.nanoseconds }
    @inlinable package static func + (a: Instant, b: Nanoseconds) -> Instant { Instant(nanoseconds: a.nanoseconds + b) }
    @inlinable package static func - (a: Instant, b: Instant) -> Nanoseconds { a.nanoseconds - b.nanoseconds }
}
