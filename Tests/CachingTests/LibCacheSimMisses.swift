// Made by scripts/oracles/cache_misses.py with libCacheSim 0.3.5.
import Caching

enum LibCacheSimMisses {
    static let seed: UInt64 = 20240229
    static let keys = 20000
    static let requests = 100000
    static let distinctKeys = 13056
    static let counts: [(policy: CachePolicy, capacity: Int, misses: Int)] = [
        (.lru, 1, 98526),
        (.lru, 2, 97116),
        (.lru, 7, 91218),
        (.lru, 64, 69408),
        (.lru, 1000, 38551),
        (.lru, 7777, 15774),
        (.lfu, 1, 98526),
        (.lfu, 2, 89810),
        (.lfu, 7, 78807),
        (.lfu, 64, 57669),
        (.lfu, 1000, 32304),
        (.lfu, 7777, 15377),
        (.fifo, 1, 98526),
        (.fifo, 2, 97205),
        (.fifo, 7, 92158),
        (.fifo, 64, 73756),
        (.fifo, 1000, 42917),
        (.fifo, 7777, 17890),
    ]
}
