"""libcachesim (PyPI) over a trace of 64-bit keys.

    caches.py POLICY CAPACITY TRACE      prints requests, CPU seconds and misses

Its own reader of its own binary format (to which the trace is first converted) and its own loop in C,
objects of size 1, and a hash table of 2^hashpower buckets that fits the cache (its default is slower).
"""
import os
import sys
import time

import libcachesim
import numpy

policy, capacity, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
requests = os.path.getsize(path) // 8
hashpower = min(20, max(17, capacity.bit_length() + 1))
cache = getattr(libcachesim, policy.upper())(cache_size=capacity, hashpower=hashpower)
own = path + ".oracleGeneral"
if not os.path.exists(own):
    rows = numpy.zeros(requests, dtype=[("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])
    rows["key"], rows["size"], rows["next"] = numpy.fromfile(path, dtype="<u8"), 1, -2
    rows.tofile(own)
reader = libcachesim.TraceReader(trace=own, trace_type=libcachesim.TraceType.ORACLE_GENERAL_TRACE)
start = time.process_time()
miss_ratio, _ = cache.process_trace(reader)
seconds = time.process_time() - start
print(f"{requests}\t{seconds:.6f}\t{round(miss_ratio * requests)}")
