"""Writes Tests/WorkloadTests/NormalOracle.swift: the normal distribution function by mpmath, 50 digits.

    python3 scripts/oracles/normal.py > Tests/WorkloadTests/NormalOracle.swift     (mpmath 1.3.0)
"""
import mpmath

mpmath.mp.dps = 50
print("/// z and Φ(z), written by scripts/oracles/normal.py.")
print("let normalOracle: [(Double, Double)] = [")
for z in [-37, -20, -12.5, -8, -6.25, -5, -4, -3.125, -2.5, -2.0009765625, -2, -1.75, -1.0, -0.5, -0.25, -0.0078125,
          0.0, 0.0078125, 0.125, 0.5, 1.0, 1.5, 1.96875, 2.0, 2.0009765625, 2.328125, 3.0, 4.0, 5.0, 6.0, 8.0]:
    print(f"    ({float(z)!r}, {mpmath.nstr(mpmath.ncdf(mpmath.mpf(z)), 20, min_fixed=0, max_fixed=0)}),")
print("]")
