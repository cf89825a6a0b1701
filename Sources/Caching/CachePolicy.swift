/// An eviction policy by its scenario name.
package enum CachePolicy: String, CaseIterable, Sendable {
    case none, lru, lfu, fifo
}
