"""Writes Tests/MeasurementTests/ComparisonOracle.swift: paired and Welch t tests of random samples, by scipy.

    python3 scripts/oracles/comparisons.py > Tests/MeasurementTests/ComparisonOracle.swift     (scipy 1.17.1)

Intervals are at the level beside them, such as a Bonferroni correction asks for.
"""
import random

from scipy import stats

random.seed(20)


def sample(count, mean, spread):
    # Three decimals, so that the text holds the very values.
    return [round(random.lognormvariate(0, spread) * mean, 3) for _ in range(count)]


def row(base, new, level, paired):
    test = stats.ttest_rel(new, base) if paired else stats.ttest_ind(new, base, equal_var=False)
    low, high = test.confidence_interval(1 - level)
    values = ", ".join(repr(float(v)) for v in (level, test.df, test.pvalue, low, high))
    return f"    ({base}, {new}, {values}),"


def table(name, about, rows):
    kind = "[(base: [Double], new: [Double], level: Double, degrees: Double, probability: Double, low: Double, high: Double)]"
    print(f"\n/// {about}\nlet {name}: {kind} = [")
    print("\n".join(rows))
    print("]")


print("// Written by scripts/oracles/comparisons.py.")
cases = [(2, 100, 0.1, 1.0), (3, 5, 0.5, 1.5), (5, 1200, 0.02, 1.02), (10, 0.4, 0.2, 1.0), (20, 900, 0.05, 1.05), (30, 1e6, 0.01, 0.99)]
levels = [0.05, 0.02, 0.02 / 12, 0.02 / 288]
paired = []
for (n, mean, spread, factor), level in zip(cases, levels + levels):
    base = sample(n, mean, spread)
    paired.append(row(base, [round(x * factor * random.lognormvariate(0, spread / 3), 3) for x in base], level, True))
table("pairedOracle", "Samples, level, degrees of freedom, p-value and interval of the mean of new less base.", paired)
welch = []
for (n, mean, spread, factor), level in zip(cases, levels + levels):
    welch.append(row(sample(n, mean, spread), sample(n + random.randrange(4), mean * factor, spread * 3), level, False))
table("welchOracle", "The same of samples that are no pairs.", welch)
