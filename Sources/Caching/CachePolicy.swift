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
}
