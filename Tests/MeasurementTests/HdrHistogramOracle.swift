// Written by scripts/oracles/hdr_histogram.py (hdrhistogram 0.10.8); not to be edited.
enum HdrHistogramOracle {
    static let percentiles: [Double] = [0.1, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0]
    static let runs: [(seed: UInt64, count: Int, bits: Int, values: [Int64])] = [
        (seed: 1, count: 1000, bits: 11, values: [0, 0, 2, 5, 33, 219, 718, 1061, 1858, 2028, 2038]),
        (seed: 2, count: 10000, bits: 20, values: [0, 0, 3, 30, 946, 23215, 176639, 374783, 858111, 1027071, 1047633]),
        (seed: 3, count: 20000, bits: 33, values: [0, 0, 9, 255, 65663, 16695295, 506986495, 1655701503, 5804916735, 8338276351, 8589822358]),
        (seed: 4, count: 50000, bits: 41, values: [0, 0, 20, 1665, 2783231, 1995440127, 93281320959, 367488139263, 1388348178431, 2103460233215, 2197125798153]),
        (seed: 5, count: 10000, bits: 48, values: [0, 1, 37, 7935, 46792703, 91469381631, 7589207212031, 35132832481279, 160253819748351, 262920717991935, 280718853932449]),
    ]
}
