"""Writes Tests/ProviderTests/BetaOracle.swift: quantiles of the Beta distribution at normal scores, by mpmath.

    python3 scripts/oracles/beta.py > Tests/ProviderTests/BetaOracle.swift     (scipy 1.17.1, mpmath 1.3.0)

scipy gives the quantile, and mpmath checks it with 50 digits.
"""
import mpmath
from scipy import special

mpmath.mp.dps = 50
shapes = [(1, 1), (2, 3), (0.5, 0.5), (5, 1), (1.4977, 7.3123), (30, 70), (800, 200), (0.05, 0.2), (0.9, 40)]
scores = [-6, -4, -2.5, -1, -0.3, 0, 0.3, 1, 2.5, 4, 6]


def checked(a, b, z):
    """The quantile as the smaller of x and 1 - x, polished by Newton's method in 50 digits."""
    lower = z <= 0
    p = mpmath.ncdf(-abs(z))
    first, second = (a, b) if lower else (b, a)
    x = mpmath.mpf(special.betaincinv(first, second, float(p)))
    a_, b_ = mpmath.mpf(first), mpmath.mpf(second)
    beta = mpmath.beta(a_, b_)
    for _ in range(8):
        if x < mpmath.mpf(10) ** -60:
            break
        value = mpmath.betainc(a_, b_, 0, x, regularized=True)
        x -= (value - p) / (x ** (a_ - 1) * (1 - x) ** (b_ - 1) / beta)
    return x if lower else 1 - x


print("/// Shapes, normal score and quantile, written by scripts/oracles/beta.py.")
print("let betaOracle: [(a: Double, b: Double, z: Double, x: Double)] = [")
for a, b in shapes:
    for z in scores:
        print(f"    ({a}, {b}, {z}, {float(checked(a, b, z))!r}),")
print("]")
