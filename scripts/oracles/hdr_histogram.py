#!/usr/bin/env python3
"""Writes Tests/MeasurementTests/HdrHistogramOracle.swift: percentiles by the PyPI package hdrhistogram.

    pip install hdrhistogram==0.10.8 && scripts/oracles/hdr_histogram.py

Counts are multiples of 1000, where the port's rounding of ranks (to nearest) and the Java original's
(upwards), which Crisol follows, mean the same rank for every percentile that is asked.
"""
import pathlib
from hdrh.histogram import HdrHistogram

PERCENTILES = [0.1, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100]
MASK = (1 << 64) - 1


def spans(seed, count, bits):
    """Spans of up to `bits` bits, spread over the magnitudes; the same generator as in the test."""
    state = seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        yield (state >> 8) >> (56 - bits + (state & 255) % (bits - 1))


rows = []
for seed, count, bits in [(1, 1000, 11), (2, 10_000, 20), (3, 20_000, 33), (4, 50_000, 41), (5, 10_000, 48)]:
    histogram = HdrHistogram(1, (1 << 50) - 1, 3)
    largest = 0
    for span in spans(seed, count, bits):
        histogram.record_value(span)
        largest = max(largest, span)
    values = [min(histogram.get_value_at_percentile(p), largest) for p in PERCENTILES]
    rows.append(f"        (seed: {seed}, count: {count}, bits: {bits}, values: {values}),")

target = pathlib.Path(__file__).parents[2] / "Tests/MeasurementTests/HdrHistogramOracle.swift"
target.write_text(
    "// Written by scripts/oracles/hdr_histogram.py (hdrhistogram 0.10.8); not to be edited.\n"
    "enum HdrHistogramOracle {\n"
    f"    static let percentiles: [Double] = {[float(p) for p in PERCENTILES]}\n"
    "    static let runs: [(seed: UInt64, count: Int, bits: Int, values: [Int64])] = [\n"
    + "\n".join(rows) + "\n    ]\n}\n"
)
