/// Sweeps, checks and --set.
let brokenCombinations: [BrokenScenario] = [
    .init(
        "sweep over an unknown key", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          pipeline.score.treshold: [0.1, 0.2]
        """,
        says: """
        f.yaml:5:3: sweep.pipeline.score.treshold: unknown key (seen: pipeline.score.treshold; allowed: a dotted key such as pipeline.cache.policy; did you mean pipeline.score.threshold?)
        """),
    .init(
        "sweep of the seed", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {seed: [1, 2]}
        """,
        says: """
        f.yaml:4:9: sweep.seed: the key belongs to the run as a whole and cannot be swept: repeats give other luck
        """),
    .init(
        "sweep is no mapping", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: [1, 2]
        """,
        says: """
        f.yaml:4:8: sweep: must be a mapping of keys to lists of values (seen: a list; allowed: a mapping such as {pipeline.cache.policy: [lru, fifo]})
        """),
    .init(
        "sweep over nothing", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cache.policy: []}
        """,
        says: """
        f.yaml:4:32: sweep.pipeline.cache.policy: the list must not be empty: a sweep over no values has no points
        """),
    .init(
        "sweep over a scalar", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cache.policy: lru}
        """,
        says: """
        f.yaml:4:32: sweep.pipeline.cache.policy: must be a list of values (seen: lru; allowed: such as [1, 2, 3])
        """),
    .init(
        "sweep with a wrong value", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          pipeline.score.threshold: [0.1, 1.5]
          pipeline.cache.policy: [lru, lfo]
        """,
        says: """
        f.yaml:5:35: sweep of pipeline.score.threshold: is out of range (seen: 1.5; allowed: a number from 0 to 1)
        f.yaml:6:32: sweep of pipeline.cache.policy: unknown value (seen: lfo; allowed: none, lru, lfu, fifo, sieve, s3fifo, wtinylfu; did you mean lfu?)
        """),
    .init(
        "sweep that clashes with another key", exitCode: 65,
        """
        name: a
        duration: 1m
        warmup: 50s
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          duration: [30s, 60s]
        """,
        says: """
        f.yaml:3:9: warmup: the warm-up must end before the last arrival (seen: 50s; allowed: below the duration of 30s) at point 0 of the sweep: duration=30s
        """),
    .init(
        "sweep with a value twice", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cache.policy: [lru, fifo, lru]}
        """,
        says: """
        f.yaml:4:44: sweep.pipeline.cache.policy.2: the value is in the list twice (seen: lru)
        """),
    .init(
        "zipped lists of unequal length", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip:
            pipeline.workers.llm: [1, 2, 4]
            pipeline.partitions: [2, 4]
            pipeline.cache.capacity: [7]
        """,
        says: """
        f.yaml:7:5: sweep.zip.pipeline.partitions: keys that vary together must have equally many values: here 2, and 3 for pipeline.workers.llm on line 6
        f.yaml:8:5: sweep.zip.pipeline.cache.capacity: keys that vary together must have equally many values: here 1, and 3 for pipeline.workers.llm on line 6
        """),
    .init(
        "zipped list from outside of unequal length", exitCode: 65, overrides: ["sweep.zip.pipeline.partitions=[2, 4]"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {pipeline.workers.llm: [1, 2, 4]}
        """,
        says: """
        --set 1: sweep.zip.pipeline.partitions: keys that vary together must have equally many values: here 2, and 3 for pipeline.workers.llm on line 5
        """),
    .init(
        "empty group of a sweep", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {}
        """,
        says: """
        f.yaml:5:8: sweep.zip: must be a mapping of keys to lists of as many values each (seen: an empty mapping; allowed: such as {pipeline.workers.llm: [1, 2, 4], pipeline.partitions: [2, 4, 8]}, or a list of such groups)
        """),
    .init(
        "no group of a sweep", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: []
        """,
        says: """
        f.yaml:5:8: sweep.zip: there is no group of keys (seen: an empty list; allowed: such as {pipeline.workers.llm: [1, 2, 4], pipeline.partitions: [2, 4, 8]}, or a list of such groups)
        """),
    .init(
        "group of a sweep that is none", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: [[1, 2]]
        """,
        says: """
        f.yaml:5:9: sweep.zip.0: must be a mapping of keys to lists of as many values each (seen: a list; allowed: such as {pipeline.workers.llm: [1, 2, 4], pipeline.partitions: [2, 4, 8]}, or a list of such groups)
        """),
    .init(
        "zip of a value", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: 3
        """,
        says: """
        f.yaml:5:8: sweep.zip: must be a mapping of keys to lists of as many values each (seen: 3; allowed: such as {pipeline.workers.llm: [1, 2, 4], pipeline.partitions: [2, 4, 8]}, or a list of such groups)
        """),
    .init(
        "zipped key without values", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {pipeline.cache.policy: [], pipeline.partitions: [1]}
        """,
        says: """
        f.yaml:5:32: sweep.zip.pipeline.cache.policy: the list must not be empty: a sweep over no values has no points
        """),
    .init(
        "zipped key with one value", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {pipeline.cache.policy: lru}
        """,
        says: """
        f.yaml:5:32: sweep.zip.pipeline.cache.policy: must be a list of values (seen: lru; allowed: such as [1, 2, 3])
        """),
    .init(
        "zipped key that is unknown", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip:
          - pipeline.partitions: [1]
          - {pipeline.worker.llm: [1, 2]}
        """,
        says: """
        f.yaml:7:6: sweep.zip.1.pipeline.worker.llm: unknown key (seen: pipeline.worker.llm; allowed: a dotted key such as pipeline.cache.policy; did you mean pipeline.workers.llm?)
        """),
    .init(
        "zipped seed", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {seed: [1, 2]}
        """,
        says: """
        f.yaml:5:9: sweep.zip.seed: the key belongs to the run as a whole and cannot be swept: repeats give other luck
        """),
    .init(
        "key in the grid and in a group", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          pipeline.partitions: [1, 2]
          zip:
            pipeline.partitions: [3, 4]
            pipeline.workers.llm: [1, 2]
        """,
        says: """
        f.yaml:7:5: sweep.zip.pipeline.partitions: the key is swept already, as sweep.pipeline.partitions on line 5: keep one of them
        """),
    .init(
        "key in two groups", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip:
          - {pipeline.partitions: [3, 4]}
          - {pipeline.workers.llm: [1, 2], pipeline.partitions: [1, 2]}
        """,
        says: """
        f.yaml:7:36: sweep.zip.1.pipeline.partitions: the key is swept already, as sweep.zip.0.pipeline.partitions on line 6: keep one of them
        """),
    .init(
        "keys of a group that overlap", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {pipeline.cache: [{policy: lru}, {policy: lfu}], pipeline.cache.capacity: [1, 2]}
        """,
        says: """
        f.yaml:5:3: sweep.zip.pipeline.cache.capacity: the key overlaps with pipeline.cache: sweep one of them
        """),
    .init(
        "row of zipped values twice", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip:
            pipeline.workers.llm: [1, 2, 1, 1]
            pipeline.partitions: [1, 1, 1, 2]
        """,
        says: """
        f.yaml:6:34: sweep.zip.pipeline.workers.llm.2: the group has this row of values twice (seen: 1, 1)
        """),
    .init(
        "zipped value that is wrong", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip:
            pipeline.workers.llm: [1, 2]
            pipeline.cache.policy: [lru, lfo]
        """,
        says: """
        f.yaml:7:34: sweep of pipeline.cache.policy: unknown value (seen: lfo; allowed: none, lru, lfu, fifo, sieve, s3fifo, wtinylfu; did you mean lfu?)
        """),
    .init(
        "zip with a slip", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zipp: {pipeline.workers.llm: [1, 2]}
        """,
        says: """
        f.yaml:5:3: sweep.zipp: unknown key (seen: zipp; allowed: a dotted key such as pipeline.cache.policy; did you mean zip?)
        """),
    .init(
        "zip in a zip", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          zip: {zip: {pipeline.workers.llm: [1, 2]}}
        """,
        says: """
        f.yaml:5:9: sweep.zip.zip: unknown key (seen: zip; allowed: a dotted key such as pipeline.cache.policy)
        """),
    .init(
        "check without a comparison", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [hit_ratio]
        """,
        says: """
        f.yaml:4:10: checks.0: no comparison in the check (seen: hit_ratio; allowed: METRIC OP VALUE or FUNCTION(METRIC) OP VALUE, such as p95(latency) < 5s)
        """),
    .init(
        "check of an unknown metric", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [hit_rato > 0.3]
        """,
        says: """
        f.yaml:4:10: checks.0: unknown metric (seen: hit_rato; allowed: a column of summary.csv, or a function of latency, generated_latency, failed_latency, perceived_latency; did you mean hit_ratio?)
        """),
    .init(
        "check of a latency without a function", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [latency < 5s]
        """,
        says: """
        f.yaml:4:10: checks.0: latency needs a function (seen: latency; allowed: mean(latency), p50(latency), p90(latency), p95(latency), p99(latency), p999(latency), max(latency))
        """),
    .init(
        "check with an unknown function", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [p98(latency) < 5s]
        """,
        says: """
        f.yaml:4:10: checks.0: unknown function (seen: p98; allowed: mean, p50, p90, p95, p99, p999, max; did you mean p90?)
        """),
    .init(
        "check with a wrong unit", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [hit_ratio > 5s, p95(latency) < 5, lost = 0]
        """,
        says: """
        f.yaml:4:10: checks.0: the value does not suit hit_ratio (seen: 5s; allowed: a number such as 0.3, or a percentage such as 30%)
        f.yaml:4:26: checks.1: the value does not suit latency_p95_ms (seen: 5; allowed: a duration such as 5s or 800ms)
        f.yaml:4:44: checks.2: unknown comparison (seen: =; allowed: <, <=, >, >=, ==, !=; did you mean ==?)
        """),
    .init(
        "check with an unknown prefix", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: ["all: lost == 0"]
        """,
        says: """
        f.yaml:4:10: checks.0: unknown prefix (seen: all:; allowed: each:, any:, mean:, or none)
        """),
    .init(
        "set without equals", exitCode: 64, overrides: ["pipeline.cache.policy"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: must be key.path=value (seen: pipeline.cache.policy; allowed: such as pipeline.cache.policy=fifo)
        """),
    .init(
        "set of an unknown key", exitCode: 65, overrides: ["seed=3", "pipeline.cache.polcy=lru"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 2: pipeline.cache.polcy: unknown key (allowed: policy, capacity, ttl, coalesce; did you mean pipeline.cache.policy?)
        """),
    .init(
        "set of a wrong value", exitCode: 65, overrides: ["pipeline.score.threshold=2"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: pipeline.score.threshold: is out of range (seen: 2; allowed: a number from 0 to 1)
        """),
    .init(
        "set of a missing file", exitCode: 66, overrides: ["traffic.corpus.csv=nowhere.csv"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: traffic.corpus.csv: there is no such file (seen: nowhere.csv)
        """),
    .init(
        "set of nothing", exitCode: 65, overrides: ["pipeline.cache.policy="],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: pipeline.cache.policy: the key has no value (allowed: none, lru, lfu, fifo, sieve, s3fifo, wtinylfu)
        """),
    .init(
        "set of broken YAML", exitCode: 65, overrides: ["pipeline.cache={policy: lru"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: pipeline.cache: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
        """),
    .init(
        "set past a list's end", exitCode: 65, overrides: ["faults.3.at=1s"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: faults.3.at: there is nothing to write the key into: the value around it is of another kind, or the list is shorter
        """),
    .init(
        "set below a value", exitCode: 65, overrides: ["seed.more=1"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: seed.more: unknown key (allowed: seed has no keys)
        """),
    .init(
        "set of a key that holds a secret", exitCode: 65, overrides: ["provider.api_key=sk-secret"],
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        --set 1: provider.api_key: unknown key (allowed: model, base_url, latency, error_latency, concurrency_limit, requests_per_minute, tokens_per_minute, retry_after, quota, error_probability, quality, tokens, stream, timeout, api_key_env, model_name, prompt, max_tokens, temperature, api, classify, price; did you mean provider.api_key_env?)
        """),
    .init(
        "sweep of addresses that are none", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {provider.base_url: [a, b]}
        """,
        says: """
        f.yaml:4:29: sweep of provider.base_url: an address must begin with http:// or https:// (seen: a; allowed: such as https://api.openai.com/v1 or http://127.0.0.1:8080)
        f.yaml:4:32: sweep of provider.base_url: an address must begin with http:// or https:// (seen: b; allowed: such as https://api.openai.com/v1 or http://127.0.0.1:8080)
        """),
    .init(
        "sweep over keys that overlap", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cache: [{policy: lru}], pipeline.cache.capacity: [1, 2]}
        """,
        says: """
        f.yaml:4:8: sweep.pipeline.cache.capacity: the key overlaps with pipeline.cache: sweep one of them
        """),
    .init(
        "sweep over blocks with a slip", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          traffic.arrivals:
            - {process: constant, rate: 5/s}
            - {process: uniform, low: 5}
        """,
        says: """
        f.yaml:7:7: sweep of traffic.arrivals, traffic.arrivals.high: the key is missing (allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:7:31: sweep of traffic.arrivals, traffic.arrivals.low: a duration needs a unit (seen: 5; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 0s to 3650d; did you mean 5s?)
        """),
    .init(
        "an unswept slip is said once", exitCode: 65,
        """
        name: a
        duration: 1m
        warmup: later
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cache.policy: [lru, lfu, fifo]}
        """,
        says: """
        f.yaml:3:9: warmup: must be a duration (seen: later; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, from 0s to 3650d)
        """),
    .init(
        "sweep and file are both wrong", exitCode: 65,
        """
        name: a
        duration: forever
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep: {pipeline.cash.policy: [lru]}
        """,
        says: """
        f.yaml:2:11: duration: must be a duration (seen: forever; allowed: a number with a unit of ns, us, ms, s, m, h or d, such as 800ms, above 0s up to 3650d)
        f.yaml:4:9: sweep.pipeline.cash.policy: unknown key (seen: pipeline.cash.policy; allowed: a dotted key such as pipeline.cache.policy; did you mean pipeline.cache.policy?)
        """),
    .init(
        "too many points", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        sweep:
          pipeline.cache.capacity: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
          pipeline.partitions: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
          pipeline.workers.llm: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
          pipeline.workers.judge: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
          pipeline.workers.concurrency: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
          pipeline.score.max_regenerations: [0, 1]
        """,
        says: """
        f.yaml:5:3: sweep: too many points (seen: 200000; allowed: up to 100000)
        """),
    .init(
        "a checked verdict", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        checks: [verdict == 1, p95(hit_ratio) > 0.3, "p95(latency < 5s", p95(latncy) < 5s]
        """,
        says: """
        f.yaml:4:10: checks.0: verdict is no figure (seen: verdict; allowed: columns of summary.csv that are numbers)
        f.yaml:4:24: checks.1: p95 does not apply to hit_ratio: write the column without a function (allowed: functions of latency, generated_latency, failed_latency, perceived_latency)
        f.yaml:4:46: checks.2: the parenthesis is not closed (seen: p95(latency)
        f.yaml:4:66: checks.3: unknown metric (seen: latncy; allowed: latency, generated_latency, failed_latency, perceived_latency; did you mean latency?)
        """),
]
