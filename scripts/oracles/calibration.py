#!/usr/bin/env python3
"""Makes Tests/MeasurementTests/CalibrationOracle.swift: Wilson's intervals and probabilities that successive
answers all fail, by SciPy.

    scripts/oracles/calibration.py > Tests/MeasurementTests/CalibrationOracle.swift     (scipy 1.17.1, numpy 2.4.6)

Answers fail together with the probability that a normal vector, whose elements i and j correlate by rho^|i-j|,
lies below the threshold in every element. The script refuses to print what its integration does not vouch for.
"""
import numpy
from scipy import integrate, stats

print("/// Successes, trials and the ends of Wilson's 95 % interval, written by scripts/oracles/calibration.py.")
print("let wilsonOracle: [(successes: Int, trials: Int, low: Double, high: Double)] = [")
for successes, trials in [(0, 1), (1, 1), (0, 20), (20, 20), (1, 10), (7, 10), (12, 2248), (1350, 2248), (3, 2772), (999_999, 1_000_000)]:
    interval = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    print(f"    ({successes}, {trials}, {float(interval.low)!r}, {float(interval.high)!r}),")
print("]")
print()


def both_fail(bound, rho):
    """That two successive answers fail, by integration over the first one's normal score."""
    width = (1 - rho * rho) ** 0.5
    value, error = integrate.quad(
        lambda x: stats.norm.pdf(x) * stats.norm.cdf((bound - rho * x) / width), -12, bound, epsabs=1e-14, epsrel=1e-13, limit=400)
    assert error < 1e-10, (bound, rho, error)
    return value


def three_fail(bound, rho):
    """That three do: given the middle one the outer two are independent of each other."""
    width = (1 - rho * rho) ** 0.5
    value, error = integrate.quad(
        lambda x: stats.norm.pdf(x) * stats.norm.cdf((bound - rho * x) / width) ** 2, -12, bound, epsabs=1e-14, epsrel=1e-13, limit=400)
    assert error < 1e-10, (bound, rho, error)
    return value


def four_fail(bound, rho):
    """That four do, by SciPy's multivariate normal distribution: good to about 1e-6."""
    covariance = [[rho ** abs(i - j) for j in range(4)] for i in range(4)]
    return stats.multivariate_normal(numpy.zeros(4), covariance, maxpts=4_000_000, abseps=1e-8, releps=1e-8, seed=1).cdf([bound] * 4)


print("/// Probability to pass, correlation, and the probabilities that the first 2, 3 and 4 answers all fail.")
print("let failuresOracle: [(passing: Double, correlation: Double, two: Double, three: Double, four: Double)] = [")
for passing in [0.01, 0.2, 0.5, 0.9, 0.999]:
    for rho in [-0.6, 0.3, 0.8, 0.95, 0.99]:
        bound = stats.norm.isf(passing)
        print(f"    ({passing}, {rho}, {both_fail(bound, rho)!r}, {three_fail(bound, rho)!r}, {float(four_fail(bound, rho))!r}),")
print("]")
print()


def many_fail(passing, rho, regenerations):
    """Generations and the share used up over many regenerations, by NumPy's own Gauss-Legendre nodes."""
    bound, width = stats.norm.isf(passing), (1 - rho * rho) ** 0.5
    nodes, weights = numpy.polynomial.legendre.leggauss(800)
    x = (bound - 9) / 2 + (bound + 9) / 2 * nodes
    w = (bound + 9) / 2 * weights
    kernel = stats.norm.pdf((x[:, None] - rho * x[None, :]) / width) / width
    density = stats.norm.pdf(x)
    generations, failed = 1.0, 1 - passing
    for _ in range(regenerations):
        generations += failed
        density = kernel @ (w * density)
        failed = w @ density
    return generations, failed


print("/// Probability to pass, correlation, regenerations allowed, generations and the share used up.")
print("let manyOracle: [(passing: Double, correlation: Double, regenerations: Int, generations: Double, usedUp: Double)] = [")
for passing, rho, regenerations in [(0.02, 0.3, 200), (0.02, 0.9, 200), (0.1, -0.5, 60), (0.01, 0.98, 1000), (0.3, 0.6, 30)]:
    generations, used_up = many_fail(passing, rho, regenerations)
    print(f"    ({passing}, {rho}, {regenerations}, {float(generations)!r}, {float(used_up)!r}),")
print("]")
