"""Writes Tests/ReportingTests/PairedDifferenceOracle.swift: differences between points of a sweep, by numpy and scipy.

    python3 scripts/oracles/paired_differences.py > Tests/ReportingTests/PairedDifferenceOracle.swift  (scipy 1.17.1)

Points have different repeats; those of one number are pairs. Cache hits are of 1,000 questions each. The intervals are
single ones; the last value says whether the difference is shown beside all others (Holm's procedure, 5 %).
"""
import random

import numpy
from scipy import stats

random.seed(5)
QUESTIONS = 1000
policies, capacities = ["lru", "lfu", "fifo"], ["10", "20"]
effect = {"lru": 300, "lfu": 341, "fifo": 297, "10": 0, "20": 60}
# Repeats by point: some have more than others, one has a gap, one a single repeat.
repeats = {
    ("lru", "10"): range(5), ("lru", "20"): range(5), ("lfu", "10"): range(7), ("lfu", "20"): range(1),
    ("fifo", "10"): [0, 1, 3], ("fifo", "20"): range(5),
}
# What a repeat's traffic does to all points alike.
shared = [random.gauss(0, 25) for _ in range(7)]
hits = {
    (policy, capacity): {n: round(effect[policy] + effect[capacity] + shared[n] + random.gauss(0, 4)) for n in repeats[policy, capacity]}
    for policy in policies for capacity in capacities
}

rows = []
for i, policy in enumerate(policies):
    for j, capacity in enumerate(capacities):
        for axis, reference in ((0, (policies[0], capacity)), (1, (policy, capacities[0]))):
            if (i, j)[axis] == 0:
                continue
            pairs = sorted(set(hits[policy, capacity]) & set(hits[reference]))
            new = numpy.array([hits[policy, capacity][n] for n in pairs]) / QUESTIONS
            base = numpy.array([hits[reference][n] for n in pairs]) / QUESTIONS
            row = [i * len(capacities) + j, axis, len(pairs), float(numpy.mean(new - base)), None, None, None]
            if len(pairs) > 1:
                test = stats.ttest_rel(new, base)
                low, high = test.confidence_interval(0.95)
                row[4], row[5] = float((high - low) / 2), float(test.pvalue)
            rows.append(row)
judged = sorted((row for row in rows if row[5] is not None), key=lambda row: row[5])
rejecting = True
for step, row in enumerate(judged):
    rejecting = rejecting and row[5] <= 0.05 / (len(judged) - step)
    row[6] = rejecting

print("// Written by scripts/oracles/paired_differences.py.\n")
print("/// Cache hits among 1,000 questions, by policy, capacity and number of the repeat.")
print("let pairedHits: [(policy: String, capacity: String, hits: [(number: Int, hits: Int)])] = [")
for (policy, capacity), counts in hits.items():
    print(f'    ("{policy}", "{capacity}", [' + ", ".join(f"({n}, {h})" for n, h in counts.items()) + "]),")
print("]\n")
print("/// Point, axis along which it differs from the first value, pairs, mean difference of the hit ratio, half width, p-value, shown.")
print("let pairedDifferences: [(point: Int, axis: Int, pairs: Int, difference: Double, halfWidth: Double?, probability: Double?, isShown: Bool?)] = [")
for row in rows:
    print("    (" + ", ".join("nil" if value is None else str(value).lower() if isinstance(value, bool) else repr(value) for value in row) + "),")
print("]")
