"""Writes Tests/WorkloadTests/DistributionOracle.swift: quantiles of the distributions of spans, by scipy.

    python3 scripts/oracles/distributions.py > Tests/WorkloadTests/DistributionOracle.swift     (scipy 1.17.1)
"""
from math import log
from scipy import stats

shares = [0.0002, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995, 0.999, 0.9998]
spans = [(".exponential(mean: 1_000_000_000)", stats.expon(scale=1e9))]
for median, p99 in [(8, 30), (1, 50), (100, 101)]:
    sigma = log(p99 / median) / stats.norm.ppf(0.99)
    spans.append((f".lognormal(median: {median}00_000_000, p99: {p99}00_000_000)", stats.lognorm(sigma, scale=median * 1e8)))
for shape in [0.05, 0.3, 1, 2.5, 40, 1e6]:
    spans.append((f".gamma(mean: 1_000_000_000, shape: {shape})", stats.gamma(shape, scale=1e9 / shape)))
for shape in [0.8, 1.5, 5, 100]:
    spans.append((f".pareto(minimum: 100_000_000, shape: {shape})", stats.pareto(shape, scale=1e8)))


def row(distribution):
    return "[" + ", ".join(repr(float(distribution.ppf(share))) for share in shares) + "]"


print("import Workload\n")
print("/// Written by scripts/oracles/distributions.py.")
print(f"let quantileShares: [Double] = {shares}")
print("\n/// Quantiles of the standard normal distribution.")
print(f"let normalQuantiles: [Double] = {row(stats.norm)}")
print("\n/// Distributions and their quantiles in nanoseconds.")
print("let quantileOracle: [(Distribution, [Double])] = [")
for name, distribution in spans:
    print(f"    (\n        {name},\n        {row(distribution)}\n    ),")
print("]")
