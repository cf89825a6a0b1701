#!/usr/bin/env python3
"""Makes Tests/CachingTests/LibCacheSimMisses.swift: libCacheSim's miss counts for a Zipf trace.

    pip install libcachesim==0.3.5
    scripts/oracles/cache_misses.py > Tests/CachingTests/LibCacheSimMisses.swift

The trace is made of whole numbers only, so that the test makes the very same one: key k of 0..<KEYS
has the weight 10^12 // (k + 1); request i takes the key at position (splitmix64(SEED, i) * total) >> 64
of the cumulative weights.
"""
import bisect
import importlib.metadata
import itertools

import libcachesim

SEED, KEYS, REQUESTS = 20240229, 20_000, 100_000
CAPACITIES = [1, 2, 7, 64, 1000, 7777]
POLICIES = {"lru": libcachesim.LRU, "lfu": libcachesim.LFU, "fifo": libcachesim.FIFO}
MASK = (1 << 64) - 1


def splitmix64(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def trace():
    cumulative = list(itertools.accumulate(10**12 // (k + 1) for k in range(KEYS)))
    for bits in itertools.islice(splitmix64(SEED), REQUESTS):
        yield bisect.bisect_right(cumulative, (bits * cumulative[-1]) >> 64)


def misses(policy, capacity, keys):
    cache = policy(cache_size=capacity, hashpower=16)
    request = libcachesim.Request()
    request.obj_size = 1
    count = 0
    for key in keys:
        request.obj_id = key + 1
        count += not cache.get(request)
    return count


keys = list(trace())
print(f"// Made by scripts/oracles/cache_misses.py with libCacheSim {importlib.metadata.version('libcachesim')}.")
print("import Caching\n")
print("enum LibCacheSimMisses {")
print(f"    static let seed: UInt64 = {SEED}")
print(f"    static let keys = {KEYS}")
print(f"    static let requests = {REQUESTS}")
print(f"    static let distinctKeys = {len(set(keys))}")
print("    static let counts: [(policy: CachePolicy, capacity: Int, misses: Int)] = [")
for name, policy in POLICIES.items():
    for capacity in CAPACITIES:
        print(f"        (.{name}, {capacity}, {misses(policy, capacity, keys)}),")
print("    ]\n}")
