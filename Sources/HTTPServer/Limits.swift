/// How much a server takes from one client, and for how long it waits for it.
package struct Limits: Sendable, Equatable {
    /// Request line and headers together; beyond: 431 (414 where the request line alone is too long).
    package var headBytes = 16 << 10
    /// Beyond: 431.
    package var headerCount = 64
    /// Beyond: 413.
    package var bodyBytes = 1 << 20
    /// Open at once; what comes beyond is told 503 and closed.
    package var connections = 1024
    /// From a request's first byte to the end of its headers, in nanoseconds; beyond: 408.
    package var headTime: Int64 = 10_000_000_000
    /// From the end of the headers to the end of the body, in nanoseconds; beyond: 408.
    package var bodyTime: Int64 = 30_000_000_000
    /// Between requests, in nanoseconds; beyond, the connection is closed without a word.
    package var idleTime: Int64 = 75_000_000_000
    /// For how long a client may leave an answer unread, in nanoseconds; beyond, the connection is closed.
    package var writeTime: Int64 = 30_000_000_000

    package init() {}
}
