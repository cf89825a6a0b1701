// Written by scripts/oracles/paired_differences.py.

/// Cache hits among 1,000 questions, by policy, capacity and number of the repeat.
let pairedHits: [(policy: String, capacity: String, hits: [(number: Int, hits: Int)])] = [
    ("lru", "10", [(0, 271), (1, 277), (2, 315), (3, 244), (4, 295)]),
    ("lru", "20", [(0, 328), (1, 332), (2, 372), (3, 301), (4, 359)]),
    ("lfu", "10", [(0, 312), (1, 311), (2, 366), (3, 284), (4, 335), (5, 285), (6, 366)]),
    ("lfu", "20", [(0, 370)]),
    ("fifo", "10", [(0, 266), (1, 276), (3, 240)]),
    ("fifo", "20", [(0, 328), (1, 331), (2, 382), (3, 299), (4, 351)]),
]

/// Point, axis along which it differs from the first value, pairs, mean difference of the hit ratio, half width, p-value, shown.
let pairedDifferences: [(point: Int, axis: Int, pairs: Int, difference: Double, halfWidth: Double?, probability: Double?, isShown: Bool?)] = [
    (1, 1, 5, 0.057999999999999996, 0.0043012502616360665, 3.039477752779594e-06, true),
    (2, 0, 5, 0.041199999999999994, 0.0076238573939452076, 0.00011496150961338482, true),
    (3, 0, 1, 0.04199999999999998, nil, nil, nil),
    (3, 1, 1, 0.057999999999999996, nil, nil, nil),
    (4, 0, 3, -0.003333333333333336, 0.005171145012542267, 0.10912919362525204, false),
    (5, 0, 5, -0.00020000000000000017, 0.008066038943816984, 0.9484187869368734, false),
    (5, 1, 3, 0.058666666666666666, 0.008724004935135136, 0.0011923372430683195, true),
]
