// Made by scripts/oracles/cache_misses.py and libCacheSim 0.3.5.
import Caching

enum IndependentMisses {
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
        (.sieve, 1, 98526),
        (.sieve, 2, 97047),
        (.sieve, 7, 79724),
        (.sieve, 64, 56943),
        (.sieve, 1000, 32304),
        (.sieve, 7777, 15377),
        (.s3fifo, 20, 67622),
        (.s3fifo, 64, 56945),
        (.s3fifo, 1000, 31871),
        (.s3fifo, 7777, 15494),
        (.wtinylfu, 1, 98526),
        (.wtinylfu, 2, 95880),
        (.wtinylfu, 7, 80608),
        (.wtinylfu, 64, 57695),
        (.wtinylfu, 1000, 32028),
        (.wtinylfu, 7777, 15341),
    ]
}
