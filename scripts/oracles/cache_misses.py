#!/usr/bin/env python3
"""Makes Tests/CachingTests/IndependentMisses.swift: miss counts of other programs for a Zipf trace.

For all policies but W-TinyLFU the other program is libCacheSim. S3-FIFO starts at 20 entries, since below,
libCacheSim's small queue (a tenth) admits nothing at all. libCacheSim's W-TinyLFU is another algorithm: its
sketch is a 0.001-precise counting Bloom filter of its own and its window of 1% rounds down to nothing below
100 entries, when it misses always; so the class below, written from the paper and from the hash functions
that Crisol documents, is the oracle.

    pip install libcachesim==0.3.5
    scripts/oracles/cache_misses.py > Tests/CachingTests/IndependentMisses.swift

The trace is made of whole numbers only, so that the test makes the very same one: key k of 0..<KEYS
has the weight 10^12 // (k + 1); request i takes the key at position (splitmix64(SEED, i) * total) >> 64
of the cumulative weights.
"""
import bisect
import importlib.metadata
import itertools
from collections import Counter, OrderedDict

import libcachesim

SEED, KEYS, REQUESTS = 20240229, 20_000, 100_000
CAPACITIES = {"s3fifo": [20, 64, 1000, 7777]}
ANY_CAPACITY = [1, 2, 7, 64, 1000, 7777]
POLICIES = {
    "lru": libcachesim.LRU, "lfu": libcachesim.LFU, "fifo": libcachesim.FIFO,
    "sieve": libcachesim.Sieve, "s3fifo": libcachesim.S3FIFO,
}
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


class WTinyLFU:
    """The paper's W-TinyLFU on ordered dictionaries (least recently used first) and a plain sketch."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.window_size = max(1, capacity // 100)
        self.protected_size = (capacity - self.window_size) * 4 // 5
        self.window, self.probation, self.protected = OrderedDict(), OrderedDict(), OrderedDict()
        self.words = max(8, 1 << (capacity - 1).bit_length())
        self.counters, self.doors, self.counted = Counter(), set(), 0

    def cells(self, key):
        h = key
        for _ in range(2):
            product = (h ^ 0xA0761D6478BD642F) * 0xE7037ED1A0B428DB
            h = (product >> 64) ^ (product & MASK)
        word = h % self.words
        doors = {(word, (h >> 28) % 64), (word, (h >> 34) % 64)}
        return doors, [(word // 8, row, (h >> (40 + 5 * row)) % 32) for row in range(4)]

    def count(self, key):
        doors, cells = self.cells(key)
        if doors <= self.doors:
            least = min(self.counters[cell] for cell in cells)
            for cell in cells:
                if self.counters[cell] == least and least < 15:
                    self.counters[cell] += 1
        self.doors |= doors
        self.counted += 1
        if self.counted >= 10 * self.capacity:
            self.counters = Counter({cell: value // 2 for cell, value in self.counters.items()})
            self.doors, self.counted = set(), 5 * self.capacity

    def frequency(self, key):
        doors, cells = self.cells(key)
        return min(self.counters[cell] for cell in cells) + (doors <= self.doors)

    def get(self, key):
        """Whether the key was there; it is put in otherwise."""
        if key in self.window:
            self.count(key)
            self.window.move_to_end(key)
        elif key in self.protected:
            self.count(key)
            self.protected.move_to_end(key)
        elif key in self.probation:
            self.count(key)
            del self.probation[key]
            self.protected[key] = None
            if len(self.protected) > self.protected_size:
                self.probation[self.protected.popitem(last=False)[0]] = None
        else:
            if len(self.window) + len(self.probation) + len(self.protected) == self.capacity:
                self.evict()
            self.count(key)
            self.window[key] = None
            if len(self.window) > self.window_size:
                self.probation[self.window.popitem(last=False)[0]] = None
            return False
        return True

    def evict(self):
        candidate, _ = self.window.popitem(last=False)
        segment = self.probation or self.protected
        if segment and self.frequency(candidate) > self.frequency(next(iter(segment))):
            segment.popitem(last=False)
            self.probation[candidate] = None


def wtinylfu_misses(capacity, keys):
    cache = WTinyLFU(capacity)
    return sum(not cache.get(key) for key in keys)


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
print(f"// Made by scripts/oracles/cache_misses.py and libCacheSim {importlib.metadata.version('libcachesim')}.")
print("import Caching\n")
print("enum IndependentMisses {")
print(f"    static let seed: UInt64 = {SEED}")
print(f"    static let keys = {KEYS}")
print(f"    static let requests = {REQUESTS}")
print(f"    static let distinctKeys = {len(set(keys))}")
print("    static let counts: [(policy: CachePolicy, capacity: Int, misses: Int)] = [")
for name, policy in POLICIES.items():
    for capacity in CAPACITIES.get(name, ANY_CAPACITY):
        print(f"        (.{name}, {capacity}, {misses(policy, capacity, keys)}),")
for capacity in ANY_CAPACITY:
    print(f"        (.wtinylfu, {capacity}, {wtinylfu_misses(capacity, keys)}),")
print("    ]\n}")
