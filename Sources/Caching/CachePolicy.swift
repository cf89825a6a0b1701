/// An eviction policy by its scenario name.
@usableFromInline
package enum CachePolicy: String, CaseIterable, Sendable, BitwiseCopyable {
    /// No cache: every lookup misses.
    case none
    /// Least recently used: `LRU`.
    case lru
    /// Least frequently used: `LFU`.
    case lfu
    /// First in, first out: `FIFO`.
    case fifo
    /// A hand that spares what was hit: `Sieve`.
    case sieve
    /// Three queues, small, main and ghost: `S3FIFO`.
    case s3fifo
    /// A window and a segmented LRU behind a frequency sketch: `WTinyLFU`.
    case wtinylfu
}
